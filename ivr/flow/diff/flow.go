package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"talian/ivr/flow"
)

func (d *differ) flow(id string, a, b *flow.Flow, inA, inB bool) {
	first := len(d.changes)
	switch {
	case !inA:
		d.tell(Added, id, "is a new flow with %d nodes", len(b.Nodes))
	case !inB:
		d.tell(Removed, id, "the flow with its %d nodes is gone", len(a.Nodes))
	default:
		d.head(id, a, b)
		d.nodes(id, a, b)
	}
	for i := range d.changes[first:] {
		d.changes[first+i].Flow = id
	}
}

// head compares what belongs to a flow as a whole.
func (d *differ) head(id string, a, b *flow.Flow) {
	d.values(id, headOf(a), headOf(b))
	d.ways(id, "key %s", a.Keys, b.Keys)
	d.ways(id, "on %s the flow", a.Handlers, b.Handlers)
	both(a.Vars, b.Vars, func(name string, x, y flow.Var, inA, inB bool) {
		switch {
		case !inA:
			d.tell(Added, id, "variable %s (%s) is new", name, y.Type)
		case !inB:
			d.tell(Removed, id, "variable %s (%s) is gone", name, x.Type)
		default:
			d.values(id+" variable "+name, flatten(x), flatten(y))
		}
	})
}

func headOf(f *flow.Flow) map[string]string {
	return map[string]string{"about": f.About, "start": f.Start, "inputs": strings.Join(f.Inputs, ", "),
		"outputs": strings.Join(f.Outputs, ", "), "outcomes": strings.Join(f.Outcomes, ", ")}
}

// ways compares ways out by name; label has a place for the name.
func (d *differ) ways(where, label string, a, b map[string]flow.Out) {
	both(a, b, func(name string, x, y flow.Out, _, _ bool) {
		if x != y {
			d.way(where, fmt.Sprintf(label, name), x.String(), y.String())
		}
	})
}

// way tells where something leads.
func (d *differ) way(where, what, before, after string) {
	switch {
	case before == "":
		d.tell(Added, where, "%s now goes to %s", what, after)
	case after == "":
		d.tell(Removed, where, "%s no longer goes to %s", what, before)
	default:
		d.tell(Changed, where, "%s now goes to %s instead of %s", what, after, before)
	}
}

func (d *differ) nodes(id string, a, b *flow.Flow) {
	renamed := renames(a, b)
	both(a.Nodes, b.Nodes, func(node string, x, y *flow.Node, inA, inB bool) {
		where, first := id+"."+node, len(d.changes)
		switch {
		case !inA && renamed[node] != "":
			d.tell(Changed, where, "is the new name of %s; reports tell them apart", renamed[node])
		case !inA:
			d.tell(Added, where, "is new, a %s", y.Type.Name)
		case !inB && slices.Contains(slices.Collect(maps.Values(renamed)), node):
		case !inB:
			d.tell(Removed, where, "is gone, a %s", x.Type.Name)
		case x.Type.Name != y.Type.Name:
			d.tell(Changed, where, "is now a %s instead of a %s", y.Type.Name, x.Type.Name)
		default:
			d.node(where, x, y)
		}
		for i := range d.changes[first:] {
			d.changes[first+i].Node = node
		}
	})
}

// renames finds nodes that only have another name: the new name's old one.
func renames(a, b *flow.Flow) map[string]string {
	found, used := map[string]string{}, map[string]bool{}
	for _, after := range slices.Sorted(maps.Keys(b.Nodes)) {
		if a.Nodes[after] != nil {
			continue
		}
		for _, before := range slices.Sorted(maps.Keys(a.Nodes)) {
			if b.Nodes[before] == nil && !used[before] && equal(a.Nodes[before], b.Nodes[after]) {
				found[after], used[before] = before, true
				break
			}
		}
	}
	return found
}

// node compares two nodes of one type.
func (d *differ) node(where string, a, b *flow.Node) {
	x, y := fieldsOf(a), fieldsOf(b)
	both(x, y, func(path, before, after string, _, _ bool) {
		if before == after {
			return
		}
		field, name, _ := strings.Cut(path, ".")
		switch {
		case path == "next":
			d.way(where, "the normal way", before, after)
		case field == "exits":
			d.way(where, "exit "+name, before, after)
		case field == "keys", field == "choices" && x["save"] == "" && y["save"] == "":
			d.way(where, "key "+name, before, after)
		case field == "choices", field == "options", field == "words":
			verb := map[string]string{"choices": "means", "options": "chooses", "words": "is called"}[field]
			d.key(where, name, verb, before, after)
		case field == "prompt", field == "short", field == "intro", field == "body":
			d.prompt(where, field, before, after)
		default:
			d.changes = append(d.changes, value(where, path, before, after))
		}
	})
}

func (d *differ) key(where, key, verb, before, after string) {
	switch {
	case before == "":
		d.tell(Added, where, "key %s now %s %s", key, verb, after)
	case after == "":
		d.tell(Removed, where, "key %s no longer %s %s", key, verb, before)
	default:
		d.tell(Changed, where, "key %s now %s %s instead of %s", key, verb, after, before)
	}
}

func (d *differ) prompt(where, field, before, after string) {
	says := "says"
	if field == "short" {
		says = "says from the second time on"
	}
	switch {
	case before == "":
		d.tell(Added, where, "now %s %s", says, after)
	case after == "":
		d.tell(Removed, where, "no longer %s %s", says, before)
	default:
		d.tell(Changed, where, "now %s %s instead of %s", says, after, before)
	}
}

// fieldsOf gives what a node is made of, by the paths of its fields.
func fieldsOf(n *flow.Node) map[string]string {
	all := flatten(n.Spec)
	all["type"], all["about"], all["mark"], all["next"] = n.Type.Name, n.About, n.Mark, n.Next.String()
	all["visits"] = fmt.Sprint(n.Visits)
	for name, out := range n.Exits {
		all["exits."+name] = out.String()
	}
	return all
}
