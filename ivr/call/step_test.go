package call

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/hours"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

//nolint:gochecknoglobals // loaded once, never changed
var testSite = sync.OnceValues(func() (*flow.Program, error) {
	p, problems := bundle.Load("testdata/site", bundle.Options{Speech: "/speech"})
	if p == nil {
		return nil, fmt.Errorf("the site of the tests: %v", bundle.Errors(problems))
	}
	return p, nil
})

const (
	anna   = ivr.AgentID("anna")
	leaseA = ivr.Token("lease-a")
)

// scene steps one call and remembers what was decided last and in all.
type scene struct {
	t     testing.TB
	s     State
	now   ivr.Stamp
	last  Decision
	facts []ivr.Fact
}

func begin(t testing.TB) *scene { return beginAt(t, "0380008000") }

// beginAt is a call to one of the site's numbers.
func beginAt(t testing.TB, number string) *scene {
	t.Helper()
	program, err := testSite()
	if err != nil {
		t.Fatal(err)
	}
	now := ivr.Stamp{At: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), Mono: 1000}
	s := State{ID: "c1", Channel: "ch1", From: "0123456789", To: number, Revision: program.Revision, Arrived: now, Phase: InFlow}
	if s.Flow, err = program.Begin(flow.CallInfo{ID: s.ID, From: s.From, To: s.To, Started: now.At}); err != nil {
		t.Fatal(err)
	}
	return &scene{t: t, s: s, now: now}
}

func (sc *scene) world() World {
	program, _ := testSite()
	return World{Program: program, Now: sc.now, Silence: func(d time.Duration) string { return fmt.Sprint("/silence/", d) },
		Flow: flow.World{Now: sc.now.At,
			Hours: func(string) (hours.Status, error) { return program.Calendars["office"].At(sc.now.At), nil },
			Queue: func(string) flow.QueueView { return flow.QueueView{Waiting: 1, Agents: 1, Position: 1} }}}
}

// tell steps; a second passes before each event.
func (sc *scene) tell(events ...Event) *scene {
	for _, e := range events {
		sc.now = ivr.Stamp{At: sc.now.At.Add(time.Second), Mono: sc.now.Mono + 1000}
		sc.s, sc.last = Step(sc.s, e, sc.world())
		sc.facts = append(sc.facts, sc.last.Facts...)
	}
	return sc
}

// waiting is a call in the queue.
func waiting(t testing.TB) *scene {
	sc := begin(t).tell(Arrived{}, Digit{'2'}, Digit{'2'}, Digit{'2'})
	for i := 0; sc.s.Phase != Waiting && i < 5; i++ {
		sc.tell(PlaybackDone{ID: sc.s.Playing}, Digit{'2'})
	}
	if sc.s.Phase != Waiting {
		t.Fatalf("not waiting: %+v", sc.s)
	}
	return sc.tell(PlaybackDone{ID: sc.s.Playing}) // of the prompt that was cut short
}

func connecting(t testing.TB) *scene { return waiting(t).tell(OfferAccepted{anna, leaseA}) }

func talking(t testing.TB) *scene { return connecting(t).tell(ConnectDone{Lease: leaseA}) }

func held(t testing.TB) *scene {
	return talking(t).tell(Asked{anna, ivr.Hold{}, func(error) {}})
}

func ended(t testing.TB) *scene { return waiting(t).tell(CallerGone{CauseNormal}) }

// did names the actions of the last decision, timers left out.
func (sc *scene) did() string {
	var names []string
	for _, a := range sc.last.Actions {
		switch a := a.(type) {
		case SetTimer, StopTimer:
		case Music:
			names = append(names, fmt.Sprintf("Music %t", a.On))
		case Release:
			names = append(names, fmt.Sprintf("Release %t", a.Talked))
		default:
			names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", a), "call."))
		}
	}
	return strings.Join(names, ", ")
}

func (sc *scene) said() string {
	var kinds []string
	for _, f := range sc.last.Facts {
		kinds = append(kinds, strings.TrimPrefix(f.Body.Kind(), "call."))
	}
	return strings.Join(kinds, ", ")
}

func (sc *scene) hasTimer(name string) bool {
	return slices.ContainsFunc(sc.last.Actions, func(a Action) bool { set, ok := a.(SetTimer); return ok && set.Name == name })
}

