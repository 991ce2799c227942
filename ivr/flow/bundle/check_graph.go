package bundle

import (
	"slices"
	"strings"

	"talian/ivr/flow"
)

// vertex is one node of the graph of all flows.
type vertex struct{ flow, node string }

func (v vertex) String() string { return v.flow + "." + v.node }

// node gives the node at a vertex; nil when there is none.
func (b *builder) node(v vertex) *flow.Node {
	if f := b.program.Flows[v.flow]; f != nil {
		return f.Nodes[v.node]
	}
	return nil
}

// target gives where a way out of a node in flow f leads; false when out of all flows, or
// to a place that depends on the call.
func (b *builder) target(f *flow.Flow, out flow.Out) (vertex, bool) {
	id := out.Target
	switch out.Word {
	case flow.ToNode:
		v := vertex{f.ID, id}
		return v, b.node(v) != nil
	case flow.Operator:
		id = b.program.Operator
	case flow.ToFlow:
	default:
		return vertex{}, false
	}
	next := b.program.Flows[id]
	if next == nil {
		return vertex{}, false
	}
	v := vertex{id, next.Start}
	return v, b.node(v) != nil
}

func (b *builder) checkGraph() {
	for _, t := range b.flows {
		t.checkReachable()
		t.checkEnds()
	}
	b.checkSilentCycles()
	b.checkDepth()
}

// roots gives the ways into a flow's nodes: start, handlers and keys.
func (t *flowText) roots() []string {
	roots := []string{t.f.Start}
	for _, ways := range []map[string]flow.Out{t.f.Handlers, t.f.Keys} {
		for _, name := range sortedKeys(ways) {
			if ways[name].Word == flow.ToNode {
				roots = append(roots, ways[name].Target)
			}
		}
	}
	return roots
}

func (t *flowText) checkReachable() {
	seen := map[string]bool{}
	for next := t.roots(); len(next) > 0; next = next[1:] {
		n := t.f.Nodes[next[0]]
		if n == nil || seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		for _, way := range t.b.waysOf(t.f, n) {
			if way.out.Word == flow.ToNode {
				next = append(next, way.out.Target)
			}
		}
	}
	for _, n := range t.nodes {
		if !seen[n.n.ID] {
			n.complain(n.key, "E204", nil, "nothing leads to %q: not the start, no handler, no key", n.n.ID)
		}
	}
}

// checkEnds looks for nodes from which a call can neither end nor leave the flow.
func (t *flowText) checkEnds() {
	ends := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, n := range t.nodes {
			if !ends[n.n.ID] && t.canEnd(n.n, ends) {
				ends[n.n.ID], grown = true, true
			}
		}
	}
	for _, n := range t.nodes {
		if !ends[n.n.ID] {
			n.complain(n.key, "E205", nil, "no way from %q ends the call or leaves the flow", n.n.ID)
		}
	}
}

func (t *flowText) canEnd(n *flow.Node, ends map[string]bool) bool {
	return slices.ContainsFunc(t.b.waysOf(t.f, n), func(w way) bool {
		switch w.out.Word {
		case flow.Hang, flow.ToFlow, flow.Operator, flow.Home, flow.Return:
			return true
		case flow.ToNode:
			return ends[w.out.Target]
		default: // REPEAT and BACK stay in the flow, NONE is no way
			return false
		}
	})
}

// silentWays gives the ways out that a node can take at once, unheard.
func (b *builder) silentWays(f *flow.Flow, n *flow.Node) []flow.Out {
	var all []flow.Out
	for _, way := range b.waysOf(f, n) {
		atOnce := n.Silent() ||
			n.Type.Name == "queue" && (way.exit == "full" || way.exit == "no_agents") ||
			n.Type.Name == "voicemail" && way.exit == "full"
		if atOnce {
			all = append(all, way.out)
		}
	}
	return all
}

// checkSilentCycles looks for rounds in which the caller hears and does nothing.
func (b *builder) checkSilentCycles() {
	done := map[vertex]bool{}
	for _, t := range b.flows {
		for _, n := range t.nodes {
			b.walkSilent(vertex{t.f.ID, n.n.ID}, nil, done)
		}
	}
}

func (b *builder) walkSilent(v vertex, path []vertex, done map[vertex]bool) {
	if at := slices.Index(path, v); at >= 0 {
		b.tellCycle(path[at:])
		return
	}
	if done[v] {
		return
	}
	f := b.program.Flows[v.flow]
	for _, out := range b.silentWays(f, b.node(v)) {
		if out.Word == flow.Repeat {
			b.tellCycle([]vertex{v})
			continue
		}
		if next, ok := b.target(f, out); ok {
			b.walkSilent(next, append(slices.Clone(path), v), done)
		}
	}
	done[v] = true
}

func (b *builder) tellCycle(cycle []vertex) {
	var words []string
	for _, v := range append(slices.Clone(cycle), cycle[0]) {
		words = append(words, v.String())
	}
	for _, t := range b.flows {
		for _, n := range t.nodes {
			if t.f.ID == cycle[0].flow && n.n.ID == cycle[0].node {
				n.complain(n.key, "E206", nil, "a round without a word or a key: %s", strings.Join(words, " → "))
			}
		}
	}
}

// checkHandler looks whether a handler that every call may need exists and speaks.
func (t *flowText) checkHandler(name string) {
	at := t.at["handlers."+name]
	out, found := t.f.Handlers[name]
	if !found {
		out, found = t.b.program.Exits[name]
		at = valueOf(t.s.root, "flow")
	}
	if !found {
		t.complain(at, "E211", nil, "no handler %q, neither here nor in ivr.yaml", name)
		return
	}
	if !t.b.speaks(t.f, out, map[vertex]bool{}) {
		t.complain(at, "E211", nil, "the handler %q can end without a word", name)
	}
}

// speaks tells whether the caller hears a word on every way on from out.
func (b *builder) speaks(f *flow.Flow, out flow.Out, seen map[vertex]bool) bool {
	if out.Word == flow.Back || out.Word == flow.Home || out.Word == flow.Repeat {
		return true
	}
	v, ok := b.target(f, out)
	if !ok {
		return out.Word == flow.ToNode || out.Word == flow.ToFlow // told as E201 or E215
	}
	n := b.node(v)
	if seen[v] || n.Spec.Speaks() {
		return true
	}
	seen[v] = true
	next := b.program.Flows[v.flow]
	for _, way := range b.waysOf(next, n) {
		if way.exit != "error" && !b.speaks(next, way.out, seen) {
			return false
		}
	}
	return true
}

// checkHangup looks whether handlers.hangup needs a caller who is gone.
func (t *flowText) checkHangup() {
	first, found := t.b.target(t.f, t.f.Handlers["hangup"])
	if !found {
		return
	}
	seen := map[vertex]bool{first: true}
	for next := []vertex{first}; len(next) > 0; next = next[1:] {
		n, f := t.b.node(next[0]), t.b.program.Flows[next[0].flow]
		if !n.Silent() {
			t.complain(t.at["handlers.hangup"], "E212", nil, "leads to %q, which needs the caller, who is gone", n.ID)
			return
		}
		for _, way := range t.b.waysOf(f, n) {
			if v, ok := t.b.target(f, way.out); ok && way.exit != "error" && !seen[v] {
				seen[v] = true
				next = append(next, v)
			}
		}
	}
}
