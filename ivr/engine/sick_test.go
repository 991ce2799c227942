package engine_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/call"
)

// TestDropped: Asterisk gives up a caller of whom it hears nothing. That is no hang-up.
func TestDropped(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := talk(s)
		s.fake.Send(fmt.Sprintf(`{"type":"ChannelHangupRequest","soft":true,"cause":1,"channel":{"id":%q}}`, c.Channel()))
		c.Hangup() // what StasisEnd tells follows
		s.pass(time.Second)
		want := ivr.CallEnded{By: ivr.SideSystem, Cause: call.CauseDropped}
		if got := s.last("call.ended"); got != want {
			t.Errorf("ended %+v, want %+v", got, want)
		}
		if !a.is(ivr.WrapUp)() {
			t.Errorf("agent %+v", a.seen())
		}
		c = &citizen{site: s, from: "0122222222"}
		c.dial()
		s.settle()
		s.fake.Send(fmt.Sprintf(`{"type":"ChannelHangupRequest","channel":{"id":%q}}`, c.Channel())) // as a caller's BYE is told
		c.Hangup()
		s.pass(time.Second)
		want = ivr.CallEnded{By: ivr.SideCaller, Cause: call.CauseNormal}
		if got := s.last("call.ended"); got != want {
			t.Errorf("ended %+v, want %+v", got, want)
		}
	})
}

// TestPasswordNoLongerTaken: what was refused for the password is put right when it is taken
// again: a caller whom the agent has let go hears the agent no more.
func TestPasswordNoLongerTaken(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := talk(s)
		s.fake.Fail("POST /bridges/*/removeChannel", http.StatusUnauthorized, 1)
		if _, err := s.do(a.id, ivr.EndCall{}); err != nil {
			t.Fatal(err)
		}
		s.pass(2 * time.Second)
		if c.talks(a)() {
			t.Error("they talk, though the agent has ended it")
		}
	})
}

// TestHangUpRefused: a caller whose call is over stays known until the phone is down, and does
// not come back as another call.
func TestHangUpRefused(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		c := &citizen{site: s, from: "0111111111"}
		c.dial()
		s.settle()
		s.fake.Fail("DELETE /channels/*", http.StatusInternalServerError, 3)
		s.pass(10 * time.Minute) // nobody presses anything: the flow ends
		arrived := 0
		for _, f := range s.facts() {
			if f.Body.Kind() == "call.arrived" {
				arrived++
			}
		}
		if arrived != 1 || c.Connected() || s.last("call.ended") == nil {
			t.Errorf("%d calls, on the line %t, ended %v", arrived, c.Connected(), s.last("call.ended"))
		}
	})
}

// TestAsteriskAway: while Asterisk is away nothing is offered, and the open offer does not run
// out; that the caller is gone afterwards is nothing that the agent missed.
func TestAsteriskAway(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
		s.play(1, s.present(a.id), &actor{name: "agent", steps: a.shift()}, &actor{name: "citizen", steps: c.arrive()})
		s.wait("offer", a, a.is(ivr.Reserved))
		s.fake.Stop()
		s.pass(time.Minute)
		if !a.is(ivr.Reserved)() {
			t.Errorf("while Asterisk is away the agent is %+v", a.seen())
		}
		s.fake.Start()
		s.pass(2 * time.Second)
		a.claim()
		s.pass(2 * time.Second)
		if !a.is(ivr.Ready)() {
			t.Errorf("when Asterisk is back the agent is %+v", a.seen())
		}
		next := &citizen{site: s, from: "0122222222"}
		s.play(1, s.present(a.id), &actor{name: "next", steps: next.arrive()})
		s.wait("next offer", a, a.is(ivr.Reserved))
		for _, f := range s.facts() {
			if ended, is := f.Body.(ivr.CallOfferEnded); is && ended.How == ivr.OfferMissed {
				t.Errorf("missed: %+v", f)
			}
		}
		next.Hangup()
		s.settle()
	})
}
