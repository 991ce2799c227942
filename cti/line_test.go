package cti_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/ivr"
)

func TestTwoTabs(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	one := b.onShift("t1")
	two := b.desk("t2")
	one.mustAsk(wire.CmdLineBeat, "", wire.LineBeat{Epoch: 1, OK: true})
	if !one.self.Line.Mine || two.self.Line.Mine || two.self.Line.Epoch != 1 {
		t.Errorf("before: %+v, %+v", one.self.Line, two.self.Line)
	}
	two.send("take", wire.CmdLineClaim, "", nil)
	for _, c := range []*tab{one, two} {
		told, dropped := c.takeDrop()
		if dropped != 1 || told.Type != wire.EventLine || told.Line.Epoch != 2 || told.Line.Mine != (c == two) {
			t.Errorf("%s: %+v, then drop %d", c.name, told, dropped)
		}
	}
	if m := one.ask(wire.CmdLineBeat, "", wire.LineBeat{Epoch: 1, OK: true}); m.OK || m.Err.Code != "conflict" {
		t.Errorf("beat of the old claim: %+v", m)
	}
	s.engine.Offer("agent02", caller())
	if one.takeEvent(wire.EventOffered).Call.ID != two.takeEvent(wire.EventOffered).Call.ID {
		t.Error("tabs show different calls")
	}
}

func TestSecondBrowserTakesLine(t *testing.T) {
	s := open(t)
	first := s.signIn("agent02").onShift("t1")
	second := s.signIn("agent02").desk("t9")
	second.send("take", wire.CmdLineClaim, "", nil)
	if told, dropped := first.takeDrop(); dropped != 1 || told.Type != wire.EventReplaced {
		t.Errorf("first: %+v, then drop %d", told, dropped)
	}
	if told, dropped := second.takeDrop(); dropped != 1 || told.Type != wire.EventLine || !told.Line.Mine {
		t.Errorf("second: %+v, then drop %d", told, dropped)
	}
}

// takeDrop reads to the next line.drop and gives its claim, and the event just before it.
func (c *tab) takeDrop() (before wire.Event, epoch uint64) {
	c.t.Helper()
	for {
		m := c.takeKind(wire.KindEvent)
		if m.event.Type == wire.EventLineDrop {
			return before, m.event.Epoch
		}
		before = m.event
	}
}

func TestSameTabAgain(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	old := b.desk("t1")
	b.desk("t1")
	if bye, _ := old.takeEnd(); bye != wire.CloseReplaced {
		t.Errorf("bye %d", bye)
	}
}

func TestPresence(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	is := func(want ...ivr.AgentID) func() bool {
		return func() bool { return slices.Equal(s.engine.Here(), want) }
	}
	one, two := b.desk("t1"), b.desk("t2")
	s.signIn("supervisor01").desk("t3")
	s.until("presence", is("agent02"))
	_ = one.conn.Close()
	_ = two.conn.Close()
	s.until("no socket", func() bool { return s.metric("ctid_sockets") == 1 })
	s.clock.Add(int64(10 * time.Second))
	s.until("a new word on presence", s.told())
	if !is("agent02")() {
		t.Error("gone within the grace")
	}
	s.clock.Add(int64(6 * time.Second))
	s.until("absence", is())
	b.desk("t4")
	s.until("presence again", is("agent02"))
	if res := s.request("DELETE", "/api/v1/session", "", b.cookie); res.StatusCode != http.StatusNoContent {
		t.Fatal(res.Status)
	}
	s.until("absence at once", is())
}

// told gives a condition that holds after the next Presence.
func (s *site) told() func() bool {
	heard := make(chan struct{}, 1)
	s.engine.OnDo(func(_ context.Context, intent ivr.Intent) *ivr.Reply {
		if _, ok := intent.Want.(ivr.Presence); ok {
			select {
			case heard <- struct{}{}:
			default:
			}
		}
		return nil
	})
	return func() bool { return len(heard) > 0 }
}

func (s *site) metric(name string) float64 {
	s.t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, m := range family.GetMetric() {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return sum
}
