package flowtest

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// Expect is what must hold after the last step.
type Expect struct {
	End      string // "" = whatever; going = the call goes on
	endPos   flow.Pos
	Vars     []Value
	Checks   []check
	Path     []string // every node entered, in order; nil = whatever
	pathPos  flow.Pos
	Includes []Named // nodes entered in this order, others between
	Marks    []Named // told in this order, others between
	Exits    []Exit
	Faults   []Named // parts of faults; with Faults nil faults do not matter
	NoFaults flow.Pos
}

// Named is a name or text with its place in the file.
type Named struct {
	Text string
	Pos  flow.Pos
}

// Value is what a variable must hold.
type Value struct {
	Name string // "flow.name"
	Text string // as a variable keeps it; "" = unset
	Var  flow.Var
	Pos  flow.Pos
}

// Exit is an exit or choice that a node must have taken.
type Exit struct {
	Node string // "flow.node"
	Exit string
	Pos  flow.Pos
}

// check is a list of things done outside that must have been done in this order.
type check struct {
	what string
	want []fact
	pos  flow.Pos
	none bool // nothing of the kind may have been done
}

// fact is one thing done: its parts by name.
type fact struct {
	parts map[string]string
	pos   flow.Pos
}

// Ways a call ends, as tests write them.
const (
	endCaller = "caller_hangup"
	endFlow   = "hangup"
	endGoing  = "going"
)

func (r *reader) expect(n *yaml.Node) *Expect {
	e := &Expect{}
	read := map[string]func(*yaml.Node){
		"end": func(n *yaml.Node) {
			e.endPos = r.pos(n)
			r.oneOf(&e.End, "E105", "end of a call", []string{endCaller, endFlow, "busy", "congestion", "error", endGoing})(n)
		},
		"vars": func(n *yaml.Node) { e.Vars = r.values(n) },
		"path": func(n *yaml.Node) {
			e.pathPos = r.pos(n)
			for _, item := range r.sequence(n) {
				e.Path = append(e.Path, r.node(item))
			}
		},
		"path_includes": func(n *yaml.Node) {
			for _, item := range items(n) {
				e.Includes = append(e.Includes, Named{r.node(item), r.pos(item)})
			}
		},
		"marks":  func(n *yaml.Node) { e.Marks = r.named(n) },
		"exits":  func(n *yaml.Node) { e.Exits = r.exits(n) },
		"faults": func(n *yaml.Node) { r.faults(n, e) },
	}
	for what, parts := range factParts() {
		read[what] = func(n *yaml.Node) { e.Checks = append(e.Checks, r.check(what, parts, n)) }
	}
	r.fields(n, read)
	slices.SortFunc(e.Checks, func(a, b check) int { return strings.Compare(a.what, b.what) })
	return e
}

func (r *reader) named(n *yaml.Node) []Named {
	var all []Named
	for _, item := range items(n) {
		all = append(all, Named{r.word(item), r.pos(item)})
	}
	return all
}

func (r *reader) faults(n *yaml.Node, e *Expect) {
	if n.Kind == yaml.ScalarNode && n.Value == "none" {
		e.NoFaults = r.pos(n)
		return
	}
	e.Faults = r.named(n)
}

// node reads the name of a node: of the tests' flow, or "flow.node".
func (r *reader) node(n *yaml.Node) string {
	word := r.word(n)
	f, id := r.f, word
	if flow, node, other := strings.Cut(word, "."); other {
		f, id = r.p.Flows[flow], node
	}
	if f == nil {
		ids := sortedKeys(r.p.Flows)
		r.Complain(n, "E215", ids, "there is no flow for %q%s", word, bundle.Nearest(strings.Split(word, ".")[0], ids))
		return ""
	}
	if f.Nodes[id] == nil {
		r.Complain(n, "E201", nil, "there is no node %q in flow %s%s", id, f.ID, bundle.Nearest(id, sortedKeys(f.Nodes)))
	}
	return f.ID + "." + id
}

// exits reads exits taken, by node.
func (r *reader) exits(n *yaml.Node) []Exit {
	var all []Exit
	r.pairs(n, func(key, value *yaml.Node) {
		place := r.node(key)
		flow, id, _ := strings.Cut(place, ".")
		for _, item := range items(value) {
			exit := r.word(item)
			if f := r.p.Flows[flow]; f != nil && f.Nodes[id] != nil {
				if can := exitNames(f.Nodes[id]); !slices.Contains(can, exit) {
					r.Complain(item, "E203", can, "node %s never takes an exit %q%s", id, exit, bundle.Nearest(exit, can))
				}
			}
			all = append(all, Exit{Node: place, Exit: exit, Pos: r.pos(item)})
		}
	})
	return all
}

// exitNames gives the exits that a node can take and the keys it knows.
func exitNames(n *flow.Node) []string {
	exits, _ := n.Spec.Outs()
	if keyed, ok := n.Spec.(flow.Keyed); ok {
		_, keys := keyed.OwnKeys()
		return append(slices.Clone(exits), keys...)
	}
	return exits
}

