package flow

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Limits on one expression.
const (
	MaxExpr      = 500 // characters
	maxExprNodes = 100
	maxRange     = 100 // of the list that 1..n makes
)

// Expr is an expression of a flow. It is compiled once, when the bundle is loaded.
type Expr struct {
	Text    string
	program *vm.Program
	names   []string // outer names it uses
	calls   []Call
	ordered []string // names compared by order
}

// Call is a call of hours, next_open or queue with a fixed name, for checks.
type Call struct{ Func, Arg string }

// Fault is a mistake in an expression. Col counts from 0 inside the text.
type Fault struct {
	Code string // E501, E502, E503, E504 or E508 of the flow language
	Col  int
	Text string
}

// queueFacts is queue("x") in expressions.
type queueFacts struct {
	Waiting int           `expr:"waiting"`
	Agents  int           `expr:"agents"`
	Wait    time.Duration `expr:"wait"`
}

// Env lists the names that the expressions of one flow may use.
type Env struct{ names types.Map }

// BuiltIn lists the names that every expression knows; no variable may take them.
func BuiltIn() []string {
	return []string{"call", "env", "hours", "lang", "next_open", "now", "queue"}
}

// NewEnv gives the names of a flow's expressions: its variables, its menus, the results of
// its http nodes and the built-in ones.
func NewEnv(f *Flow, env map[string]any) *Env {
	site := types.Map{}
	for name, value := range env {
		site[name] = types.TypeOf(value)
	}
	names := types.Map{
		"call":      types.Map{"id": types.String, "from": types.String, "to": types.String, "started": types.TypeOf(time.Time{})},
		"env":       site,
		"hours":     types.TypeOf(func(string) (bool, error) { return false, nil }),
		"lang":      types.String,
		"next_open": types.TypeOf(func(string) (time.Time, error) { return time.Time{}, nil }),
		"now":       types.TypeOf(time.Time{}),
		"queue":     types.TypeOf(func(string) queueFacts { return queueFacts{} }),
	}
	for id, n := range f.Nodes {
		if n.chooses() {
			names[id] = types.Map{"choice": types.String}
		}
		if asked, isHTTP := n.Spec.(*HTTP); isHTTP {
			names[id] = asked.types()
		}
	}
	for name, v := range f.Vars {
		names[name] = types.TypeOf(reflect.Zero(v.Type.Go()).Interface())
	}
	return &Env{names: names}
}

// Names gives the names, sorted, for "did you mean".
func (e *Env) Names() []string {
	var all []string
	for name := range e.names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Compile makes the expression ready and gives the type of its result.
func (x *Expr) Compile(env *Env) (result reflect.Type, fault *Fault) {
	defer func() {
		if recover() != nil { // the library's fault, not the bundle's; still no reason to die
			fault = &Fault{Code: "E501", Text: "the expression cannot be compiled"}
		}
	}()
	if len([]rune(x.Text)) > MaxExpr {
		return nil, &Fault{Code: "E508", Text: fmt.Sprintf("an expression has at most %d characters", MaxExpr)}
	}
	tree, err := parser.Parse(x.Text)
	if err != nil {
		return nil, faultOf(err, "E501")
	}
	options := []expr.Option{expr.Env(env.names), expr.DisableAllBuiltins(), expr.MaxNodes(maxExprNodes)}
	for _, name := range []string{"len", "int", "float", "string", "trim", "lower", "upper", "min", "max", "abs"} {
		options = append(options, expr.EnableBuiltin(name))
	}
	options = append(options, unsetSafe()...)
	look := &lookout{costly: -1}
	ast.Walk(&tree.Node, look)
	for _, name := range look.names {
		if _, known := env.names[name]; !known {
			return nil, &Fault{Code: "E502", Col: look.column[name], Text: fmt.Sprintf("unknown name %q", name)}
		}
	}
	if look.costly >= 0 {
		return nil, &Fault{Code: "E508", Col: look.costly, Text: fmt.Sprintf("a range goes from one number to another, %d apart at most", maxRange)}
	}
	program, err := expr.Compile(x.Text, options...)
	if err != nil {
		return nil, faultOf(err, "E503")
	}
	x.program, x.names, x.calls, x.ordered = program, look.names, look.calls, look.ordered
	return program.Node().Type(), nil
}

// Constant gives the value of an expression that names nothing and calls nothing.
func (x *Expr) Constant() (any, bool) {
	if x.program == nil || len(x.names) > 0 {
		return nil, false
	}
	value, err := expr.Run(x.program, map[string]any{})
	return value, err == nil
}

// Names gives the outer names that a compiled expression uses.
func (x *Expr) Names() []string { return x.names }

// Ordered gives the names that it compares by order, such as n in n > 3.
func (x *Expr) Ordered() []string { return x.ordered }

// Calls gives the calls with fixed arguments.
func (x *Expr) Calls() []Call { return x.calls }

func faultOf(err error, code string) *Fault {
	var at *file.Error
	if errors.As(err, &at) {
		return &Fault{Code: code, Col: at.Column, Text: at.Message}
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return &Fault{Code: "E508", Text: text}
}

// lookout notes the names and calls of an expression.
type lookout struct {
	names   []string
	column  map[string]int
	calls   []Call
	ordered []string
	costly  int // column of a range that is too long; -1 = none
}

// Visit implements ast.Visitor.
func (l *lookout) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(l.names, n.Value) {
			l.names = append(l.names, n.Value)
		}
		if l.column == nil {
			l.column = map[string]int{}
		}
		if _, seen := l.column[n.Value]; !seen {
			l.column[n.Value] = n.Location().From
		}
	case *ast.CallNode:
		l.call(n)
	case *ast.BinaryNode:
		if n.Operator == ".." && !shortRange(n) && l.costly < 0 {
			l.costly = n.Location().From
		}
		if slices.Contains([]string{"<", ">", "<=", ">="}, n.Operator) {
			for _, side := range []ast.Node{n.Left, n.Right} {
				if name, plain := side.(*ast.IdentifierNode); plain {
					l.ordered = append(l.ordered, name.Value)
				}
			}
		}
	}
}

