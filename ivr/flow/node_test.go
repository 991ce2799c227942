package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

const queue = head + `vars: {c: {type: enum, of: [health], default: health}}
nodes:
  first:
    type: queue
    queue: citizens
    skills: {language: lang, cluster: c}
    priority: 2
    max_wait: 5m
    music: quiet
    announce: {position: true, wait: true, every: 60s}
    offer: {after: 90s, key: "1", to: box}
    offer_prompt: offer
    relax: [{after: 45s, drop: cluster}]
    next: bye
    exits: {timeout: box, full: one, no_agents: one}
  box: {type: voicemail, box: general, prompt: beep, next: bye, exits: {empty: one, full: one}}
` + tail

func TestQueueAnnouncesOffersAndRelaxes(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, queue))
	join, _ := did[flow.Enqueue](c)
	want := flow.Enqueue{Queue: "citizens", Skills: map[string]string{"language": "en", "cluster": "kesihatan"}, Priority: 2}
	if diff := cmp.Diff(want, join); diff != "" {
		t.Fatal(diff)
	}
	if !c.music {
		t.Fatal("no music")
	}
	c.waits(45 * time.Second)
	if relax, ok := did[flow.Relax](c); !ok || relax.Skill != "cluster" {
		t.Fatal(c.last)
	}
	c.view = flow.QueueView{Waiting: 3, Agents: 2, Position: 2, Wait: 61 * time.Second}
	c.press("1") // nothing was offered yet
	c.waits(15 * time.Second)
	c.hears("queue_position", "queue_wait")
	c.listens()
	if !c.music {
		t.Fatal("music does not go on")
	}
	c.waits(30 * time.Second)
	c.hears("queue_position", "queue_wait", "offer")
	c.press("1")
	if out, ok := did[flow.Dequeue](c); !ok || out.Outcome != ivr.OutcomeKey {
		t.Fatal(c.last)
	}
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeKey})
	c.hears("beep")
}

func TestQueueAnAgentIsQuickerThanTheTimeout(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, queue))
	c.waits(5*time.Minute - time.Second)
	c.waits(time.Second)
	if out, ok := did[flow.Dequeue](c); !ok || out.Outcome != ivr.OutcomeTimeout {
		t.Fatal(c.last)
	}
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
	c.hears("bye")
}

func TestQueueExits(t *testing.T) {
	t.Parallel()
	p := program(t, queue)
	for outcome, node := range map[ivr.Outcome]string{
		ivr.OutcomeAnswered: "bye", ivr.OutcomeTimeout: "box", ivr.OutcomeFull: "one", ivr.OutcomeNoAgents: "one", ivr.OutcomeFault: "first",
	} {
		c := dial(t, p)
		c.step(flow.QueueLeft{Outcome: outcome})
		if c.s.Node != node {
			t.Errorf("%s leads to %s.%s, want %s", outcome, c.s.Flow, c.s.Node, node)
		}
	}
}

// TestQueueTurnsAway: who is not let in is told with all that an agent would have been asked for.
func TestQueueTurnsAway(t *testing.T) {
	t.Parallel()
	p := program(t, queue)
	asked := flow.Enqueue{Queue: "citizens", Skills: map[string]string{"language": "en", "cluster": "kesihatan"}, Priority: 2}
	for outcome, view := range map[ivr.Outcome]flow.QueueView{
		ivr.OutcomeNoAgents: {Agents: 0},
		ivr.OutcomeFull:     {Agents: 5, Waiting: 3},
	} {
		c := newPhone(t, p)
		c.view = view
		c.step(flow.Start{})
		c.hears("hello")
		if _, joined := did[flow.Enqueue](c); joined || c.music {
			t.Errorf("%s: joined", outcome)
		}
		if diff := cmp.Diff(flow.TurnAway{Asked: asked, Outcome: outcome}, one[flow.TurnAway](c)); diff != "" {
			t.Errorf("%s: %s", outcome, diff)
		}
	}
	c := dial(t, p) // who waits was let in, however long the queue is by then
	c.view = flow.QueueView{Waiting: 9}
	c.waits(time.Minute)
	c.restarts()
	if away, told := did[flow.TurnAway](c); told {
		t.Errorf("turned away while waiting: %v", away)
	}
}

