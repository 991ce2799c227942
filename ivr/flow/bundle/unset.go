package bundle

import (
	"slices"
	"strings"

	"talian/ivr/flow"
)

// unset knows which names can be unset at which nodes of a flow: one bit for each name that
// matters, for all names at once.
type unset struct {
	t     *flowText
	index map[string]int
	at    map[string][]uint64 // by node; absent = never entered
}

// unsets works that out, once.
func (t *flowText) unsets() *unset {
	if t.unset == nil {
		t.unset = &unset{t: t, index: map[string]int{}, at: map[string][]uint64{}}
		t.unset.number()
		t.unset.spread()
	}
	return t.unset
}

// number gives a bit to every name that is read and can be unset.
func (u *unset) number() {
	note := func(name string) {
		if _, known := u.index[name]; !known && u.t.canBeSet(name) {
			u.index[name] = len(u.index)
		}
	}
	for _, n := range u.t.nodes {
		for _, w := range n.exprs {
			for _, name := range w.x.Names() {
				note(name)
			}
		}
		if asks, isHTTP := n.n.Spec.(*flow.HTTP); isHTTP {
			for _, blank := range asks.Blanks() {
				name, _, _ := strings.Cut(blank.Name, ".")
				note(name)
			}
		}
	}
	for _, name := range u.t.f.Outputs {
		note(name)
	}
}

// entries gives the nodes where calls come into the flow. A limit or a hang-up may come
// before anything is set; a start finds the inputs set.
func (t *flowText) entries() []string {
	entries := []string{t.f.Start}
	for _, handler := range []string{"loop", "too_long", "hangup"} {
		if out := t.f.Handlers[handler]; out.Word == flow.ToNode {
			entries = append(entries, out.Target)
		}
	}
	return entries
}

// unsetAtEntry tells whether a name has no value when calls come in at a node.
func (t *flowText) unsetAtEntry(i int, name string) bool {
	return i > 0 || !slices.Contains(t.f.Inputs, name)
}

// spread carries what is unset along all ways until nothing changes.
func (u *unset) spread() {
	words := (len(u.index) + 63) / 64
	var next []string
	join := func(node string, bits []uint64) {
		if u.t.f.Nodes[node] == nil {
			return
		}
		have, entered := u.at[node]
		if !entered {
			have = make([]uint64, words)
			u.at[node] = have
		}
		grown := !entered
		for i := range bits {
			grown = grown || bits[i]&^have[i] != 0
			have[i] |= bits[i]
		}
		if grown {
			next = append(next, node)
		}
	}
	for i, entry := range u.t.entries() {
		bits := make([]uint64, words)
		for name, bit := range u.index {
			if u.t.unsetAtEntry(i, name) {
				bits[bit/64] |= 1 << (bit % 64)
			}
		}
		join(entry, bits)
	}
	out := make([]uint64, words)
	for ; len(next) > 0; next = next[1:] {
		n := u.t.f.Nodes[next[0]]
		for _, way := range u.t.b.waysOf(u.t.f, n) {
			if way.out.Word != flow.ToNode {
				continue
			}
			copy(out, u.at[n.ID])
			for _, name := range way.sets {
				if bit, known := u.index[name]; known && u.t.sets(n, way, name) {
					out[bit/64] &^= 1 << (bit % 64)
				}
			}
			join(way.out.Target, out)
		}
	}
}

// may tells whether a name can be unset when a node is entered.
func (u *unset) may(name, node string) bool {
	bit, known := u.index[name]
	bits, entered := u.at[node]
	return known && entered && bits[bit/64]&(1<<(bit%64)) != 0
}

// path gives a way from an entry of the flow to a node on which nothing sets a name.
func (u *unset) path(name, to string) []string {
	before := map[string]string{}
	var next []string
	for i, entry := range u.t.entries() {
		if _, seen := before[entry]; !seen && u.t.unsetAtEntry(i, name) {
			before[entry], next = "", append(next, entry)
		}
	}
	for ; len(next) > 0 && next[0] != to; next = next[1:] {
		n := u.t.f.Nodes[next[0]]
		if n == nil {
			continue
		}
		for _, way := range u.t.b.waysOf(u.t.f, n) {
			_, seen := before[way.out.Target]
			if way.out.Word == flow.ToNode && !seen && !u.t.sets(n, way, name) {
				before[way.out.Target], next = n.ID, append(next, way.out.Target)
			}
		}
	}
	var path []string
	for at := to; at != ""; at = before[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