// shortRange tells whether a range is written out and makes a short list.
func shortRange(n *ast.BinaryNode) bool {
	from, fixed := n.Left.(*ast.IntegerNode)
	to, also := n.Right.(*ast.IntegerNode)
	return fixed && also && to.Value-from.Value <= maxRange
}

func (l *lookout) call(n *ast.CallNode) {
	name, named := n.Callee.(*ast.IdentifierNode)
	if !named || len(n.Arguments) != 1 {
		return
	}
	if arg, fixed := n.Arguments[0].(*ast.StringNode); fixed {
		l.calls = append(l.calls, Call{Func: name.Value, Arg: arg.Value})
	}
}

// eval gives the value of a compiled expression.
func (r *run) eval(x *Expr) (any, error) {
	if x.program == nil {
		return nil, fmt.Errorf("expression %q was never compiled", x.Text)
	}
	env := make(map[string]any, len(x.names))
	for _, name := range x.names {
		value, err := r.named(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		env[name] = value
	}
	value, err := expr.Run(x.program, env)
	if err != nil {
		return nil, fmt.Errorf("expression %q: %w", x.Text, err)
	}
	return value, nil
}

// named gives what a name of an expression stands for.
func (r *run) named(name string) (any, error) {
	switch name {
	case "call":
		c := r.s.Call
		return map[string]any{"id": string(c.ID), "from": c.From, "to": c.To, "started": c.Started}, nil
	case "env":
		return r.p.Env, nil
	case "lang":
		return r.s.Lang, nil
	case "now":
		return r.now(), nil
	case "hours":
		return func(calendar string) (bool, error) {
			status, err := r.hours(calendar)
			return status.Open, err
		}, nil
	case "next_open":
		return r.nextOpen, nil
	case "queue":
		return r.queueFacts, nil
	}
	text := r.s.Vars[r.s.Flow+"."+name]
	f := r.flow()
	v, declared := f.Vars[name]
	if !declared {
		return r.results(f.Nodes[name], text)
	}
	if text == "" {
		text = v.Default
	}
	return v.Read(text)
}

// results gives what a node's name stands for: the choice of a menu, or the answer of a
// service.
func (r *run) results(n *Node, choice string) (any, error) {
	if n == nil {
		return nil, errors.New("there is no such variable or node")
	}
	if asked, isHTTP := n.Spec.(*HTTP); isHTTP {
		return asked.results(r, n.ID)
	}
	return map[string]any{"choice": choice}, nil
}

// chooses tells whether expressions know the node's choice.
func (n *Node) chooses() bool {
	return n.Type != nil && (n.Type.Name == "menu" || n.Type.Name == "language")
}

func (r *run) now() time.Time {
	if r.p.Location == nil {
		return r.w.Now
	}
	return r.w.Now.In(r.p.Location)
}

func (r *run) queueFacts(name string) queueFacts {
	if r.w.Queue == nil {
		return queueFacts{}
	}
	view := r.w.Queue(name)
	return queueFacts{Waiting: view.Waiting, Agents: view.Agents, Wait: view.Wait}
}

// nextOpen is now when the calendar is open; else when it opens next, in its own zone.
func (r *run) nextOpen(name string) (time.Time, error) {
	calendar, known := r.p.Calendars[name]
	if !known {
		return time.Time{}, errUnknownCalendar(name)
	}
	status, err := r.hours(name)
	switch {
	case err != nil:
		return time.Time{}, err
	case status.Open:
		return r.w.Now.In(calendar.Location()), nil
	case !status.Next.IsZero():
		return status.Next.In(calendar.Location()), nil
	}
	next, foreseen := calendar.NextOpen(r.w.Now)
	if !foreseen {
		return time.Time{}, fmt.Errorf("calendar %q never opens", name)
	}
	return next, nil
}

func errUnknownCalendar(name string) error { return fmt.Errorf("calendar %q is unknown", name) }
