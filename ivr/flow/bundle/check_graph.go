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
	return b.startOf(id)
}

// startOf gives the first node of a flow.
func (b *builder) startOf(id string) (vertex, bool) {
	f := b.program.Flows[id]
	if f == nil {
		return vertex{}, false
	}
	v := vertex{id, f.Start}
	return v, b.node(v) != nil
}

// called gives the first node of the flow that a node calls.
func (b *builder) called(n *flow.Node) (vertex, bool) {
	if call, calls := n.Spec.(*flow.SubFlow); calls {
		return b.startOf(call.Flow)
	}
	return vertex{}, false
}

func (b *builder) checkGraph() {
	for _, t := range b.flows {
		if t.whole() {
			t.checkReachable()
		}
		t.checkEnds()
	}
	b.checkSilentCycles()
	b.checkDepth()
}

// whole tells whether every node of the flow and its start could be read.
func (t *flowText) whole() bool {
	nodes := valueOf(t.s.root, "nodes")
	return t.f.Nodes[t.f.Start] != nil && len(nodes.Content) == 2*len(t.f.Nodes)
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
		if !seen[n.n.ID] && flow.ValidID(n.n.ID) {
			n.complain(n.key, "E204", nil, "nothing leads to %q: not the start, no handler, no key", n.n.ID)
		}
	}
}

// checkEnds looks for nodes from which a call can neither end nor leave the flow.
func (t *flowText) checkEnds() {
	into := map[string][]string{} // target: the nodes that lead there
	ends := map[string]bool{}
	var next []string
	for _, n := range t.nodes {
		for _, way := range t.b.waysOf(t.f, n.n) {
			switch way.out.Word {
			case flow.Hang, flow.ToFlow, flow.Operator, flow.Home, flow.Return:
				next = append(next, n.n.ID)
			case flow.ToNode:
				if t.f.Nodes[way.out.Target] == nil {
					next = append(next, n.n.ID) // told as E201, or as what is wrong there
				}
				into[way.out.Target] = append(into[way.out.Target], n.n.ID)
			default: // REPEAT and BACK stay in the flow, NONE is no way
			}
		}
	}
	for ; len(next) > 0; next = next[1:] {
		if !ends[next[0]] {
			ends[next[0]] = true
			next = append(next, into[next[0]]...)
		}
	}
	for _, n := range t.nodes {
		if !ends[n.n.ID] && len(t.b.waysOf(t.f, n.n)) > 0 {
			n.complain(n.key, "E205", nil, "no way from %q ends the call or leaves the flow", n.n.ID)
		}
	}
}

// silentWays gives the places that a node can lead to at once, unheard.
func (b *builder) silentWays(v vertex) []vertex {
	f, n := b.program.Flows[v.flow], b.node(v)
	var all []vertex
	for _, way := range b.waysOf(f, n) {
		atOnce := n.Silent() ||
			n.Type.Name == "queue" && (way.exit == "full" || way.exit == "no_agents") ||
			n.Type.Name == "voicemail" && way.exit == "full" ||
			n.Type.Name == "callback" && way.exit == "full"
		if first, calls := b.called(n); calls {
			atOnce = way.exit == "error" || b.returnsUnheard(first)
		}
		if !atOnce {
			continue
		}
		if way.out.Word == flow.Repeat {
			all = append(all, v)
		} else if next, ok := b.target(f, way.out); ok {
			all = append(all, next)
		}
	}
	if first, calls := b.called(n); calls {
		all = append(all, first)
	}
	return all
}

// returnsUnheard tells whether a flow that is called can come back without a word.
func (b *builder) returnsUnheard(first vertex) bool {
	if unheard, asked := b.unheard[first]; asked {
		return unheard
	}
	b.unheard[first] = false // a flow that calls itself is told as E214
	seen := map[vertex]bool{first: true}
	for next := []vertex{first}; len(next) > 0; next = next[1:] {
		f, n := b.program.Flows[next[0].flow], b.node(next[0])
		if n.Silent() && slices.ContainsFunc(b.waysOf(f, n), func(w way) bool { return w.out.Word == flow.Return }) {
			b.unheard[first] = true
			return true
		}
		for _, v := range b.silentWays(next[0]) {
			if !seen[v] {
				seen[v] = true
				next = append(next, v)
			}
		}
	}
	return false
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
		if t.b.readable("ivr.yaml") {
			t.complain(at, "E211", nil, "no handler %q, neither here nor in ivr.yaml", name)
		}
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
	if first, calls := b.called(n); calls && !b.returnsUnheard(first) {
		return true
	}
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
			t.complain(t.at["handlers.hangup"], "E212", nil, "leads to %q, which needs the caller, who is gone", strings.TrimPrefix(next[0].String(), t.f.ID+"."))
			return
		}
		var on []vertex
		for _, way := range t.b.waysOf(f, n) {
			if v, ok := t.b.target(f, way.out); ok && way.exit != "error" {
				on = append(on, v)
			}
		}
		if v, calls := t.b.called(n); calls {
			on = append(on, v)
		}
		for _, v := range on {
			if !seen[v] {
				seen[v] = true
				next = append(next, v)
			}
		}
	}
}
