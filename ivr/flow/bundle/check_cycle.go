package bundle

import (
	"slices"

	"talian/ivr/flow"
)

// checkSilentCycles looks for rounds in which the caller hears and does nothing.
func (b *builder) checkSilentCycles() {
	w := &walk{ways: b.silentWays, state: map[vertex]int{}}
	for _, t := range b.flows {
		for _, n := range t.nodes {
			w.from(vertex{t.f.ID, n.n.ID})
		}
	}
	for _, cycle := range w.cycles {
		b.complainOf(cycle[0], "E206", "a round without a word or a key: "+wayWords(cycle))
	}
}

// checkRecursion looks for flows that call themselves, by way of others or not. A jump ends
// what was called, so it counts for nothing here.
func (b *builder) checkRecursion() {
	w := &walk{state: map[vertex]int{}, ways: func(v vertex) []vertex {
		var all []vertex
		for _, called := range sortedKeys(b.callsOf(v.flow)) {
			all = append(all, vertex{called, ""})
		}
		return all
	}}
	for _, t := range b.flows {
		w.from(vertex{t.f.ID, ""})
	}
	for _, cycle := range w.cycles {
		at := b.callsOf(cycle[0].flow)[cycle[1%len(cycle)].flow]
		var flows []string
		for _, v := range append(slices.Clone(cycle), cycle[0]) {
			flows = append(flows, v.flow)
		}
		at.complain(at.place("flow"), "E214", nil, "a flow must not call itself: %s", shortWay(flows))
	}
}

// callsOf gives the flows that a flow calls, each with a node that does.
func (b *builder) callsOf(id string) map[string]*nodeText {
	if calls, known := b.calls[id]; known {
		return calls
	}
	calls := map[string]*nodeText{}
	for _, t := range b.flows {
		for _, n := range t.nodes {
			if call, isCall := n.n.Spec.(*flow.SubFlow); isCall && t.f.ID == id && b.program.Flows[call.Flow] != nil {
				calls[call.Flow] = n
			}
		}
	}
	b.calls[id] = calls
	return calls
}

// walk finds rounds in a graph, each once, by going through it in depth.
type walk struct {
	ways   func(vertex) []vertex
	state  map[vertex]int // 0 = not met, else 1 + the place in path, or done
	path   []step
	cycles [][]vertex
}

// step is a vertex on the way with the ways on that were not yet taken.
type step struct {
	at   vertex
	rest []vertex
}

const done = -1

// from goes through all that a vertex leads to. It keeps its own stack: bundles may be deep.
func (w *walk) from(first vertex) {
	if w.state[first] != 0 {
		return
	}
	w.enter(first)
	for len(w.path) > 0 {
		top := &w.path[len(w.path)-1]
		if len(top.rest) == 0 {
			w.state[top.at] = done
			w.path = w.path[:len(w.path)-1]
			continue
		}
		next := top.rest[0]
		top.rest = top.rest[1:]
		switch at := w.state[next]; at {
		case 0:
			w.enter(next)
		case done:
		default:
			w.found(at - 1)
		}
	}
}

func (w *walk) enter(v vertex) {
	w.path = append(w.path, step{at: v, rest: w.ways(v)})
	w.state[v] = len(w.path)
}

// found notes the round that begins at a place of the path; a long way with many is told in part.
func (w *walk) found(from int) {
	const enough = 20
	if len(w.cycles) >= enough {
		return
	}
	var cycle []vertex
	for _, s := range w.path[from:] {
		cycle = append(cycle, s.at)
	}
	w.cycles = append(w.cycles, cycle)
}

// wayWords writes a round, from its first node back to it.
func wayWords(cycle []vertex) string {
	var nodes []string
	for _, v := range append(slices.Clone(cycle), cycle[0]) {
		nodes = append(nodes, v.String())
	}
	return shortWay(nodes)
}

// complainOf complains at the id of a node.
func (b *builder) complainOf(v vertex, code, words string) {
	for _, t := range b.flows {
		for _, n := range t.nodes {
			if t.f.ID == v.flow && n.n.ID == v.node {
				n.complain(n.key, code, nil, "%s", words)
			}
		}
	}
}
