package bundle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// compile makes one expression ready; false when it is wrong.
func (t *text) compile(env *flow.Env, w written) (reflect.Type, bool) {
	result, fault := w.x.Compile(env)
	if fault == nil {
		return result, true
	}
	hint := ""
	if fault.Code == "E502" {
		hint = nearest(between(fault.Text, `"`), env.Names())
	}
	t.complain(inside(w.at, fault.Col), fault.Code, nil, "%s%s", fault.Text, hint)
	return nil, false
}

// compile makes one expression of a node ready and looks whether its result fits.
func (n *nodeText) compile(t *flowText, w written) {
	result, ok := n.text.compile(t.env, w)
	if !ok {
		return
	}
	switch w.want {
	case "bool":
		n.want(w, result, "true or false", reflect.TypeFor[bool]())
	case "int":
		n.want(w, result, "a whole number", reflect.TypeFor[int]())
	case "text":
		n.want(w, result, "a text", reflect.TypeFor[string]())
	case "var":
		n.wantVar(w, result, t.f.Vars, "variable")
	case "input":
		n.wantInput(w, result)
	case "field":
		n.wantField(t, w, result)
	case "slot":
		n.wantSlot(t, w, result)
	}
}

func between(s, quote string) string {
	parts := strings.SplitN(s, quote, 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}

// inside gives the place of a column inside a scalar.
func inside(n *yaml.Node, col int) *yaml.Node {
	dup := *n
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		dup.Column += col
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			dup.Column++
		}
	}
	return &dup
}

func (t *text) want(w written, result reflect.Type, what string, allowed ...reflect.Type) bool {
	if slices.Contains(allowed, result) {
		return true
	}
	t.complain(w.at, "E504", nil, "%q gives %s; %s is wanted", w.x.Text, typeWords(result), what)
	return false
}

// typeWords names the type of a result for people.
func typeWords(t reflect.Type) string {
	switch {
	case t == nil:
		return "nothing"
	case t == reflect.TypeFor[time.Time]():
		return "a date and time"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Interface:
		return "one of several types"
	}
	return "a " + t.String()
}

// wantVar compares the result with the variable that it is for.
func (n *nodeText) wantVar(w written, result reflect.Type, vars map[string]flow.Var, what string) {
	v, declared := vars[w.name]
	if !declared {
		n.complain(n.place(w.path+"@"), "E502", nil, "there is no %s %q%s", what, w.name, nearest(w.name, sortedKeys(vars)))
		return
	}
	if w.x.Text == "nil" {
		return // unsets it
	}
	allowed := []reflect.Type{v.Type.Go()}
	switch v.Type {
	case flow.Money:
		allowed = append(allowed, reflect.TypeFor[int]())
	case flow.List:
		allowed = append(allowed, reflect.TypeFor[[]any]())
	default: // its own type alone
	}
	if !n.want(w, result, fmt.Sprintf("a value of type %s", v.Type), allowed...) {
		return
	}
	value, fixed := w.x.Constant()
	if text, ok := value.(string); fixed && ok {
		if _, err := v.Read(text); err != nil {
			n.complain(w.at, "E507", v.Of, "%v", err)
		}
	}
}

// wantInput compares the result with an input of the flow that is called.
func (n *nodeText) wantInput(w written, result reflect.Type) {
	call, calls := n.n.Spec.(*flow.SubFlow)
	if !calls || n.b.program.Flows[call.Flow] == nil {
		return // told as E215, or as what is wrong with that flow
	}
	called := n.b.program.Flows[call.Flow]
	inputs := map[string]flow.Var{}
	for _, name := range called.Inputs {
		if v, declared := called.Vars[name]; declared {
			inputs[name] = v
		}
	}
	n.wantVar(w, result, inputs, "input")
}

