package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"talian/ivr"
)

// Repro writes a call as a file of one flow test: what the caller heard and did, what was
// answered from outside, and the nodes on the way. Personal values are not in a trace: a
// comment stands where somebody must write some. It fails when the lines do not begin with
// the call's begin.
func Repro(lines []Line, zone *time.Location) (string, error) {
	if len(lines) == 0 || lines[0].What != Began {
		return "", fmt.Errorf("the trace does not hold the begin of the call")
	}
	r := &reproducer{begin: lines[0]}
	for _, l := range lines[1:] {
		r.line(l)
	}
	return r.text(zone), nil
}

// reproducer gathers a test.
type reproducer struct {
	begin  Line
	flow   string
	steps  []*turn
	mocks  []string
	path   []string
	end    string
	empty  bool // the queue had no agents
	asked  Line // request, casework, booking or dial under way
	queued time.Time
}

// turn is one step of the test.
type turn struct {
	quiet, speak time.Duration
	hear         []string
	agent        time.Duration
	press        string
	masked       bool
	hangUp       bool
}

func (r *reproducer) line(l Line) {
	switch l.What {
	case Entered:
		r.entered(l)
	case Left:
		r.empty = r.empty || l.Exit == "no_agents"
	case Heard:
		if t := r.turn(func(t *turn) bool { return len(t.hear) == 0 && t.agent == 0 && t.speak == 0 && t.press == "" }); len(l.Prompts) > 0 {
			t.hear = append(t.hear, l.Prompts...)
		}
	case Quiet:
		r.add().quiet = millis(l.For)
	case Recording:
		r.turn(func(t *turn) bool { return t.speak == 0 && t.press == "" }).speak = millis(l.For)
	case Pressed:
		r.pressed(l.Key)
	case Chose:
		r.chose(l.Key)
	case Queued:
		r.queued = l.At
	case Unqueued:
		r.unqueued(l)
	case Asked, Cased, Booking, Dialling:
		r.asked = l
	case Replied, CaseReply, Booked, Dialled:
		r.replied(l)
	case HungUp:
		r.turn(func(*turn) bool { return true }).hangUp = true
	case Ended:
		r.end = l.Text
	default: // follows from the rest
	}
}

func (r *reproducer) entered(l Line) {
	if r.flow == "" {
		r.flow = l.Flow
	}
	r.empty = r.empty || l.Exit == "no_agents"
	node := l.Flow + "." + l.Node
	r.path = append(r.path, strings.TrimPrefix(node, r.flow+"."))
}

func (r *reproducer) add() *turn {
	t := &turn{}
	r.steps = append(r.steps, t)
	return t
}

// turn gives the present step when something fits into it, else the next one.
func (r *reproducer) turn(fits func(*turn) bool) *turn {
	if len(r.steps) > 0 && fits(r.steps[len(r.steps)-1]) {
		return r.steps[len(r.steps)-1]
	}
	return r.add()
}

const unknownKey = "0"

func (r *reproducer) pressed(key string) {
	t := r.turn(func(*turn) bool { return true })
	if key == Masked {
		key, t.masked = unknownKey, true
	}
	t.press += key
}

// chose finds out a masked key: it was one that chose.
func (r *reproducer) chose(key string) {
	if len(r.steps) == 0 || !r.steps[len(r.steps)-1].masked {
		return
	}
	if t := r.steps[len(r.steps)-1]; len(t.press) == 1 {
		t.press, t.masked = key, false
	}
}

func (r *reproducer) unqueued(l Line) {
	stay := l.At.Sub(r.queued).Round(time.Second)
	switch ivr.Outcome(l.Text) {
	case ivr.OutcomeAnswered:
		r.add().agent = max(stay, 2*time.Second)
	case ivr.OutcomeTimeout:
		r.add().quiet = stay
	default: // told by the key, or by the exit
	}
}

// replied writes what stood for the world outside.
func (r *reproducer) replied(l Line) {
	asked := r.asked
	switch l.What {
	case Replied:
		method, path, _ := strings.Cut(asked.Text, " ")
		reply := "{status: " + l.Text + "}  # write the body"
		switch {
		case l.Text == "timeout":
			reply = "{timeout: true}"
		case strings.HasPrefix(l.Text, "error"):
			reply = "{fails: " + quoted(l.Text) + "}"
		}
		r.mock("{http: %s, %s: %s, reply: %s", asked.Name, strings.ToLower(method), quoted(path), reply)
	case CaseReply:
		do, _, _ := strings.Cut(asked.Name, " ")
		reply := map[string]string{"failed": "{fails: true}", "not_found": "{found: false}"}[l.Text]
		if reply == "" {
			var results []string
			for _, name := range slices.Sorted(maps.Keys(l.Vars)) {
				if l.Vars[name] != Masked {
					results = append(results, name+": "+quoted(l.Vars[name]))
				}
			}
			reply = "{" + strings.Join(results, ", ") + "}"
		}
		r.mock("{case: %s, reply: %s", do, reply)
	case Booked:
		if l.Text != "" {
			r.mock("{callback: %s, booked: %s", asked.Name, l.Text)
		}
	case Dialled:
		r.mock("{transfer: %s, outcome: %s", quoted(asked.Name), l.Text)
	default: // nothing came from outside
	}
}

// mock adds a mock; a comment at its end goes behind the brace.
func (r *reproducer) mock(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	text, comment, _ := strings.Cut(text, "  # ")
	text += "}"
	if comment != "" {
		text += "  # " + comment
	}
	r.mocks = append(r.mocks, text)
}

func millis(m ivr.Millis) time.Duration { return time.Duration(m) * time.Millisecond }

func quoted(text string) string {
	b, _ := json.Marshal(text) // a string is always JSON, and JSON is YAML
	return string(b)
}
