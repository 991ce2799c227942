package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
	"talian/ivr/call"
)

// stage runs a test on a site in a bubble.
func stage(t *testing.T, run func(t *testing.T, s *site)) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, cutAt{})
		t.Cleanup(func() { s.run.end() })
		s.settle()
		run(t, s)
		if faults := s.fake.Faults(); len(faults) > 0 {
			t.Errorf("Asterisk was asked: %v", faults)
		}
	})
}

// talk brings an agent and a caller together.
func talk(s *site) (*agent, *citizen) {
	a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
	s.play(1, s.present(a.id), &actor{name: "agent", steps: append(a.shift(),
		act{name: "accept", do: a.accept, until: a.is(ivr.Busy), every: time.Second})},
		&actor{name: "citizen", steps: append(c.arrive(), act{name: "talk", do: nothing, until: c.talks(a)})})
	return a, c
}

// wait lets time pass, with the desk connected, until it is so.
func (s *site) wait(what string, a *agent, until func() bool) {
	s.t.Helper()
	s.play(1, s.present(a.id), &actor{name: what, steps: []act{{name: what, do: nothing, until: until}}})
}

func (s *site) last(kind string) ivr.Body {
	var found ivr.Body
	for _, f := range s.facts() {
		if f.Body.Kind() == kind {
			found = f.Body
		}
	}
	return found
}

// TestEventsCut: a cut of the events changes nothing for those who talk.
func TestEventsCut(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := talk(s)
		n := len(s.fake.Requests())
		s.fake.Cut()
		s.pass(2 * time.Second)
		if !c.talks(a)() || !a.is(ivr.Busy)() {
			t.Error("they no longer talk")
		}
		for _, r := range s.fake.Requests()[n:] {
			if strings.Contains(r, "Channel") || strings.HasPrefix(r, "DELETE") {
				t.Errorf("the cut led to %s", r)
			}
		}
		s.fake.Cut()
		c.Hangup() // nobody is told
		s.wait("after-call work", a, a.is(ivr.WrapUp))
		if ended, _ := s.last("call.ended").(ivr.CallEnded); ended.Cause != call.CauseLost {
			t.Errorf("ended %+v", ended)
		}
	})
}

// TestAsteriskRestart: every call is closed with its cause, agents are free, nothing is left.
func TestAsteriskRestart(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, _ := talk(s)
		waits := &citizen{site: s, from: "0122222222"}
		s.play(1, s.present(a.id), &actor{name: "waits", steps: waits.arrive()})
		s.fake.Restart()
		s.wait("free", a, a.is(ivr.WrapUp, ivr.NotReady))
		if b := s.board(); len(b.Calls) > 1 || b.Agents[a.id].Line != ivr.LineDown {
			t.Errorf("board %+v", b)
		}
		_, _ = s.do(a.id, ivr.EndWrap{})
		s.settle()
		if left := len(s.board().Calls) + len(s.fake.Channels()) + len(s.fake.Bridges()); left > 0 {
			t.Errorf("%d things are left", left)
		}
		next := &citizen{site: s, from: "0133333333"}
		next.dial()
		s.pass(2 * time.Second)
		if !next.Answered() {
			t.Error("the next call is not answered")
		}
		next.Hangup()
		s.settle()
		n := 0
		for _, f := range s.facts() {
			if ended, ok := f.Body.(ivr.CallEnded); ok && ended.Cause == call.CauseRestart {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d calls closed with cause %s", n, call.CauseRestart)
		}
	})
}

// TestAway: who calls while nobody is there waits with music, and is answered afterwards.
func TestAway(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		s.run.end()
		synctest.Wait()
		c := &citizen{site: s, from: "0111111111"}
		c.dial()
		time.Sleep(3500 * time.Millisecond) // virtual
		if !c.Music() || !c.Answered() {
			t.Error("the caller has no music")
		}
		s.start()
		s.pass(2 * time.Second)
		if len(c.Prompts()) == 0 {
			t.Error("nobody speaks to the caller")
		}
		c.Hangup()
		s.settle()
		if arrived, _ := s.last("call.arrived").(ivr.CallArrived); arrived.Waited < 3500 || arrived.Waited > 5500 {
			t.Errorf("waited %d ms", arrived.Waited)
		}
	})
}

// TestReconcileIsTriedAgain: an Asterisk that is not ready for the list yet is asked again.
func TestReconcileIsTriedAgain(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		s.fake.Fail("GET /channels", 503, 3)
		s.fake.Cut()
		s.pass(time.Second)
		if s.run.engine.Ready() == nil {
			t.Error("ready without the list")
		}
		s.pass(3 * time.Second)
		if err := s.run.engine.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// TestReplaced: a second daemon took our place; this one stops acting.
func TestReplaced(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		leave, err := s.fake.Replace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		synctest.Wait()
		select {
		case <-s.run.done:
		default:
			t.Error("the engine goes on")
		}
	})
}

