package bundle

import (
	"slices"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// checkHTTP looks at a node that asks an outside service.
func (n *nodeText) checkHTTP(t *flowText) {
	spec, asks := n.n.Spec.(*flow.HTTP)
	if !asks {
		return
	}
	if mistake, wrong := spec.Mistake(); wrong {
		code := "E603"
		switch mistake.Field {
		case "body":
			code = "E105"
		case "read":
			code = "E109"
		}
		n.complain(n.place(mistake.Field), code, nil, "%s", mistake.Text)
	}
	if spec.Post != "" && spec.Retries > 0 && n.at["retries"] != nil && !n.b.repeatable[spec.Service] && n.b.readable("services.yaml") {
		n.complain(n.place("retries"), "E603", nil, "a post is asked again only of a service that is repeatable in services.yaml: one that does nothing twice for one Idempotency-Key")
	}
	n.checkReadings(spec)
	personal := t.personal()
	for _, blank := range spec.Blanks() {
		_, known := t.f.Named(blank.Name)
		switch {
		case !known && n.b.full(n.s):
		case !known:
			names := t.blankNames()
			n.complain(n.blankAt(blank), "E502", nil, "unknown name {%s}%s", blank.Name, nearest(blank.Name, names))
		case blank.Field != "body" && personal[blank.Name]:
			n.complain(n.blankAt(blank), "E509", nil, "%q is personal, and addresses are written to logs; send it in a body", blank.Name)
		}
	}
	if len(spec.WhileWaiting.Prompt) == 0 && spec.Timeout > 2*time.Second && t.onTheWay()[n.n.ID] {
		n.complain(n.key, "W711", nil, "up to %s of silence; say something in while_waiting, or shorten timeout", spec.Timeout)
	}
}

// checkReadings looks at the results that an http node takes from the answer.
func (n *nodeText) checkReadings(spec *flow.HTTP) {
	for _, name := range sortedKeys(spec.Read) {
		r, path := spec.Read[name], "read."+name
		n.id(name, n.place(path+"@"))
		if !slices.Contains(flow.VarTypes(), r.Type) || r.Type == string(flow.Voice) {
			types := slices.DeleteFunc(flow.VarTypes(), func(t string) bool { return t == string(flow.Voice) })
			n.complain(n.place(path+".type"), "E105", types, "%q is not a type of a result%s", r.Type, nearest(r.Type, types))
			continue
		}
		v := flow.Var{Type: flow.VarType(r.Type), Of: r.Of}
		if v.Type == flow.Enum && len(r.Of) == 0 {
			n.complain(n.place(path), "E105", nil, "%q is missing: the values of the enum", "of")
			continue
		}
		if _, err := v.Read(r.Default); err != nil {
			n.complain(n.place(path+".default"), "E507", r.Of, "the default does not fit: %v", err)
		}
	}
}

// blankAt gives the place of a {name} inside a path or a body.
func (n *nodeText) blankAt(blank flow.Blank) *yaml.Node {
	at := n.place(blank.Field)
	return inside(at, utf8.RuneCountInString(at.Value[:min(blank.Col, len(at.Value))]))
}

// blankNames lists what a {name} can be.
func (t *flowText) blankNames() []string {
	names := append(sortedKeys(t.f.Vars), "lang", "call.id", "call.from", "call.to")
	for _, n := range t.nodes {
		switch spec := n.n.Spec.(type) {
		case *flow.HTTP:
			names = append(names, n.n.ID+".status")
			for _, result := range sortedKeys(spec.Read) {
				names = append(names, n.n.ID+"."+result)
			}
		case *flow.Menu:
			names = append(names, n.n.ID+".choice")
		}
	}
	return names
}

// personal gives the variables that are personal, and those that personal ones are copied to.
func (t *flowText) personal() map[string]bool {
	if t.pii != nil {
		return t.pii
	}
	t.pii = map[string]bool{}
	for name, v := range t.f.Vars {
		t.pii[name] = v.PII
	}
	for grown := true; grown; {
		grown = false
		for _, n := range t.nodes {
			set, copies := n.n.Spec.(*flow.Set)
			if !copies {
				continue
			}
			for name, x := range set.Set {
				if !t.pii[name] && x != nil && slices.ContainsFunc(x.Names(), func(from string) bool { return t.pii[from] }) {
					t.pii[name], grown = true, true
				}
			}
		}
	}
	return t.pii
}

// onTheWay gives the nodes that a caller can be at: those not only a hang-up leads to.
func (t *flowText) onTheWay() map[string]bool {
	if t.way != nil {
		return t.way
	}
	t.way = map[string]bool{}
	next := []string{t.f.Start}
	for _, ways := range []map[string]flow.Out{t.f.Handlers, t.f.Keys} {
		for name, out := range ways {
			if name != "hangup" && out.Word == flow.ToNode {
				next = append(next, out.Target)
			}
		}
	}
	for ; len(next) > 0; next = next[1:] {
		n := t.f.Nodes[next[0]]
		if n == nil || t.way[n.ID] {
			continue
		}
		t.way[n.ID] = true
		for _, way := range t.b.waysOf(t.f, n) {
			if way.out.Word == flow.ToNode {
				next = append(next, way.out.Target)
			}
		}
	}
	return t.way
}
