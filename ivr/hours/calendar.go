// Package hours answers whether a calendar is open at an instant, which rule says so
// and when that changes next. A calendar names only the hours in which it is open, so
// there can be no gap and no overlap. An operator's override beats special days, which
// beat the weekly hours.
//
// Everything is pure: no clock, no I/O; a Calendar never changes after Parse and may be
// used by any number of goroutines.
package hours

import (
	"time"
	_ "time/tzdata" // so that zones are known on machines without a zone database

	"talian/ivr"
)

// Calendar says when something is open. The zero Calendar is never open.
type Calendar struct {
	name     string
	location *time.Location
	weekly   [7][]window // by time.Weekday
	special  []special   // by first day, without overlap
	override ivr.HoursSet
}

// window is open time on one day, in minutes since midnight: from included, to excluded.
// When to is not after from the window ends on the following day.
type window struct{ from, to int }

// special replaces the weekly hours on the days first to last.
type special struct {
	first, last date
	name        string
	open        []window // none = closed
	line        int      // of the calendar's file
}

// Status is the answer for one instant.
type Status struct {
	Open    bool
	Special string    // name of the special day that this is, open or not; "" = an ordinary day
	Rule    string    // what decided: "override", "special <name>" or "weekly"
	Next    time.Time // when Open changes next, in the calendar's zone; zero = not foreseen
}

// Rules of Status.
const (
	RuleOverride = "override"
	RuleSpecial  = "special " // followed by the day's name
	RuleWeekly   = "weekly"
)

// Name gives the calendar's name.
func (c *Calendar) Name() string { return c.name }

// Location gives the zone that the calendar's hours are written in.
func (c *Calendar) Location() *time.Location {
	if c.location == nil {
		return time.UTC
	}
	return c.location
}

// With gives the calendar with an operator's override in force; ivr.HoursAuto takes it back.
func (c *Calendar) With(override ivr.HoursSet) *Calendar {
	dup := *c
	dup.override = override
	return &dup
}

// At tells how things stand at t.
func (c *Calendar) At(t time.Time) Status {
	t = t.In(c.Location())
	s := c.ruled(t)
	if !c.overridden(t) {
		s.Next, _ = c.change(t, s.Open)
		return s
	}
	s.Open, s.Rule = c.override.Mode == ivr.HoursOpen, RuleOverride
	if c.override.Until.IsZero() {
		return s
	}
	until := c.override.Until.In(c.Location())
	if c.ruled(until).Open != s.Open {
		s.Next = until
	} else {
		s.Next, _ = c.change(until, s.Open)
	}
	return s
}

// NextOpen gives the first instant from t on at which the calendar is open, in its zone;
// false when none is foreseen.
func (c *Calendar) NextOpen(t time.Time) (time.Time, bool) {
	s := c.At(t)
	if s.Open {
		return t.In(c.Location()), true
	}
	return s.Next, !s.Next.IsZero()
}

func (c *Calendar) overridden(t time.Time) bool {
	if c.override.Mode != ivr.HoursOpen && c.override.Mode != ivr.HoursClosed {
		return false
	}
	return c.override.Until.IsZero() || t.Before(c.override.Until)
}

// ruled is At without override and without Next.
func (c *Calendar) ruled(t time.Time) Status {
	today := dateOf(t)
	windows, name := c.day(today)
	s := Status{Special: name, Rule: RuleWeekly}
	if name != "" {
		s.Rule = RuleSpecial + name
	}
	if c.within(windows, today, t) {
		s.Open = true
		return s
	}
	yesterday := today.add(-1)
	if windows, name = c.day(yesterday); c.within(windows, yesterday, t) {
		s.Open, s.Rule = true, RuleWeekly
		if name != "" {
			s.Rule = RuleSpecial + name
		}
	}
	return s
}

// day gives the windows that begin on a day and the name of the special day that it is.
func (c *Calendar) day(d date) ([]window, string) {
	for _, s := range c.special {
		if !d.before(s.first) && !s.last.before(d) {
			return s.open, s.name
		}
	}
	return c.weekly[d.weekday()], ""
}

func (c *Calendar) within(windows []window, d date, t time.Time) bool {
	for _, w := range windows {
		start, end := w.on(d, c.Location())
		if !t.Before(start) && t.Before(end) {
			return true
		}
	}
	return false
}

// change gives the first instant after t at which the rules say something else than open.
func (c *Calendar) change(t time.Time, open bool) (time.Time, bool) {
	day, horizon := dateOf(t).add(-1), dateOf(t).add(9) // a week, and the days that midnight cuts
	for _, s := range c.special {
		if !s.last.before(dateOf(t)) && horizon.before(s.last.add(9)) {
			horizon = s.last.add(9)
		}
	}
	for ; day.before(horizon); day = day.add(1) {
		if at, found := c.changeOn(day, t, open); found {
			return at, true
		}
	}
	return time.Time{}, false
}

// changeOn looks at the edges of the windows that begin on a day.
func (c *Calendar) changeOn(day date, t time.Time, open bool) (time.Time, bool) {
	var first time.Time
	windows, _ := c.day(day)
	for _, w := range windows {
		start, end := w.on(day, c.Location())
		for _, edge := range []time.Time{start, end} {
			if edge.After(t) && (first.IsZero() || edge.Before(first)) && c.ruled(edge).Open != open {
				first = edge
			}
		}
	}
	return first, !first.IsZero()
}

// on gives the instants between which the window is open when it begins on d.
func (w window) on(d date, loc *time.Location) (start, end time.Time) {
	last := d
	if w.to <= w.from {
		last = d.add(1)
	}
	return d.at(w.from, loc), last.at(w.to, loc)
}