// TestStrangeEvents: nothing that Asterisk says ends the daemon.
func TestStrangeEvents(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		for _, frame := range []string{`{"type":"StasisStart"}`, `{"type":"StasisStart","channel":7}`, `{"type":"PlaybackFinished"}`,
			`{"type":"RecordingFinished"}`, `{"type":"RecordingFailed","recording":{}}`, `{"type":"StasisEnd"}`, `{"type":"ChannelDtmfReceived","digit":""}`,
			`{"type":"ContactStatusChange","endpoint":{}}`, `{"type":"PlaybackFinished","playback":{"id":"x-p99999999999999999999"}}`, `nonsense`} {
			s.fake.Send(frame)
		}
		c := &citizen{site: s, from: "0111111111"}
		c.dial()
		s.pass(time.Second)
		if !c.Answered() {
			t.Error("the next call is not answered")
		}
		c.Hangup()
		s.settle()
	})
}

// TestUnknownNumber is refused as such.
func TestUnknownNumber(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		c := s.fake.Call("999", "0111111111")
		s.pass(time.Second)
		if c.Connected() || len(s.facts()) > 0 {
			t.Error("a number that is not ours is answered")
		}
	})
}

// TestSlowAsterisk: a caller who hangs up while a request hangs is seen to.
func TestSlowAsterisk(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		release := s.fake.Hold("POST /channels/*/answer")
		c := &citizen{site: s, from: "0111111111"}
		c.dial()
		s.settle()
		c.Hangup()
		s.pass(6 * time.Second)
		release()
		s.pass(time.Second)
		if n := len(s.board().Calls); n > 0 {
			t.Errorf("%d calls left", n)
		}
	})
}

// TestAcceptTwice: two clicks, one conversation, and the first click gets its answer.
func TestAcceptTwice(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := &agent{site: s, id: "agent01"}, &citizen{site: s, from: "0111111111"}
		s.play(1, s.present(a.id), &actor{name: "agent", steps: append(a.shift(), act{name: "offer", do: nothing, until: a.is(ivr.Reserved)})},
			&actor{name: "citizen", steps: c.arrive()})
		release := s.fake.Hold("POST /bridges/*/addChannel")
		lease := a.seen().Now.Lease
		answers := make(chan error, 2)
		for range 2 {
			go func() { _, err := s.do(a.id, ivr.Accept{Lease: lease}); answers <- err }()
			synctest.Wait()
		}
		if err := <-answers; err == nil {
			t.Error("the second click is taken")
		}
		release()
		if err := <-answers; err != nil {
			t.Errorf("the first click: %v", err)
		}
		s.settle()
		if !c.talks(a)() {
			t.Error("they do not talk")
		}
	})
}

// TestLineLostInCall: music after 3 s; back after the reload; the old place after 20 s.
func TestLineLostInCall(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, c := talk(s)
		a.page.Hangup(a.leg())
		s.pass(2 * time.Second)
		if c.Music() {
			t.Error("music at once")
		}
		s.pass(2 * time.Second)
		if !c.Music() {
			t.Error("no music after 3 s")
		}
		a.claim()
		s.pass(time.Second)
		if !c.talks(a)() {
			t.Error("they do not talk after the reload")
		}
		a.page.Hangup(a.leg())
		s.pass(22 * time.Second)
		if p := c.phase(); p != ivr.PhaseWaiting || !c.Music() {
			t.Errorf("after 20 s the caller is %s, music %t", p, c.Music())
		}
		c.Hangup()
		s.settle()
	})
}

// TestPlacesAreKept: who waited first is served first, also after a restart.
func TestPlacesAreKept(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a := &agent{site: s, id: "agent01"}
		first, second := &citizen{site: s, from: "0111111111"}, &citizen{site: s, from: "0122222222"}
		s.play(1, s.present(a.id), &actor{name: "agent", steps: a.shift()[:2]}, &actor{name: "first", steps: first.arrive()})
		s.play(1, s.present(a.id), &actor{name: "second", steps: second.arrive()})
		s.run.end()
		s.start()
		s.settle()
		s.play(1, s.present(a.id), &actor{name: "agent", steps: append(a.shift()[2:], act{name: "accept", do: a.accept, until: a.is(ivr.Busy)})})
		s.wait("talk", a, func() bool { return first.talks(a)() || second.talks(a)() })
		if !first.talks(a)() || second.phase() != ivr.PhaseWaiting {
			t.Errorf("first %s, second %s", first.phase(), second.phase())
		}
		first.Hangup()
		second.Hangup()
		s.settle()
	})
}

// TestIntentsBeforeTheRestore wait for it instead of finding an empty engine.
func TestIntentsBeforeTheRestore(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		a, _ := talk(s)
		s.run.end()
		s.start() // no settle: Run has not begun
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b, err := s.run.engine.Snapshot(ctx)
		if err != nil || b.Agents[a.id] == nil || b.Agents[a.id].Now.State != ivr.Busy {
			t.Errorf("snapshot %+v, %v", b, err)
		}
	})
}
