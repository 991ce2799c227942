package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// VarType is the type of a variable.
type VarType string

// The types. Text, Digits and Enum are "" until set, the others nil.
const (
	Text     VarType = "text"
	Digits   VarType = "digits"
	Int      VarType = "int"
	Bool     VarType = "bool"
	Date     VarType = "date" // "2006-01-02"
	Time     VarType = "time" // "15:04"
	DateTime VarType = "datetime"
	Duration VarType = "duration"
	Money    VarType = "money" // in ringgit
	Enum     VarType = "enum"
	Voice    VarType = "recording"
	List     VarType = "list" // of texts
)

// VarTypes lists the types that a variable may be declared with.
func VarTypes() []string {
	return []string{"text", "digits", "int", "bool", "date", "time", "datetime", "duration", "money", "enum", "recording", "list"}
}

// TextLike tells whether an unset variable is "" and not nil.
func (t VarType) TextLike() bool { return t == Text || t == Digits || t == Enum }

// Go gives the type that a value has in expressions.
func (t VarType) Go() reflect.Type {
	switch t {
	case Int:
		return reflect.TypeFor[int]()
	case Bool:
		return reflect.TypeFor[bool]()
	case DateTime:
		return reflect.TypeFor[time.Time]()
	case Duration:
		return reflect.TypeFor[time.Duration]()
	case Money:
		return reflect.TypeFor[float64]()
	case List:
		return reflect.TypeFor[[]string]()
	default: // kept as text
		return reflect.TypeFor[string]()
	}
}

// Read gives the value that text stands for. The text of an unset variable is "".
func (v Var) Read(text string) (any, error) {
	if text == "" {
		if v.Type.TextLike() {
			return "", nil
		}
		return nil, nil //nolint:nilnil // nil is the value of an unset variable
	}
	switch v.Type {
	case Int:
		return strconv.Atoi(text)
	case Bool:
		return strconv.ParseBool(text)
	case Money:
		return strconv.ParseFloat(text, 64)
	case Duration:
		return time.ParseDuration(text)
	case DateTime:
		return time.Parse(time.RFC3339, text)
	case List:
		var list []string
		err := json.Unmarshal([]byte(text), &list)
		return list, err
	default: // kept as text
		return text, v.check(text)
	}
}

// check looks whether text may stand for a value of this type.
func (v Var) check(text string) error {
	var err error
	switch v.Type {
	case Digits:
		if strings.Trim(text, "0123456789") != "" {
			err = fmt.Errorf("%q is not digits", text)
		}
	case Date:
		_, err = time.Parse(time.DateOnly, text)
	case Time:
		_, err = time.Parse("15:04", text)
	case Enum:
		if !slices.Contains(v.Of, text) {
			err = fmt.Errorf("%q is not one of %s", text, strings.Join(v.Of, ", "))
		}
	default: // any text will do
	}
	return err
}

// write gives the text that stands for a value, and refuses values of another type.
func (v Var) write(value any) (string, error) {
	var text string
	switch value := value.(type) {
	case nil:
		return "", nil
	case string:
		text = value
	case int:
		text = strconv.Itoa(value)
	case bool:
		text = strconv.FormatBool(value)
	case float64:
		text = strconv.FormatFloat(value, 'f', -1, 64)
	case time.Time:
		text = value.Format(time.RFC3339)
	case time.Duration:
		text = value.String()
	case []string, []any:
		b, err := json.Marshal(value)
		if err != nil {
			return "", fmt.Errorf("list: %w", err)
		}
		text = string(b)
	default:
		return "", fmt.Errorf("a %T is not a %s", value, v.Type)
	}
	if len(text) > maxText {
		return "", fmt.Errorf("longer than %d bytes", maxText)
	}
	if _, err := v.Read(text); err != nil {
		return "", fmt.Errorf("not a %s: %w", v.Type, err)
	}
	return text, nil
}

// maxText keeps states small.
const maxText = 4096

// setVar notes a variable of the present flow; "" unsets it.
func (r *run) setVar(name, text string) { r.setVarOf(r.s.Flow, name, text) }

func (r *run) setVarOf(flow, name, text string) {
	key := flow + "." + name
	if text == "" {
		delete(r.s.Vars, key)
		return
	}
	if r.s.Vars == nil {
		r.s.Vars = map[string]string{}
	}
	r.s.Vars[key] = text
}

// forget unsets all variables of a flow.
func (r *run) forget(flow string) {
	maps.DeleteFunc(r.s.Vars, func(key, _ string) bool { return strings.HasPrefix(key, flow+".") })
}
