package e2e

import (
	"testing"

	"talian/test/stage"
)

// TestPublish: publish, canary and rollback on the running ivrd. Who asks for the candidate
// gets it, others do not; a call in progress stays on its revision over a publish, a kill -9
// and the restart.
func TestPublish(t *testing.T) {
	s := tones(t)
	hears := func(number, voice string) {
		t.Helper()
		l, err := listen(s.ctx, number, "0120000001")
		s.must(err)
		s.must(l.through(s.ctx))
		if l.voice != voice {
			t.Errorf("%s hears revision %s, want %s", number, l.voice, voice)
		}
	}
	hears(stage.Number, "a")
	hears(candidateNumber, "a")

	next := t.TempDir()
	writeTones(t, next, "b", "the second revision", false)
	s.Ivrctl(t, "canary", next, "--why", "try it")
	hears(stage.Number, "a")
	hears(candidateNumber, "b")

	early, err := listen(s.ctx, stage.Number, "0120000002")
	s.must(err)
	s.must(early.next(s.ctx))
	s.Ivrctl(t, "publish", next, "--why", "good")
	hears(stage.Number, "b")
	s.must(early.Press(s.ctx, "1"))
	s.must(early.next(s.ctx)) // the second question, on the revision of the first
	s.Ivrd.Kill(t)
	early.at--
	early.Ear.Reset()
	s.Ivrd.Start(t)
	s.must(early.through(s.ctx)) // asked again
	if early.voice != "a" {
		t.Errorf("the call in progress hears revision %s", early.voice)
	}
	hears(stage.Number, "b")

	s.Ivrctl(t, "rollback", "--why", "not good")
	hears(stage.Number, "a")
	hears(candidateNumber, "a")
}
