package callback_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"talian/ivr"
	"talian/ivr/callback"
	"talian/ivr/hours"
	"talian/ivr/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

const office = `
calendar: office
timezone: Asia/Kuala_Lumpur
open: {daily: ["07:30-21:01"]}
special:
  - {dates: 2026-03-04, name: closed_day, open: []}
  - {dates: 2026-03-05, name: short_day, open: ["09:10-10:20", "14:00-15:00"]}
`

func calendar(t testing.TB, text string) *hours.Calendar {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	c, problems := hours.Parse(document.Content[0])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

// local gives an instant of March 2026 in Kuala Lumpur.
func local(t testing.TB, day, hour, minute int) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 3, day, hour, minute, 0, 0, zone)
}

// scene is a journal on disk with a book beside it.
type scene struct {
	t    testing.TB
	path string
	mu   sync.Mutex
	now  time.Time
	*journal.Journal
	book   *callback.Book
	refuse bool // the next append
}

func (s *scene) clock() ivr.Stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ivr.Stamp{At: s.now.UTC(), Mono: ivr.MillisOf(s.now.Sub(time.Unix(0, 0)))}
}

func newScene(t testing.TB, now time.Time) *scene {
	s := &scene{t: t, path: filepath.Join(t.TempDir(), "journal.db"), now: now}
	s.start()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *scene) start() {
	s.t.Helper()
	var err error
	if s.Journal, err = journal.Open(s.path, s.clock); err != nil {
		s.t.Fatal(err)
	}
	s.book = callback.New(s, s.clock)
	if err := s.book.Restore(within(s.t)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) restart() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// Append refuses when it is told to, as a closed journal does.
func (s *scene) Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket {
	if !s.refuse {
		return s.Journal.Append(facts, states...)
	}
	s.refuse = false
	closed, err := journal.Open(filepath.Join(s.t.TempDir(), "closed.db"), s.clock)
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

func (s *scene) states() int {
	s.t.Helper()
	states, err := s.States(within(s.t), "callback")
	if err != nil {
		s.t.Fatal(err)
	}
	return len(states)
}

func booking(key string, slot callback.Slot, capacity int) callback.Booking {
	return callback.Booking{Call: "c1", Key: key, Queue: "citizens", Skills: map[string]string{"language": "ms"},
		Number: "0123456789", Lang: "ms", Slot: slot, Capacity: capacity}
}
