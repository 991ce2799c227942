package bundle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
)

// dump writes all of a program but its revision, each thing in one way only: two programs
// with the same dump do the same with every call.
func dump(p *flow.Program) string {
	dup := *p
	dup.Revision = ""
	var d dumper
	d.value(reflect.ValueOf(&dup))
	return d.String()
}

type dumper struct {
	strings.Builder
	depth int
}

func (d *dumper) line(format string, args ...any) {
	fmt.Fprintf(d, "%s%s\n", strings.Repeat(" ", d.depth), fmt.Sprintf(format, args...))
}

func (d *dumper) within(name string, v reflect.Value) {
	d.line("%s", name)
	d.depth++
	d.value(v)
	d.depth--
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			d.line("nil")
		} else {
			d.value(v.Elem())
		}
	case reflect.Struct:
		d.fields(v)
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			d.within(key.String(), v.MapIndex(key))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			d.within(fmt.Sprint(i), v.Index(i))
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer: // says nothing that is written
	case reflect.String:
		d.line("%q", v.String())
	default:
		d.line("%v", v)
	}
}

func (d *dumper) fields(v reflect.Value) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch {
		case v.Type() == reflect.TypeFor[time.Location]() && name != "name",
			v.Type() == reflect.TypeFor[flow.Expr]() && name != "Text",
			v.Type() == reflect.TypeFor[flow.Node]() && name == "Pos",
			strings.HasPrefix(v.Type().String(), "prompt.") && name == "at": // places, and what follows from the text
		default:
			d.within(name, v.Field(i))
		}
	}
}
