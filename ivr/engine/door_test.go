package engine_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/report"
	"talian/ivr/store"
)

// turnedAway: a caller asks for an agent when nobody is on shift, is led to the message box
// and hangs up after speaking.
func turnedAway(s *site) []*actor {
	c := &citizen{site: s, from: "0111111111"}
	var since time.Time
	dial := act{name: "dial", every: time.Second, do: func() {
		if c.Caller == nil {
			c.dial()
		}
	}, until: func() bool { return c.Caller != nil && c.Answered() }}
	speak := act{name: "message", every: step, do: func() {
		switch {
		case !c.Recorded():
			since = time.Time{}
			c.Press("2")
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= 4*time.Second:
			c.Hangup()
		}
	}, until: func() bool { return !c.Connected() }}
	return []*actor{{name: c.from, steps: []act{dial, speak}}}
}

// checkTurnedAway: the figures know a caller who asked for an agent and was not served.
func checkTurnedAway(s *site, facts []ivr.Fact) {
	s.t.Helper()
	ctx := context.Background()
	records, err := store.Open(ctx, filepath.Join(s.dir, "figures.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer records.Close()
	if err := records.Apply(ctx, facts); err != nil {
		s.t.Fatal(err)
	}
	from, to := s.begin, time.Now().Add(time.Hour)
	clusters, err := report.Clusters(ctx, records, from, to)
	if err != nil {
		s.t.Fatal(err)
	}
	total := clusters.Total
	if total.Offered != 1 || !cmp.Equal(total.Other, map[string]int{"no_agents": 1}) || total.SL != nil || total.ASA != nil {
		s.t.Errorf("the queue's figures: %+v", total)
	}
	menus, err := report.IVR(ctx, records, from, to)
	if err != nil || menus.Answered != 1 || menus.Contained != 0 {
		s.t.Errorf("answered %d, contained %d; %v", menus.Answered, menus.Contained, err)
	}
}

// TestTurnedAway plays the scene undisturbed, and then with a crash at every Append: the stay
// of who is turned away is on record once, with its end.
func TestTurnedAway(t *testing.T) {
	sc := scene{name: "turned away", actors: turnedAway, calls: 1, check: checkTurnedAway, want: map[string]int{
		"call.queued": 1, "call.dequeued no_agents": 1, "call.dequeued": 1, "call.offered": 0, "voicemail.left": 1, "call.ended gone": 1}}
	live(t, sc, cutAt{}, 1)
	for _, late := range []bool{false, true} {
		for n := 1; !t.Failed() && live(t, sc, cutAt{append: n, late: late}, uint64(n)); n++ {
		}
	}
}

// TestTurnedAwayIsNobodysOffer: an agent who begins a shift a moment later is not offered who
// was turned away.
func TestTurnedAwayIsNobodysOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, cutAt{})
		t.Cleanup(func() { s.run.end() })
		a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
		steps := append([]act{{name: "wait", do: nothing, until: func() bool { return c.Caller != nil && c.Recorded() }}}, a.shift()...)
		caller := &actor{name: c.from, steps: []act{
			{name: "dial", do: c.dial, every: time.Hour, until: func() bool { return c.Caller != nil && c.Answered() }},
			{name: "ask", do: c.press("2"), every: step, until: func() bool { return c.Recorded() }},
			{name: "ready", do: nothing, until: a.is(ivr.Ready, ivr.Reserved)},
			c.gone()}}
		s.play(1, s.present(a.id), &actor{name: "agent", steps: steps}, caller)
		if n := tally(s.facts()); n["call.offered"] != 0 || n["call.dequeued no_agents"] != 1 {
			t.Errorf("facts: %v", n)
		}
	})
}
