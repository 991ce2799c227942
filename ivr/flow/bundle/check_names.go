package bundle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// named is a name that a node uses for something that is declared elsewhere.
type named struct{ what, path, name string }

// namesOf lists the names in a node's fields, by the tag `is`.
func namesOf(v reflect.Value, path string) []named {
	var all []named
	for _, f := range fieldsOf(v) {
		is, at := f.tag.Get("is"), path+f.name
		switch {
		case f.value.Kind() == reflect.Struct:
			all = append(all, namesOf(f.value, at+".")...)
		case f.value.Kind() == reflect.Slice && f.value.Type().Elem().Kind() == reflect.Struct:
			for i := range f.value.Len() {
				all = append(all, namesOf(f.value.Index(i), fmt.Sprintf("%s.%d.", at, i))...)
			}
		case f.value.Kind() == reflect.String && f.value.String() != "":
			all = append(all, named{is, at, f.value.String()})
		}
	}
	return all
}

// declared gives the names that there are of a kind, where they are declared, and whether
// all of that could be read.
func (b *builder) declared(what string) (names []string, whole, known bool) {
	p := b.program
	switch what {
	case "calendar":
		return sortedKeys(p.Calendars), b.readable("calendars/"), true
	case "queue":
		return sortedKeys(p.Queues), b.readable("queues.yaml"), true
	case "service":
		return sortedKeys(p.Services), b.readable("services.yaml"), true
	case "box":
		return sortedKeys(p.Boxes), b.readable("env/"), true
	case "desk":
		return sortedKeys(p.Desks), b.readable("env/"), true
	case "skill":
		return sortedKeys(p.Skills), b.readable("env/"), true
	case "survey":
		return sortedKeys(p.Surveys), b.readable("surveys/"), true
	case "topics":
		return sortedKeys(p.Topics), b.readable("topics/"), true
	}
	return nil, false, false
}

// readable tells whether every file whose path begins so could be read.
func (b *builder) readable(prefix string) bool {
	for path := range b.unread {
		if strings.HasPrefix(path, prefix) {
			return false
		}
	}
	return true
}

// checkNames looks whether the names that a node uses exist.
func (n *nodeText) checkNames(t *flowText) {
	for _, use := range namesOf(reflect.ValueOf(n.n.Spec).Elem(), "") {
		switch use.what {
		case "flow":
			n.b.checkFlow(n.text, n.place(use.path), use.name)
		case "var":
			n.variable(t, use)
		default:
			n.name(n.place(use.path), use.what, use.name)
		}
	}
	for _, w := range n.exprs {
		for _, call := range w.x.Calls() {
			switch call.Func {
			case "hours", "next_open":
				n.name(w.at, "calendar", call.Arg)
			case "queue":
				n.name(w.at, "queue", call.Arg)
			}
		}
	}
	switch spec := n.n.Spec.(type) {
	case *flow.Wait:
		n.checkSkills(t, spec.Skills)
	case *flow.CallBack:
		n.checkSkills(t, spec.Skills)
	case *flow.Language:
		for _, key := range sortedKeys(spec.Options) {
			if lang := spec.Options[key]; !slices.Contains(n.b.program.Languages, lang) && n.b.readable("ivr.yaml") {
				n.complain(n.place("options."+key), "E507", n.b.program.Languages, "%q is not a language of this bundle", lang)
			}
		}
	case *flow.Menu:
		n.checkChoices(t, spec)
	}
}

// name looks whether something of a kind is declared under a name.
func (n *nodeText) name(at *yaml.Node, what, name string) {
	names, whole, known := n.b.declared(what)
	if known && whole && !slices.Contains(names, name) {
		if what == "topics" {
			what = "list of topics"
		}
		n.complain(at, "E601", names, "there is no %s %q%s", what, name, nearest(name, names))
	}
}

// variable looks whether a variable is declared.
func (n *nodeText) variable(t *flowText, use named) {
	if _, declared := t.f.Vars[use.name]; !declared && !n.b.full(n.s) {
		names := sortedKeys(t.f.Vars)
		n.complain(n.place(use.path), "E502", names, "there is no variable %q%s", use.name, nearest(use.name, names))
	}
}

// checkSkills looks at what a node asks of an agent.
func (n *nodeText) checkSkills(t *flowText, skills map[string]*flow.Expr) {
	for _, kind := range sortedKeys(skills) {
		n.name(n.place("skills."+kind+"@"), "skill", kind)
		n.checkSkill(t, kind, skills[kind])
	}
	if wait, queues := n.n.Spec.(*flow.Wait); queues {
		for i, relax := range wait.Relax {
			if _, asked := skills[relax.Drop]; !asked && relax.Drop != "" {
				names := sortedKeys(skills)
				n.complain(n.place(fmt.Sprintf("relax.%d.drop", i)), "E601", names, "this node asks for no skill %q%s", relax.Drop, nearest(relax.Drop, names))
			}
		}
	}
}

// checkSkill looks whether every value that a skill's expression can have is bound.
func (n *nodeText) checkSkill(t *flowText, kind string, x *flow.Expr) {
	bound, known := n.b.program.Skills[kind]
	if !known || x == nil {
		return
	}
	values, _ := t.valuesOf(x)
	for _, value := range values {
		if _, meant := bound[value]; !meant && value != "" {
			n.complain(n.place("skills."+kind), "E601", sortedKeys(bound), "%q can be %q here, which has no meaning as a %s", x.Text, value, kind)
		}
	}
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

// checkChoices looks at the words and the values of a menu's choices.
func (n *nodeText) checkChoices(t *flowText, m *flow.Menu) {
	for _, key := range sortedKeys(m.Words) {
		if _, chosen := m.Choices[key]; !chosen {
			n.complain(n.place("words."+key+"@"), "E203", sortedKeys(m.Choices), "words for key %s, which is no choice", key)
		}
	}
	v, declared := t.f.Vars[m.Save]
	if m.Save == "" || !declared {
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
