package bundle

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// checkSignature looks at what a flow declares for flows that call it.
func (t *flowText) checkSignature() {
	for _, list := range []struct {
		field string
		names []string
	}{{"inputs", t.f.Inputs}, {"outputs", t.f.Outputs}} {
		for i, name := range list.names {
			at := itemAt(t.at[list.field], i)
			if _, declared := t.f.Vars[name]; !declared {
				names := sortedKeys(t.f.Vars)
				t.complain(at, "E502", names, "there is no variable %q%s", name, nearest(name, names))
			}
			if slices.Contains(list.names[:i], name) {
				t.complain(at, "E109", nil, "%q is named twice", name)
			}
		}
	}
	for i, outcome := range t.f.Outcomes {
		at := itemAt(t.at["outcomes"], i)
		t.id(outcome, at)
		switch {
		case slices.Contains([]string{"next", "error", "loop", "too_long", "hangup"}, outcome):
			t.complain(at, "E109", nil, "%q is a name of the language", outcome)
		case slices.Contains(t.f.Outcomes[:i], outcome):
			t.complain(at, "E109", nil, "%q is named twice", outcome)
		}
	}
}

// isCalled tells whether a node of some flow calls a flow.
func (b *builder) isCalled(id string) bool {
	if b.callees == nil {
		b.callees = map[string]bool{}
		for _, t := range b.flows {
			for called := range b.callsOf(t.f.ID) {
				b.callees[called] = true
			}
		}
	}
	return b.callees[id]
}

// returns tells whether a flow takes RETURN with an outcome; "" is RETURN alone. A jump out
// of it does not come back.
func (b *builder) returns(id, outcome string) bool {
	outcomes, known := b.returning[id]
	if !known {
		outcomes = map[string]bool{}
		f := b.program.Flows[id]
		for _, n := range f.Nodes {
			for _, w := range b.waysOf(f, n) {
				if w.out.Word == flow.Return {
					outcomes[w.out.Target] = true
				}
			}
		}
		b.returning[id] = outcomes
	}
	return outcomes[outcome]
}

// checkReturn looks at a RETURN: somebody calls the flow, and the outcome is declared.
func (b *builder) checkReturn(t *text, at *yaml.Node, f *flow.Flow, out flow.Out) {
	outcome := out.Target
	switch {
	case !b.isCalled(f.ID) && b.readable("flows/"):
		t.complain(at, "E213", nil, "RETURN in a flow that nobody calls")
	case outcome != "" && !slices.Contains(f.Outcomes, outcome):
		t.complain(at, "E213", f.Outcomes, "the flow declares no outcome %q%s", outcome, nearest(outcome, f.Outcomes))
	}
}

// checkCall looks at a node that calls another flow.
func (n *nodeText) checkCall(t *flowText) {
	call, calls := n.n.Spec.(*flow.SubFlow)
	if !calls || n.b.program.Flows[call.Flow] == nil {
		return
	}
	called := n.b.program.Flows[call.Flow]
	for _, name := range called.Inputs {
		v, declared := called.Vars[name]
		if _, given := call.With[name]; declared && !given && v.Default == "" {
			n.complain(n.place("with"), "E505", nil, "the flow %q wants a value for its input %q", call.Flow, name)
		}
	}
	for _, ours := range sortedKeys(call.Save) {
		theirs := call.Save[ours]
		if !slices.Contains(called.Outputs, theirs) {
			n.complain(n.place("save."+ours), "E502", called.Outputs, "the flow %q has no output %q%s", call.Flow, theirs, nearest(theirs, called.Outputs))
			continue
		}
		n.checkSaved(t, ours, called.Vars[theirs])
	}
	for _, outcome := range called.Outcomes {
		if _, handled := n.b.program.Exit(t.f, n.n, outcome); !handled {
			n.complain(n.key, "E213", nil, "the flow %q can come back with %q, and nothing here says where that leads", call.Flow, outcome)
		}
	}
}

// checkSaved looks whether a variable of ours can hold a value of another's type.
func (n *nodeText) checkSaved(t *flowText, ours string, theirs flow.Var) {
	at := n.place("save." + ours + "@")
	v, declared := t.f.Vars[ours]
	if !declared {
		names := sortedKeys(t.f.Vars)
		n.complain(at, "E502", names, "there is no variable %q%s", ours, nearest(ours, names))
		return
	}
	if theirs.Type != "" && !holds(v, theirs) {
		n.complain(at, "E504", nil, "%q is a variable of type %s; the value is %s", ours, v.Type, describe(theirs))
	}
}

// describe names a type, with the values of an enum.
func describe(v flow.Var) string {
	if v.Type == flow.Enum {
		return fmt.Sprintf("one of %s", strings.Join(v.Of, ", "))
	}
	return fmt.Sprintf("of type %s", v.Type)
}

// holds tells whether every value of one variable can be kept in another.
func holds(v, from flow.Var) bool {
	switch {
	case v.Type == flow.Enum:
		return from.Type == flow.Enum && !slices.ContainsFunc(from.Of, func(value string) bool { return !slices.Contains(v.Of, value) })
	case v.Type == flow.Text:
		return slices.Contains([]flow.VarType{flow.Text, flow.Digits, flow.Enum, flow.Date, flow.Time}, from.Type)
	}
	return v.Type == from.Type
}
