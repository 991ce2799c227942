package flow_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// rig is a call that does what it is told, and what bytes choose happens to it. It knows
// what is under way, so that it can tell a call that waits for nothing.
type rig struct {
	t      testing.TB
	p      *flow.Program
	s      flow.State
	now    time.Time
	agents int
	timers []string
	play   int
	record int
	works  []int
	queued bool
	dialed int
	used   map[int]bool // ids
	over   bool
	last   []flow.Effect
}

func newRig(t testing.TB, p *flow.Program) *rig {
	t.Helper()
	now := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	s, err := p.Begin(flow.CallInfo{ID: "c1", From: "0123456789", To: "100", Started: now})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, p: p, s: s, now: now, agents: 2, used: map[int]bool{}}
}

func (g *rig) world() flow.World {
	n := g.agents
	return flow.World{
		Now: g.now,
		Queue: func(string) flow.QueueView {
			return flow.QueueView{Agents: n, Waiting: n, Position: n, Wait: time.Duration(n) * time.Minute}
		},
		BoxFull: func(string) bool { return n > 3 },
		Slots: func(string, flow.SlotRule) []flow.Slot {
			return []flow.Slot{{From: g.now, Until: g.now.Add(time.Hour)}, {From: g.now.Add(time.Hour), Until: g.now.Add(2 * time.Hour)}}[:min(n, 2)]
		},
	}
}

// input turns a byte into something that could happen, sensible more often than not.
func (g *rig) input(b byte) flow.Input {
	pick := int(b / 16)
	switch b % 16 {
	case 0, 1, 2:
		return flow.Played{ID: g.play, Failed: pick == 15}
	case 3, 4, 5, 6, 7:
		return flow.Key{Key: "0123456789*#1212"[pick]}
	case 8, 9:
		if len(g.timers) > 0 {
			return flow.Fired{Name: g.timers[pick%len(g.timers)]}
		}
		return flow.Fired{Name: "wait.1"}
	case 10:
		return flow.Recorded{ID: g.record, Length: time.Duration(pick) * time.Second, Failed: pick == 15}
	case 11:
		outcomes := []ivr.Outcome{ivr.OutcomeAnswered, ivr.OutcomeTimeout, ivr.OutcomeKey, ivr.OutcomeFault, "odd"}
		return flow.QueueLeft{Outcome: outcomes[pick%len(outcomes)]}
	case 12, 13:
		return g.answer(pick)
	case 14:
		switch {
		case pick < 4:
			return flow.Resume{}
		case pick < 8 && g.queued:
			return flow.Requeued{}
		}
		return flow.Start{}
	}
	if pick > 13 {
		return flow.HungUp{}
	}
	return g.answer(pick)
}

// answer comes from outside, mostly to what is awaited.
func (g *rig) answer(pick int) flow.Input {
	id := g.dialed
	if len(g.works) > 0 {
		id = g.works[len(g.works)-1]
	}
	switch g.s.Turn.Phase {
	case flow.Dialling:
		return flow.Dialled{ID: g.dialed, Outcome: []string{"ended", "busy", "no_answer", "failed"}[pick%4]}
	case flow.Queued:
		return flow.QueueLeft{Outcome: ivr.OutcomeAnswered}
	default: // something that is asked
	}
	switch pick % 4 {
	case 0:
		return flow.Fetched{ID: id, Status: []int{200, 201, 404, 500, 0}[pick%5], Body: []byte(`{"n": "7"}`)}
	case 1:
		return flow.CaseDone{ID: id, Found: pick > 7, Failed: pick == 1, Fields: map[string]string{"number": "26063000173"}}
	case 2:
		return flow.Booked{ID: id, Full: pick < 6, Failed: pick == 14}
	}
	return flow.Fetched{ID: id, Failure: "timeout"}
}

// step takes an input and looks at everything that must hold after any step.
func (g *rig) step(in flow.Input) {
	g.t.Helper()
	g.forget(in)
	var ways []flow.Passage
	g.s, g.last, ways = flow.Trace(g.p, g.s, in, g.world())
	g.listed(ways)
	for _, e := range g.last {
		if g.over {
			g.t.Fatalf("%T after the end", e)
		}
		g.carry(e)
	}
	if g.over != g.s.Ended {
		g.t.Fatalf("hung up: %v, ended: %v", g.over, g.s.Ended)
	}
	if len(g.s.Keys) > 30 {
		g.t.Fatalf("%d keys are kept", len(g.s.Keys))
	}
	if !g.awaits() {
		g.t.Fatalf("%s.%s waits for nothing in phase %q after %T %v; effects %v", g.s.Flow, g.s.Node, g.s.Turn.Phase, in, in, g.last)
	}
	g.s = reload(g.t, g.s)
}

// listed fails unless the exits that were taken are those that their nodes say they have.
func (g *rig) listed(ways []flow.Passage) {
	g.t.Helper()
	for _, way := range ways {
		n := g.p.Flows[way.Flow].Nodes[way.Node]
		if n == nil || way.Exit == "" {
			continue
		}
		if exits, _ := n.Spec.Outs(); !slices.Contains(exits, way.Exit) {
			g.t.Fatalf("%s.%s takes the exit %q, and has %v", way.Flow, way.Node, way.Exit, exits)
		}
	}
}

