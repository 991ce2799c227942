package trace

import (
	"cmp"
	"slices"
	"strings"

	"talian/ivr/flow"
)

// mask knows the personal values of a step.
type mask struct{ values []string }

// shortest is the length from which a personal value is looked for in other texts; shorter
// ones would stand in them by chance.
const shortest = 4

func newMask(p *flow.Program, s Step) mask {
	var m mask
	m.keep(s.Before.Call.From)
	for _, state := range []flow.State{s.Before, s.After} {
		m.keep(state.Turn.Typed)
		for name, value := range state.Vars {
			flowID, own, _ := strings.Cut(name, ".")
			if f := p.Flows[flowID]; f != nil && f.Vars[own].PII {
				m.keep(value)
			}
		}
	}
	slices.SortFunc(m.values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return m
}

func (m *mask) keep(value string) {
	if len(value) >= shortest {
		m.values = append(m.values, value)
	}
}

// text puts Masked in the place of personal values.
func (m mask) text(text string) string {
	for _, value := range m.values {
		text = strings.ReplaceAll(text, value, Masked)
	}
	return text
}

// key gives a pressed key, or Masked when it is, or may become, part of something personal:
// a digit of a number that is asked for, or a key that waits for such a question.
func (m mask) key(p *flow.Program, s Step, key byte) string {
	buffered := len(s.After.Keys) > len(s.Before.Keys)
	f := p.Flows[s.Before.Flow]
	if buffered && asksPersonal(p) || f != nil && personal(f, f.Nodes[s.Before.Node]) && !answersWhat(s.Before.Turn.Part) {
		return Masked
	}
	return string(key)
}

// answersWhat tells the parts of a node that ask for one key about what was entered.
func answersWhat(part string) bool {
	return slices.Contains([]string{"read_back", "number", "slot"}, part)
}

// personal tells whether digits entered at a node are.
func personal(f *flow.Flow, n *flow.Node) bool {
	if n == nil {
		return false
	}
	switch spec := n.Spec.(type) {
	case *flow.Collect:
		return f.Vars[spec.Save].PII
	case *flow.CallBack: // takes a telephone number
		return true
	}
	return false
}

func asksPersonal(p *flow.Program) bool {
	for _, f := range p.Flows {
		for _, n := range f.Nodes {
			if personal(f, n) {
				return true
			}
		}
	}
	return false
}
