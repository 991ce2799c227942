package queue

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"talian/ivr"
)

// world drives a pool as calls, lines and agents would, on a clock of its own.
type world struct {
	t     *rapid.T
	p     *pool
	now   ivr.Stamp
	board *ivr.Board
	calls int
	open  map[ivr.CallID]bool // calls that exist
	taken map[ivr.CallID]Accepted
	ended map[ivr.Token]int // how often each lease's offer ended
}

func newWorld(t *rapid.T) *world {
	return &world{t: t, p: newPool(), board: ivr.NewBoard(), open: map[ivr.CallID]bool{}, taken: map[ivr.CallID]Accepted{},
		ended: map[ivr.Token]int{}, now: ivr.Stamp{At: time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC), Mono: 1000}}
}

func (w *world) agent() ivr.AgentID {
	return ivr.AgentID(fmt.Sprintf("a%d", rapid.IntRange(1, 4).Draw(w.t, "agent")))
}

func (w *world) call() ivr.CallID {
	return ivr.CallID(fmt.Sprintf("c%03d", rapid.IntRange(1, max(1, w.calls)).Draw(w.t, "call")))
}

func profile(n int) ivr.Profile {
	clusters := map[int][]string{0: {"tax"}, 1: {"road"}, 2: {"tax", "road"}}
	return ivr.Profile{Skills: map[string][]string{"cluster": clusters[n%3]}, WrapUp: ivr.Millis(1000 * (n % 2)), Manual: n == 5}
}

// settle takes the decisions in and checks what must always hold.
func (w *world) settle() {
	o := w.p.drain()
	for _, f := range o.facts {
		w.board.Apply(f)
		if end, ok := f.Body.(ivr.CallOfferEnded); ok {
			w.ended[end.Lease]++
		}
	}
	for _, a := range o.tell {
		if !w.open[a.Call] {
			w.p.release(a.Agent, a.Lease, false, w.now)
			continue
		}
		w.taken[a.Call] = a
		w.p.connected(a.Call)
	}
	if len(o.tell) > 0 {
		w.settle()
		return
	}
	w.invariants()
}

func (w *world) invariants() {
	t := w.t
	byCall := map[ivr.CallID]ivr.AgentID{}
	for id, a := range w.p.agents {
		if a.occupied() {
			if other, twice := byCall[a.Call]; twice {
				t.Fatalf("call %s is with %s and %s", a.Call, other, id)
			}
			byCall[a.Call] = id
			if a.Lease == "" {
				t.Fatalf("%s is %s without a lease", id, a.State)
			}
		}
		onBoard := w.board.Agents[id]
		if onBoard == nil || onBoard.Now.State != a.State || onBoard.Call != a.Call {
			t.Fatalf("%s is %s with %q; the facts say %+v", id, a.State, a.Call, onBoard)
		}
	}
	for i, entry := range w.p.waiting {
		if i > 0 && w.p.waiting[i-1].before(entry) >= 0 {
			t.Fatalf("order broken at %d", i)
		}
		if entry.agent != "" {
			if byCall[entry.Call] != entry.agent {
				t.Fatalf("call %s says it is offered to %s, who does not know", entry.Call, entry.agent)
			}
			continue
		}
		for id, a := range w.p.agents {
			if !w.p.away && a.routable() && a.Profile.Has(entry.Skills) {
				t.Fatalf("%s is idle and fit while %s waits", id, entry.Call)
			}
		}
	}
	for lease, n := range w.ended {
		if n != 1 {
			t.Fatalf("the offer of lease %s ended %d times", lease, n)
		}
	}
}

