package call

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/hours"
)

// laterFlow books a callback.
const laterFlow = `ivr: 1
flow: main
handlers: {loop: bye, too_long: bye}
start: later
nodes:
  later: {type: callback, queue: citizens, slots: {calendar: office}, keys: {"0": NONE}, next: bye, exits: {declined: bye, full: bye, no_input: bye, no_match: bye}}
  bye: {type: hangup, prompt: thanks}
`

// booking gives the work that a decision asks for; nil when there is none.
func booking(d Decision) *flow.Book {
	for _, a := range d.Actions {
		if w, is := a.(Work); is {
			if book, is := w.Effect.(flow.Book); is {
				return &book
			}
		}
	}
	return nil
}

// TestBookingOfACallerWhoHungUp: a slot that was accepted is asked for again after a restart,
// though the caller is gone.
func TestBookingOfACallerWhoHungUp(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/site")); err != nil {
		t.Fatal(err)
	}
	flows, _ := filepath.Glob(filepath.Join(dir, "flows", "*"))
	for _, other := range flows {
		_ = os.Remove(other)
	}
	numbers := "ivr: 1\nlanguages: [en]\nnumbers: {\"1\": main}\noperator: main\ndefaults: {no_input: [please], no_match: [please], exits: {error: flow:main}}\n"
	for name, text := range map[string]string{"ivr.yaml": numbers, "flows/main.yaml": laterFlow} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, problems := bundle.Load(dir, bundle.Options{Speech: "/speech"})
	if program == nil {
		t.Fatal(bundle.Errors(problems))
	}
	sc := begin(t)
	world := sc.world()
	slot := flow.Slot{From: sc.now.At.Add(time.Hour), Until: sc.now.At.Add(2 * time.Hour)}
	world.Program = program
	world.Flow.Slots = func(string, flow.SlotRule) []flow.Slot { return []flow.Slot{slot} }
	world.Flow.Hours = func(string) (hours.Status, error) { return hours.Status{}, nil }
	s := sc.s
	var err error
	if s.Flow, err = program.Begin(flow.CallInfo{ID: s.ID, From: s.From, To: "1", Started: sc.now.At}); err != nil {
		t.Fatal(err)
	}
	var d Decision
	for _, e := range []Event{Arrived{}, Digit{'1'}, Digit{'1'}} { // this number, this slot
		s, d = Step(s, e, world)
	}
	first := booking(d)
	if first == nil {
		t.Fatalf("nothing is booked: %+v", s.Flow)
	}
	s, _ = Step(s, CallerGone{CauseNormal}, world)
	s, d = Step(s, CallerGone{CauseLost}, world) // as a restart tells it
	again := booking(d)
	if again == nil || again.Key != first.Key || again.Slot != slot {
		t.Fatalf("after a restart the booking is %+v", again)
	}
	if s, d = Step(s, WorkDone{flow.Booked{ID: again.ID}}, world); s.Phase != Ended || !d.Last {
		t.Errorf("once it is booked: %s", s.Phase)
	}
}

// setsAgain tells whether the last decision sets a timer of the flow.
func (sc *scene) setsAgain(kind string) bool {
	return slices.ContainsFunc(sc.last.Actions, func(a Action) bool {
		set, is := a.(SetTimer)
		return is && strings.HasPrefix(set.Name, flowTimer+kind+".")
	})
}

// TestRestartDuringATransfer: the limit on the call's length holds afterwards as before.
func TestRestartDuringATransfer(t *testing.T) {
	for what, resumed := range map[string]Resumed{
		"it rings":        {Answered: true, Ringing: true},
		"it has answered": {Answered: true, Ringing: true, LegUp: true},
		"it is gone":      {Answered: true},
	} {
		if sc := beginAt(t, "0380008003").tell(Arrived{}).tell(resumed); !sc.setsAgain("call") {
			t.Errorf("%s: no limit on the call's length is set: %+v", what, sc.last.Actions)
		}
	}
}

// TestStaleFailure: the failure of an older prompt does not hide that of the present one.
func TestStaleFailure(t *testing.T) {
	sc := begin(t).tell(Arrived{})
	old := sc.s.Playing
	sc.tell(Digit{'9'}) // not valid: another prompt
	if sc.s.Playing == old {
		t.Fatal("no other prompt plays")
	}
	present := sc.s.Playing
	sc.tell(PlaybackDone{ID: present, Failed: true}, PlaybackDone{ID: old, Failed: true}, TimerFired{timerFailed})
	if len(sc.last.Trace) == 0 || sc.last.Trace[0].Input != (flow.Played{ID: present, Failed: true}) {
		t.Errorf("the flow did not hear of the failure: %+v", sc.last.Trace)
	}
}

// TestLostAfterALongTalk: a caller whose agent's line is lost waits again, for as long as
// anybody who waits.
func TestLostAfterALongTalk(t *testing.T) {
	sc := talking(t)
	sc.now.At = sc.now.At.Add(time.Hour)
	sc.tell(LineChanged{Agent: anna}, TimerFired{timerGiveUp})
	for _, kind := range []string{"call", "max_wait"} {
		left := time.Duration(0)
		for _, a := range sc.last.Actions {
			if set, is := a.(SetTimer); is && strings.HasPrefix(set.Name, flowTimer+kind+".") {
				left = set.After
			}
		}
		if left < time.Minute {
			t.Errorf("timer %s is due in %v", kind, left)
		}
	}
}
