package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"talian/ivr/flow"
)

// drawer gathers the graph of one flow.
type drawer struct {
	p *flow.Program
	f *flow.Flow
	g *Graph
}

func (d *drawer) box(b Box) {
	if !d.g.has(b.ID) {
		d.g.Boxes = append(d.g.Boxes, b)
	}
}

// start draws the numbers that lead here.
func (d *drawer) start() {
	lines := []string{"start"}
	for _, number := range slices.Sorted(maps.Keys(d.p.Numbers)) {
		if d.p.Numbers[number].Flow == d.f.ID {
			lines = append(lines, number)
		}
	}
	d.box(Box{ID: "(start)", Lines: lines, Shape: Start})
	d.g.Edges = append(d.g.Edges, Edge{From: "(start)", To: d.f.Start, ways: []Way{{From: d.f.ID, To: d.f.ID + "." + d.f.Start}}})
}

// failure tells the exits by which something went wrong, for the caller or for us.
func failure(exit string) bool {
	return slices.Contains([]string{"error", "no_input", "no_match", "timeout", "full", "no_agents", "busy", "no_answer", "failed", "empty",
		"not_found", "404", "4xx", "5xx", "loop", "too_long"}, exit)
}

// node draws the ways out of a node that are written at it.
func (d *drawer) node(n *flow.Node) {
	from := d.f.ID + "." + n.ID
	d.choices(n)
	if call, calls := n.Spec.(*flow.SubFlow); calls {
		id := d.other(call.Flow)
		d.edge(n.ID, id, "calls", false, Way{from, "", call.Flow + "." + d.startOf(call.Flow)})
	}
	if !n.Next.Zero() {
		d.way(n.ID, n.Next, d.nextLabel(n), "next")
	}
	if n.Type.Name == "hangup" {
		d.way(n.ID, flow.Out{Word: flow.Hang}, "", "")
	}
	for _, name := range slices.Sorted(maps.Keys(n.Exits)) {
		d.way(n.ID, n.Exits[name], d.exitLabel(n, name), name)
	}
	if asker, asks := n.Spec.(flow.Asker); asks {
		d.keys(n.ID, asker.Common().Keys)
	}
}

// choices draws the ways that a node's own fields hold.
func (d *drawer) choices(n *flow.Node) {
	switch spec := n.Spec.(type) {
	case *flow.Menu:
		for _, key := range slices.Sorted(maps.Keys(spec.Choices)) {
			if spec.Save != "" {
				return // the keys stand at next
			}
			if out, ok := flow.ParseOut(spec.Choices[key]); ok {
				d.way(n.ID, out, key, "")
			}
		}
	case *flow.Switch:
		for _, c := range spec.Cases {
			d.way(n.ID, c.Next, c.When.Text, "")
		}
		d.way(n.ID, spec.Else, "else", "")
	case *flow.Wait:
		if !spec.Offer.To.Zero() {
			d.way(n.ID, spec.Offer.To, "key "+spec.Offer.Key, "")
		}
	}
}

// nextLabel names the keys that lead the normal way.
func (d *drawer) nextLabel(n *flow.Node) string {
	var values map[string]string
	switch spec := n.Spec.(type) {
	case *flow.Menu:
		values = spec.Choices
	case *flow.Language:
		values = spec.Options
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		all = append(all, key+" "+values[key])
	}
	return strings.Join(all, ", ")
}

func (d *drawer) exitLabel(n *flow.Node, exit string) string {
	if confirm, asks := n.Spec.(*flow.Confirm); asks {
		switch exit {
		case "accept":
			return confirm.Yes + " " + exit
		case "decline":
			return confirm.No + " " + exit
		}
	}
	return exit
}

// keys draws keys that lead away from questions; those that lead back or ask again do not.
func (d *drawer) keys(from string, keys map[string]flow.Out) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if out := keys[key]; !slices.Contains([]flow.Word{flow.Back, flow.Repeat, flow.None}, out.Word) {
			d.way(from, out, "key "+key, "")
		}
	}
}

// whole draws what holds for all nodes.
func (d *drawer) whole() {
	if len(d.f.Keys) > 0 {
		before := len(d.g.Edges)
		d.keys(wholeKeys, d.f.Keys)
		if len(d.g.Edges) > before {
			d.box(Box{ID: wholeKeys, Lines: []string{"any question"}, Shape: Whole})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.f.Handlers)) {
		d.box(Box{ID: wholeHandlers, Lines: []string{"any node"}, Shape: Whole})
		d.way(wholeHandlers, d.f.Handlers[name], name, name)
	}
}

// way draws a way out.
func (d *drawer) way(from string, out flow.Out, label, exit string) {
	way := Way{From: d.f.ID + "." + from, Exit: exit, To: out.String()}
	var to string
	switch out.Word {
	case flow.ToNode:
		to, way.To = out.Target, d.f.ID+"."+out.Target
	case flow.ToFlow:
		to, way.To = d.other(out.Target), out.Target+"."+d.startOf(out.Target)
	case flow.Operator:
		to, way.To = d.other(d.p.Operator), d.p.Operator+"."+d.startOf(d.p.Operator)
	case flow.Back, flow.Repeat:
		to = from
		if out.Word == flow.Back {
			label = strings.TrimSpace(label + " back")
		}
	case flow.Hang, flow.Return, flow.Home, flow.None:
		to = out.String()
		d.box(Box{ID: to, Lines: []string{to}, Shape: End})
	}
	d.edge(from, to, label, failure(exit), way)
}

func (d *drawer) startOf(id string) string {
	if f := d.p.Flows[id]; f != nil {
		return f.Start
	}
	return ""
}

func (d *drawer) other(id string) string {
	box := "flow:" + id
	d.box(Box{ID: box, Lines: []string{"flow " + id}, Shape: Other})
	return box
}

// edge adds a way to the edge between two boxes.
func (d *drawer) edge(from, to, label string, failing bool, way Way) {
	i := slices.IndexFunc(d.g.Edges, Edge{From: from, To: to, Failure: failing}.same)
	if i < 0 {
		i = len(d.g.Edges)
		d.g.Edges = append(d.g.Edges, Edge{From: from, To: to, Failure: failing})
	}
	e := &d.g.Edges[i]
	if label != "" {
		e.Labels = append(e.Labels, label)
	}
	if !slices.Contains(e.ways, way) {
		e.ways = append(e.ways, way)
	}
}

// String names the graph for errors.
func (g *Graph) String() string {
	return fmt.Sprintf("%s: %d boxes, %d edges", g.Title, len(g.Boxes), len(g.Edges))
}
