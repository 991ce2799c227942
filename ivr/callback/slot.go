package callback

import (
	"time"

	"talian/ivr"
	"talian/ivr/hours"
)

const (
	// Lead is the least time between asking for slots and the beginning of the first.
	Lead = 15 * time.Minute
	// Horizon is how far ahead slots are offered.
	Horizon = 14 * 24 * time.Hour
)

// Slot is a time in which somebody may be called back: From included, Until excluded.
type Slot struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Rule says which slots there are.
type Rule struct {
	Calendar *hours.Calendar // nil = there are none
	Each     time.Duration   // length of one, at least a minute
	Capacity int             // callbacks that one takes, over all callers of the queue
	Ahead    int             // how many free ones are wanted
	Lead     time.Duration   // as the constant, when longer
}

// Free gives the next slots of a queue that take another callback, in order of time. A
// slot begins at a multiple of Each after midnight, ends before the next midnight, and
// lies within the hours of the calendar. An operator's override can only take hours away:
// nobody knows how long an office that was opened by hand stays open.
func (b *Book) Free(queue string, rule Rule, now time.Time) []Slot {
	if rule.Calendar == nil || rule.Each < time.Minute || rule.Capacity < 1 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var free []Slot
	o := openHours{weekly: rule.Calendar.With(ivr.HoursSet{}), today: rule.Calendar}
	end := now.Add(Horizon)
	for at := now.Add(max(Lead, rule.Lead)); len(free) < rule.Ahead && at.Before(end); {
		from, until, some := o.next(at)
		if !some || !from.Before(end) {
			break
		}
		for s, fits := rule.slot(from, until); fits && len(free) < rule.Ahead; s, fits = rule.slot(s.Until, until) {
			if b.taken(queue, s) < rule.Capacity {
				free = append(free, s)
			}
		}
		at = until
	}
	return free
}

// slot gives the first slot from an instant on that ends by until.
func (r Rule) slot(from, until time.Time) (Slot, bool) {
	from = from.In(r.Calendar.Location())
	for {
		year, month, day := from.Date()
		midnight := time.Date(year, month, day, 0, 0, 0, 0, from.Location())
		tomorrow := time.Date(year, month, day+1, 0, 0, 0, 0, from.Location())
		steps := (from.Sub(midnight) + r.Each - 1) / r.Each
		s := Slot{From: midnight.Add(steps * r.Each), Until: midnight.Add((steps + 1) * r.Each)}
		if s.Until.After(until) && tomorrow.After(until) {
			return Slot{}, false
		}
		if !s.Until.After(tomorrow) {
			return s, !s.Until.After(until)
		}
		from = tomorrow
	}
}

// openHours are the hours in which a calendar is open with its override and without.
type openHours struct{ weekly, today *hours.Calendar }

// next gives the first stretch of open time from an instant on. It ends at Horizon after
// the instant when no end is foreseen. Far fewer turns than the limit are needed: each
// ends at a change of one of the calendars.
func (o openHours) next(at time.Time) (from, until time.Time, some bool) {
	for range 1000 {
		a, b := o.weekly.At(at), o.today.At(at)
		if a.Open && b.Open {
			return at, earlier(earlier(at.Add(Horizon), a.Next), b.Next), true
		}
		var change time.Time
		switch {
		case !a.Open && !b.Open:
			if a.Next.IsZero() || b.Next.IsZero() {
				return at, at, false
			}
			change = later(a.Next, b.Next)
		case !a.Open:
			change = a.Next
		default:
			change = b.Next
		}
		if !change.After(at) {
			return at, at, false
		}
		at = change
	}
	return at, at, false
}

// earlier gives the earlier of two; zero stands for never.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
