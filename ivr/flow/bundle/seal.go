package bundle

import (
	"reflect"
	"slices"

	"talian/ivr/flow"
)

// seal completes what was read: inherited prompts, compiled expressions, what nodes know
// of other parts, and each flow's first menu.
func (b *builder) seal() {
	for _, t := range b.flows {
		t.env = flow.NewEnv(t.f, b.program.Env)
		for _, n := range t.nodes {
			if a := askOf(n.n.Spec); a != nil {
				b.inherit(a)
			}
			b.sealSpec(t.f, n.n.Spec)
			for _, w := range n.exprs {
				n.compile(t, w)
			}
		}
	}
	for _, t := range b.flows {
		t.f.Home = t.firstMenu()
	}
	b.sealSurveys()
}

// sealer is a node's spec that looks at a flow before it is used: its own, or the one
// that it calls.
type sealer interface{ Seal(f *flow.Flow) }

func (b *builder) sealSpec(f *flow.Flow, spec flow.Spec) {
	s, seals := spec.(sealer)
	if call, calls := spec.(*flow.SubFlow); calls {
		f = b.program.Flows[call.Flow]
	}
	if seals && f != nil {
		s.Seal(f)
	}
}

// askOf gives the common fields of a node that asks; nil for others.
func askOf(spec flow.Spec) *flow.Try {
	if asker, asks := spec.(flow.Asker); asks {
		return asker.Common()
	}
	return nil
}

func (b *builder) inherit(a *flow.Try) {
	if len(a.NoInput) == 0 {
		a.NoInput = b.site.Defaults.NoInput
	}
	if len(a.NoMatch) == 0 {
		a.NoMatch = b.site.Defaults.NoMatch
	}
}

// firstMenu looks for the menu nearest to the start; HOME leads there.
func (t *flowText) firstMenu() string {
	seen := map[string]bool{t.f.Start: true}
	for next := []string{t.f.Start}; len(next) > 0; next = next[1:] {
		n := t.f.Nodes[next[0]]
		if n == nil {
			continue
		}
		if n.Type.Name == "menu" {
			return n.ID
		}
		for _, way := range t.b.waysOf(t.f, n) {
			if way.out.Word == flow.ToNode && !seen[way.out.Target] {
				seen[way.out.Target] = true
				next = append(next, way.out.Target)
			}
		}
	}
	return ""
}

// sealSurveys compiles the conditions of questions in every flow that asks the survey.
func (b *builder) sealSurveys() {
	for _, t := range b.surveys {
		for _, w := range t.exprs {
			for _, f := range b.flows {
				if !f.asks(t.id) {
					continue
				}
				if result, ok := t.compile(f.env, w); ok {
					t.want(w, result, "true or false", reflect.TypeFor[bool]())
				}
			}
		}
	}
}

// asks tells whether a flow has a node that asks a survey.
func (t *flowText) asks(survey string) bool {
	return slices.ContainsFunc(t.nodes, func(n *nodeText) bool {
		spec, asks := n.n.Spec.(*flow.Inquiry)
		return asks && spec.Survey == survey
	})
}