// wantField compares the result with a field of a case.
func (n *nodeText) wantField(t *flowText, w written, result reflect.Type) {
	spec, isCase := n.n.Spec.(*flow.CaseNode)
	if !isCase {
		return
	}
	if fields := flow.CaseFields(spec.Do); !slices.Contains(fields, w.name) {
		n.complain(n.place(w.path+"@"), "E104", fields, "a case has no field %q to %s%s", w.name, spec.Do, nearest(w.name, fields))
		return
	}
	v, plain := t.f.Vars[w.x.Text]
	spoken := plain && v.Type == flow.Voice
	switch {
	case w.name == "audio" && !spoken:
		n.complain(w.at, "E504", nil, "%q is not a variable of type recording, which %q takes", w.x.Text, w.name)
	case w.name != "audio" && spoken:
		n.complain(w.at, "E504", nil, "%q is a recording; %q takes a text", w.x.Text, w.name)
	case n.want(w, result, "a text", reflect.TypeFor[string]()) && w.name == "kind":
		n.onlyOf(t, w, caseKinds())
	}
}

// wantSlot compares the result with every slot of that name in the node's prompts.
func (n *nodeText) wantSlot(t *flowText, w written, result reflect.Type) {
	for _, s := range n.spokenBy() {
		if s.with == nil {
			continue
		}
		for _, id := range s.ids {
			slots, _ := n.b.program.Prompts.Slots(id)
			kind, has := slots[w.name]
			switch {
			case !has:
			case !slices.Contains(fits(kind), result) || !t.fitsSlot(w.x, kind):
				n.complain(w.at, "E404", nil, "%q gives %s, which cannot be said as the %s {%s} of prompt %s", w.x.Text, t.typeOf(w.x, result), kind, w.name, id)
				return
			case kind == prompt.Text:
				n.wantPrompts(t, w)
				return
			}
		}
	}
}

// fitsSlot tells whether the values of a variable can be said as a slot. Those that the
// program keeps as text alone differ: a date is no row of digits.
func (t *flowText) fitsSlot(x *flow.Expr, kind prompt.SlotType) bool {
	v, plain := t.f.Vars[x.Text]
	if !plain || v.Type.Go() != reflect.TypeFor[string]() {
		return true
	}
	switch v.Type {
	case flow.Date:
		return kind == prompt.Date || kind == prompt.Weekday
	case flow.Time:
		return kind == prompt.Time
	case flow.Digits:
		return kind == prompt.Digits || kind == prompt.Phone
	case flow.Enum:
		return kind == prompt.Text
	case flow.Voice:
		return false
	default: // text may hold anything
		return true
	}
}

// typeOf names what an expression gives: the type of a variable, else that of the result.
func (t *flowText) typeOf(x *flow.Expr, result reflect.Type) string {
	if v, plain := t.f.Vars[x.Text]; plain {
		return "the " + string(v.Type) + " " + x.Text
	}
	return typeWords(result)
}

// wantPrompts looks whether every value that a slot of type text can have is a prompt.
func (n *nodeText) wantPrompts(t *flowText, w written) {
	values, known := t.valuesOf(w.x)
	if !known {
		n.complain(w.at, "E404", nil, "%q can be any text, and nothing is synthesised while a caller waits; use an enum whose values are prompts", w.x.Text)
		return
	}
	for _, id := range values {
		if id != "" {
			n.b.saidBySlot[id] = true
			n.prompt(w.at, id, nil)
		}
	}
}

// fits lists the results that can be said as a slot.
func fits(kind prompt.SlotType) []reflect.Type {
	text, number := reflect.TypeFor[string](), reflect.TypeFor[int]()
	moment, span := reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration]()
	switch kind {
	case prompt.Number, prompt.Ordinal:
		return []reflect.Type{number}
	case prompt.Digits:
		return []reflect.Type{text, number}
	case prompt.Date, prompt.Time, prompt.Weekday:
		return []reflect.Type{moment, text}
	case prompt.Duration:
		return []reflect.Type{span}
	case prompt.Money:
		return []reflect.Type{number, reflect.TypeFor[float64]()}
	default: // Phone, Text
		return []reflect.Type{text}
	}
}
