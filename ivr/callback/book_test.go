package callback_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talian/ivr"
	"talian/ivr/callback"
	"talian/ivr/hours"
	"talian/ivr/journal"
)

// words writes slots as "3 07:30-08:00".
func words(slots []callback.Slot) (list []string) {
	for _, s := range slots {
		list = append(list, s.From.Format("2 15:04")+s.Until.In(s.From.Location()).Format("-15:04"))
	}
	return list
}

func TestFree(t *testing.T) {
	c := calendar(t, office)
	weekly := calendar(t, "calendar: night\ntimezone: Asia/Kuala_Lumpur\nopen: {mon: [\"22:00-02:00\"]}\n")
	always := calendar(t, "calendar: always\ntimezone: Asia/Kuala_Lumpur\nopen: {daily: [\"00:00-24:00\"]}\n")
	never := calendar(t, "calendar: never\ntimezone: Asia/Kuala_Lumpur\nopen: {}\n")
	set := func(mode ivr.HoursMode, until time.Time) *hours.Calendar {
		return c.With(ivr.HoursSet{Calendar: "office", Mode: mode, Until: until})
	}
	at := func(day, hour, minute int) time.Time { return local(t, day, hour, minute) }
	tests := []struct {
		name  string
		rule  callback.Rule
		now   time.Time
		slots []string
	}{
		{"lead of fifteen minutes", callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 3}, at(2, 9, 40),
			[]string{"2 10:00-10:30", "2 10:30-11:00", "2 11:00-11:30"}},
		{"lead just fits", callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 1}, at(2, 9, 45), []string{"2 10:00-10:30"}},
		{"lead does not fit", callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 1}, at(2, 9, 46), []string{"2 10:30-11:00"}},
		{"longer lead", callback.Rule{Calendar: c, Each: time.Hour, Capacity: 1, Ahead: 1, Lead: 2 * time.Hour}, at(2, 9, 40), []string{"2 12:00-13:00"}},
		{"evening goes on in the morning", callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 2}, at(2, 20, 10),
			[]string{"2 20:30-21:00", "3 07:30-08:00"}},
		{"after hours, closed day and short day", callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 5}, at(3, 22, 0),
			[]string{"5 09:30-10:00", "5 14:00-14:30", "5 14:30-15:00", "6 07:30-08:00", "6 08:00-08:30"}},
		{"slots that do not divide the day", callback.Rule{Calendar: always, Each: 7 * time.Hour, Capacity: 1, Ahead: 3}, at(2, 10, 0),
			[]string{"2 14:00-21:00", "3 00:00-07:00", "3 07:00-14:00"}},
		{"window over midnight", callback.Rule{Calendar: weekly, Each: time.Hour, Capacity: 1, Ahead: 9}, at(2, 21, 50),
			[]string{"2 23:00-00:00", "3 00:00-01:00", "3 01:00-02:00", "9 22:00-23:00", "9 23:00-00:00", "10 00:00-01:00", "10 01:00-02:00"}},
		{"closed by hand until two", callback.Rule{Calendar: set(ivr.HoursClosed, at(2, 14, 0)), Each: time.Hour, Capacity: 1, Ahead: 1}, at(2, 9, 0), []string{"2 14:00-15:00"}},
		{"closed by hand, nobody knows how long", callback.Rule{Calendar: set(ivr.HoursClosed, time.Time{}), Each: time.Hour, Capacity: 1, Ahead: 1}, at(2, 9, 0), nil},
		{"opened by hand at night", callback.Rule{Calendar: set(ivr.HoursOpen, time.Time{}), Each: time.Hour, Capacity: 1, Ahead: 1}, at(2, 22, 0), []string{"3 08:00-09:00"}},
		{"never open", callback.Rule{Calendar: never, Each: time.Hour, Capacity: 1, Ahead: 1}, at(2, 9, 0), nil},
		{"slots longer than a day", callback.Rule{Calendar: always, Each: 25 * time.Hour, Capacity: 1, Ahead: 1}, at(2, 9, 0), nil},
		{"no calendar", callback.Rule{Each: time.Hour, Capacity: 1, Ahead: 1}, at(2, 9, 0), nil},
		{"no capacity", callback.Rule{Calendar: c, Each: time.Hour, Ahead: 1}, at(2, 9, 0), nil},
	}
	for _, test := range tests {
		s := newScene(t, test.now)
		if diff := cmp.Diff(test.slots, words(s.book.Free("citizens", test.rule, test.now))); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestHorizon(t *testing.T) {
	always := calendar(t, "calendar: always\ntimezone: Asia/Kuala_Lumpur\nopen: {daily: [\"00:00-24:00\"]}\n")
	now := local(t, 2, 9, 0)
	s := newScene(t, now)
	slots := s.book.Free("citizens", callback.Rule{Calendar: always, Each: time.Hour, Capacity: 1, Ahead: 100000}, now)
	last := slots[len(slots)-1]
	if len(slots) != 14*24-1 || last.From.After(now.Add(callback.Horizon)) {
		t.Fatalf("%d slots, the last at %v", len(slots), last.From)
	}
	if !slices.IsSortedFunc(slots, func(a, b callback.Slot) int { return a.From.Compare(b.From) }) {
		t.Fatal("slots out of order")
	}
}

func TestBookIsDurableAndCounts(t *testing.T) {
	c, now := calendar(t, office), local(t, 2, 9, 0)
	rule := callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 2, Ahead: 1}
	s := newScene(t, now)
	slot := s.book.Free("citizens", rule, now)[0]
	for i := range 2 {
		for range 3 { // the same key books once
			if err := s.book.Book(within(t), booking(fmt.Sprint("k", i), slot, 2)); err != nil {
				t.Fatal(err)
			}
		}
		s.restart()
	}
	want := ivr.CallbackBooked{Key: "k0", Queue: "citizens", Skills: map[string]string{"language": "ms"},
		Number: "0123456789", From: slot.From.UTC(), Until: slot.Until.UTC(), Lang: "ms"}
	facts := s.facts()
	if diff := cmp.Diff(ivr.Body(want), facts[0].Body); diff != "" || len(facts) != 2 || facts[0].Call != "c1" {
		t.Fatalf("%d facts of call %s: %s", len(facts), facts[0].Call, diff)
	}
	if err := s.book.Book(within(t), booking("k2", slot, 2)); !errors.Is(err, callback.ErrFull) {
		t.Fatalf("third booking of a slot for two: %v", err)
	}
	if err := s.book.Book(within(t), booking("k0", slot, 2)); err != nil {
		t.Fatalf("repeated booking of a full slot: %v", err)
	}
	if got := words(s.book.Free("citizens", rule, now)); got[0] != "2 10:00-10:30" {
		t.Fatalf("next free: %v", got)
	}
	if got := words(s.book.Free("visitors", rule, now)); got[0] != "2 09:30-10:00" {
		t.Fatalf("another queue: %v", got)
	}
	other := booking("k3", slot, 2)
	other.Queue = "visitors"
	if err := s.book.Book(within(t), other); err != nil {
		t.Fatalf("another queue: %v", err)
	}
	rule.Each = time.Hour // the length of slots was changed: what overlaps counts
	if got := words(s.book.Free("citizens", rule, now)); got[0] != "2 10:00-11:00" {
		t.Fatalf("longer slots: %v", got)
	}
}

