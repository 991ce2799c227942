package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Problem is one mistake in a calendar's text. Line and Col count from 1.
type Problem struct {
	Line, Col int
	Code      string   // E104, E105, E106, E604, E605 of the flow language
	Text      string   // what is wrong
	Allowed   []string // what could stand there instead; may be empty
}

// Parse reads a calendar from the root mapping of its file and reports every mistake.
// The calendar is usable only when there is none.
//
//	calendar: office
//	timezone: Asia/Kuala_Lumpur
//	open: {daily: ["07:30-21:01"]}
//	special:
//	  - {dates: 2026-03-20..2026-03-21, name: aidilfitri, open: ["09:00-13:00"]}
//
// The keys of open are mon to sun, weekdays, weekends and daily; the narrower one wins.
// A window includes its start and excludes its end, and belongs to the day it starts.
func Parse(root *yaml.Node) (*Calendar, []Problem) {
	p := &parser{calendar: &Calendar{location: time.UTC}}
	p.mapping(root, []string{"calendar", "timezone", "open", "special"}, []string{"calendar", "timezone", "open"},
		func(key string, value *yaml.Node) {
			switch key {
			case "calendar":
				p.calendar.name = p.text(value)
			case "timezone":
				p.timezone(value)
			case "open":
				p.week(value)
			case "special":
				p.specials(value)
			}
		})
	return p.calendar, p.problems
}

type parser struct {
	calendar *Calendar
	problems []Problem
}

func (p *parser) complain(at *yaml.Node, code string, allowed []string, format string, args ...any) {
	p.problems = append(p.problems, Problem{Line: at.Line, Col: at.Column, Code: code,
		Text: fmt.Sprintf(format, args...), Allowed: allowed})
}

// mapping calls each for every known key and complains of the others.
func (p *parser) mapping(n *yaml.Node, known, required []string, each func(string, *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.complain(n, "E105", nil, "a mapping is wanted here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		seen[key.Value] = true
		if !slices.Contains(known, key.Value) {
			p.complain(key, "E104", known, "unknown key %q", key.Value)
			continue
		}
		each(key.Value, n.Content[i+1])
	}
	for _, key := range required {
		if !seen[key] {
			p.complain(n, "E105", nil, "%q is missing", key)
		}
	}
}

func (p *parser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		p.complain(n, "E105", nil, "a word is wanted here")
	}
	return n.Value
}

func (p *parser) timezone(n *yaml.Node) {
	name := p.text(n)
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		p.complain(n, "E604", nil, "unknown time zone %q; a name such as Asia/Kuala_Lumpur is wanted", name)
		return
	}
	p.calendar.location = location
}

// WeekKeys names the keys of open, the widest first, so that narrower ones overwrite.
func WeekKeys() []string {
	return []string{"daily", "weekdays", "weekends", "sun", "mon", "tue", "wed", "thu", "fri", "sat"}
}

func daysOf(key string) []time.Weekday {
	switch key {
	case "daily":
		return []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	case "weekdays":
		return []time.Weekday{1, 2, 3, 4, 5}
	case "weekends":
		return []time.Weekday{6, 0}
	}
	return []time.Weekday{time.Weekday(slices.Index(WeekKeys(), key) - 3)}
}

func (p *parser) week(n *yaml.Node) {
	given := map[string][]window{}
	p.mapping(n, WeekKeys(), nil, func(key string, value *yaml.Node) { given[key] = p.windows(value) })
	for _, key := range WeekKeys() {
		windows, written := given[key]
		if !written {
			continue
		}
		for _, day := range daysOf(key) {
			p.calendar.weekly[day] = windows
		}
	}
	p.overnight(n)
}

// overnight complains of a window that runs into those of the following day.
func (p *parser) overnight(n *yaml.Node) {
	for day, windows := range p.calendar.weekly {
		next := p.calendar.weekly[(day+1)%7]
		for _, w := range windows {
			for _, v := range next {
				if w.to <= w.from && v.from < w.to {
					p.complain(n, "E605", nil, "%s of %s runs into %s of the next day", w, time.Weekday(day), v)
				}
			}
		}
	}
}

