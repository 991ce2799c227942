// Package holiday takes public holidays from an iCalendar file into the special days of a
// calendar. What stands in the calendar stays as it is written, comments included; what
// contradicts it is told and left to a person.
package holiday

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Day is one holiday; First and Last are midnights of the same zone.
type Day struct {
	First, Last time.Time
	Name        string // as the file has it
}

// ID gives the name as a calendar has it: small letters, digits and _.
func (d Day) ID() string {
	words := strings.FieldsFunc(strings.ToLower(d.Name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '’'
	})
	for i, word := range words {
		words[i] = strings.NewReplacer("'", "", "’", "").Replace(word)
	}
	if len(words) == 0 {
		return "holiday"
	}
	return strings.Join(words, "_")
}

// dates gives the days as a calendar has them.
func (d Day) dates() string {
	first, last := d.First.Format(time.DateOnly), d.Last.Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + ".." + last
}

// longest is how many days an event may cover and still be a holiday.
const longest = 31

// Read gives the holidays of an iCalendar file in order, each once. Events with a time of
// day cover the days that they touch in the zone. Notes name the events that are left out,
// and those that repeat by a rule, of which only the first is taken.
func Read(in io.Reader, zone *time.Location) (days []Day, notes []string, err error) {
	file, err := ics.ParseCalendar(in)
	if err != nil {
		return nil, nil, fmt.Errorf("not an iCalendar file: %w", err)
	}
	for _, event := range file.Events() {
		day, note, err := read(event, zone)
		if note != "" {
			notes = append(notes, note)
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("%q is left out: %v", property(event, ics.ComponentPropertySummary), err))
		} else {
			days = append(days, day)
		}
	}
	slices.SortStableFunc(days, func(a, b Day) int { return a.First.Compare(b.First) })
	days = slices.CompactFunc(days, func(a, b Day) bool { return a.First.Equal(b.First) && a.Last.Equal(b.Last) && a.ID() == b.ID() })
	return days, notes, nil
}

func read(event *ics.VEvent, zone *time.Location) (Day, string, error) {
	d := Day{Name: strings.TrimSpace(property(event, ics.ComponentPropertySummary))}
	if d.Name == "" {
		return d, "", errors.New("it has no name")
	}
	if strings.EqualFold(property(event, ics.ComponentPropertyStatus), "CANCELLED") {
		return d, "", errors.New("it is cancelled")
	}
	note := ""
	if property(event, ics.ComponentPropertyRrule) != "" {
		note = fmt.Sprintf("%q repeats by a rule; only the first time is taken", d.Name)
	}
	start, whole, err := instant(event, ics.ComponentPropertyDtStart, zone)
	if err != nil {
		return d, note, err
	}
	end, _, err := instant(event, ics.ComponentPropertyDtEnd, zone)
	switch {
	case errors.Is(err, errMissing) && whole:
		end = start.AddDate(0, 0, 1)
	case errors.Is(err, errMissing):
		end = start.Add(time.Nanosecond)
	case err != nil:
		return d, note, err
	}
	if !end.After(start) {
		end = start.Add(time.Nanosecond) // some programs write the last day itself
	}
	d.First, d.Last = midnight(start), midnight(end.Add(-time.Nanosecond)) // the end is excluded
	if d.Last.After(d.First.AddDate(0, 0, longest)) {
		return d, note, fmt.Errorf("it takes more than %d days", longest)
	}
	return d, note, nil
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func property(event *ics.VEvent, name ics.ComponentProperty) string {
	if p := event.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

var errMissing = errors.New("it has no date")

// instant reads a date, which is the zone's own, or a date with a time in whatever zone.
func instant(event *ics.VEvent, name ics.ComponentProperty, zone *time.Location) (at time.Time, whole bool, err error) {
	p := event.GetProperty(name)
	if p == nil || p.Value == "" {
		return time.Time{}, false, errMissing
	}
	if at, err := time.ParseInLocation("20060102", p.Value, zone); err == nil {
		return at, true, nil
	}
	if at, err := time.Parse("20060102T150405Z", p.Value); err == nil {
		return at.In(zone), false, nil
	}
	in := zone // a floating time is that of the place
	if names := p.ICalParameters["TZID"]; len(names) == 1 {
		if in, err = time.LoadLocation(strings.Trim(names[0], `"`)); err != nil {
			return time.Time{}, false, fmt.Errorf("its time zone %q is unknown", names[0])
		}
	}
	if at, err = time.ParseInLocation("20060102T150405", p.Value, in); err != nil {
		return time.Time{}, false, fmt.Errorf("%q is no date", p.Value)
	}
	return at.In(zone), false, nil
}
