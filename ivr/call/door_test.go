package call

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

// atTheDoor is a caller who asks for an agent of a queue that takes nobody.
func atTheDoor(t *testing.T, view flow.QueueView) *scene {
	t.Helper()
	sc := begin(t)
	world := sc.world()
	world.Flow.Queue = func(string) flow.QueueView { return view }
	for _, e := range []Event{Arrived{}, Digit{'2'}} {
		sc.s, sc.last = Step(sc.s, e, world)
		sc.facts = append(sc.facts, sc.last.Facts...)
	}
	return sc
}

// TestTurnedAway: who is turned away goes on record with a stay without length, in one
// decision; the queue hears nothing of the call, so that no agent is offered it.
func TestTurnedAway(t *testing.T) {
	sc := atTheDoor(t, flow.QueueView{})
	if sc.s.Phase != InFlow || sc.s.Stay != nil {
		t.Errorf("phase %s, stay %+v", sc.s.Phase, sc.s.Stay)
	}
	var stay []ivr.Body
	for _, f := range sc.last.Facts {
		switch f.Body.(type) {
		case ivr.CallQueued, ivr.CallDequeued:
			stay = append(stay, f.Body)
			if f.Stamp() != sc.now {
				t.Errorf("%s at %v, want %v", f.Body.Kind(), f.Stamp(), sc.now)
			}
		}
	}
	want := []ivr.Body{ivr.CallQueued{Queue: "citizens", Skills: map[string]string{"language": "en"}}, ivr.CallDequeued{Outcome: ivr.OutcomeNoAgents}}
	if diff := cmp.Diff(want, stay); diff != "" {
		t.Error(diff)
	}
	for _, a := range sc.last.Actions {
		switch a.(type) {
		case Enqueue, Leave, Relax:
			t.Errorf("the queue hears %T", a)
		}
	}
	b := ivr.NewBoard()
	for i, f := range sc.facts {
		f.Seq = uint64(i + 1)
		b.Apply(f)
	}
	if c := b.Calls[sc.s.ID]; c.Phase != ivr.PhaseIVR || c.Queue != "" {
		t.Errorf("on the board: %+v", c)
	}
	sc.tell(OfferAccepted{anna, leaseA})
	if sc.s.Phase != InFlow || sc.said() != "" {
		t.Errorf("an agent got the call: %s, %s", sc.s.Phase, sc.said())
	}
	sc.tell(CallerGone{CauseNormal})
	if sc.said() != "ended" {
		t.Errorf("said %q", sc.said())
	}
}

// TestTurnedAwayOutOfAQueue: a stay that the flow went away from without a word ends first.
func TestTurnedAwayOutOfAQueue(t *testing.T) {
	sc := waiting(t)
	st := &step{s: &sc.s, w: sc.world()}
	st.effect(flow.TurnAway{Asked: flow.Enqueue{Queue: "other"}, Outcome: ivr.OutcomeFull})
	sc.last = st.d
	if want := "dequeued, queued, dequeued"; sc.said() != want || sc.did() != "Leave" || sc.s.Stay != nil || sc.s.Phase != InFlow {
		t.Errorf("said %q, did %q, stay %+v, phase %s", sc.said(), sc.did(), sc.s.Stay, sc.s.Phase)
	}
}