// TestPoolInvariants plays random days from rapid's seed.
func TestPoolInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { w.settle() },
			"sign in": func(t *rapid.T) {
				id := w.agent()
				w.p.signIn(id, profile(rapid.IntRange(0, 5).Draw(t, "profile")), w.now)
				w.p.setLine(id, true, w.now)
			},
			"sign out": func(*rapid.T) { _ = w.p.signOut(w.agent(), w.now) },
			"ready":    func(*rapid.T) { _ = w.p.setState(w.agent(), ivr.Ready, "", w.now) },
			"not ready": func(*rapid.T) {
				_ = w.p.setState(w.agent(), ivr.NotReady, "break", w.now)
			},
			"enqueue": func(t *rapid.T) {
				w.calls++
				id := ivr.CallID(fmt.Sprintf("c%03d", w.calls))
				w.open[id] = true
				skill := rapid.SampledFrom([]string{"", "tax", "road"}).Draw(t, "skill")
				w.p.enqueue(Waiting{Call: id, Queue: "q", Skills: map[string]string{"cluster": skill}, Queued: w.now,
					Priority: rapid.IntRange(0, 1).Draw(t, "priority"), Answer: 20 * time.Second}, w.now)
			},
			"hang up": func(*rapid.T) {
				id := w.call()
				delete(w.open, id)
				if a, talking := w.taken[id]; talking {
					delete(w.taken, id)
					w.p.release(a.Agent, a.Lease, true, w.now)
					return
				}
				w.p.leave(id, w.now)
			},
			"accept": func(*rapid.T) {
				if a := w.p.agents[w.agent()]; a != nil {
					_ = w.p.accept(a.ID, a.Lease, w.now)
				}
			},
			"reject": func(*rapid.T) {
				if a := w.p.agents[w.agent()]; a != nil {
					_ = w.p.reject(a.ID, a.Lease, w.now)
				}
			},
			"wrong lease": func(t *rapid.T) {
				if err := w.p.accept(w.agent(), "stale", w.now); err == nil {
					t.Fatal("a stale lease was accepted")
				}
			},
			"end wrap": func(*rapid.T) {
				if a, err := w.p.inWrapUp(w.agent()); err == nil {
					w.p.endWrap(a, false, w.now)
				}
			},
			"extend": func(*rapid.T) { _ = w.p.extendWrap(w.agent()) },
			"line":   func(t *rapid.T) { w.p.setLine(w.agent(), rapid.Bool().Draw(t, "up"), w.now) },
			"phone":  func(t *rapid.T) { w.p.setAway(rapid.Bool().Draw(t, "away"), w.now) },
			"desk":   func(t *rapid.T) { w.p.setPresent(w.agent(), rapid.Bool().Draw(t, "here"), w.now) },
			"relax":  func(*rapid.T) { w.p.relax(w.call(), "cluster", w.now) },
			"time passes": func(t *rapid.T) {
				d := time.Duration(rapid.IntRange(1, 30000).Draw(t, "ms")) * time.Millisecond
				w.now = later(w.now, d)
				w.p.expire(w.now)
			},
			"restart": func(t *rapid.T) { w.restart() },
		})
	})
}

// restart builds the pool anew from what a journal would hold.
func (w *world) restart() {
	w.settle()
	old := w.p
	w.p = newPool()
	var agents []*Agent
	for _, a := range old.agents {
		kept := *a
		kept.present = false
		agents = append(agents, &kept)
	}
	var waiting []Waiting
	for _, entry := range old.waiting {
		again := *entry
		again.agent = ""
		waiting = append(waiting, again)
	}
	talking := map[ivr.CallID]Talk{}
	for id, a := range w.taken {
		talking[id] = Talk{Agent: a.Agent, Lease: a.Lease}
	}
	w.p.restore(agents, waiting, talking, w.now)
	for id, a := range old.agents {
		now := w.p.agents[id]
		if a.occupied() && (now.State != a.State || now.Lease != a.Lease) {
			w.t.Fatalf("%s was %s under %s; after the restart %s under %s", id, a.State, a.Lease, now.State, now.Lease)
		}
	}
	for i, entry := range old.waiting {
		if w.p.waiting[i].Call != entry.Call {
			w.t.Fatalf("place %d: %s was there, after the restart %s", i, entry.Call, w.p.waiting[i].Call)
		}
	}
	for id, a := range old.agents {
		w.p.setLine(id, a.Line, w.now)
		w.p.setPresent(id, a.present, w.now)
	}
}
