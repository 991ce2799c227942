package bundle

import (
	"fmt"
	"slices"

	"talian/ivr/flow"
)

// checkNames looks whether the names of the site that a node uses exist.
func (n *nodeText) checkNames(t *flowText) {
	p := n.b.program
	switch spec := n.n.Spec.(type) {
	case *flow.Hours:
		n.name("calendar", "calendar", spec.Calendar, sortedKeys(p.Calendars))
	case *flow.Message:
		n.name("box", "box", spec.Box, sortedKeys(p.Boxes))
	case *flow.Wait:
		n.name("queue", "queue", spec.Queue, sortedKeys(p.Queues))
		for _, kind := range sortedKeys(spec.Skills) {
			n.name("skills."+kind+"@", "skill", kind, sortedKeys(p.Skills))
			n.checkSkill(t, kind, spec.Skills[kind])
		}
		for i, relax := range spec.Relax {
			n.name(fmt.Sprintf("relax.%d.drop", i), "skill", relax.Drop, sortedKeys(spec.Skills))
		}
	case *flow.Language:
		for _, key := range sortedKeys(spec.Options) {
			if lang := spec.Options[key]; !slices.Contains(p.Languages, lang) {
				n.complain(n.place("options."+key), "E507", p.Languages, "%q is not a language of this bundle", lang)
			}
		}
	case *flow.Menu:
		n.checkSave(t, spec)
	}
	for _, w := range n.exprs {
		for _, call := range w.x.Calls() {
			switch call.Func {
			case "hours", "next_open":
				n.nameIn(w, "calendar", call.Arg, sortedKeys(p.Calendars))
			case "queue":
				n.nameIn(w, "queue", call.Arg, sortedKeys(p.Queues))
			}
		}
	}
}

func (n *nodeText) name(path, what, name string, known []string) {
	if name != "" && !slices.Contains(known, name) {
		n.complain(n.place(path), "E601", known, "there is no %s %q%s", what, name, nearest(name, known))
	}
}

func (n *nodeText) nameIn(w written, what, name string, known []string) {
	if !slices.Contains(known, name) {
		n.complain(w.at, "E601", known, "there is no %s %q%s", what, name, nearest(name, known))
	}
}

// checkSkill looks whether every value that a skill's expression can have is bound.
func (n *nodeText) checkSkill(t *flowText, kind string, x *flow.Expr) {
	bound, known := n.b.program.Skills[kind]
	if !known || x == nil {
		return
	}
	for _, value := range t.valuesOf(x) {
		if _, meant := bound[value]; !meant && value != "" {
			n.complain(n.place("skills."+kind), "E601", sortedKeys(bound), "%q can be %q here, which has no meaning as a %s", x.Text, value, kind)
		}
	}
}

// valuesOf gives the values that a plain name can have: an enum, the language or a choice.
func (t *flowText) valuesOf(x *flow.Expr) []string {
	if v, declared := t.f.Vars[x.Text]; declared && v.Type == flow.Enum {
		return v.Of
	}
	if x.Text == "lang" {
		return t.b.program.Languages
	}
	for id, n := range t.f.Nodes {
		if menu, ok := n.Spec.(*flow.Menu); ok && x.Text == id+".choice" {
			return menuValues(menu)
		}
	}
	return nil
}

func menuValues(m *flow.Menu) []string {
	var all []string
	for _, key := range sortedKeys(m.Choices) {
		value := m.Choices[key]
		if out, ok := flow.ParseOut(value); ok && m.Save == "" {
			value = out.Choice()
		}
		all = append(all, value)
	}
	return all
}

func (n *nodeText) checkSave(t *flowText, m *flow.Menu) {
	for _, key := range sortedKeys(m.Words) {
		if _, chosen := m.Choices[key]; !chosen {
			n.complain(n.place("words."+key+"@"), "E203", sortedKeys(m.Choices), "words for key %s, which is no choice", key)
		}
	}
	if m.Save == "" {
		return
	}
	v, declared := t.f.Vars[m.Save]
	if !declared {
		n.complain(n.place("save"), "E502", nil, "there is no variable %q%s", m.Save, nearest(m.Save, sortedKeys(t.f.Vars)))
		return
	}
	for _, key := range sortedKeys(m.Choices) {
		if _, err := v.Read(m.Choices[key]); err != nil {
			n.complain(n.place("choices."+key), "E507", v.Of, "%q does not fit %s: %v", m.Choices[key], m.Save, err)
		}
	}
}

func casePath(i int, name string) string { return fmt.Sprintf("cases.%d.%s", i, name) }

// checkCases looks for cases of a switch that are never or always taken.
func (n *nodeText) checkCases() {
	spec, isSwitch := n.n.Spec.(*flow.Switch)
	if !isSwitch {
		return
	}
	always := false
	for i, c := range spec.Cases {
		at := n.place(casePath(i, "when"))
		if always {
			n.complain(at, "E209", nil, "never asked: a case before this one always holds")
			return
		}
		if c.When == nil {
			continue
		}
		value, fixed := c.When.Constant()
		if holds, _ := value.(bool); fixed && !holds {
			n.complain(at, "E210", nil, "this condition never holds")
		} else if fixed {
			always = true
		}
	}
}