// TestQueueCannotTellWhatToAskFor: a skill without a meaning is a fault whatever the queue is like,
// and the caller is still one who asked for an agent. A door that is shut has its own exit.
func TestQueueCannotTellWhatToAskFor(t *testing.T) {
	t.Parallel()
	p := program(t, queue)
	delete(p.Skills["cluster"], "health")
	for outcome, c := range map[ivr.Outcome]struct {
		view  flow.QueueView
		place string
	}{
		ivr.OutcomeFault:    {flow.QueueView{Agents: 5}, "trouble.first"},
		ivr.OutcomeNoAgents: {flow.QueueView{}, "main.one"},
	} {
		phone := newPhone(t, p)
		phone.view = c.view
		phone.step(flow.Start{})
		want := flow.TurnAway{Asked: flow.Enqueue{Queue: "citizens"}, Outcome: outcome}
		if diff := cmp.Diff(want, one[flow.TurnAway](phone)); diff != "" {
			t.Errorf("%s: %s", outcome, diff)
		}
		if got := phone.s.Flow + "." + phone.s.Node; got != c.place {
			t.Errorf("%s leads to %s, want %s", outcome, got, c.place)
		}
		if faults := told[ivr.CallFault](phone); len(faults) != 1 {
			t.Errorf("%s: faults %v, want one", outcome, faults)
		}
	}
}

func TestQueueKeepsItsTimesOverARestart(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, queue))
	c.waits(50 * time.Second)
	c.now = c.now.Add(5 * time.Second) // away
	c.restarts()
	if c.due("max_wait") != 5*time.Minute-55*time.Second || c.due("announce") != 5*time.Second || c.due("relax0") >= 0 {
		t.Fatal(c.timers)
	}
	if !c.music {
		t.Fatal("no music")
	}
	if _, joined := did[flow.Enqueue](c); joined {
		t.Fatal("joined again")
	}
	c.waits(4*time.Minute + 5*time.Second)
	c.restarts() // while the way out is awaited
	if out, ok := did[flow.Dequeue](c); !ok || out.Outcome != ivr.OutcomeTimeout {
		t.Fatal(c.last)
	}
}

func TestVoicemail(t *testing.T) {
	t.Parallel()
	p := program(t, head+`nodes:
  first: {type: voicemail, box: general, prompt: beep, next: bye, exits: {empty: one, full: one}}
`+tail)
	record := func() *phone {
		c := dial(t, p)
		c.listens()
		if c.record == nil || c.record.Max != 2*time.Minute || c.record.EndKey != "#" || !c.record.Beep || c.record.MaxSilence != 4*time.Second {
			t.Fatal(c.record)
		}
		return c
	}
	c := record()
	c.press("5") // no meaning
	c.recorded(12 * time.Second)
	c.hears("keep_recording")
	c.press("2")
	c.hears("beep")
	c.press("5") // skips the prompt
	second := c.record.ID
	c.step(flow.Recorded{ID: 1, Length: time.Hour}) // an old one
	c.step(flow.Recorded{ID: second, Length: 9 * time.Second})
	c.press("1")
	want := flow.Voicemail{Recording: second, Box: "general", Length: 9 * time.Second, Lang: "en"}
	if got, _ := did[flow.Voicemail](c); got != want {
		t.Fatal(got)
	}
	c.hears("bye")

	c = record()
	c.recorded(time.Second)
	c.hears("hello") // empty
	c = record()
	c.step(flow.Recorded{ID: c.record.ID, Failed: true})
	c.hears("trouble")
	c = record()
	c.recorded(9 * time.Second)
	c.listens()
	c.waits(7 * time.Second)
	c.listens()
	c.waits(10 * time.Second) // silence keeps it
	c.hears("bye")

	for said, kept := range map[time.Duration]bool{time.Second: false, 20 * time.Second: true} {
		c = record()
		c.now = c.now.Add(said)
		c.step(flow.HungUp{})
		mail, ok := did[flow.Voicemail](c)
		if ok != kept || kept && mail.Length != said {
			t.Fatalf("hung up after %s: %v %v", said, ok, mail)
		}
		c.ends("caller")
	}
	c = record()
	c.restarts()
	c.hears("beep")
}

func TestVoicemailBoxFull(t *testing.T) {
	t.Parallel()
	p := program(t, head+`nodes:
  first: {type: voicemail, box: general, prompt: beep, next: bye, exits: {empty: one, full: one}}
`+tail)
	s, err := p.Begin(flow.CallInfo{To: "100"})
	if err != nil {
		t.Fatal(err)
	}
	s, _ = flow.Step(p, s, flow.Start{}, flow.World{BoxFull: func(box string) bool { return box == "general" }})
	if s.Node != "one" {
		t.Fatal(s.Node)
	}
}

const hoursFlow = head + `nodes:
  first: {type: hours, calendar: office, exits: {open: one, closed: shut%SPECIAL%}}
  shut: {type: say, prompt: back_at, with: {t: next_open("office")}, next: bye}
` + tail

