package trace

import (
	"fmt"
	"strings"
	"time"
)

// text writes the test.
func (r *reproducer) text(zone *time.Location) string {
	var b strings.Builder
	fmt.Fprintf(&b, "ivr: 1\nflow: %s\ntests:\n  - test: call %s\n    at: %s\n", r.flow, r.begin.Call, r.begin.At.In(zone).Format(time.RFC3339))
	fmt.Fprintf(&b, "    lang: %s\n    call: {from: \"0123456789\", to: %s}  # the caller's number is not in the trace\n", r.begin.Lang, quoted(r.begin.Name))
	if r.empty {
		b.WriteString("    queue: {agents: 0}\n")
	}
	if len(r.mocks) > 0 {
		b.WriteString("    mocks:\n")
		for _, mock := range r.mocks {
			b.WriteString("      - " + mock + "\n")
		}
	}
	b.WriteString("    steps:")
	if len(r.steps) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, t := range r.steps {
		b.WriteString("      - " + t.text() + "\n")
	}
	b.WriteString("    expect:\n")
	if end := endOf(r.end); end != "" {
		b.WriteString("      end: " + end + "\n")
	}
	return b.String() + "      path: [" + strings.Join(r.path, ", ") + "]\n"
}

// endOf gives the end as tests write it.
func endOf(cause string) string {
	switch cause {
	case "":
		return "going"
	case "caller":
		return "caller_hangup"
	case "normal":
		return "hangup"
	default:
		return cause
	}
}

func (t *turn) text() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if t.quiet > 0 {
		add("quiet: %s", t.quiet)
	}
	switch len(t.hear) {
	case 0:
	case 1:
		add("hear: %s", t.hear[0])
	default:
		add("hear: [%s]", strings.Join(t.hear, ", "))
	}
	if t.agent > 0 {
		add("agent: {answers: 1s, talks: %s}", t.agent-time.Second)
	}
	if t.speak > 0 {
		add("speak: %s", t.speak)
	}
	if t.press != "" {
		add("press: %s", quoted(t.press))
	}
	if t.hangUp {
		add("hang_up: true")
	}
	text := "{" + strings.Join(parts, ", ") + "}"
	if t.masked {
		text += "  # the keys are not in the trace: write some that fit"
	}
	return text
}