// windows reads a list such as ["07:30-12:30", "14:00-17:00"]; an empty one is closed.
func (p *parser) windows(n *yaml.Node) []window {
	if n.Kind != yaml.SequenceNode {
		p.complain(n, "E105", nil, `a list of windows such as ["07:30-17:00"] is wanted`)
		return nil
	}
	var all []window
	for _, item := range n.Content {
		w, err := parseWindow(item.Value)
		if err != nil {
			p.complain(item, "E106", nil, "%v", err)
			continue
		}
		for _, other := range all {
			if w.overlaps(other) {
				p.complain(item, "E605", nil, "%s overlaps %s", w, other)
			}
		}
		all = append(all, w)
	}
	return all
}

func (p *parser) specials(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.complain(n, "E105", nil, "a list of special days is wanted")
		return
	}
	for _, item := range n.Content {
		s := special{line: item.Line}
		failures := len(p.problems)
		p.mapping(item, []string{"dates", "name", "open"}, []string{"dates", "name"}, func(key string, value *yaml.Node) {
			switch key {
			case "dates":
				s.first, s.last = p.dates(value)
			case "name":
				s.name = p.text(value)
			case "open":
				s.open = p.windows(value)
			}
		})
		if len(p.problems) > failures {
			continue
		}
		for _, other := range p.calendar.special {
			if !s.last.before(other.first) && !other.last.before(s.first) {
				p.complain(item, "E605", nil, "the days of %q overlap those of %q", s.name, other.name)
			}
		}
		p.calendar.special = append(p.calendar.special, s)
	}
	slices.SortFunc(p.calendar.special, func(a, b special) int { return int(a.first - b.first) })
}

func (p *parser) dates(n *yaml.Node) (first, last date) {
	from, to, ranged := strings.Cut(n.Value, "..")
	if !ranged {
		to = from
	}
	first, err := parseDate(from)
	if err == nil {
		last, err = parseDate(to)
	}
	if err != nil {
		p.complain(n, "E605", nil, "%v", err)
	} else if last.before(first) {
		p.complain(n, "E605", nil, "%s is before %s", last, first)
	}
	return first, last
}

// LastSpecial gives the last day that a special rule covers, at midnight of the calendar's
// zone; false when there is none. Publishing warns when it is near: holidays not loaded.
func (c *Calendar) LastSpecial() (time.Time, bool) {
	if len(c.special) == 0 {
		return time.Time{}, false
	}
	return c.special[len(c.special)-1].last.at(0, c.Location()), true
}

// parseWindow reads "07:30-21:01"; the end may be 24:00, or before the start (next day).
func parseWindow(s string) (window, error) {
	from, to, ok := strings.Cut(s, "-")
	start, startOK := parseClock(from)
	end, endOK := parseClock(to)
	if !ok || !startOK || !endOK || start == minutesOfDay {
		return window{}, fmt.Errorf("%q is not a window such as 07:30-21:01", s)
	}
	if start == end {
		return window{}, fmt.Errorf("%q is empty; the whole day is 00:00-24:00", s)
	}
	return window{start, end}, nil
}

const minutesOfDay = 24 * 60

func parseClock(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	hour, err := strconv.ParseUint(s[:2], 10, 8)
	minute, err2 := strconv.ParseUint(s[3:], 10, 8)
	total := int(hour)*60 + int(minute)
	return total, err == nil && err2 == nil && minute < 60 && total <= minutesOfDay
}

func (w window) overlaps(v window) bool { return w.from < v.until() && v.from < w.until() }

// until is the end counted from midnight of the day the window begins.
func (w window) until() int {
	if w.to <= w.from {
		return w.to + minutesOfDay
	}
	return w.to
}

func (w window) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", w.from/60, w.from%60, w.to/60, w.to%60)
}
