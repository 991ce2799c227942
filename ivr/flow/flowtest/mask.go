package flowtest

import (
	"strings"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// masked stands for what is personal.
const masked = "***"

// leastMasked is the length from which a personal value is looked for in other texts;
// shorter ones stand in them by chance.
const leastMasked = 4

// callbackEntry is the part of a callback in which a telephone number is entered.
const callbackEntry = "enter"

// personal tells whether the node that the call is at asks for something personal.
func (p *Phone) personal() bool {
	f := p.program.Flows[p.state.Flow]
	if f == nil || f.Nodes[p.state.Node] == nil {
		return false
	}
	switch spec := f.Nodes[p.state.Node].Spec.(type) {
	case *flow.Collect:
		return f.Vars[spec.Save].PII
	case *flow.CallBack:
		return p.state.Turn.Part == callbackEntry || p.state.Turn.Typed != ""
	}
	return false
}

// reads tells whether a prompt reads out what was entered.
func (p *Phone) reads(id string) bool {
	slots, _ := p.program.Prompts.Slots(id)
	for _, kind := range slots {
		if kind == prompt.Digits || kind == prompt.Phone || kind == prompt.Number {
			return true
		}
	}
	return false
}

// mask puts stars in the place of personal values.
func (p *Phone) mask(text string) string {
	for name, value := range p.state.Vars {
		id, own, _ := strings.Cut(name, ".")
		if f := p.program.Flows[id]; f != nil && f.Vars[own].PII && len(value) >= leastMasked {
			text = strings.ReplaceAll(text, value, masked)
		}
	}
	return text
}

// hide notes what of an entry is not to be shown.
func (p *Phone) hide(e *Event) {
	switch e.Kind {
	case Presses:
		e.personal = p.personal()
	case Hears:
		e.personal = p.personal() && p.reads(e.Prompt)
	default:
		e.Text = p.mask(e.Text)
	}
}

// shown is the entry's text as it may be shown.
func (e Event) shown() string {
	if e.personal {
		return masked
	}
	return e.Text
}
