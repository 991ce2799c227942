package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
)

// away is a step in which the engine is dead for a while.
func (s *site) away(d time.Duration) act {
	back := false
	return act{name: "away", do: func() {
		s.run.end()
		time.Sleep(d) // virtual
		s.start()
		back = true
	}, until: func() bool { return back }}
}

// TestDeadlinesWhileAway: a deadline that passes while the engine is dead is not the agent's fault.
func TestDeadlinesWhileAway(t *testing.T) {
	wrapUp := func(s *site, a *agent, c *citizen) []act {
		return []act{
			{name: "accept", do: a.accept, until: a.is(ivr.Busy), every: time.Second},
			{name: "talk", do: nothing, until: c.talks(a)},
			{name: "end", do: a.ask(ivr.EndCall{}), until: a.is(ivr.WrapUp)},
			s.away(90 * time.Second),
			{name: "ready again", do: nothing, until: a.is(ivr.Ready)},
		}
	}
	offer := func(s *site, a *agent, c *citizen) []act {
		return []act{
			{name: "rings", do: nothing, until: a.is(ivr.Reserved)},
			s.away(90 * time.Second),
			{name: "accept", do: a.accept, until: a.is(ivr.Busy), every: time.Second},
			{name: "talk", do: nothing, until: c.talks(a)},
			{name: "end", do: a.ask(ivr.EndCall{}), until: a.is(ivr.WrapUp)},
			{name: "dispose", do: a.ask(ivr.Dispose{Disposition: "done"}), until: a.is(ivr.Ready)},
		}
	}
	for name, acts := range map[string]func(*site, *agent, *citizen) []act{"wrap-up": wrapUp, "offer": offer} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, cutAt{})
				t.Cleanup(func() { s.run.end() })
				a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
				s.play(1, s.present(a.id), &actor{name: "agent", steps: append(a.shift(), acts(s, a, c)...)},
					&actor{name: "citizen", steps: append(c.arrive(),
						act{name: "end", do: nothing, until: func() bool { return !c.Connected() && c.phase() == "" }})})
				blameless(t, s.facts())
			})
		})
	}
}

// blameless: no offer was lost, and the agent was never made not ready.
func blameless(t *testing.T, facts []ivr.Fact) {
	t.Helper()
	for _, f := range facts {
		switch b := f.Body.(type) {
		case ivr.CallOfferEnded:
			if b.How != ivr.OfferAccepted {
				t.Errorf("the offer ended: %s", b.How)
			}
		case ivr.AgentChanged:
			if b.Reason == ivr.ReasonLineLost || b.Reason == ivr.ReasonMissed {
				t.Errorf("the agent is %s: %s", b.State, b.Reason)
			}
		}
	}
}

// TestNobodyWhoFits: a caller whom no agent on shift can take does not wait.
func TestNobodyWhoFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, cutAt{})
		t.Cleanup(func() { s.run.end() })
		a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
		shift := a.shift()
		shift[0].do = a.ask(ivr.SignIn{Profile: ivr.Profile{Name: "A", Skills: map[string][]string{"language": {"ms"}}}})
		var asked time.Time
		press := func() {
			if c.Press("2"); asked.IsZero() {
				asked = time.Now()
			}
		}
		s.play(1, s.present(a.id), &actor{name: "agent", steps: shift}, &actor{name: "citizen", steps: []act{
			c.arrive()[0],
			{name: "menu", do: press, every: 20 * time.Second, until: func() bool { return c.Recorded() }},
			c.gone()}})
		if d := time.Since(asked); d > time.Minute {
			t.Errorf("the caller waited for %s", d)
		}
	})
}