// forget takes off what an input ends.
func (g *rig) forget(in flow.Input) {
	switch in := in.(type) {
	case flow.Resume:
		g.timers, g.play, g.record, g.works = nil, 0, 0, nil
	case flow.Played:
		if in.ID == g.play {
			g.play = 0
		}
	case flow.Recorded:
		if in.ID == g.record {
			g.record = 0
		}
	case flow.Fired:
		g.unset(in.Name)
	case flow.QueueLeft:
		g.queued = false
	case flow.Dialled:
		g.dialed = 0
	}
}

func (g *rig) unset(name string) {
	for i, timer := range g.timers {
		if timer == name {
			g.timers = append(g.timers[:i:i], g.timers[i+1:]...)
			return
		}
	}
}

func (g *rig) fresh(id int) int {
	g.t.Helper()
	if g.used[id] || id == 0 {
		g.t.Fatalf("id %d was used before", id)
	}
	g.used[id] = true
	return id
}

func (g *rig) carry(e flow.Effect) {
	g.t.Helper()
	switch e := e.(type) {
	case flow.Play:
		if g.play = g.fresh(e.ID); len(e.Items) == 0 || g.s.Gone {
			g.t.Fatal("playback", e)
		}
	case flow.StopPlay:
		g.play = 0
	case flow.SetTimer:
		g.timers = append(g.timers, e.Name)
	case flow.StopTimer:
		g.unset(e.Name)
	case flow.Record:
		g.record = g.fresh(e.ID)
	case flow.StopRecord:
		g.record = 0
	case flow.Fetch:
		g.works = append(g.works, g.fresh(e.ID))
	case flow.Casework:
		g.works = append(g.works, g.fresh(e.ID))
	case flow.Book:
		g.works = append(g.works, g.fresh(e.ID))
	case flow.Enqueue:
		g.queued = true
	case flow.Dial:
		g.dialed = g.fresh(e.ID)
	case flow.Hangup:
		g.over = true
	case flow.Tell:
		if e.Body == (ivr.CallFault{Where: "flow", What: "failed inside"}) {
			g.t.Fatal("a panic inside was caught")
		}
	}
}

// awaits tells whether the call has begun and not ended, and something is under way that
// will bring an input.
func (g *rig) awaits() bool {
	turn := g.s.Turn
	if g.s.Ended || g.s.Node == "" && turn.Phase == "" {
		return true
	}
	working := turn.Work != 0 && len(g.works) > 0 && g.works[len(g.works)-1] == turn.Work
	if g.s.Gone {
		return working && g.s.Timers["hangup"].ID != 0
	}
	switch turn.Phase {
	case flow.Speaking, flow.Asking, flow.Sorry:
		return turn.Play != 0 && turn.Play == g.play
	case flow.Listening:
		return g.s.Timers["wait"].ID != 0 || g.s.Timers["gap"].ID != 0
	case flow.Recording:
		return turn.Recording == g.record
	case flow.Pausing:
		return g.s.Timers["pause"].ID != 0
	case flow.Working:
		return working
	case flow.Dialling:
		return turn.Work == g.dialed
	case flow.Queued:
		return g.queued
	}
	return false
}

// FuzzStep drives calls of all node types by random inputs.
func FuzzStep(f *testing.F) {
	programs := everything(f)
	for i := range programs {
		f.Add([]byte{byte(i), 0, 0, 24, 0, 8, 255})
		f.Add([]byte{byte(i), 19, 3, 35, 0, 12, 20, 8})
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) == 0 {
			return
		}
		g := newRig(t, programs[int(script[0])%len(programs)])
		g.step(flow.Start{})
		for _, b := range script[1:] {
			g.now, g.agents = g.now.Add(time.Duration(b)*time.Second/4), int(b)%5
			g.step(g.input(b))
		}
	})
}

func reload(t testing.TB, s flow.State) flow.State {
	t.Helper()
	first, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again flow.State
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(again)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%v\n%s\n%s", err, first, second)
	}
	return again
}

// BenchmarkStep measures a key in a menu that asks again: the usual step.
func BenchmarkStep(b *testing.B) {
	p := program(b, menu)
	c := dial(b, p)
	c.listens()
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		if _, effects := flow.Step(p, s, flow.Key{Key: '9'}, world); len(effects) == 0 {
			b.Fatal("no effect")
		}
	}
}

// BenchmarkTyped measures the last digit of a number that is read back.
func BenchmarkTyped(b *testing.B) {
	p := typed(b, "read_back: true\n    check: luhn", "")
	c := dial(b, p)
	c.press("267")
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		if s, _ := flow.Step(p, s, flow.Key{Key: '5'}, world); !s.Turn.ReadBack {
			b.Fatal("not read back")
		}
	}
}

// BenchmarkEnterQueue measures a step with expressions.
func BenchmarkEnterQueue(b *testing.B) {
	p := program(b, queue)
	c := newPhone(b, p)
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		if _, effects := flow.Step(p, s, flow.Start{}, world); len(effects) == 0 {
			b.Fatal("no effect")
		}
	}
}
