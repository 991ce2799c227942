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

// compile makes one expression ready and looks whether its result fits.
func (n *nodeText) compile(t *flowText, w written) {
	result, fault := w.x.Compile(t.env)
	if fault != nil {
		hint := ""
		if fault.Code == "E502" {
			hint = nearest(between(fault.Text, `"`), t.env.Names())
		}
		n.complain(inside(w.at, fault.Col), fault.Code, nil, "%s%s", fault.Text, hint)
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
		n.wantVar(t, w, result)
	case "slot":
		n.wantSlot(w, result)
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

func (n *nodeText) want(w written, result reflect.Type, what string, allowed ...reflect.Type) bool {
	if slices.Contains(allowed, result) {
		return true
	}
	n.complain(w.at, "E504", nil, "%q gives %s; %s is wanted", w.x.Text, typeWords(result), what)
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

func (n *nodeText) wantVar(t *flowText, w written, result reflect.Type) {
	v, declared := t.f.Vars[w.name]
	if !declared {
		n.complain(n.place(w.path+"@"), "E502", nil, "there is no variable %q%s", w.name, nearest(w.name, sortedKeys(t.f.Vars)))
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

// wantSlot compares the result with every slot of that name in the node's prompts.
func (n *nodeText) wantSlot(w written, result reflect.Type) {
	for _, s := range n.spokenBy() {
		for _, id := range s.IDs {
			slots, _ := n.b.program.Prompts.Slots(id)
			kind, has := slots[w.name]
			if has && s.With != nil && !slices.Contains(fits(kind), result) {
				n.complain(w.at, "E404", nil, "%q gives %s, which cannot be said as the %s {%s} of prompt %s", w.x.Text, typeWords(result), kind, w.name, id)
			}
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
