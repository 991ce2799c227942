package holiday

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func holidays(t *testing.T) ([]Day, []string) {
	t.Helper()
	f, err := os.Open("testdata/my.ics")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	days, notes, err := Read(f, zone(t))
	if err != nil {
		t.Fatal(err)
	}
	return days, notes
}

func TestRead(t *testing.T) {
	t.Parallel()
	days, notes := holidays(t)
	var got []string
	for _, d := range days {
		got = append(got, d.dates()+" "+d.ID())
	}
	want := []string{"2026-03-20..2026-03-21 hari_raya_aidilfitri", "2026-05-01 labour_day", "2026-08-31 national_day",
		"2026-11-08..2026-11-09 deepavalis_eve", "2026-12-25 krismas"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	all := strings.Join(notes, "\n")
	for _, note := range []string{`"Krismas" repeats by a rule`, `"Nothing" is left out: it is cancelled`, `"Visit Year" is left out: it takes more than 31 days`, `"Far away" is left out: its time zone "Mars/Olympus" is unknown`} {
		if !strings.Contains(all, note) {
			t.Errorf("%q is not in\n%s", note, all)
		}
	}
	if len(notes) != 4 {
		t.Error(notes)
	}
	for _, text := range []string{"", "these are words"} {
		if days, _, err := Read(strings.NewReader(text), time.UTC); err == nil && len(days) > 0 {
			t.Errorf("%q: %v", text, days)
		}
	}
}

const office = `# When agents answer.
calendar: office
timezone: Asia/Kuala_Lumpur
special:            # corrected when the moon is seen
  # a half day
  - {dates: 2026-03-20..2026-03-21, name: aidilfitri, open: ["09:00-13:00"]}
  - dates: 2026-12-24
    name: krismas

# every day
open: {daily: ["07:30-21:01"]}
`

func TestMerge(t *testing.T) {
	t.Parallel()
	days, _ := holidays(t)
	text, steps, err := Merge([]byte(office), days, []string{"09:00-13:00", "14:00-15:00"})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(office, "    name: krismas\n", `    name: krismas
  - {dates: 2026-05-01, name: labour_day, open: ["09:00-13:00", "14:00-15:00"]}  # Labour Day
  - {dates: 2026-08-31, name: national_day, open: ["09:00-13:00", "14:00-15:00"]}  # National Day
  - {dates: 2026-11-08..2026-11-09, name: deepavalis_eve, open: ["09:00-13:00", "14:00-15:00"]}  # Deepavali's Eve
`, 1)
	if string(text) != want {
		t.Errorf("got\n%s", text)
	}
	var said []string
	for _, s := range steps {
		said = append(said, s.Text)
	}
	if got := strings.Join(said, "\n"); got != `2026-03-20..2026-03-21 hari_raya_aidilfitri: not added, aidilfitri covers 2026-03-20..2026-03-21
2026-05-01 labour_day: added
2026-08-31 national_day: added
2026-11-08..2026-11-09 deepavalis_eve: added
2026-12-25 krismas: not added, the calendar has it on 2026-12-24; correct that line if it moved` {
		t.Error(got)
	}
	again, steps, err := Merge(text, days, nil)
	if err != nil || string(again) != string(text) || slices.ContainsFunc(steps, func(s Step) bool { return s.Add }) {
		t.Errorf("the second time: %v %v", err, steps)
	}
	if got := steps[1].Text; got != "2026-05-01 labour_day: is there already with other hours; correct line 9 if they changed" {
		t.Error(got)
	}
}

func TestMergeFirst(t *testing.T) {
	t.Parallel()
	const plain = "calendar: a\ntimezone: Asia/Kuala_Lumpur\nopen: {daily: []}  # never\n# end\n"
	days := []Day{{First: time.Date(2026, 5, 1, 0, 0, 0, 0, zone(t)), Last: time.Date(2026, 5, 1, 0, 0, 0, 0, zone(t)), Name: "labour_day"}}
	text, _, err := Merge([]byte(plain), days, nil)
	if err != nil || string(text) != plain+"special:\n  - {dates: 2026-05-01, name: labour_day}\n" {
		t.Errorf("%v\n%s", err, text)
	}
	for want, calendar := range map[string]string{
		"not YAML":          "a: [",
		"mistake in line 2": "calendar: a\ntimezone: Nowhere\nopen: {}\n",
		"in brackets":       "calendar: a\ntimezone: UTC\nopen: {daily: []}\nspecial: [{dates: 2026-01-01, name: x}]\n",
	} {
		if _, _, err := Merge([]byte(calendar), days, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, _, err := Merge([]byte(plain), days, []string{"25:00-26:00"}); err == nil || !strings.Contains(err.Error(), "left as it is") {
		t.Error(err)
	}
}