func TestPastBookingsGo(t *testing.T) {
	c, now := calendar(t, office), local(t, 2, 9, 0)
	rule := callback.Rule{Calendar: c, Each: 30 * time.Minute, Capacity: 1, Ahead: 2}
	s := newScene(t, now)
	slots := s.book.Free("citizens", rule, now)
	for i, slot := range slots {
		if err := s.book.Book(within(t), booking(fmt.Sprint("k", i), slot, 1)); err != nil {
			t.Fatal(err)
		}
	}
	s.now = slots[0].From
	if err := s.book.Book(within(t), booking("late", slots[0], 9)); !errors.Is(err, callback.ErrFull) {
		t.Fatalf("a slot that has begun: %v", err)
	}
	s.now = slots[0].Until
	later := s.book.Free("citizens", rule, s.now)[0]
	if err := s.book.Book(within(t), booking("k9", later, 1)); err != nil {
		t.Fatal(err)
	}
	if n := s.states(); n != 2 {
		t.Fatalf("%d states when one slot is past, want 2", n)
	}
	s.now = s.now.Add(24 * time.Hour)
	s.restart()
	s.restart() // what the first Restore swept is durable at Close
	if n := s.states(); n != 0 {
		t.Fatalf("%d states a day later, want none", n)
	}
}

