package queue

import (
	"encoding/json"
	"testing"
	"time"

	"talian/ivr"
)

// away restarts the pool after a time in which nothing was heard, from what a journal would
// hold: the calls that wait, and the agents' states.
func (f *floor) away(t *testing.T, d time.Duration) {
	t.Helper()
	f.take()
	var agents []*Agent
	for _, a := range f.agents {
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		kept := new(Agent)
		if err := json.Unmarshal(data, kept); err != nil {
			t.Fatal(err)
		}
		agents = append(agents, kept)
	}
	var waiting []Waiting
	for _, entry := range f.waiting {
		again := *entry
		again.agent = ""
		waiting = append(waiting, again)
	}
	f.pool, f.now = newPool(), later(f.now, d)
	f.restore(agents, waiting, nil, f.now)
	f.after(0) // deadlines are looked at before any line reports
}

// wrapUp brings an agent through a call into after-call work of 30 s.
func (f *floor) wrapUp(id ivr.AgentID) {
	f.ready(id, ivr.Profile{WrapUp: 30000})
	f.queue("c1", nil)
	lease := f.agents[id].Lease
	_ = f.accept(id, lease, f.now)
	f.connected("c1")
	f.release(id, lease, true, f.now)
}

// After-call work that runs out while we are away ends as it would have: in ready, which a
// line that is down does not outlast.
func TestWrapUpOverWhileAway(t *testing.T) {
	f := newFloor()
	f.wrapUp("a")
	f.away(t, time.Minute)
	f.state(t, "a", ivr.Ready, "")
	f.setLine("a", true, f.now)
	f.setPresent("a", true, f.now)
	f.queue("c2", nil)
	f.state(t, "a", ivr.Reserved, "c2")

	f = newFloor()
	f.wrapUp("a")
	f.setLine("a", false, f.now)
	f.away(t, time.Minute)
	f.state(t, "a", ivr.Ready, "")
	f.after(lineGrace)
	f.state(t, "a", ivr.NotReady, "")
	if reason := f.agents["a"].Reason; reason != ivr.ReasonLineLost {
		t.Fatalf("reason %q", reason)
	}
}

// An agent whose offered call went away meanwhile is ready again.
func TestOfferedCallGoneWhileAway(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.remove(f.calls["c1"])
	f.away(t, time.Second)
	f.state(t, "a", ivr.Ready, "")
}

// Nobody can answer while we are away: an offer has all its time after that, and the caller
// keeps the place.
func TestOfferOverWhileAway(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.queue("c2", nil)
	lease := f.agents["a"].Lease
	f.away(t, time.Minute)
	f.state(t, "a", ivr.Reserved, "c1")
	if until, want := f.agents["a"].Until, later(f.now, 20*time.Second); until != want {
		t.Fatalf("to be answered until %v, want %v", until, want)
	}
	told, ok := f.facts[len(f.facts)-1].Body.(ivr.AgentChanged)
	if !ok || told.State != ivr.Reserved || !told.Until.Equal(f.agents["a"].Until.At) {
		t.Fatalf("the desk is told %+v", told)
	}
	f.setPresent("a", true, f.now)
	f.after(19 * time.Second)
	if err := f.accept("a", lease, f.now); err != nil {
		t.Fatal(err)
	}
	if f.position("c2") != 2 {
		t.Fatalf("place %d", f.position("c2"))
	}
}

// An offer that is not taken after the restart either is missed.
func TestOfferMissedAfterRestart(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.away(t, time.Minute)
	f.after(20 * time.Second)
	f.state(t, "a", ivr.NotReady, "")
	if reason := f.agents["a"].Reason; reason != ivr.ReasonMissed {
		t.Fatalf("reason %q", reason)
	}
}
