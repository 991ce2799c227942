package bundle

import (
	"github.com/expr-lang/expr/ast"

	"talian/ivr/flow"
)

// way is one way out that a node can take.
type way struct {
	exit string // name of the exit; "" = a choice, a case or a key
	out  flow.Out
	sets []string // variables, and nodes with results, that have a value on this way
}

// waysOf gives every way out that a node can take: its own, its exits as they resolve,
// and the global keys where they are valid. It is asked for after everything is sealed.
func (b *builder) waysOf(f *flow.Flow, n *flow.Node) []way {
	if ways, known := b.ways[n]; known {
		return ways
	}
	exits, own := n.Spec.Outs()
	var all []way
	if choice, isSwitch := n.Spec.(*flow.Switch); isSwitch {
		all = waysOfCases(choice)
	} else {
		for _, out := range own {
			all = append(all, way{out: out})
		}
	}
	for _, name := range exits {
		if out, found := b.program.Exit(f, n, name); found {
			all = append(all, way{name, out, setBy(n, name)})
		}
	}
	if a := askOf(n.Spec); a != nil && obeysKeys(n) {
		keys := effectiveKeys(f, a)
		for _, key := range sortedKeys(keys) {
			all = append(all, way{out: keys[key]})
		}
	}
	b.ways[n] = all
	return all
}

// setBy gives what a node has set once it takes an exit.
func setBy(n *flow.Node, exit string) []string {
	if _, asks := n.Spec.(*flow.HTTP); asks && (exit == "ok" || exit == "next") {
		return []string{n.ID}
	}
	if s, sets := n.Spec.(flow.Setter); sets {
		return s.Sets(exit)
	}
	return nil
}

// obeysKeys tells whether a node that asks takes the flow's global keys. Collect takes only
// the star, which clears what was typed first.
func obeysKeys(n *flow.Node) bool {
	_, collects := n.Spec.(*flow.Collect)
	return !collects
}

// effectiveKeys gives the global keys that a node obeys.
func effectiveKeys(f *flow.Flow, a *flow.Try) map[string]flow.Out {
	keys := map[string]flow.Out{}
	for _, given := range []map[string]flow.Out{f.Keys, a.Keys} {
		for key, out := range given {
			if out.Word == flow.None {
				delete(keys, key)
			} else {
				keys[key] = out
			}
		}
	}
	return keys
}

// waysOfCases gives the ways of a switch with what is known on each: behind
// `case_no != ""` the variable is set, and so it is in every case behind `case_no == ""`.
func waysOfCases(s *flow.Switch) []way {
	var all []way
	var before []string
	for _, c := range s.Cases {
		holds, fails := known(c.When)
		all = append(all, way{out: c.Next, sets: append(holds, before...)})
		before = append(before[:len(before):len(before)], fails...)
	}
	return append(all, way{out: s.Else, sets: before})
}

// known gives the variables that must be set when a condition holds, and when it does not.
func known(x *flow.Expr) (holds, fails []string) {
	tree, ok := parsed(x)
	if !ok {
		return nil, nil
	}
	return knownAt(tree)
}

func knownAt(node ast.Node) (holds, fails []string) {
	switch node := node.(type) {
	case *ast.UnaryNode:
		if node.Operator == "not" || node.Operator == "!" {
			fails, holds = knownAt(node.Node)
		}
	case *ast.BinaryNode:
		left, leftFails := knownAt(node.Left)
		right, rightFails := knownAt(node.Right)
		switch node.Operator {
		case "and", "&&":
			return append(left, right...), nil
		case "or", "||":
			return nil, append(leftFails, rightFails...)
		}
		return compared(node)
	}
	return holds, fails
}

// compared gives what a comparison with a fixed value tells of a variable or a result.
func compared(node *ast.BinaryNode) (holds, fails []string) {
	name, value := nameIn(node.Left), node.Right
	if name == "" {
		name, value = nameIn(node.Right), node.Left
	}
	if name == "" {
		return nil, nil
	}
	unset := false
	switch value := value.(type) {
	case *ast.NilNode:
		unset = true
	case *ast.StringNode:
		unset = value.Value == ""
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
	default:
		return nil, nil
	}
	switch {
	case node.Operator == "==" && unset, node.Operator == "!=" && !unset:
		return nil, []string{name}
	case node.Operator == "!=" && unset, node.Operator == "==" && !unset:
		return []string{name}, nil
	}
	return nil, nil
}

// nameIn gives the variable that a node names, or the http node whose result it names.
func nameIn(node ast.Node) string {
	switch node := node.(type) {
	case *ast.IdentifierNode:
		return node.Value
	case *ast.MemberNode:
		if base, named := node.Node.(*ast.IdentifierNode); named {
			return base.Value
		}
	}
	return ""
}