func TestWrongBookings(t *testing.T) {
	now := local(t, 2, 9, 0)
	s := newScene(t, now)
	slot := callback.Slot{From: now.Add(time.Hour), Until: now.Add(2 * time.Hour)}
	for name, spoil := range map[string]func(*callback.Booking){
		"key": func(b *callback.Booking) { b.Key = "" }, "queue": func(b *callback.Booking) { b.Queue = "" },
		"number": func(b *callback.Booking) { b.Number = "" }, "slot": func(b *callback.Booking) { b.Slot.Until = b.Slot.From },
	} {
		b := booking("k", slot, 1)
		spoil(&b)
		if err := s.book.Book(within(t), b); ivr.CodeOf(err) != ivr.CodeInvalid {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	if n := len(s.facts()); n != 0 {
		t.Fatalf("%d facts", n)
	}
}

// TestStops books and stops before the journal has it, and before the answer.
func TestStops(t *testing.T) {
	now := local(t, 2, 9, 0)
	slot := callback.Slot{From: now.Add(time.Hour), Until: now.Add(2 * time.Hour)}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, restart := range []bool{true, false} {
		s := newScene(t, now)
		s.refuse = true
		if err := s.book.Book(within(t), booking("k1", slot, 1)); !errors.Is(err, journal.ErrClosed) {
			t.Fatalf("refused by the journal: %v", err)
		}
		if restart {
			s.restart()
		}
		_ = s.book.Book(gone, booking("k1", slot, 1)) // nobody hears the answer
		if restart {
			s.restart()
		}
		if err := s.book.Book(within(t), booking("k1", slot, 1)); err != nil {
			t.Fatal(err)
		}
		if n := len(s.facts()); n != 1 || s.states() != 1 {
			t.Fatalf("restart %v: %d facts, %d states", restart, n, s.states())
		}
		if err := s.book.Book(within(t), booking("k2", slot, 1)); !errors.Is(err, callback.ErrFull) {
			t.Fatalf("the slot is counted twice or not at all: %v", err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	now := local(t, 2, 9, 0)
	s := newScene(t, now)
	slot := callback.Slot{From: now.Add(time.Hour), Until: now.Add(2 * time.Hour)}
	var wg sync.WaitGroup
	results := make(chan error, 100)
	for i := range 100 {
		wg.Go(func() { results <- s.book.Book(within(t), booking(fmt.Sprint("k", i), slot, 7)) })
	}
	wg.Wait()
	close(results)
	booked := 0
	for err := range results {
		switch {
		case err == nil:
			booked++
		case !errors.Is(err, callback.ErrFull):
			t.Error(err)
		}
	}
	if booked != 7 || len(s.facts()) != 7 {
		t.Fatalf("%d booked, %d facts; want 7", booked, len(s.facts()))
	}
}

// TestRandomBookings books at random with restarts: no slot is ever over its capacity, no
// key is booked twice, and what is free can be booked.
func TestRandomBookings(t *testing.T) {
	c := calendar(t, office)
	rapid.Check(t, func(r *rapid.T) {
		s := newScene(t, local(t, 2, 8, 0))
		defer s.Close()
		rule := callback.Rule{Calendar: c, Each: time.Hour, Capacity: 2, Ahead: 2}
		last, booked := map[string]callback.Slot{}, 0
		r.Repeat(map[string]func(*rapid.T){
			"book": func(r *rapid.T) {
				slot := rapid.SampledFrom(s.book.Free("citizens", rule, s.now)).Draw(r, "slot")
				key := fmt.Sprint(rapid.IntRange(0, 30).Draw(r, "key"))
				before, known := last[key]
				if known && !before.Until.After(s.now) {
					return // its booking may be forgotten, or not yet
				}
				if err := s.book.Book(within(t), booking(key, slot, 2)); err != nil {
					r.Fatalf("a free slot: %v", err)
				}
				if !known {
					last[key] = slot
					booked++
				}
			},
			"later": func(r *rapid.T) {
				s.now = s.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(r, "minutes")) * time.Minute)
			},
			"restart": func(*rapid.T) { s.restart() },
		})
		facts, count := s.facts(), map[int64]int{}
		for _, f := range facts {
			from := f.Body.(ivr.CallbackBooked).From
			if count[from.Unix()]++; count[from.Unix()] > 2 {
				r.Fatalf("slot %v has a booking too many", from)
			}
		}
		if len(facts) != booked {
			r.Fatalf("%d facts, %d bookings", len(facts), booked)
		}
	})
}
