package queue

import (
	"testing"
	"time"

	"talian/ivr"
)

// floor is a pool with a clock, for tests that tell a story.
type floor struct {
	*pool
	now   ivr.Stamp
	facts []ivr.Fact
	told  []Accepted
}

func newFloor() *floor {
	return &floor{pool: newPool(), now: ivr.Stamp{At: time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC), Mono: 1000}}
}

func (f *floor) after(d time.Duration) { f.now = later(f.now, d); f.expire(f.now); f.take() }

func (f *floor) take() {
	o := f.drain()
	f.facts = append(f.facts, o.facts...)
	f.told = append(f.told, o.tell...)
}

func (f *floor) ready(id ivr.AgentID, p ivr.Profile) {
	f.signIn(id, p, f.now)
	f.setLine(id, true, f.now)
	if err := f.setState(id, ivr.Ready, "", f.now); err != nil {
		panic(err)
	}
	f.after(time.Second)
}

func (f *floor) queue(id ivr.CallID, skills map[string]string) {
	f.enqueue(Waiting{Call: id, Queue: "q", Skills: skills, Queued: f.now, Answer: 20 * time.Second}, f.now)
	f.after(time.Second)
}

func (f *floor) state(t *testing.T, id ivr.AgentID, want ivr.AgentState, call ivr.CallID) {
	t.Helper()
	if a := f.agents[id]; a.State != want || a.Call != call {
		t.Fatalf("%s is %s (%s) with %q, want %s with %q", id, a.State, a.Reason, a.Call, want, call)
	}
}

// The agent idle for longest gets the call.
func TestLongestIdleFirst(t *testing.T) {
	f := newFloor()
	f.ready("b", ivr.Profile{})
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.state(t, "b", ivr.Reserved, "c1")
	f.state(t, "a", ivr.Ready, "")
}

// Only an agent with every required skill gets the call; an empty value asks for nothing.
func TestSkills(t *testing.T) {
	f := newFloor()
	f.ready("ms", ivr.Profile{Skills: map[string][]string{"language": {"ms"}, "cluster": {"tax"}}})
	f.ready("ta", ivr.Profile{Skills: map[string][]string{"language": {"ms", "ta"}, "cluster": {"tax"}}})
	f.queue("c1", map[string]string{"language": "ta", "cluster": ""})
	f.state(t, "ta", ivr.Reserved, "c1")
	f.queue("c2", map[string]string{"language": "zh"})
	f.state(t, "ms", ivr.Ready, "")
	f.relax("c2", "language", f.now)
	f.state(t, "ms", ivr.Reserved, "c2")
}

// A missed offer makes the agent not ready; the caller keeps the place of the time of queueing.
func TestMissedOfferKeepsPlace(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.queue("c2", nil)
	f.after(20 * time.Second)
	f.state(t, "a", ivr.NotReady, "")
	if a := f.agents["a"]; a.Reason != ivr.ReasonMissed {
		t.Fatalf("reason %q", a.Reason)
	}
	if f.position("c1") != 1 || f.position("c2") != 2 {
		t.Fatalf("places %d, %d", f.position("c1"), f.position("c2"))
	}
	if err := f.setState("a", ivr.Ready, "", f.now); err != nil {
		t.Fatal(err)
	}
	f.state(t, "a", ivr.Reserved, "c1")
}

// An offer is accepted once, by its own token, and not after its time.
func TestAcceptExactlyOnce(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	lease := f.agents["a"].Lease
	if err := f.accept("a", lease, f.now); err != nil {
		t.Fatal(err)
	}
	if err := f.accept("a", lease, f.now); ivr.CodeOf(err) != ivr.CodeOfferOver {
		t.Fatalf("second accept: %v", err)
	}
	f.after(time.Minute)
	f.state(t, "a", ivr.Busy, "c1")
	if len(f.told) != 1 || f.told[0].Lease != lease {
		t.Fatalf("told %v", f.told)
	}
}

// A caller who leaves while it rings frees the agent, who serves the next one.
func TestCallerLeavesWhileOffered(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	f.queue("c2", nil)
	f.leave("c1", f.now)
	f.state(t, "a", ivr.Reserved, "c2")
}