// TestTable: what each phase does about each event.
func TestTable(t *testing.T) {
	ask := func(w ivr.Want) Event { return Asked{anna, w, func(error) {}} }
	lost := func(t testing.TB) *scene { return talking(t).tell(LineChanged{Agent: anna}) }
	for name, c := range map[string]struct {
		from  func(testing.TB) *scene
		event Event
		phase Phase
		did   string
		said  string
	}{
		"arrived":                       {begin, Arrived{}, InFlow, "Answer, Play", "arrived, answered"},
		"accepted":                      {waiting, OfferAccepted{anna, leaseA}, Talking, "Music false, Connect, Bridged", "connected"},
		"accepted twice":                {talking, OfferAccepted{anna, leaseA}, Talking, "", ""},
		"accepted by another, too late": {talking, OfferAccepted{"ben", "other"}, Talking, "Release false", ""},
		"accepted after the end":        {ended, OfferAccepted{anna, leaseA}, Ended, "Release false", ""},
		"hang-up while waiting":         {waiting, CallerGone{CauseNormal}, Ended, "Leave", "dequeued, ended"},
		"lost while waiting":            {waiting, CallerGone{CauseLost}, Ended, "Leave", "dequeued, ended"},
		"hang-up in conversation":       {talking, CallerGone{CauseNormal}, Ended, "Release true", "released, ended"},
		"hang-up on hold":               {held, CallerGone{CauseNormal}, Ended, "Release true", "released, ended"},
		"gone twice":                    {ended, CallerGone{CauseNormal}, Ended, "", ""},
		"hold":                          {talking, ask(ivr.Hold{}), Talking, "Disconnect, Music true, Reply", "held"},
		"hold twice":                    {held, ask(ivr.Hold{}), Talking, "Reply", ""},
		"retrieve":                      {held, ask(ivr.Retrieve{}), Talking, "Music false, Connect, Reply", "retrieved"},
		"retrieve unheld":               {talking, ask(ivr.Retrieve{}), Talking, "Reply", ""},
		"digits":                        {talking, ask(ivr.SendDigits{Digits: "12#"}), Talking, "SendDigits, Reply", ""},
		"bad digits":                    {talking, ask(ivr.SendDigits{Digits: "12x"}), Talking, "Reply", ""},
		"not for calls":                 {talking, ask(ivr.SignOut{}), Talking, "Reply", ""},
		"agent ends":                    {talking, ask(ivr.EndCall{}), InFlow, "Disconnect, Release true, Play, Reply", "released"},
		"agent ends on hold":            {held, ask(ivr.EndCall{}), InFlow, "Release true, Music false, Play, Reply", "released"},
		"asked while waiting":           {waiting, ask(ivr.Hold{}), Waiting, "Reply", ""},
		"asked after the end":           {ended, ask(ivr.Hold{}), Ended, "Reply", ""},
		"key in conversation":           {talking, Digit{'1'}, Talking, "", ""},
		"could not be connected":        {connecting, ConnectDone{leaseA, true}, Waiting, "Disconnect, Release false, Enqueue, Music true", "fault, released, queued"},
		"could not be connected again":  {talking, ConnectDone{leaseA, true}, Waiting, "Disconnect, Release true, Enqueue, Music true", "fault, released, queued"},
		"hang-up before the connection": {connecting, CallerGone{CauseNormal}, Ended, "Release false", "released, ended"},
		"dropped in conversation":       {talking, CallerGone{CauseDropped}, Ended, "Release true", "released, ended"},
		"dropped while waiting":         {waiting, CallerGone{CauseDropped}, Ended, "Leave", "dequeued, ended"},
		"an older connection failed":    {talking, ConnectDone{"older", true}, Talking, "", ""},
		"line away":                     {talking, LineChanged{Agent: anna}, Talking, "", ""},
		"line of another":               {talking, LineChanged{Agent: "ben"}, Talking, "", ""},
		"line away for 3 s":             {lost, TimerFired{timerMusic}, Talking, "Disconnect, Music true", ""},
		"line away for 20 s":            {lost, TimerFired{timerGiveUp}, Waiting, "Disconnect, Release true, Enqueue, Music true", "released, queued"},
		"line back before 3 s":          {lost, LineChanged{Agent: anna, Up: true}, Talking, "", ""},
		"timer of a line that is up":    {talking, TimerFired{timerGiveUp}, Talking, "", ""},
		"flow's timer in conversation":  {talking, TimerFired{flowTimer + "max_wait.1"}, Talking, "", ""},
		"resumed, not yet answered":     {begin, Resumed{}, InFlow, "Answer, Play", ""},
		"resumed in the flow":           {func(t testing.TB) *scene { return begin(t).tell(Arrived{}) }, Resumed{Answered: true}, InFlow, "StopPlay, Play", ""},
		"resumed while waiting":         {waiting, Resumed{Answered: true}, Waiting, "Enqueue, Music true", ""},
		"resumed, not yet let go":       {waiting, Resumed{Answered: true, With: anna}, Waiting, "Disconnect, Enqueue, Music true", ""},
		"resumed in conversation":       {talking, Resumed{Answered: true, With: anna}, Talking, "Bridged", ""},
		"resumed, not yet connected":    {talking, Resumed{Answered: true}, Talking, "Bridged, Music false, Connect", ""},
		"resumed with another":          {talking, Resumed{Answered: true, With: "ben"}, Talking, "Bridged, Music false, Connect", ""},
		"resumed on hold":               {held, Resumed{Answered: true}, Talking, "Bridged, Music true", ""},
		"resumed, not yet held":         {held, Resumed{Answered: true, With: anna}, Talking, "Bridged, Disconnect, Music true", ""},
		"resumed after the end":         {ended, Resumed{Answered: true}, Ended, "Hangup", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sc := c.from(t)
			before, _ := json.Marshal(sc.s)
			was := sc.s
			sc.tell(c.event)
			if sc.s.Phase != c.phase || sc.did() != c.did || sc.said() != c.said {
				t.Errorf("phase %s, did %q, said %q\nwant  %s, did %q, said %q", sc.s.Phase, sc.did(), sc.said(), c.phase, c.did, c.said)
			}
			if after, _ := json.Marshal(was); string(after) != string(before) {
				t.Errorf("the state stepped from was changed:\n%s\n%s", before, after)
			}
		})
	}
}