// declared finds a variable of the tests' flow or, as "flow.name", of another; or a node's
// result: what was chosen there, or what a service answered.
func (r *reader) declared(key *yaml.Node) (string, flow.Var, bool) {
	f, name := r.f, key.Value
	if of, rest, other := strings.Cut(key.Value, "."); other && r.p.Flows[of] != nil {
		f, name = r.p.Flows[of], rest
	}
	if v, declared := f.Vars[name]; declared {
		return f.ID + "." + name, v, true
	}
	id, result, _ := strings.Cut(name, ".")
	if n := f.Nodes[id]; n != nil {
		if http, ok := n.Spec.(*flow.HTTP); ok {
			return r.answer(f, id, result, http, key)
		}
		if result == "" || result == "choice" {
			return f.ID + "." + id, flow.Var{Type: flow.Text}, true
		}
	}
	names := append(sortedKeys(f.Vars), sortedKeys(f.Nodes)...)
	r.Complain(key, "E502", nil, "flow %s has no variable %q%s", f.ID, name, bundle.Nearest(name, names))
	return "", flow.Var{}, false
}

// answer finds a result of an http node.
func (r *reader) answer(f *flow.Flow, id, result string, http *flow.HTTP, key *yaml.Node) (string, flow.Var, bool) {
	place := f.ID + "." + id + "/" + result
	if result == "status" {
		return place, flow.Var{Type: flow.Int}, true
	}
	if reading, reads := http.Read[result]; reads {
		return place, reading.Var(), true
	}
	names := append(sortedKeys(http.Read), "status")
	r.Complain(key, "E502", names, "node %s reads no %q%s", id, result, bundle.Nearest(result, names))
	return "", flow.Var{}, false
}

// vars reads values that a test begins with.
func (r *reader) vars(n *yaml.Node, into map[string]string) {
	r.pairs(n, func(key, value *yaml.Node) {
		name, v, known := r.declared(key)
		if !known {
			return
		}
		text := r.unset(value)
		if _, err := v.Read(text); err != nil {
			r.Complain(value, "E507", v.Of, "%s: %v", key.Value, err)
		}
		into[name] = text
	})
}

// unset reads a value; null and "" stand for none.
func (r *reader) unset(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Style == 0 && (n.Value == "" || n.Value == "null") {
		return ""
	}
	if n.Kind == yaml.SequenceNode {
		return r.json(n)
	}
	return r.word(n)
}

// values reads what variables must hold.
func (r *reader) values(n *yaml.Node) []Value {
	var all []Value
	r.pairs(n, func(key, value *yaml.Node) {
		name, v, known := r.declared(key)
		if !known {
			return
		}
		text := r.unset(value)
		if v.Type == flow.Voice {
			if _, err := time.ParseDuration(text); text != "" && err != nil {
				r.Complain(value, "E106", nil, "%s is a recording: write its length, such as 12s", key.Value)
			}
		} else if _, err := v.Read(text); err != nil {
			r.Complain(value, "E507", v.Of, "%s: %v", key.Value, err)
		}
		all = append(all, Value{Name: name, Text: text, Var: v, Pos: r.pos(value)})
	})
	return all
}

// factParts names what tests can say of things done outside.
func factParts() map[string][]string {
	return map[string][]string{
		"case":       append([]string{"audio", "desk", "do", "number"}, fields()...),
		"http":       {"body", "method", "path", "service"},
		"callback":   {"at", "number", "queue"},
		"queued":     {"priority", "queue", "skills"},
		"voicemail":  {"box", "lang", "length"},
		"transfer":   {"caller_id", "to"},
		"survey":     {"how", "survey"},
		"answers":    {"question", "survey", "value"},
		"remembered": {"lang"},
	}
}

func fields() []string {
	all := append(flow.CaseFields("open"), flow.CaseFields("append")...)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return name == "audio" || name == "number" })
}

// check reads the things of one kind that must have been done.
func (r *reader) check(what string, parts []string, n *yaml.Node) check {
	c := check{what: what, pos: r.pos(n)}
	if n.Kind == yaml.ScalarNode {
		c.none = n.Value == "none"
		if !c.none {
			r.Complain(n, "E105", []string{"none"}, "a mapping or a list of them is wanted here")
		}
		return c
	}
	for _, item := range items(n) {
		f := fact{parts: map[string]string{}, pos: r.pos(item)}
		read := map[string]func(*yaml.Node){}
		for _, part := range parts {
			read[part] = func(n *yaml.Node) {
				if f.parts[part] = flat(n); n.Kind != yaml.ScalarNode {
					f.parts[part] = r.json(n)
				}
			}
		}
		r.fields(item, read)
		c.want = append(c.want, f)
	}
	return c
}
