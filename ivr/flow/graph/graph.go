package graph

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"talian/ivr/flow"
	"talian/ivr/flow/diff"
	"talian/ivr/flow/trace"
)

// Shape says what a box stands for.
type Shape string

// The shapes.
const (
	Node  Shape = "node"
	Ask   Shape = "ask"   // a node that asks for keys
	Start Shape = "start" // where calls come from
	Whole Shape = "whole" // the flow as a whole: global keys, handlers
	Other Shape = "other" // another flow
	End   Shape = "end"
)

// Boxes of what holds for a whole flow.
const (
	wholeKeys     = "(keys)"
	wholeHandlers = "(handlers)"
)

// Box is a node, or what ways lead to beside nodes.
type Box struct {
	ID     string
	Lines  []string // what stands in it
	Shape  Shape
	Status diff.Kind // "" = as before
}

// Edge is a way, or several ways between the same two boxes.
type Edge struct {
	From, To string
	Labels   []string
	Failure  bool
	Calls    int // that went this way; -1 = not counted
	Status   diff.Kind

	ways []Way
}

// Graph is the drawing of one flow.
type Graph struct {
	Title string
	Boxes []Box
	Edges []Edge
}

// Way is a way out of a node as a trace tells it.
type Way struct {
	From string // flow.node
	Exit string
	To   string // flow.node, or the way out's text when it leads to no node
}

// Counts tells how many calls took each way.
type Counts map[Way]int

// Add counts a line of a trace.
func (c Counts) Add(l trace.Line) {
	switch l.What {
	case trace.Entered:
		c[Way{l.From, l.Exit, l.Flow + "." + l.Node}]++
	case trace.Left:
		c[Way{l.From, l.Exit, l.Text}]++
	default: // no way was taken
	}
}

// Options add to a drawing.
type Options struct {
	Before *flow.Program // another revision to compare with; nil = none
	Calls  Counts        // nil = none
}

// Of draws a flow. With Before also what is in that program only is drawn.
func Of(p *flow.Program, id string, options Options) (*Graph, error) {
	f, old := p.Flows[id], (*flow.Flow)(nil)
	if options.Before != nil {
		old = options.Before.Flows[id]
	}
	if f == nil && old == nil {
		return nil, fmt.Errorf("there is no flow %q; flows are %s", id, strings.Join(slices.Sorted(maps.Keys(p.Flows)), ", "))
	}
	g := &Graph{Title: id}
	if f != nil {
		g = draw(p, f)
	}
	if options.Before != nil {
		before := &Graph{}
		if old != nil {
			before = draw(options.Before, old)
		}
		g = merge(before, g, diff.Between(options.Before, p))
	}
	for i := range g.Edges {
		g.Edges[i].count(options.Calls)
	}
	return g, nil
}

func (e *Edge) count(calls Counts) {
	whole := e.From == wholeKeys || e.From == wholeHandlers // a trace tells the node that was left
	if e.Calls = -1; calls == nil || e.Status == diff.Removed || whole {
		return
	}
	e.Calls = 0
	for _, way := range e.ways {
		e.Calls += calls[way]
	}
}

// label is what stands at the edge.
func (e *Edge) label() string {
	text := strings.Join(e.Labels, ", ")
	if e.Calls >= 0 {
		text = strings.TrimSpace(fmt.Sprintf("%s (%d)", text, e.Calls))
	}
	return text
}

// merge gives both graphs in one, with what is new, gone and changed.
func merge(before, after *Graph, changes []diff.Change) *Graph {
	g := &Graph{Title: after.Title}
	for _, b := range after.Boxes {
		switch {
		case !before.has(b.ID):
			b.Status = diff.Added
		case slices.ContainsFunc(changes, func(c diff.Change) bool { return c.Flow == after.Title && c.Node == b.ID }):
			b.Status = diff.Changed
		}
		g.Boxes = append(g.Boxes, b)
	}
	for _, b := range before.Boxes {
		if !after.has(b.ID) {
			b.Status = diff.Removed
			g.Boxes = append(g.Boxes, b)
		}
	}
	for _, e := range after.Edges {
		switch i := slices.IndexFunc(before.Edges, e.same); {
		case i < 0:
			e.Status = diff.Added
		case !slices.Equal(before.Edges[i].Labels, e.Labels):
			e.Status = diff.Changed
		}
		g.Edges = append(g.Edges, e)
	}
	for _, e := range before.Edges {
		if !slices.ContainsFunc(after.Edges, e.same) {
			e.Status = diff.Removed
			g.Edges = append(g.Edges, e)
		}
	}
	return g
}

func (g *Graph) has(id string) bool {
	return slices.ContainsFunc(g.Boxes, func(b Box) bool { return b.ID == id })
}

func (e Edge) same(o Edge) bool { return e.From == o.From && e.To == o.To && e.Failure == o.Failure }

// draw draws one flow of one program.
func draw(p *flow.Program, f *flow.Flow) *Graph {
	d := &drawer{p: p, f: f, g: &Graph{Title: f.ID}}
	d.start()
	nodes := slices.SortedFunc(maps.Values(f.Nodes), func(a, b *flow.Node) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col), cmp.Compare(a.ID, b.ID))
	})
	for _, n := range nodes {
		shape := Node
		if n.Type.Input {
			shape = Ask
		}
		d.box(Box{ID: n.ID, Lines: []string{n.ID, n.Type.Name}, Shape: shape})
	}
	for _, n := range nodes {
		d.node(n)
	}
	d.whole()
	return d.g
}