func TestArrivalCountsFromTheFirstInvite(t *testing.T) {
	sc := begin(t)
	sc.s.Arrived.Mono -= 700
	sc.tell(Arrived{})
	arrived, ok := sc.facts[0].Body.(ivr.CallArrived)
	if !ok || arrived.Waited != 1700 || sc.facts[0].Mono != sc.s.Arrived.Mono || arrived.Flow != "main" {
		t.Errorf("fact %+v", sc.facts[0])
	}
}

// TestLineAwayAndBack: after 3 s music, and back into the bridge with the line.
func TestLineAwayAndBack(t *testing.T) {
	sc := talking(t).tell(LineChanged{Agent: anna})
	if !sc.hasTimer(timerMusic) || !sc.hasTimer(timerGiveUp) {
		t.Errorf("timers: %+v", sc.last.Actions)
	}
	for silent, want := range map[time.Duration]time.Duration{time.Second: 2 * time.Second, 4 * time.Second: 0} {
		late := talking(t).tell(LineChanged{Agent: anna, Silent: silent})
		if !slices.Contains(late.last.Actions, Action(SetTimer{timerMusic, want})) {
			t.Errorf("silent for %v before: %+v", silent, late.last.Actions)
		}
	}
	sc.tell(TimerFired{timerMusic}, LineChanged{Agent: anna, Up: true})
	if sc.did() != "Music false, Connect" || sc.s.Talk.LineLost {
		t.Errorf("did %q, talk %+v", sc.did(), sc.s.Talk)
	}
	sc = held(t).tell(LineChanged{Agent: anna}, LineChanged{Agent: anna, Up: true})
	if sc.did() != "" || !sc.s.Music {
		t.Errorf("a held caller: did %q, music %t", sc.did(), sc.s.Music)
	}
	sc = talking(t).tell(LineChanged{Agent: anna}, Resumed{Answered: true, With: anna})
	if !sc.hasTimer(timerGiveUp) {
		t.Errorf("nobody gives up after a restart: %+v", sc.last.Actions)
	}
}

// TestRequeued: the old place, and the old lease counts no more.
func TestRequeued(t *testing.T) {
	sc := waiting(t)
	queued := sc.s.Stay.Queued
	sc.tell(OfferAccepted{anna, leaseA}, ConnectDone{leaseA, true})
	if sc.s.Stay.Queued != queued {
		t.Errorf("queued %v, before %v", sc.s.Stay.Queued, queued)
	}
	sc.tell(OfferAccepted{anna, leaseA})
	if sc.s.Phase != Waiting || sc.did() != "Release true" {
		t.Errorf("phase %s, did %q", sc.s.Phase, sc.did())
	}
	sc.tell(OfferAccepted{"ben", "lease-b"})
	if sc.s.Phase != Talking {
		t.Errorf("phase %s", sc.s.Phase)
	}
}