func TestHours(t *testing.T) {
	t.Parallel()
	p, special := program(t, hoursFlow2("")), program(t, hoursFlow2(", special: bye"))
	for _, at := range []struct {
		when, node string
		p          *flow.Program
	}{
		{"2026-03-04T07:29:59+08:00", "shut", p}, {"2026-03-04T07:30:00+08:00", "one", p},
		{"2026-03-04T21:00:59+08:00", "one", p}, {"2026-03-04T21:01:00+08:00", "shut", p},
		{"2026-03-20T12:00:00+08:00", "shut", p}, {"2026-03-20T12:00:00+08:00", "bye", special},
	} {
		c := newPhone(t, at.p)
		c.now, _ = time.Parse(time.RFC3339, at.when)
		c.step(flow.Start{})
		if c.s.Node != at.node {
			t.Errorf("%s: %s, want %s", at.when, c.s.Node, at.node)
		}
	}
}

func hoursFlow2(special string) string { return replace(hoursFlow, "%SPECIAL%", special) }

func TestSetAndSwitch(t *testing.T) {
	t.Parallel()
	p := program(t, head+`vars:
  n: {type: int, default: "1"}
  name: {type: text}
  at: {type: datetime}
  pay: {type: money}
  left: {type: duration}
  list: {type: list}
nodes:
  first: {type: set, set: {n: n + 1, name: 'call.from + "/" + lang', at: now, pay: "2.5", left: now - now, list: '["a", "b"]'}, next: which}
  which:
    type: switch
    cases:
      - {when: at == nil, next: bye}
      - {when: n == 2 and name == "0123456789/en" and len(list) == 2 and at == now and pay > 2 and queue("citizens").agents == 2 and hours("office"), next: one}
    else: bye
`+tail)
	c := dial(t, p)
	if c.s.Node != "one" {
		t.Fatal(c.s.Node, c.s.Vars, c.facts)
	}
}

func TestSayTimesAndBargeIn(t *testing.T) {
	t.Parallel()
	p := program(t, head+`nodes:
  first: {type: say, prompt: [hello, second], times: 2, barge_in: ignore, next: one}
`+tail)
	c := dial(t, p)
	c.hears("hello", "second")
	c.press("1")
	c.listens()
	c.hears("hello", "second")
	c.restarts()
	c.hears("hello", "second")
	c.listens()
	c.hears("hello")
	c.press("1") // cuts
	c.hears("bye")
	c.restarts()
	c.ends("normal")
}

func TestOldInputsAreIgnored(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	old := c.play.ID
	c.press("7")
	before := string(c.save())
	for _, in := range []flow.Input{flow.Played{ID: old}, flow.Fired{Name: "wait.1"}, flow.Fired{Name: ""}, flow.Played{},
		flow.Recorded{}, flow.QueueLeft{Outcome: ivr.OutcomeAnswered}, flow.Key{Key: 'A'}, flow.Start{}} {
		c.step(in)
		if len(c.last) != 0 || string(c.save()) != before {
			t.Fatalf("%T %v changed something: %v", in, in, c.last)
		}
	}
}

func TestQuestionIsAskedAgainAfterARestart(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.listens()
	c.waits(7 * time.Second)
	c.restarts()
	c.hears("ask")
	c.listens()
	if got := c.due("wait"); got != 10*time.Second {
		t.Fatal("tries were not kept:", got)
	}
	if c.due("call") < 0 {
		t.Fatal("the limit on the call is lost")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.listens()
	c.timers = map[string]time.Time{"call.1": c.now.Add(time.Second)}
	c.waits(time.Second)
	c.hears("too_long")
	c.listens()
	c.ends("normal")

	p := program(t, trail)
	p.Flows["main"].Nodes["first"].Visits = 3
	c = dial(t, p)
	c.press("##")
	c.hears("ask_short")
	c.press("#")
	c.hears("too_long")

	c = dial(t, program(t, queue))
	c.timers = map[string]time.Time{"call.1": c.now.Add(time.Second)}
	c.waits(time.Second)
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeTimeout})
	c.hears("too_long")
}

func TestBeginRefusesUnknownNumbers(t *testing.T) {
	t.Parallel()
	p := program(t, menu)
	if _, err := p.Begin(flow.CallInfo{To: "999"}); err == nil {
		t.Fatal("no error")
	}
	if _, err := p.BeginAt("nowhere", flow.CallInfo{}); err == nil {
		t.Fatal("no error")
	}
}
