package schema

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// object is a JSON object.
type object = map[string]any

// Forms of words. A scalar may be typed without quotes, so numbers and truth values count
// as words too.
const (
	idForm       = `^[a-z][a-z0-9_]{0,47}$`
	outForm      = `^([a-z][a-z0-9_]{0,47}|flow:[a-z][a-z0-9_]{0,47}|RETURN [a-z][a-z0-9_]{0,47}|%s)$`
	durationForm = `^(0|[0-9]{1,5}d|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`
	keyForm      = `^[0-9*#]$`
)

func word() object { return object{"type": []string{"string", "number", "boolean"}, "minLength": 1} }

func id() object { return object{"type": "string", "pattern": idForm} }

func out() object {
	return object{"type": "string", "pattern": fmt.Sprintf(outForm, strings.Join(flow.Words(), "|")),
		"description": "a node, flow:<id>, or one of " + strings.Join(flow.Words(), ", ")}
}

func key() object {
	return object{"anyOf": []object{{"type": "string", "pattern": keyForm}, {"type": "integer", "minimum": 0, "maximum": 9}},
		"description": "a key of the telephone: 0-9, * or #; * and # in quotes"}
}

func expression() object {
	return object{"type": []string{"string", "number", "boolean"}, "minLength": 1, "maxLength": flow.MaxExpr, "description": "expression; text needs quotes inside"}
}

// mapping is a struct's mapping.
func mapping(fields []bundle.Field) object {
	properties, required := object{}, []string{}
	for _, f := range fields {
		properties[f.Name] = value(f.Type, f.Tag)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	made := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

// value is what a field of a type may hold.
func value(t reflect.Type, tag reflect.StructTag) object {
	made := plain(t, tag)
	if standard := tag.Get("default"); standard != "" {
		made["default"] = typed(t, standard)
	}
	if note := note(t, tag); note != "" {
		made["description"] = note
	}
	return made
}

// plain is value without notes.
func plain(t reflect.Type, tag reflect.StructTag) object {
	switch t {
	case reflect.TypeFor[[]string]():
		return object{"anyOf": []object{word(), {"type": "array", "items": word(), "minItems": 1}}}
	case reflect.TypeFor[flow.Out]():
		return out()
	case reflect.TypeFor[*flow.Expr]():
		return expression()
	case reflect.TypeFor[time.Duration]():
		return object{"type": "string", "pattern": durationForm}
	}
	switch t.Kind() {
	case reflect.Map:
		return table(t, tag)
	case reflect.Slice:
		return object{"type": "array", "minItems": 1, "items": mapping(bundle.Fields(t.Elem()))}
	case reflect.Struct:
		return mapping(bundle.Fields(t))
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return number(tag)
	default:
		return text(tag)
	}
}

// table is a mapping whose keys are the administrator's.
func table(t reflect.Type, tag reflect.StructTag) object {
	made := object{"type": "object", "additionalProperties": plain(t.Elem(), tag)}
	if t.Elem().Kind() == reflect.String {
		made["additionalProperties"] = word()
	}
	if tag.Get("is") == "key" {
		made["propertyNames"] = object{"pattern": keyForm}
	}
	return made
}

func number(tag reflect.StructTag) object {
	made := object{"type": "integer"}
	least, err := strconv.Atoi(tag.Get("min"))
	most, err2 := strconv.Atoi(tag.Get("max"))
	if err == nil && err2 == nil {
		made["minimum"], made["maximum"] = least, most
	}
	return made
}

func text(tag reflect.StructTag) object {
	switch {
	case tag.Get("is") == "key":
		return key()
	case tag.Get("oneof") != "":
		return object{"enum": strings.Fields(tag.Get("oneof"))}
	case tag.Get("empty") == "true":
		return object{"type": []string{"string", "number", "boolean", "null"}}
	}
	return word()
}

// typed gives a default as JSON has it.
func typed(t reflect.Type, standard string) any {
	switch t.Kind() {
	case reflect.Bool:
		return standard == "true"
	case reflect.Int:
		if n, err := strconv.Atoi(standard); err == nil {
			return n
		}
	default: // JSON has it as text
	}
	return standard
}

// note tells what a pattern does not.
func note(t reflect.Type, tag reflect.StructTag) string {
	var all []string
	if is := tag.Get("is"); is != "" && is != "key" {
		all = append(all, map[string]string{"saved": "by variable", "topics": "topics file"}[is])
		if all[0] == "" {
			all[0] = is
		}
	}
	if t == reflect.TypeFor[time.Duration]() {
		all = append(all, "with a unit, such as 500ms, 7s, 3m, 1h or 180d")
		if tag.Get("max") != "" {
			all = append(all, tag.Get("min")+" to "+tag.Get("max"))
		}
	}
	if want := tag.Get("want"); want != "" && t != reflect.TypeFor[*flow.Expr]() {
		all = append(all, "expressions")
	}
	return strings.Join(all, "; ")
}