// Wrap-up has a deadline, one extension, and ends in the pending next state.
func TestWrapUp(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{WrapUp: 30000})
	f.queue("c1", nil)
	lease := f.agents["a"].Lease
	_ = f.accept("a", lease, f.now)
	f.connected("c1")
	if err := f.setState("a", ivr.NotReady, "meal", f.now); err != nil {
		t.Fatal(err)
	}
	f.state(t, "a", ivr.Busy, "c1")
	f.release("a", lease, true, f.now)
	f.state(t, "a", ivr.WrapUp, "c1")
	f.after(29 * time.Second)
	if err := f.extendWrap("a"); err != nil {
		t.Fatal(err)
	}
	if err := f.extendWrap("a"); err == nil {
		t.Fatal("extended twice")
	}
	f.after(60 * time.Second)
	f.state(t, "a", ivr.WrapUp, "c1")
	f.after(2 * time.Second)
	f.state(t, "a", ivr.NotReady, "")
	if f.agents["a"].Reason != "meal" {
		t.Fatalf("reason %q", f.agents["a"].Reason)
	}
	wrapped := 0
	for _, fact := range f.facts {
		if w, ok := fact.Body.(ivr.CallWrapped); ok && w.Timeout && fact.Call == "c1" {
			wrapped++
		}
	}
	if wrapped != 1 {
		t.Fatalf("wrapped %d times", wrapped)
	}
}

// A disposition ends the wrap-up; one for a former call does not.
func TestDisposition(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{WrapUp: 30000})
	f.queue("c1", nil)
	lease := f.agents["a"].Lease
	_ = f.accept("a", lease, f.now)
	f.connected("c1")
	f.release("a", lease, true, f.now)
	if err := f.dispose("a", "c0", ivr.Dispose{Disposition: "enquiry"}, f.now); err != nil {
		t.Fatal(err)
	}
	f.state(t, "a", ivr.WrapUp, "c1")
	if err := f.dispose("a", "", ivr.Dispose{Disposition: "enquiry"}, f.now); err != nil {
		t.Fatal(err)
	}
	f.state(t, "a", ivr.Ready, "")
}

// A lost line loses the offer, not the conversation; an absent desk gets no offers.
func TestLineAndDesk(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.setPresent("a", false, f.now)
	f.queue("c1", nil)
	f.state(t, "a", ivr.Ready, "")
	f.setPresent("a", true, f.now)
	f.state(t, "a", ivr.Reserved, "c1")
	f.setLine("a", false, f.now)
	f.state(t, "a", ivr.Ready, "")
	if err := f.setState("a", ivr.Ready, "", f.now); ivr.CodeOf(err) != ivr.CodeLineDown {
		t.Fatalf("ready without a line: %v", err)
	}
	f.setLine("a", true, f.now)
	_ = f.setState("a", ivr.Ready, "", f.now)
	_ = f.accept("a", f.agents["a"].Lease, f.now)
	f.setLine("a", false, f.now)
	f.state(t, "a", ivr.Busy, "c1")
}

// A ready agent whose line is lost gets no offers, stays ready for 20 s, and goes on when
// it is back within them; that it flutters does not lengthen them.
func TestReadyWithoutLine(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.setLine("a", false, f.now)
	f.queue("c1", nil)
	f.after(18 * time.Second)
	f.state(t, "a", ivr.Ready, "")
	f.setLine("a", true, f.now)
	f.state(t, "a", ivr.Reserved, "c1")

	f = newFloor()
	f.ready("a", ivr.Profile{})
	f.setLine("a", false, f.now)
	f.after(10 * time.Second)
	f.setLine("a", false, f.now)
	f.after(9 * time.Second)
	f.state(t, "a", ivr.Ready, "")
	f.after(time.Second)
	f.state(t, "a", ivr.NotReady, "")
	if reason := f.agents["a"].Reason; reason != ivr.ReasonLineLost {
		t.Errorf("reason %q", reason)
	}
	f.setLine("a", true, f.now)
	f.after(time.Minute)
	f.state(t, "a", ivr.NotReady, "")

	f = newFloor()
	f.ready("a", ivr.Profile{})
	f.setLine("a", false, f.now)
	f.away(t, time.Minute)
	f.state(t, "a", ivr.Ready, "")
	f.after(20 * time.Second)
	f.state(t, "a", ivr.NotReady, "")
}

// Nothing is offered, and no offer runs out, while the telephone system is out of reach;
// then offers have their time anew, and those who wait come in their order.
func TestTelephoneSystemAway(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	lease := f.agents["a"].Lease
	f.setAway(true, f.now)
	f.ready("b", ivr.Profile{})
	f.queue("c2", nil)
	f.queue("c3", nil)
	f.after(time.Minute)
	f.state(t, "a", ivr.Reserved, "c1")
	f.state(t, "b", ivr.Ready, "")
	f.setAway(false, f.now)
	f.state(t, "b", ivr.Reserved, "c2")
	f.after(19 * time.Second)
	f.state(t, "a", ivr.Reserved, "c1")
	if f.agents["a"].Lease != lease {
		t.Error("the offer is another one")
	}
	f.after(time.Second)
	f.state(t, "a", ivr.NotReady, "")
}

