package call

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"talian/ivr"
	"talian/ivr/journal"
)

// away is a phone that does nothing that it is asked.
type away struct{ *phone }

var errAway = errors.New("connection refused") //nolint:gochecknoglobals // a constant error

func (p *away) Play(context.Context, string, string, []string) error { return errAway }
func (p *away) SendDigits(context.Context, string, string) error     { return errAway }
func (p *away) DeleteRecording(context.Context, string) error        { return errAway }
func (p *away) AddChannel(context.Context, string, string) error     { return errAway }

// filing is an engine that notes what it is to file.
type filing struct {
	*around
	files []Message
}

func (f *filing) File(m Message) { f.files = append(f.files, m) }

// carrying is a call whose phone is away, what it logs, and the engine around it.
func carrying(t *testing.T) (*Call, *bytes.Buffer, *filing, *away) {
	t.Helper()
	sc := begin(t)
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), func() ivr.Stamp { return sc.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	log, engine, ari := new(bytes.Buffer), &filing{around: &around{dialled: errAway}}, &away{&phone{journal: j}}
	return New(sc.s, Parts{Program: sc.world().Program, Phone: ari, Engine: engine, Journal: j,
		Log: slog.New(slog.NewTextHandler(log, nil)), Bridge: func(a ivr.AgentID) string { return string(a) }}), log, engine, ari
}

// TestLogHasNothingPersonal: what could not be done is named, not shown: sounds spell out
// numbers, and so do keys.
func TestLogHasNothingPersonal(t *testing.T) {
	c, log, _, _ := carrying(t)
	for _, a := range []Action{
		Play{ID: 1, Sounds: []Sound{{"digits-7391"}}},
		SendDigits{Digits: "7391"},
		Dial{ID: 2, To: "7391", CallerID: "7391"},
	} {
		log.Reset()
		c.perform(t.Context(), a)
		if !strings.Contains(log.String(), "not done") || strings.Contains(log.String(), "7391") {
			t.Errorf("%T: %s", a, log)
		}
	}
}

// TestNothingPersonalStays: recordings that nobody keeps and that cannot be removed now are
// removed later, also after a restart.
func TestNothingPersonalStays(t *testing.T) {
	c, _, engine, _ := carrying(t)
	c.perform(t.Context(), Discard{IDs: []int{3, 5}})
	for i, name := range []string{"c1/r3", "c1/r5"} {
		if len(engine.files) != 2 || engine.files[i].Recording != name || !engine.files[i].Filed {
			t.Fatalf("to be removed: %+v", engine.files)
		}
	}
	if err := c.journal.Append(nil).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	j, _ := c.journal.(*journal.Journal)
	if states, err := j.States(t.Context(), MessageKind); err != nil || len(states) != 2 {
		t.Errorf("a restart would remove %v, %v", states, err)
	}
}

// TestOutsideEndIsLetGo: an outside end that cannot be connected, or of which nobody knows
// whether it rings, is hung up.
func TestOutsideEndIsLetGo(t *testing.T) {
	for _, a := range []Action{Join{ID: 4}, Dial{ID: 4, To: "0388880000"}} {
		c, _, _, ari := carrying(t)
		c.perform(t.Context(), a)
		if !slices.Contains(ari.asked, "hangup") {
			t.Errorf("%T: %v", a, ari.asked)
		}
	}
	sc := beginAt(t, "0380008003").tell(Arrived{})
	sc.tell(Resumed{Answered: true}) // it may be that the request to ring is still under way
	if !strings.HasPrefix(sc.did(), "HangLeg, Part") {
		t.Errorf("gone after a restart: did %q", sc.did())
	}
}

// deaf is a phone that hangs up at the third try.
type deaf struct {
	*phone
	tries int
}

func (p *deaf) Hangup(context.Context, string, int) error {
	if p.tries++; p.tries < 3 {
		return errAway
	}
	return nil
}

// TestHangUpIsTriedAgain: a caller whose call is over does not stay on the line.
func TestHangUpIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, log, _, away := carrying(t)
		ari := &deaf{phone: away.phone}
		c.phone = ari
		c.perform(t.Context(), Hangup{})
		if ari.tries != 3 || strings.Count(log.String(), "could not be hung up on") != 1 {
			t.Errorf("%d tries, log %s", ari.tries, log)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ari.tries = 0
		c.perform(ctx, Hangup{})
		if ari.tries != 1 {
			t.Errorf("%d tries while we stop", ari.tries)
		}
		j, _ := c.journal.(*journal.Journal)
		_ = j.Close()
	})
}