// TestUnbridged: who was never bridged takes the answer back, who was does not.
func TestUnbridged(t *testing.T) {
	for from, want := range map[string]bool{"connecting": true, "talking": false} {
		sc := map[string]func(testing.TB) *scene{"connecting": connecting, "talking": talking}[from](t)
		sc.tell(ConnectDone{leaseA, true})
		for _, f := range sc.facts {
			if body, is := f.Body.(ivr.CallReleased); is && body.Unbridged != want {
				t.Errorf("%s: %+v", from, body)
			}
		}
	}
	sc := connecting(t).tell(Resumed{Answered: true, With: anna})
	if !sc.s.Talk.Bridged {
		t.Error("found in the agent's bridge, and not bridged")
	}
}

// TestFailedPlayback: a hang-up that ends a playback is no fault; a prompt that fails is one.
func TestFailedPlayback(t *testing.T) {
	sc := begin(t).tell(Arrived{})
	sc.tell(PlaybackDone{ID: sc.s.Playing, Failed: true}, CallerGone{CauseNormal})
	if sc.said() != "ended" || len(sc.facts) != 3 {
		t.Errorf("facts %+v", sc.facts)
	}
	sc = begin(t).tell(Arrived{})
	sc.tell(PlaybackDone{ID: sc.s.Playing, Failed: true}, TimerFired{timerFailed})
	if !strings.HasPrefix(sc.said(), "fault") {
		t.Errorf("said %q", sc.said())
	}
	sc.tell(TimerFired{timerFailed})
	if sc.said() != "" || sc.did() != "" {
		t.Errorf("told twice: said %q, did %q", sc.said(), sc.did())
	}
}

// TestLostWithAsterisk: nobody says that the caller hung up.
func TestLostWithAsterisk(t *testing.T) {
	sc := talking(t).tell(CallerGone{CauseRestart})
	released, _ := sc.last.Facts[0].Body.(ivr.CallReleased)
	over, _ := sc.last.Facts[1].Body.(ivr.CallEnded)
	if released.By != ivr.SideSystem || over.By != ivr.SideSystem || over.Cause != CauseRestart {
		t.Errorf("facts %+v", sc.last.Facts)
	}
	sc = waiting(t).tell(CallerGone{CauseLost})
	if d, _ := sc.last.Facts[0].Body.(ivr.CallDequeued); d.Outcome != ivr.OutcomeAbandoned {
		t.Errorf("outcome %q", d.Outcome)
	}
}

// TestReplies: what is refused, and in whose words.
func TestReplies(t *testing.T) {
	for name, c := range map[string]struct {
		from  func(testing.TB) *scene
		agent ivr.AgentID
		want  ivr.Want
		code  ivr.Code
	}{
		"hold":              {talking, anna, ivr.Hold{}, ""},
		"another's call":    {talking, "ben", ivr.Hold{}, ivr.CodeForbidden},
		"not talking":       {waiting, anna, ivr.EndCall{}, ivr.CodeForbidden},
		"over":              {ended, anna, ivr.EndCall{}, ivr.CodeConflict},
		"no digits":         {talking, anna, ivr.SendDigits{}, ivr.CodeInvalid},
		"too many digits":   {talking, anna, ivr.SendDigits{Digits: strings.Repeat("1", 33)}, ivr.CodeInvalid},
		"not for a call":    {talking, anna, ivr.SignOut{}, ivr.CodeInvalid},
		"digits, all kinds": {talking, anna, ivr.SendDigits{Digits: "0123456789*#ABCD"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sc := c.from(t).tell(Asked{c.agent, c.want, func(error) {}})
			replies := 0
			for _, a := range sc.last.Actions {
				if r, ok := a.(Reply); ok {
					replies++
					var refusal *ivr.Error
					_ = errors.As(r.Err, &refusal)
					if (r.Err == nil) != (c.code == "") || refusal != nil && refusal.Code != c.code {
						t.Errorf("reply %v, want %q", r.Err, c.code)
					}
				}
			}
			if replies != 1 {
				t.Errorf("%d replies", replies)
			}
		})
	}
}