// The reckoned wait is place times mean handle time, shared by the agents at work.
func TestReckonedWait(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.ready("b", ivr.Profile{})
	f.queue("c1", nil)
	lease := f.agents["a"].Lease
	if err := f.accept("a", lease, f.now); err != nil {
		t.Fatal(err)
	}
	f.connected("c1")
	f.after(60 * time.Second)
	f.release("a", lease, true, f.now)
	f.queue("c2", nil)
	f.queue("c3", nil)
	f.queue("c4", nil)
	if place, wait := f.position("c4"), f.wait("c4"); place != 3 || wait != 90*time.Second {
		t.Fatalf("place %d, wait %v; want 3 and 3 x 60 s / 2 agents", place, wait)
	}
	if f.wait("unknown") != 0 {
		t.Fatal("a wait for nobody")
	}
}

// An agent on shift counts, also on a break; one agent must have all the skills.
func TestAble(t *testing.T) {
	q := New(nil, nil, nil, nil)
	q.pool.signIn("a", ivr.Profile{Skills: map[string][]string{"language": {"ms"}, "cluster": {"tax"}}}, ivr.Stamp{})
	q.pool.signIn("b", ivr.Profile{Skills: map[string][]string{"language": {"zh"}, "cluster": {"road"}}}, ivr.Stamp{})
	for _, c := range []struct {
		language, cluster string
		want              bool
	}{{"ms", "tax", true}, {"zh", "", true}, {"", "", true}, {"zh", "tax", false}, {"ta", "", false}} {
		if got := q.Able(map[string]string{"language": c.language, "cluster": c.cluster}); got != c.want {
			t.Errorf("able in %q for %q: %t", c.language, c.cluster, got)
		}
	}
	_ = q.pool.signOut("b", ivr.Stamp{})
	if q.Able(map[string]string{"language": "zh"}) {
		t.Error("who has left the shift is able")
	}
	_ = q.pool.signOut("a", ivr.Stamp{})
	if q.Able(nil) {
		t.Error("nobody is able")
	}
}

// Nobody leaves a shift with a call; states of the system cannot be chosen.
func TestRefusals(t *testing.T) {
	f := newFloor()
	f.ready("a", ivr.Profile{})
	f.queue("c1", nil)
	if err := f.signOut("a", f.now); ivr.CodeOf(err) != ivr.CodeConflict {
		t.Fatalf("sign-out with an offer: %v", err)
	}
	for _, s := range []ivr.AgentState{ivr.Busy, ivr.Reserved, ivr.WrapUp, ivr.LoggedOut} {
		if err := f.setState("a", s, "", f.now); ivr.CodeOf(err) != ivr.CodeInvalid {
			t.Fatalf("%s was chosen: %v", s, err)
		}
	}
	if err := f.setState("a", ivr.NotReady, "holiday", f.now); ivr.CodeOf(err) != ivr.CodeInvalid {
		t.Fatalf("unknown reason: %v", err)
	}
	if err := f.setState("nobody", ivr.Ready, "", f.now); ivr.CodeOf(err) != ivr.CodeNotSignedIn {
		t.Fatalf("unknown agent: %v", err)
	}
}

// BenchmarkOffer: one call placed, accepted and released among 277 agents and 300 waiting.
func BenchmarkOffer(b *testing.B) {
	f := newFloor()
	for i := range 277 {
		id := ivr.AgentID(rune('a'+i%26)) + ivr.AgentID(ivr.NewSecret()[:6])
		f.signIn(id, ivr.Profile{Skills: map[string][]string{"language": {"ms"}}}, f.now)
		f.setLine(id, true, f.now)
		_ = f.setState(id, ivr.Ready, "", f.now)
	}
	for range 300 {
		f.enqueue(Waiting{Call: ivr.NewCallID(f.now.At), Skills: map[string]string{"language": "ta"}, Queued: f.now}, f.now)
	}
	f.drain()
	want := map[string]string{"language": "ms"}
	for b.Loop() {
		id := ivr.NewCallID(f.now.At)
		f.enqueue(Waiting{Call: id, Skills: want, Queued: f.now, Answer: time.Minute}, f.now)
		a := f.agents[f.calls[id].agent]
		_ = f.accept(a.ID, a.Lease, f.now)
		f.connected(id)
		f.release(a.ID, a.Lease, true, f.now)
		f.drain()
	}
}
