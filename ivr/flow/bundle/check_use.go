package bundle

import (
	"slices"
	"strings"

	"talian/ivr/flow"
)

// checkUnset looks for slots and comparisons by order that may meet an unset variable.
func (b *builder) checkUnset() {
	for _, t := range b.flows {
		for _, n := range t.nodes {
			for _, w := range n.exprs {
				n.checkUse(t, w)
			}
		}
	}
}

func (n *nodeText) checkUse(t *flowText, w written) {
	names := w.x.Ordered()
	if w.want == "slot" {
		names = w.x.Names()
	}
	for _, name := range names {
		v, declared := t.f.Vars[name]
		if !declared || v.Default != "" || strings.Contains(w.x.Text, name+" != nil") {
			continue
		}
		if w.want != "slot" && v.Type.TextLike() {
			continue
		}
		if path := t.unsetPath(name, n.n.ID); path != nil {
			n.complain(w.at, "E505", nil, "%q may be unset here, on the way %s", name, strings.Join(path, " → "))
		}
	}
}

// unsetPath gives a way from an entry of the flow to a node on which nothing sets the
// variable; nil when there is none.
func (t *flowText) unsetPath(name, to string) []string {
	before := map[string]string{}
	roots := t.roots()
	for _, root := range roots {
		before[root] = ""
	}
	for next := roots; len(next) > 0; next = next[1:] {
		if next[0] == to {
			return trace(before, to)
		}
		n := t.f.Nodes[next[0]]
		if n == nil {
			continue
		}
		for _, way := range t.b.waysOf(t.f, n) {
			_, seen := before[way.out.Target]
			if way.out.Word == flow.ToNode && !seen && !(way.exit == "next" && sets(n, name)) {
				before[way.out.Target] = n.ID
				next = append(next, way.out.Target)
			}
		}
	}
	return nil
}

func trace(before map[string]string, to string) []string {
	var path []string
	for at := to; at != ""; at = before[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

// sets tells whether a node gives the variable a value before it takes next.
func sets(n *flow.Node, name string) bool {
	switch spec := n.Spec.(type) {
	case *flow.Set:
		x, found := spec.Set[name]
		return found && x != nil && x.Text != "nil"
	case *flow.Menu:
		return spec.Save == name
	}
	return false
}

// checkDepth warns of menus that lie deeper than three below the start.
func (b *builder) checkDepth() {
	for _, t := range b.flows {
		depth := map[string]int{t.f.Start: 0}
		for next := []string{t.f.Start}; len(next) > 0; next = next[1:] {
			n := t.f.Nodes[next[0]]
			if n == nil {
				continue
			}
			below := depth[n.ID]
			if n.Type.Name == "menu" {
				below++
			}
			for _, way := range t.b.waysOf(t.f, n) {
				if _, seen := depth[way.out.Target]; way.out.Word == flow.ToNode && !seen {
					depth[way.out.Target] = below
					next = append(next, way.out.Target)
				}
			}
		}
		for _, n := range t.nodes {
			if n.n.Type.Name == "menu" && depth[n.n.ID] >= 3 {
				n.complain(n.key, "W702", nil, "a menu below %d others; more than three levels lose callers", depth[n.n.ID])
			}
		}
	}
}

// checkUnused warns of variables and flows that nothing uses.
func (b *builder) checkUnused() {
	used := map[string]bool{b.program.Operator: true}
	for _, entry := range b.program.Numbers {
		used[entry.Flow] = true
	}
	note := func(out flow.Out) {
		if out.Word == flow.ToFlow {
			used[out.Target] = true
		}
	}
	for _, out := range b.program.Exits {
		note(out)
	}
	for _, t := range b.flows {
		for _, ways := range []map[string]flow.Out{t.f.Handlers, t.f.Keys} {
			for _, out := range ways {
				note(out)
			}
		}
		for _, n := range t.nodes {
			for _, way := range b.waysOf(t.f, n.n) {
				note(way.out)
			}
		}
		t.checkUnusedVars()
	}
	for _, t := range b.flows {
		if !used[t.f.ID] {
			t.complain(t.s.root, "W706", nil, "no number and no flow leads to %q", t.f.ID)
		}
	}
}

func (t *flowText) checkUnusedVars() {
	read := map[string]bool{}
	for _, n := range t.nodes {
		for _, w := range n.exprs {
			for _, name := range w.x.Names() {
				read[name] = true
			}
		}
	}
	for _, name := range sortedKeys(t.f.Vars) {
		if !read[name] {
			t.complain(t.at["vars."+name], "W706", nil, "nothing reads the variable %q", name)
		}
	}
}
