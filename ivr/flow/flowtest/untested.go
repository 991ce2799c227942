package flowtest

import (
	"fmt"
	"os"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// Taken gives what the calls took, as bundle.Untested asks for it. An exit that a node cannot
// take as it is written counts as taken.
func (c *Cover) Taken(p *flow.Program) map[bundle.Taken]bool {
	taken := map[bundle.Taken]bool{}
	can := map[bundle.Taken]bool{}
	for _, w := range c.ways {
		is := bundle.Taken{Flow: w.Flow, Node: w.Node, Exit: w.Exit}
		if w.Exit == "key" {
			is.Exit = "key " + w.Key
		}
		can[is] = true
		if c.hits[w] > 0 {
			taken[is] = true
		}
	}
	for _, f := range p.Flows {
		for _, n := range f.Nodes {
			for exit := range n.Exits {
				if is := (bundle.Taken{Flow: f.ID, Node: n.ID, Exit: exit}); !can[is] {
					taken[is] = true
				}
			}
			if confirm, ok := n.Spec.(*flow.Confirm); ok {
				for key, exit := range map[string]string{confirm.Yes: "accept", confirm.No: "decline"} {
					if is := (bundle.Taken{Flow: f.ID, Node: n.ID, Exit: exit}); taken[is] || !can[is] {
						taken[bundle.Taken{Flow: f.ID, Node: n.ID, Exit: "key " + key}] = true
					}
				}
			}
		}
	}
	return taken
}

// Untested warns (W709) of every node and exit of the bundle that no test took. While tests
// fail it warns of these only: what they would have taken is not known.
func (o Outcome) Untested(dir string, p *flow.Program) []bundle.Problem {
	var failed []bundle.Problem
	for _, r := range o.Results {
		if r.Failed != "" {
			failed = append(failed, bundle.Problem{File: r.Pos.File, Line: max(1, r.Pos.Line), Col: max(1, r.Pos.Col), Code: "W709",
				Text: fmt.Sprintf("the test %q fails: %s", r.Test.FullName(), r.Failed)})
		}
	}
	if len(failed) > 0 {
		return failed
	}
	return bundle.Untested(os.DirFS(dir), p, o.Cover.Taken(p))
}
