package bundle

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"talian/ivr/flow"
)

// parsed gives the tree of an expression; false when it is too long or wrong.
func parsed(x *flow.Expr) (ast.Node, bool) {
	if x == nil || utf8.RuneCountInString(x.Text) > flow.MaxExpr {
		return nil, false
	}
	tree, err := parser.Parse(x.Text)
	if err != nil {
		return nil, false
	}
	return tree.Node, true
}

// checkUnset looks for slots, paths and comparisons by order that may meet something unset,
// and for results that are read where nothing can have given them.
func (b *builder) checkUnset() {
	for _, t := range b.flows {
		for _, n := range t.nodes {
			for _, w := range n.exprs {
				n.checkUse(t, w)
			}
			if asks, isHTTP := n.n.Spec.(*flow.HTTP); isHTTP {
				for _, blank := range asks.Blanks() {
					n.checkBlank(t, blank)
				}
			}
		}
	}
}

// checkUse looks at the names that one expression reads.
func (n *nodeText) checkUse(t *flowText, w written) {
	var strict []string
	if w.want == "slot" {
		strict = w.x.Names()
	} else {
		strict = orderedIn(w.x)
	}
	for _, name := range w.x.Names() {
		if !t.canBeSet(name) {
			continue
		}
		guarded := strings.Contains(w.x.Text, name+" != nil") || strings.Contains(w.x.Text, name+` != ""`)
		switch {
		case !t.given(name)[n.n.ID]:
			n.complain(w.at, "E506", nil, "no way leads here from a node that gives %q its value", name)
		case slices.Contains(strict, name) && !guarded && (w.want == "slot" || !t.textLike(name)):
			n.checkSet(t, w, name)
		}
	}
}

// checkSet looks whether a name always has a value at the node.
func (n *nodeText) checkSet(t *flowText, w written, name string) {
	if t.unsets().may(name, n.n.ID) && !n.b.full(n.s) {
		n.complain(w.at, "E505", nil, "%q may be unset here, on the way %s", name, shortWay(t.unsets().path(name, n.n.ID)))
	}
}

// shortWay writes a way; of a long one, its first and its last nodes.
func shortWay(nodes []string) string {
	const most, last = 12, 8
	if len(nodes) > most {
		nodes = slices.Concat(nodes[:most-last], []string{"…"}, nodes[len(nodes)-last:])
	}
	return strings.Join(nodes, " → ")
}

// checkBlank looks at a {name} in the path of an http node. In a body unset is "" or null.
func (n *nodeText) checkBlank(t *flowText, blank flow.Blank) {
	name, _, _ := strings.Cut(blank.Name, ".")
	if !t.canBeSet(name) {
		return
	}
	w := written{x: &flow.Expr{}, at: n.blankAt(blank)}
	if !t.given(name)[n.n.ID] {
		n.complain(w.at, "E506", nil, "no way leads here from a node that gives %q its value", name)
	} else if blank.Field != "body" {
		n.checkSet(t, w, name)
	}
}

// orderedIn gives the variables and nodes whose values an expression compares by order.
func orderedIn(x *flow.Expr) []string {
	tree, ok := parsed(x)
	if !ok {
		return nil
	}
	look := &orderWatch{}
	ast.Walk(&tree, look)
	return look.names
}

type orderWatch struct{ names []string }

// Visit implements ast.Visitor.
func (o *orderWatch) Visit(node *ast.Node) {
	if n, compares := (*node).(*ast.BinaryNode); compares && slices.Contains([]string{"<", ">", "<=", ">="}, n.Operator) {
		for _, side := range []ast.Node{n.Left, n.Right} {
			if name := nameIn(side); name != "" {
				o.names = append(o.names, name)
			}
		}
	}
}

// canBeSet tells whether a name is a variable without default or a node with results: what
// can be unset at all.
func (t *flowText) canBeSet(name string) bool {
	if v, declared := t.f.Vars[name]; declared {
		return v.Default == ""
	}
	n := t.f.Nodes[name]
	if n == nil {
		return false
	}
	_, isHTTP := n.Spec.(*flow.HTTP)
	return isHTTP
}

func (t *flowText) textLike(name string) bool {
	v, declared := t.f.Vars[name]
	return declared && v.Type.TextLike()
}

