package flowtest

import (
	"fmt"
	"strings"
	"time"

	"talian/ivr/prompt"
)

// Kind tells the entries of a transcript apart.
type Kind string

// The kinds. What the caller does, what the caller hears, and what happens behind.
const (
	Enters  Kind = "node"     // Place is entered; Text is the exit that led there
	Hears   Kind = "hears"    // Prompt in Lang; Text is what is said
	Presses Kind = "presses"  // Text is one key
	Speaks  Kind = "speaks"   // Text is for how long
	Silent  Kind = "quiet"    // Text is for how long
	HangsUp Kind = "hangs up" // the caller
	Jumps   Kind = "clock"    // Text is the time of day
	Records Kind = "records"
	Waits   Kind = "waits"
	Refused Kind = "turned away"
	Leaves  Kind = "leaves"
	Talks   Kind = "talks"
	Rings   Kind = "rings"
	Asks    Kind = "asks" // a service
	Told    Kind = "told" // its answer
	Files   Kind = "case"
	Keeps   Kind = "keeps"
	Marked  Kind = "mark"
	Fails   Kind = "fault"
	Ends    Kind = "ends"
)

// Event is one entry of a transcript.
type Event struct {
	At     time.Time
	Place  string // "flow.node" where the call was
	Kind   Kind
	Prompt string // heard
	Lang   string // of what was heard
	Text   string

	items    []prompt.Item // heard from here on, to the end of the playback
	personal bool          // Text is not shown
}

// note adds an entry to the transcript.
func (p *Phone) note(e Event) {
	e.At = p.now
	if e.Place == "" {
		e.Place = p.place()
	}
	p.hide(&e)
	p.log = append(p.log, e)
}

// String writes the entry without its time and place.
func (e Event) String() string {
	switch e.Kind {
	case Hears:
		return fmt.Sprintf("hears %s (%s) %s", e.Prompt, e.Lang, e.shown())
	case Enters:
		if e.Text == "" {
			return "node " + e.Place
		}
		return fmt.Sprintf("node %s by %s", e.Place, e.Text)
	default:
		return strings.TrimSpace(string(e.Kind) + " " + e.shown())
	}
}

// Timed writes a transcript for people: with the time and the place of each entry. Keys
// pressed one after the other share a line.
func Timed(log []Event) string {
	var b strings.Builder
	width := placeWidth
	for _, e := range log {
		width = max(width, len(e.Place))
	}
	for _, e := range joined(log) {
		if e.Kind == Enters {
			continue // the place of what follows tells it
		}
		fmt.Fprintf(&b, "%s  %-*s  %s\n", e.At.Format("15:04:05.0"), width, e.Place, e)
	}
	return b.String()
}

// placeWidth is the room for a place when all are short.
const placeWidth = 20

// Untimed writes a transcript that is the same wherever the sounds' lengths are not.
func Untimed(log []Event) string {
	var b strings.Builder
	for _, e := range joined(log) {
		b.WriteString(e.String() + "\n")
	}
	return b.String()
}

// joined puts keys pressed one after the other together.
func joined(log []Event) []Event {
	var all []Event
	for _, e := range log {
		last := len(all) - 1
		if e.Kind == Presses && last >= 0 && all[last].Kind == Presses && all[last].Place == e.Place && all[last].At.Equal(e.At) {
			all[last].Text += e.Text
			continue
		}
		all = append(all, e)
	}
	return all
}
