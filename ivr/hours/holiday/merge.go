package holiday

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/hours"
)

// Step says what becomes of one holiday.
type Step struct {
	Day  Day
	Add  bool
	Text string // for people
}

// Merge puts holidays into the text of a calendar: one line each at the end of its special
// days, open in the windows given; no window is closed. Days that stand there already stay
// as they are written. The result is read again, and refused when it is not the calendar
// that was meant.
func Merge(calendar []byte, days []Day, open []string) (text []byte, steps []Step, err error) {
	root, parsed, err := parse(calendar)
	if err != nil {
		return nil, nil, err
	}
	var lines []string
	taken := parsed.Specials()
	for _, d := range days {
		step := judge(taken, d, open)
		steps = append(steps, step)
		if step.Add {
			lines = append(lines, line(d, open))
			taken = append(taken, hours.Special{First: d.First, Last: d.Last, Name: d.ID(), Open: open})
		}
	}
	if len(lines) == 0 {
		return calendar, steps, nil
	}
	if text, err = insert(string(calendar), root, lines); err != nil {
		return nil, nil, err
	}
	_, after, err := parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("the calendar is left as it is: %w", err)
	}
	if got, want := len(after.Specials()), len(parsed.Specials())+len(lines); got != want {
		return nil, nil, fmt.Errorf("the calendar is left as it is: it would have %d special days, not %d", got, want)
	}
	return text, steps, nil
}

func parse(text []byte) (*yaml.Node, *hours.Calendar, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return nil, nil, fmt.Errorf("the calendar is not YAML: %w", errors.Join(err))
	}
	calendar, problems := hours.Parse(document.Content[0])
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("the calendar has a mistake in line %d: %s", problems[0].Line, problems[0].Text)
	}
	return document.Content[0], calendar, nil
}

// judge looks what the calendar says of a holiday's days.
func judge(taken []hours.Special, d Day, open []string) Step {
	for _, s := range taken {
		same := s.Name == d.ID()
		switch {
		case same && s.First.Equal(d.First) && s.Last.Equal(d.Last) && !slices.Equal(s.Open, open):
			return Step{d, false, fmt.Sprintf("%s %s: is there already with other hours; correct line %d if they changed", d.dates(), d.ID(), s.Line)}
		case same && s.First.Equal(d.First) && s.Last.Equal(d.Last):
			return Step{d, false, fmt.Sprintf("%s %s: is there already", d.dates(), d.ID())}
		case !s.Last.Before(d.First) && !d.Last.Before(s.First):
			return Step{d, false, fmt.Sprintf("%s %s: not added, %s covers %s", d.dates(), d.ID(), s.Name, Day{First: s.First, Last: s.Last}.dates())}
		case same && s.First.Year() == d.First.Year() && s.First.Sub(d.First).Abs() < 15*24*time.Hour:
			return Step{d, false, fmt.Sprintf("%s %s: not added, the calendar has it on %s; correct that line if it moved", d.dates(), d.ID(), Day{First: s.First, Last: s.Last}.dates())}
		}
	}
	return Step{d, true, fmt.Sprintf("%s %s: added", d.dates(), d.ID())}
}

// line writes one special day.
func line(d Day, open []string) string {
	text := fmt.Sprintf("{dates: %s, name: %s", d.dates(), d.ID())
	if len(open) > 0 {
		text += `, open: ["` + strings.Join(open, `", "`) + `"]`
	}
	text += "}"
	if d.Name != d.ID() {
		text += "  # " + strings.Join(strings.Fields(d.Name), " ")
	}
	return text
}

// insert puts lines at the end of the list special, which it makes when there is none.
func insert(text string, root *yaml.Node, lines []string) ([]byte, error) {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	at, list := len(all), (*yaml.Node)(nil)
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch {
		case root.Content[i].Value == "special":
			list = root.Content[i+1]
			at = len(all)
		case list != nil && at == len(all):
			at = root.Content[i].Line - 1 // the key after it
		}
	}
	pad := "  "
	switch {
	case root.Style&yaml.FlowStyle != 0 || list != nil && list.Style&yaml.FlowStyle != 0:
		return nil, errors.New("the special days stand in brackets; write each on a line of its own (ivrd fmt does not), then import again")
	case list == nil:
		all = append(all, "special:")
		at = len(all)
	default:
		pad = strings.Repeat(" ", list.Column-1)
		at = lastOf(all, at)
	}
	var added []string
	for _, l := range lines {
		added = append(added, pad+"- "+l)
	}
	all = append(all[:at:at], append(added, all[at:]...)...)
	return []byte(strings.Join(all, "\n") + "\n"), nil
}

// lastOf gives the line after the last one before at that is neither blank nor a comment of
// what follows.
func lastOf(all []string, at int) int {
	for at > 0 {
		text := strings.TrimSpace(all[at-1])
		if text != "" && !strings.HasPrefix(text, "#") {
			break
		}
		at--
	}
	return at
}