// sets tells whether a name has a value once a way out is taken.
func (t *flowText) sets(n *flow.Node, w way, name string) bool {
	if !slices.Contains(w.sets, name) {
		return false
	}
	call, calls := n.Spec.(*flow.SubFlow)
	if !calls {
		return true
	}
	outcome := w.exit
	if outcome == "next" {
		outcome = ""
	}
	return t.b.returnsSet(call.Flow, call.Save[name], outcome)
}

// returnsSet tells whether a flow always gives an output a value before it comes back with
// an outcome; "" is RETURN alone.
func (b *builder) returnsSet(id, output, outcome string) bool {
	key := id + " " + output + " " + outcome
	if set, asked := b.returned[key]; asked {
		return set
	}
	b.returned[key] = true // flows that call themselves are told as E214
	t := b.textOf[id]
	if t == nil || !t.canBeSet(output) {
		return true
	}
	for _, n := range t.nodes {
		if !t.unsets().may(output, n.n.ID) {
			continue
		}
		for _, w := range b.waysOf(t.f, n.n) {
			if w.out.Word == flow.Return && w.out.Target == outcome && !t.sets(n.n, w, output) {
				b.returned[key] = false
				return false
			}
		}
	}
	return true
}

// given gives the nodes that can be entered after an http or a case node gave a name its
// value. For what other nodes can set it is every node.
func (t *flowText) given(name string) map[string]bool {
	if nodes, known := t.reached[name]; known {
		return nodes
	}
	nodes := map[string]bool{}
	t.reached[name] = nodes
	var next []string
	enter := func(out flow.Out) {
		switch out.Word {
		case flow.ToNode:
			next = append(next, out.Target)
		case flow.Back, flow.Home:
			next = append(next, t.f.Start, t.f.Home)
		case flow.ToFlow, flow.Operator:
			if v, ok := t.b.target(t.f, out); ok && t.b.leads(v.flow)[t.f.ID] {
				next = append(next, t.f.Start, t.f.Home)
			}
		default: // REPEAT stays; HANGUP, NONE and RETURN do not come back
		}
	}
	onlyAnswers := !slices.Contains(t.f.Inputs, name)
	for _, n := range t.nodes {
		for _, way := range t.b.waysOf(t.f, n.n) {
			if way.exit != "" && slices.Contains(way.sets, name) {
				onlyAnswers = onlyAnswers && answers(n.n)
				enter(way.out)
			}
		}
	}
	for _, handler := range []string{"loop", "too_long", "hangup"} {
		if len(next) > 0 {
			enter(t.f.Handlers[handler])
		}
	}
	if !onlyAnswers || len(next) == 0 {
		for _, n := range t.nodes {
			nodes[n.n.ID] = true
		}
		return nodes
	}
	for ; len(next) > 0; next = next[1:] {
		n := t.f.Nodes[next[0]]
		if n == nil || nodes[n.ID] {
			continue
		}
		nodes[n.ID] = true
		for _, way := range t.b.waysOf(t.f, n) {
			enter(way.out)
		}
	}
	return nodes
}

// leads gives the flows that a call can come to from a flow, itself included: by jumps,
// calls, OPERATOR and HOME.
func (b *builder) leads(id string) map[string]bool {
	if all, known := b.onward[id]; known {
		return all
	}
	all := map[string]bool{}
	for next := []string{id}; len(next) > 0; next = next[1:] {
		f := b.program.Flows[next[0]]
		if f == nil || all[next[0]] {
			continue
		}
		all[next[0]] = true
		for called := range b.callsOf(next[0]) {
			next = append(next, called)
		}
		for _, n := range f.Nodes {
			for _, way := range b.waysOf(f, n) {
				switch way.out.Word {
				case flow.ToFlow:
					next = append(next, way.out.Target)
				case flow.Operator:
					next = append(next, b.program.Operator)
				case flow.Home:
					for _, entry := range b.program.Numbers {
						next = append(next, entry.Flow)
					}
				default: // stays in the flow, or ends
				}
			}
		}
	}
	b.onward[id] = all
	return all
}

// answers tells whether a node's values come from outside: http and case.
func answers(n *flow.Node) bool { return n.Type.Name == "http" || n.Type.Name == "case" }
