package flowtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"talian/ivr"
	"talian/ivr/flow"
)

// passed is one passage of a call, with what led to it.
type passed struct {
	flow.Passage
	chose string // key that the node took as a choice; "" = none
	gone  bool   // to handlers.hangup
	late  bool   // the limit on the call's length was reached before
}

// exit names the exit of a passage as tests write it: its name, or the key chosen.
func (p passed) exit() string { return cmp.Or(p.Exit, p.chose) }

// passed notes the ways that a step took.
func (p *Phone) passed(way []flow.Passage, effects []flow.Effect) {
	var chosen []ivr.CallChose
	for _, e := range effects {
		if tell, ok := e.(flow.Tell); ok {
			if c, ok := tell.Body.(ivr.CallChose); ok {
				chosen = append(chosen, c)
			}
		}
	}
	for _, w := range way {
		taken := passed{Passage: w, gone: p.gone && !p.parted, late: p.late}
		p.parted = p.gone
		if len(chosen) > 0 && chosen[0].Flow == w.Flow && chosen[0].Node == w.Node {
			taken.chose = chosen[0].Key
			chosen = chosen[1:]
		}
		p.pass = append(p.pass, taken)
		if w.ToNode != "" {
			p.note(Event{Kind: Enters, Place: w.ToFlow + "." + w.ToNode, Text: taken.exit()})
		}
	}
}

// Path gives the nodes entered, in order, as "flow.node".
func (p *Phone) Path() []string {
	var path []string
	for _, w := range p.pass {
		if w.ToNode != "" {
			path = append(path, w.ToFlow+"."+w.ToNode)
		}
	}
	return path
}

// Way is something of a flow that a test can take: a node, an exit of a node, a choice, or
// a key or handler of the whole flow.
type Way struct {
	Flow, Node string // Node "" = of the whole flow
	Exit       string // "" = the node itself
	Key        string // of a choice or a global key
	Out        flow.Out
	Pos        flow.Pos // of the node; for the whole flow of its file
}

// String names the way, for example "main.topic: no_input -> anyone".
func (w Way) String() string {
	name := strings.TrimSuffix(w.Flow+"."+w.Node, ".")
	switch {
	case w.Exit != "" && w.Key != "":
		return fmt.Sprintf("%s: %s %s", name, w.Exit, w.Key)
	case w.Exit != "" && !w.Out.Zero():
		return fmt.Sprintf("%s: %s -> %s", name, w.Exit, w.Out)
	case w.Exit != "":
		return fmt.Sprintf("%s: %s", name, w.Exit)
	}
	return name
}

// Cover counts which ways of a program calls have taken.
type Cover struct {
	ways []Way
	hits map[Way]int
}

// NewCover gives a count of nothing yet. What a node cannot do as it is written is no way:
// exits that its fields rule out, and those that only handlers or ivr.yaml write, which
// count once for the flow.
func NewCover(p *flow.Program) *Cover {
	c := &Cover{hits: map[Way]int{}}
	for _, id := range sortedKeys(p.Flows) {
		f := p.Flows[id]
		nodes := slices.SortedFunc(maps.Values(f.Nodes), func(a, b *flow.Node) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col), cmp.Compare(a.ID, b.ID))
		})
		asks := false
		for _, n := range nodes {
			c.node(f, n)
			if asker, ok := n.Spec.(flow.Asker); ok {
				asks = true
				c.keys(f, n.ID, n.Pos, asker.Common().Keys)
			}
		}
		at := flow.Pos{Line: 1, Col: 1}
		if n := f.Nodes[f.Start]; n != nil {
			at.File = n.Pos.File
		}
		if asks {
			c.keys(f, "", at, f.Keys)
		}
		for _, name := range sortedKeys(f.Handlers) {
			if name != "loop" || rounds(p, f) {
				c.add(Way{Flow: f.ID, Exit: name, Out: f.Handlers[name], Pos: at})
			}
		}
	}
	return c
}

// rounds tells whether a caller can come to a node of the flow again and again.
func rounds(p *flow.Program, f *flow.Flow) bool {
	done := map[string]bool{} // false while the node is on the way
	var round func(id string) bool
	round = func(id string) bool {
		n := f.Nodes[id]
		over, seen := done[id]
		if n == nil || seen {
			return n != nil && !over
		}
		done[id] = false
		for _, out := range outs(p, f, n) {
			if out.Word == flow.Repeat || out.Word == flow.Back || out.Word == flow.ToNode && round(out.Target) {
				return true
			}
		}
		done[id] = true
		return false
	}
	return slices.ContainsFunc(sortedKeys(f.Nodes), round)
}

