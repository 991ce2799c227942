package flow

import (
	"maps"
	"slices"
	"strings"

	"talian/ivr/prompt"
)

// Menu asks for one key.
//
//	topic: {type: menu, prompt: main_menu, choices: {"1": immigration, "2": other}}
//	kind:  {type: menu, prompt: kinds, choices: {"1": road, "2": water}, save: category, next: ask}
//
// With save the choices are values, and next is the way out; else they are ways out.
// Either way the choice is <id>.choice in expressions. Words names choices for agents.
type Menu struct {
	Ask
	Choices map[string]string `flow:"choices,required" is:"key"`
	Save    string            `flow:"save" is:"var"`
	Words   map[string]string `flow:"words" is:"key"`

	outs   map[string]Out    // by key, without save
	spoken map[string]string // by key, for people
}

// Seal freezes what follows from the fields: the ways out and the words for people.
func (m *Menu) Seal(f *Flow) {
	m.outs, m.spoken = map[string]Out{}, map[string]string{}
	for key, choice := range m.Choices {
		words := strings.ReplaceAll(choice, "_", " ")
		if m.Save == "" {
			out, _ := ParseOut(choice)
			m.outs[key] = out
			words = strings.ReplaceAll(out.Choice(), "_", " ")
			if target := f.Nodes[out.Target]; out.Word == ToNode && target != nil && target.About != "" {
				words = target.About
			}
		}
		if given, named := m.Words[key]; named {
			words = given
		}
		m.spoken[key] = words
	}
}

func (m *Menu) enter(r *run, n *Node) Out                 { return r.beginAsk(n, m) }
func (m *Menu) input(r *run, n *Node, in Input) Out       { return r.answer(n, m, in) }
func (m *Menu) valid(key string) bool                     { return m.Choices[key] != "" }
func (m *Menu) given(r *run, n *Node, failure string) Out { return r.exit(failure) }

func (m *Menu) words(r *run, _ *Node, short bool) ([]prompt.Item, error) { return m.said(r, short) }

func (m *Menu) choose(r *run, n *Node, key string) Out {
	choice := m.Choices[key]
	if m.Save == "" {
		choice = m.outs[key].Choice()
	}
	r.chose(n, key, choice, m.spoken[key])
	if m.Save == "" {
		return m.outs[key]
	}
	r.setVar(m.Save, choice)
	return r.exit("next")
}

// Speaks is true: it asks.
func (m *Menu) Speaks() bool { return true }

// Outs gives the choices, and next when they are values.
func (m *Menu) Outs() ([]string, []Out) {
	exits := []string{"no_input", "no_match", "error"}
	if m.Save != "" {
		return append(exits, "next"), nil
	}
	var own []Out
	for _, key := range slices.Sorted(maps.Keys(m.outs)) {
		own = append(own, m.outs[key])
	}
	return exits, own
}

// OwnKeys gives the keys of the choices.
func (m *Menu) OwnKeys() (string, []string) { return "choices", slices.Sorted(maps.Keys(m.Choices)) }
