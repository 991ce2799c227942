package engine_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
)

// scene is a scripted life: what everybody does, and what must be true at its end.
type scene struct {
	name   string
	actors func(s *site) []*actor
	calls  int                             // in all
	want   map[string]int                  // kind of fact, with its outcome: how many
	check  func(s *site, facts []ivr.Fact) // what else must be true; nil = nothing
}

func scenes() []scene {
	return []scene{
		{name: "conversation", actors: conversation, calls: 1, want: map[string]int{"call.queued": 1, "call.connected": 1, "call.dequeued": 0,
			"call.released agent": 1, "call.held": 1, "call.retrieved": 1, "call.wrapped": 1, "call.ended system": 1}},
		{name: "two callers", actors: twoCallers, calls: 2, want: map[string]int{"call.queued": 2, "call.connected": 2, "call.dequeued": 0,
			"call.released": 2, "call.ended gone": 2}},
		{name: "hang-ups", actors: hangUps, calls: 3, want: map[string]int{"call.queued": 2, "call.connected": 0, "call.dequeued gone": 2,
			"call.ended gone": 3}},
		{name: "voicemail", actors: voicemail, calls: 2, want: map[string]int{"voicemail.left": 2, "call.queued": 0, "hours.set": 1}},
	}
}

// conversation: menu, waiting, offered, talking, hold, back, the agent ends, after-call work.
func conversation(s *site) []*actor {
	a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
	agentActs := append(a.shift(),
		act{name: "accept", do: a.accept, until: a.is(ivr.Busy), every: time.Second},
		act{name: "talk", do: nothing, until: c.talks(a)},
		act{name: "hold", do: a.ask(ivr.Hold{}), until: c.held(a)},
		act{name: "retrieve", do: a.ask(ivr.Retrieve{}), until: c.talks(a)},
		act{name: "end", do: a.ask(ivr.EndCall{}), until: a.is(ivr.WrapUp)},
		act{name: "dispose", do: a.ask(ivr.Dispose{Disposition: "done"}), until: a.is(ivr.Ready)},
	)
	return []*actor{s.present(a.id), {name: "agent", steps: agentActs}, {name: "citizen", steps: append(c.arrive(),
		act{name: "end", do: nothing, until: func() bool { return !c.Connected() && c.phase() == "" }})}}
}

// twoCallers: one agent serves both, in the order of their coming; both hang up themselves.
func twoCallers(s *site) []*actor {
	a := &agent{site: s, id: "agent01"}
	one, two := &citizen{site: s, from: "0111111111"}, &citizen{site: s, from: "0122222222"}
	served := func() bool { return one.talks(a)() || two.talks(a)() }
	agentActs := a.shift()
	for range 2 {
		agentActs = append(agentActs,
			act{name: "accept", do: a.accept, until: a.is(ivr.Busy, ivr.WrapUp), every: time.Second},
			act{name: "talk", do: nothing, until: func() bool { return served() || !a.is(ivr.Busy)() }},
			act{name: "wrap up", do: a.ask(ivr.EndWrap{}), until: a.is(ivr.Ready, ivr.Reserved)})
	}
	caller := func(c *citizen) *actor {
		return &actor{name: c.from, steps: append(c.arrive(), act{name: "talk", do: nothing, until: c.talks(a)}, c.gone())}
	}
	return []*actor{s.present(a.id), {name: "agent", steps: agentActs}, caller(one), caller(two)}
}

// hangUps: in the menu, while waiting, while it rings at the agent's.
func hangUps(s *site) []*actor {
	a := &agent{site: s, id: "agent01"}
	menu, waiting, offered := &citizen{site: s, from: "0111111111"}, &citizen{site: s, from: "0122222222"}, &citizen{site: s, from: "0133333333"}
	// Nobody takes calls before the waiting one has gone.
	shift := a.shift()
	agentActs := append(shift[:2:2], act{name: "later", do: nothing, until: func() bool { return waiting.Caller != nil && !waiting.Connected() }}, shift[2])
	return []*actor{s.present(a.id), {name: "agent", steps: append(agentActs, act{name: "free", do: a.ask(ivr.SetState{State: ivr.Ready}),
		until: func() bool { return offered.Caller != nil && !offered.Connected() && a.is(ivr.Ready)() }})},
		{name: "menu", steps: append(menu.arrive()[:1], menu.gone())},
		{name: "waiting", steps: append(waiting.arrive(), waiting.gone())},
		{name: "offered", steps: append(offered.arrive(), act{name: "rings", do: nothing, until: offered.in(ivr.PhaseOffered)}, offered.gone())}}
}

// voicemail: after hours one caller hangs up after speaking, another one keeps the message.
func voicemail(s *site) []*actor {
	closed := act{name: "close", do: func() {
		_, _ = s.do("", ivr.SetHours{HoursSet: ivr.HoursSet{Calendar: "office", Mode: ivr.HoursClosed, Why: "test", Who: "test"}})
	}, until: func() bool { return s.board().Hours["office"].Mode == ivr.HoursClosed }}
	return []*actor{{name: "supervisor", steps: []act{closed}},
		leaveMessage(&citizen{site: s, from: "0111111111"}, func(c *citizen) { c.Hangup() }),
		leaveMessage(&citizen{site: s, from: "0122222222"}, func(c *citizen) { c.Press("#") })}
}

// leaveMessage gets to the tone, speaks for four seconds and ends in one way or another;
// who is asked whether to keep the message says 1.
func leaveMessage(c *citizen, end func(*citizen)) *actor {
	var since time.Time
	spoken := func() bool {
		if !c.Recorded() {
			since = time.Time{}
			return false
		}
		if since.IsZero() {
			since = time.Now()
		}
		return time.Since(since) >= 4*time.Second
	}
	return &actor{name: c.from, steps: append(c.arrive()[:1], act{name: "message", every: step, do: func() {
		switch {
		case spoken():
			end(c)
		case !c.Recorded() && time.Now().Second()%4 == 0:
			c.Press("1")
		}
	}, until: func() bool { return !c.Connected() }})}
}

// TestCrash kills the engine at every Append to the journal of every scene, once before it
// is durable and once after, starts a new one on the same journal and the same Asterisk,
// and checks that nobody noticed: no call is lost, no fact is doubled, nothing is left.
func TestCrash(t *testing.T) {
	const seed = 7
	stride := 1
	if testing.Short() {
		stride = 5
	}
	var points atomic.Int64
	t.Cleanup(func() { t.Logf("%d crash points", points.Load()) })
	for _, sc := range scenes() {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/late=%t", sc.name, late), func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n += stride {
					if !live(t, sc, cutAt{append: n, late: late}, seed+uint64(n)) || t.Failed() {
						return
					}
					points.Add(1)
				}
			})
		}
	}
}

// TestNoCrash plays the scenes undisturbed.
func TestNoCrash(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			for seed := range uint64(3) {
				live(t, sc, cutAt{}, seed)
			}
		})
	}
}

// live plays one scene; it tells whether the engine was killed.
func live(t *testing.T, sc scene, cut cutAt, seed uint64) (killed bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, cut)
		first := s.run
		t.Cleanup(func() {
			s.run.end()
			if t.Failed() {
				t.Logf("scene %s, crash at append %d, late %t, seed %d", sc.name, cut.append, cut.late, seed)
			}
		})
		s.play(seed, sc.actors(s)...)
		s.pass(5 * time.Second)
		killed = s.run != first
		check(s, sc)
	})
	return killed
}
