package bundle

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"talian/ivr/flow"
)

// onlyOf looks whether every value that an expression can have is among those allowed.
func (n *nodeText) onlyOf(t *flowText, w written, allowed []string) {
	values, known := t.valuesOf(w.x)
	if !known {
		return
	}
	for _, value := range values {
		if value != "" && !slices.Contains(allowed, value) {
			n.complain(w.at, "E507", allowed, "%q can be %q here%s", w.x.Text, value, nearest(value, allowed))
		}
	}
}

// valuesOf gives the values that an expression can have; false when they cannot be told. It
// knows text in quotes, enums, the language, choices and results of type enum, and picks
// between those.
func (t *flowText) valuesOf(x *flow.Expr) ([]string, bool) {
	tree, ok := parsed(x)
	if !ok {
		return nil, false
	}
	return t.valuesAt(tree)
}

func (t *flowText) valuesAt(node ast.Node) ([]string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return []string{node.Value}, true
	case *ast.NilNode:
		return nil, true
	case *ast.IdentifierNode:
		return t.valuesOfName(node.Value)
	case *ast.ConditionalNode:
		yes, known := t.valuesAt(node.Exp1)
		no, also := t.valuesAt(node.Exp2)
		return append(slices.Clone(yes), no...), known && also
	case *ast.MemberNode:
		base, named := node.Node.(*ast.IdentifierNode)
		field, fixed := node.Property.(*ast.StringNode)
		if named && fixed {
			return t.valuesOfMember(base.Value, field.Value)
		}
	}
	return nil, false
}

func (t *flowText) valuesOfName(name string) ([]string, bool) {
	if v, declared := t.f.Vars[name]; declared && v.Type == flow.Enum {
		return v.Of, true
	}
	if name == "lang" {
		return t.b.program.Languages, true
	}
	return nil, false
}

// valuesOfMember gives the values of a menu's choice and of an http node's results.
func (t *flowText) valuesOfMember(id, field string) ([]string, bool) {
	n := t.f.Nodes[id]
	if n == nil {
		return nil, false
	}
	switch spec := n.Spec.(type) {
	case *flow.Menu:
		return menuValues(spec), field == "choice"
	case *flow.Language:
		var all []string
		for _, key := range sortedKeys(spec.Options) {
			all = append(all, spec.Options[key])
		}
		return all, field == "choice"
	case *flow.HTTP:
		reading := spec.Read[field]
		return reading.Of, reading.Type == string(flow.Enum)
	}
	return nil, false
}

// checkValues looks for comparisons with a value that the other side never has.
func (n *nodeText) checkValues(t *flowText) {
	for _, w := range n.exprs {
		tree, ok := parsed(w.x)
		if !ok {
			continue
		}
		ast.Walk(&tree, &valueWatch{n: n, t: t, w: w})
	}
}

type valueWatch struct {
	n *nodeText
	t *flowText
	w written
}

// Visit implements ast.Visitor.
func (v *valueWatch) Visit(node *ast.Node) {
	compares, ok := (*node).(*ast.BinaryNode)
	if !ok || !slices.Contains([]string{"==", "!=", "in"}, compares.Operator) {
		return
	}
	v.compare(compares.Left, compares.Right)
	if compares.Operator != "in" {
		v.compare(compares.Right, compares.Left)
	}
}

func (v *valueWatch) compare(side, with ast.Node) {
	if _, fixed := side.(*ast.StringNode); fixed {
		return
	}
	allowed, known := v.t.valuesAt(side)
	if !known {
		return
	}
	values := []ast.Node{with}
	if list, isList := with.(*ast.ArrayNode); isList {
		values = list.Nodes
	}
	for _, value := range values {
		text, fixed := value.(*ast.StringNode)
		if fixed && text.Value != "" && !slices.Contains(allowed, text.Value) {
			v.n.complain(inside(v.w.at, text.Location().From), "E507", allowed, "%q is never %q%s", side.String(), text.Value, nearest(text.Value, allowed))
		}
	}
}
