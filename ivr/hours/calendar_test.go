package hours

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"talian/ivr"
)

const office = `calendar: office
timezone: Asia/Kuala_Lumpur
open: {daily: ["07:30-21:01"]}
special:
  - {dates: 2026-03-20..2026-03-21, name: aidilfitri, open: ["09:00-13:00"]}
  - {dates: 2026-05-01, name: labour_day}
`

func parse(t testing.TB, text string) (*Calendar, []Problem) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return Parse(document.Content[0])
}

func calendar(t testing.TB, text string) *Calendar {
	t.Helper()
	c, problems := parse(t, text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOffice(t *testing.T) {
	t.Parallel()
	c := calendar(t, office)
	for _, x := range []struct {
		at, next, rule, special string
		open                    bool
	}{
		{"2026-03-04T07:29:59+08:00", "2026-03-04T07:30:00+08:00", "weekly", "", false},
		{"2026-03-04T07:30:00+08:00", "2026-03-04T21:01:00+08:00", "weekly", "", true},
		{"2026-03-04T21:00:59+08:00", "2026-03-04T21:01:00+08:00", "weekly", "", true},
		{"2026-03-04T21:01:00+08:00", "2026-03-05T07:30:00+08:00", "weekly", "", false},
		{"2026-03-03T23:30:00Z", "2026-03-04T21:01:00+08:00", "weekly", "", true}, // 07:30 there
		{"2026-03-20T08:00:00+08:00", "2026-03-20T09:00:00+08:00", "special aidilfitri", "aidilfitri", false},
		{"2026-03-21T12:59:59+08:00", "2026-03-21T13:00:00+08:00", "special aidilfitri", "aidilfitri", true},
		{"2026-03-21T20:00:00+08:00", "2026-03-22T07:30:00+08:00", "special aidilfitri", "aidilfitri", false},
		{"2026-05-01T12:00:00+08:00", "2026-05-02T07:30:00+08:00", "special labour_day", "labour_day", false},
		{"2026-04-30T22:00:00+08:00", "2026-05-02T07:30:00+08:00", "weekly", "", false},
	} {
		got := c.At(instant(t, x.at))
		if got.Open != x.open || got.Rule != x.rule || got.Special != x.special || !got.Next.Equal(instant(t, x.next)) {
			t.Errorf("%s: %+v", x.at, got)
		}
		if zone := got.Next.Location().String(); zone != "Asia/Kuala_Lumpur" {
			t.Error(zone)
		}
	}
	next, ok := c.NextOpen(instant(t, "2026-03-04T22:15:00+08:00"))
	if !ok || next.Format("Mon 15:04") != "Thu 07:30" {
		t.Fatal(next, ok)
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	c := calendar(t, office)
	noon := instant(t, "2026-03-04T12:00:00+08:00")
	for _, x := range []struct {
		mode        ivr.HoursMode
		until, next string
		open        bool
		rule        string
	}{
		{ivr.HoursClosed, "2026-03-04T14:00:00+08:00", "2026-03-04T14:00:00+08:00", false, "override"},
		{ivr.HoursClosed, "2026-03-04T22:00:00+08:00", "2026-03-05T07:30:00+08:00", false, "override"},
		{ivr.HoursClosed, "", "", false, "override"},
		{ivr.HoursOpen, "2026-03-04T23:00:00+08:00", "2026-03-04T23:00:00+08:00", true, "override"},
		{ivr.HoursOpen, "2026-03-04T14:00:00+08:00", "2026-03-04T21:01:00+08:00", true, "override"},
		{ivr.HoursClosed, "2026-03-04T11:00:00+08:00", "2026-03-04T21:01:00+08:00", true, "weekly"},
		{ivr.HoursAuto, "", "2026-03-04T21:01:00+08:00", true, "weekly"},
	} {
		set := ivr.HoursSet{Calendar: "office", Mode: x.mode}
		if x.until != "" {
			set.Until = instant(t, x.until)
		}
		got := c.With(set).At(noon)
		if got.Open != x.open || got.Rule != x.rule || (x.next == "") != got.Next.IsZero() || x.next != "" && !got.Next.Equal(instant(t, x.next)) {
			t.Errorf("%s until %s: %+v", x.mode, x.until, got)
		}
	}
	if c.At(noon).Rule != RuleWeekly {
		t.Fatal("With changed the calendar itself")
	}
	if _, ok := c.With(ivr.HoursSet{Mode: ivr.HoursClosed}).NextOpen(noon); ok {
		t.Fatal("an opening is foreseen though closed until taken back")
	}
}

func TestMidnightAndDays(t *testing.T) {
	t.Parallel()
	c := calendar(t, `calendar: night
timezone: Asia/Kuala_Lumpur
open: {weekdays: ["22:00-06:00"], sat: ["06:00-24:00"]}
special: [{dates: 2026-03-05, name: shut}]
`)
	for at, open := range map[string]bool{
		"2026-03-03T23:00:00+08:00": true, "2026-03-04T05:59:59+08:00": true, "2026-03-04T06:00:00+08:00": false,
		"2026-03-05T05:00:00+08:00": true, // begun on Wednesday, which is no special day
		"2026-03-05T23:00:00+08:00": false, "2026-03-06T05:00:00+08:00": false,
		"2026-03-07T05:00:00+08:00": true, "2026-03-07T23:59:59+08:00": true, // Friday's window, then Saturday
		"2026-03-08T00:00:00+08:00": false, "2026-03-09T21:59:00+08:00": false,
	} {
		if got := c.At(instant(t, at)).Open; got != open {
			t.Errorf("%s: %v", at, got)
		}
	}
	// Friday's window ends where Saturday's begins: no change.
	if got := c.At(instant(t, "2026-03-06T23:00:00+08:00")).Next; !got.Equal(instant(t, "2026-03-08T00:00:00+08:00")) {
		t.Fatal(got)
	}
	always := calendar(t, "calendar: a\ntimezone: UTC\nopen: {daily: [\"00:00-24:00\"]}\n")
	if s := always.At(instant(t, "2026-03-06T23:00:00Z")); !s.Open || !s.Next.IsZero() {
		t.Fatal(s)
	}
}

func TestChangeOfClocks(t *testing.T) {
	t.Parallel()
	c := calendar(t, "calendar: b\ntimezone: Europe/Berlin\nopen: {daily: [\"01:30-03:30\"]}\n")
	for at, open := range map[string]bool{
		"2026-03-29T00:30:00Z": true, "2026-03-29T01:29:59Z": true, "2026-03-29T01:30:00Z": false, // one hour only
		"2026-10-24T23:30:00Z": true, "2026-10-25T02:29:59Z": true, "2026-10-25T02:30:00Z": false, // three hours
	} {
		if got := c.At(instant(t, at)).Open; got != open {
			t.Errorf("%s: %v", at, got)
		}
	}
}

// draw makes any calendar without overlaps.
func draw(t *rapid.T) string {
	var b strings.Builder
	zone := rapid.SampledFrom([]string{"Asia/Kuala_Lumpur", "Europe/Berlin", "UTC"}).Draw(t, "zone")
	fmt.Fprintf(&b, "calendar: any\ntimezone: %s\nopen:\n", zone)
	windows := rapid.SampledFrom([]string{
		`[]`, `["00:00-24:00"]`, `["07:30-21:01"]`, `["09:00-12:00", "13:00-17:30"]`, `["20:00-06:00"]`, `["10:00-11:00", "11:00-12:00", "23:00-06:00"]`,
	})
	for _, day := range WeekKeys()[3:] {
		fmt.Fprintf(&b, "  %s: %s\n", day, windows.Draw(t, day))
	}
	b.WriteString("special:\n  - {dates: 2026-12-31, name: last}\n")
	for i, day := range rapid.SliceOfNDistinct(rapid.IntRange(1, 28), 0, 4, rapid.ID).Draw(t, "special") {
		fmt.Fprintf(&b, "  - {dates: 2026-03-%02d, name: s%d, open: %s}\n", day, i, windows.Draw(t, "open"))
	}
	return b.String()
}

// TestNextIsTheNextChange walks minute by minute to Next: nothing changes before it, and
// at it everything does.
func TestNextIsTheNextChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := draw(rt)
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			rt.Fatal(err)
		}
		c, problems := Parse(document.Content[0])
		for _, p := range problems {
			if p.Code != "E605" { // windows over midnight may meet those of the next day
				rt.Fatal(p)
			}
		}
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 30*24*60).Draw(rt, "minute")) * time.Minute)
		s := c.At(at)
		for minute := at.Add(time.Minute); minute.Before(at.Add(8 * 24 * time.Hour)); minute = minute.Add(time.Minute) {
			changed := c.ruled(minute.In(c.Location())).Open != s.Open
			due := !s.Next.IsZero() && !minute.Before(s.Next)
			if changed != due {
				rt.Fatalf("%s\nfrom %s: %+v, but %s is open: %v", text, at, s, minute, c.At(minute).Open)
			}
			if changed {
				return
			}
		}
	})
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"calendar: a\nopen: {daily: []}":                                      `1:1 E105 "timezone" is missing`,
		"calendar: a\ntimezone: UTC\nopen: {monday: []}":                      `3:8 E104 unknown key "monday"`,
		"calendar: a\ntimezone: Local\nopen: {daily: []}":                     `2:11 E604 unknown time zone "Local"; a name such as Asia/Kuala_Lumpur is wanted`,
		"calendar: a\ntimezone: UTC\nopen: {daily: ['09:00-09:00']}":          `3:16 E106 "09:00-09:00" is empty; the whole day is 00:00-24:00`,
		"calendar: a\ntimezone: UTC\nopen: {daily: ['09:00-24:01']}":          `3:16 E106 "09:00-24:01" is not a window such as 07:30-21:01`,
		"calendar: a\ntimezone: UTC\nopen: {daily: 9}":                        `3:15 E105 a list of windows such as ["07:30-17:00"] is wanted`,
		"calendar: [a]\ntimezone: UTC\nopen: {daily: []}":                     `1:11 E105 a word is wanted here`,
		"calendar: a\ntimezone: UTC\nopen: {daily: []}\nspecial: {}":          `4:10 E105 a list of special days is wanted`,
		"calendar: a\ntimezone: UTC\nopen: {daily: []}\nspecial: [{name: x}]": `4:11 E105 "dates" is missing`,
	} {
		_, problems := parse(t, text)
		if len(problems) != 1 {
			t.Errorf("%q: %v", text, problems)
			continue
		}
		p := problems[0]
		if got := fmt.Sprintf("%d:%d %s %s", p.Line, p.Col, p.Code, p.Text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestLastSpecial(t *testing.T) {
	t.Parallel()
	last, ok := calendar(t, office).LastSpecial()
	if !ok || last.Format(time.DateOnly) != "2026-05-01" {
		t.Fatal(last, ok)
	}
}
