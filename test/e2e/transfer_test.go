package e2e

import (
	"strings"
	"testing"
	"time"

	"talian/test/stage"
)

// TestTransfer: a caller is connected with a number outside, through the real Asterisk; who
// is busy, does not answer or does not exist is told apart.
func TestTransfer(t *testing.T) {
	s, out := nodes(t)
	s.together(map[string]func(*scene){
		"the far end hangs up": func(s *scene) {
			c := s.call(inTransfer)
			far := s.called(out, numberAnswers)
			if far.From != stage.Number {
				s.t.Errorf("the number shown is %q", far.From)
			}
			s.hearEachOther(c, far)
			s.must(far.Hangup(s.ctx))
			s.hearsAll(c, "en", "first_chosen", nil)
			s.hearsAll(c, "en", "thanks", nil)
			s.gone(c)
		},
		"the caller hangs up while it rings": func(s *scene) {
			c := s.call(inRinging)
			far := s.called(out, numberRings)
			_, err := c.Ear.WaitSpeech(s.within(10 * time.Second)) // music
			s.must(err)
			s.must(c.Hangup(s.ctx))
			s.over(far.Done(), "the ringing")
		},
		"busy": func(s *scene) {
			c := s.call(toBusy)
			s.hearsAll(c, "en", "second_chosen", nil)
			s.gone(c)
		},
		"no answer": func(s *scene) {
			c := s.call(toSilent)
			s.over(s.called(out, numberSilent).Done(), "the ringing")
			s.hearsAll(c, "en", "gave_up", nil)
			s.gone(c)
		},
		"no such number": func(s *scene) {
			c := s.call(toNobody)
			s.hearsAll(c, "en", "something_failed", nil)
			s.gone(c)
		},
	})
	c := s.call(inTransfer)
	far := s.called(out, numberAnswers)
	s.hearEachOther(c, far)
	s.must(c.Hangup(s.ctx))
	s.over(far.Done(), "the call of the number outside")
	for who, facts := range byCaller(s.facts()) {
		n := count(facts)
		calls := n["call.arrived"]
		if n["transfer.began"] != calls || n["transfer.ended"] != calls || n["call.ended"] != calls {
			t.Errorf("%s: %v", who, n)
		}
	}
	s.nothingLeft()
}

// over waits until something is over.
func (s *scene) over(done <-chan struct{}, what string) {
	s.t.Helper()
	select {
	case <-done:
	case <-s.within(20 * time.Second).Done():
		s.t.Fatalf("%s does not end", what)
	}
}

// nothingLeft demands that Asterisk has neither a channel nor a bridge of a transfer.
func (s *scene) nothingLeft() {
	s.t.Helper()
	ctx := s.within(10 * time.Second)
	for {
		channels, bridges := s.CLI(s.t, "core show channels concise"), s.CLI(s.t, "bridge show all")
		if !strings.Contains(channels, "PJSIP/") && !strings.Contains(bridges, "-x") {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("Asterisk still has\n%s\n%s", channels, bridges)
		}
	}
}
