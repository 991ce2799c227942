package flow

import (
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// same is the name of the function that compares what may be unset; no expression can
// spell it.
const same = "=="

// unsetSafe lets expressions compare, join and negate values that are unset: nil equals
// nothing but nil, and is no truth. The library takes a typed name to hold a value.
func unsetSafe() []expr.Option {
	equal := func(sides ...any) (any, error) { return sides[0] == sides[1], nil }
	return []expr.Option{
		expr.Function(same, equal, new(func(int, int) bool), new(func(string, string) bool)),
		expr.Patch(unsetPatch{}),
	}
}

// unsetPatch rewrites the places where the library would stumble over nil.
type unsetPatch struct{}

// Visit implements ast.Visitor.
func (unsetPatch) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			truth(&n.Left)
			truth(&n.Right)
		case "==", "!=":
			compare(node, n)
		}
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			truth(&n.Node)
		}
	case *ast.ConditionalNode:
		truth(&n.Cond)
	}
}

// truth makes a name that may be nil a comparison with true.
func truth(node *ast.Node) {
	if isName(*node) && kindOfNode(*node) == reflect.Bool {
		ast.Patch(node, &ast.BinaryNode{Operator: "==", Left: *node, Right: &ast.BoolNode{Value: true}})
	}
}

// compare makes a comparison of whole numbers, or of texts, one of whatever there is.
func compare(node *ast.Node, n *ast.BinaryNode) {
	kind := kindOfNode(n.Left)
	if kind != kindOfNode(n.Right) || kind != reflect.Int && kind != reflect.String || !isName(n.Left) && !isName(n.Right) {
		return
	}
	var equal ast.Node = &ast.CallNode{Callee: &ast.IdentifierNode{Value: same}, Arguments: []ast.Node{n.Left, n.Right}}
	if n.Operator == "!=" {
		equal = &ast.UnaryNode{Operator: "not", Node: equal}
	}
	ast.Patch(node, equal)
}

func isName(node ast.Node) bool {
	switch node.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		return true
	}
	return false
}

func kindOfNode(node ast.Node) reflect.Kind {
	if t := node.Type(); t != nil {
		return t.Kind()
	}
	return reflect.Invalid
}
