package bundle

import (
	"talian/ivr/flow"
)

// seal completes what was read: inherited prompts, compiled expressions, the words and
// ways of menus, and each flow's first menu.
func (b *builder) seal() {
	for _, t := range b.flows {
		t.env = flow.NewEnv(t.f, b.program.Env)
		for _, n := range t.nodes {
			if a := askOf(n.n.Spec); a != nil {
				b.inherit(a)
			}
			if menu, ok := n.n.Spec.(*flow.Menu); ok {
				menu.Seal(t.f)
			}
			for _, w := range n.exprs {
				n.compile(t, w)
			}
		}
		t.f.Home = t.firstMenu()
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

// way is one way out that a node can take.
type way struct {
	exit string // name of the exit; "" = a choice, a case or a key
	out  flow.Out
}

// waysOf gives every way out that a node can take: its own, its exits as they resolve,
// and the global keys where they are valid.
func (b *builder) waysOf(f *flow.Flow, n *flow.Node) []way {
	var all []way
	exits, own := n.Spec.Outs()
	for _, out := range own {
		all = append(all, way{"", out})
	}
	for _, name := range exits {
		if out, found := b.program.Exit(f, n, name); found {
			all = append(all, way{name, out})
		}
	}
	if a := askOf(n.Spec); a != nil {
		keys := effectiveKeys(f, a)
		for _, key := range sortedKeys(keys) {
			all = append(all, way{"", keys[key]})
		}
	}
	return all
}

// effectiveKeys gives the global keys that a node obeys.
func effectiveKeys(f *flow.Flow, a *flow.Try) map[string]flow.Out {
	keys := map[string]flow.Out{}
	for _, given := range []map[string]flow.Out{f.Keys, a.Keys} {
		for key, out := range given {
			if out.Word == flow.None {
				delete(keys, key)
			} else {
				keys[key] = out
			}
		}
	}
	return keys
}