// outs gives the ways out that a node has, keys included.
func outs(p *flow.Program, f *flow.Flow, n *flow.Node) []flow.Out {
	exits, all := n.Spec.Outs()
	for _, name := range exits {
		if out, found := p.Exit(f, n, name); found {
			all = append(all, out)
		}
	}
	if asker, ok := n.Spec.(flow.Asker); ok {
		for _, keys := range []map[string]flow.Out{f.Keys, asker.Common().Keys} {
			all = append(all, slices.Collect(maps.Values(keys))...)
		}
	}
	return all
}

func (c *Cover) add(w Way) {
	if !slices.Contains(c.ways, w) {
		c.ways = append(c.ways, w)
	}
}

// node adds a node, its written exits, its choices and the ways that its fields hold.
func (c *Cover) node(f *flow.Flow, n *flow.Node) {
	at := Way{Flow: f.ID, Node: n.ID, Pos: n.Pos}
	c.add(at)
	exits, own := n.Spec.Outs()
	for _, name := range exits {
		way := at
		way.Exit, way.Out = name, n.Exits[name]
		if name == "next" {
			way.Out = n.Next
		}
		if !way.Out.Zero() {
			c.add(way)
		}
	}
	if keys := choices(n); len(keys) > 0 {
		for _, key := range keys {
			way := at
			way.Exit, way.Key = "key", key
			c.add(way)
		}
		return
	}
	if n.Type.Input || n.Type.Name == "hangup" {
		return // nothing that is written: keys of the type, and the end that the node itself is
	}
	for _, out := range own {
		way := at
		way.Exit, way.Out = "way", out
		c.add(way)
	}
}

// choices gives the keys of a node that tells which one was chosen.
func choices(n *flow.Node) []string {
	switch n.Spec.(type) {
	case *flow.Menu, *flow.Language:
		if keyed, ok := n.Spec.(flow.Keyed); ok {
			_, keys := keyed.OwnKeys()
			return keys
		}
	}
	return nil
}

func (c *Cover) keys(f *flow.Flow, node string, pos flow.Pos, keys map[string]flow.Out) {
	for _, key := range sortedKeys(keys) {
		if out := keys[key]; out.Word != flow.None {
			c.add(Way{Flow: f.ID, Node: node, Exit: "keys", Key: key, Out: out, Pos: pos})
		}
	}
}

// Count adds the ways that a call took.
func (c *Cover) Count(p *Phone) {
	for _, w := range p.pass {
		f := p.program.Flows[w.Flow]
		if f == nil {
			continue
		}
		if w.ToNode != "" {
			c.hit(func(way Way) bool { return way.Flow == w.ToFlow && way.Node == w.ToNode && way.Exit == "" })
		}
		if n := f.Nodes[w.Node]; n != nil {
			c.left(f, n, w)
		}
	}
}

// left counts the way by which a node was left.
func (c *Cover) left(f *flow.Flow, n *flow.Node, w passed) {
	if w.chose != "" && len(choices(n)) > 0 {
		c.hit(func(way Way) bool {
			return way.Flow == f.ID && way.Node == n.ID && way.Exit == "key" && way.Key == w.chose
		})
	}
	if w.Exit != "" {
		found := c.hit(func(way Way) bool { return way.Flow == f.ID && way.Node == n.ID && way.Exit == w.Exit })
		if !found {
			c.hit(func(way Way) bool {
				return way.Flow == f.ID && way.Node == "" && way.Exit == w.Exit && way.Out == w.Out
			})
		}
		return
	}
	if w.chose != "" {
		return
	}
	for _, of := range []string{n.ID, ""} {
		for _, exit := range []string{"way", "keys"} {
			if !w.gone && c.hit(func(way Way) bool {
				return way.Flow == f.ID && way.Node == of && way.Exit == exit && way.Out == w.Out
			}) {
				return
			}
		}
	}
	handler := "loop"
	switch {
	case w.gone:
		handler = "hangup"
	case w.late:
		handler = "too_long"
	}
	c.hit(func(way Way) bool {
		return way.Flow == f.ID && way.Node == "" && way.Exit == handler && way.Out == w.Out
	})
}

func (c *Cover) hit(is func(Way) bool) bool {
	found := false
	for _, way := range c.ways {
		if is(way) {
			c.hits[way]++
			found = true
		}
	}
	return found
}

// Ways gives all ways, in the order of flows and nodes.
func (c *Cover) Ways() []Way { return slices.Clone(c.ways) }

// Hits tells how often a way was taken.
func (c *Cover) Hits(w Way) int { return c.hits[w] }
