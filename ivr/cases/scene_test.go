package cases_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/cases"
	"talian/ivr/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within gives a context that fails the test's waits rather than hang.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func kualaLumpur(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// clock is set by hand; each reading is a millisecond later.
type clock struct {
	mu  sync.Mutex
	now ivr.Stamp
}

func newClock() *clock {
	return &clock{now: ivr.Stamp{At: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Mono: 1000}}
}

func (c *clock) read() ivr.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.At, c.now.Mono = c.now.At.Add(time.Millisecond), c.now.Mono+1
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.At, c.now.Mono = c.now.At.Add(d), c.now.Mono+ivr.MillisOf(d)
}

// scene is a journal on disk with a registry beside it, and records that may be behind.
type scene struct {
	t       testing.TB
	path    string
	clock   *clock
	options []cases.Option

	*journal.Journal
	registry *cases.Registry
	refuse   int           // so many appends are refused
	behind   time.Duration // by which the records are
	away     error         // of the records
	meet     func()        // called when the records are asked; may be nil
}

func newScene(t testing.TB, options ...cases.Option) *scene {
	s := &scene{t: t, path: filepath.Join(t.TempDir(), "journal.db"), clock: newClock(), options: options}
	s.start()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *scene) start() {
	s.t.Helper()
	var err error
	if s.Journal, err = journal.Open(s.path, s.clock.read); err != nil {
		s.t.Fatal(err)
	}
	if s.registry, err = cases.New(s, s.clock.read, kualaLumpur(s.t), s.find, s.options...); err != nil {
		s.t.Fatal(err)
	}
	if err := s.registry.Restore(within(s.t)); err != nil {
		s.t.Fatal(err)
	}
}

// restart begins again with what is on disk.
func (s *scene) restart() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// Append refuses when it is told to, as a closed journal does.
func (s *scene) Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket {
	if s.refuse == 0 {
		return s.Journal.Append(facts, states...)
	}
	s.refuse--
	closed, err := journal.Open(filepath.Join(s.t.TempDir(), "closed.db"), s.clock.read)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		s.t.Fatal(err)
	}
	return closed.Append(facts, states...)
}

func (s *scene) facts() []ivr.Fact {
	s.t.Helper()
	facts, err := s.After(within(s.t), 0, 1_000_000)
	if err != nil {
		s.t.Fatal(err)
	}
	return facts
}

// find reads the records: what the facts say, as far as they are known.
func (s *scene) find(_ context.Context, number ivr.CaseNumber) (c cases.Case, found bool, err error) {
	if s.meet != nil {
		s.meet()
	}
	if s.away != nil {
		return cases.Case{}, false, s.away
	}
	for _, f := range s.facts() { //nolint:contextcheck // bounded by itself
		if s.clock.read().At.Sub(f.At) < s.behind {
			break
		}
		switch b := f.Body.(type) {
		case ivr.CaseOpened:
			if b.Number == number {
				c, found = cases.Case{Number: number, Desk: b.Desk, Type: b.Type, Status: b.Status, Category: b.Category,
					Cluster: b.Cluster, Opened: f.At, Due: b.Due, Changed: f.At}, true
			}
		case ivr.CaseAppended:
			if b.Number == number {
				c.Changed = f.At
			}
		case ivr.CaseMoved:
			if b.Number == number {
				c.Status, c.Changed = b.Status, f.At
			}
		}
	}
	return c, found, nil
}

func complaint(key string) cases.Opening {
	return cases.Opening{Call: "c1", Key: key, Desk: "complaints", Type: ivr.Complaint, Category: "road", Cluster: "works",
		Caller: "0123456789", Identity: "900101145678", Lang: "ms", Note: "pothole", Audio: "cases/a.wav", Length: 12000, Days: 3}
}

func (s *scene) open(key string) cases.Case {
	s.t.Helper()
	c, err := s.registry.Open(within(s.t), complaint(key))
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *scene) move(number ivr.CaseNumber, to ivr.CaseStatus) error {
	_, err := s.registry.Move(within(s.t), cases.Moving{Number: number, To: to, Why: "seen", Who: "agent01"})
	return err
}

func wantCode(t testing.TB, err error, code ivr.Code) {
	t.Helper()
	if err == nil || ivr.CodeOf(err) != code {
		t.Fatalf("error %v, want one with code %s", err, code)
	}
}

var errAway = errors.New("database is locked")
