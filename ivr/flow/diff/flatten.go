package diff

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"

	"talian/ivr/flow"
)

// flatten writes a value as texts by the paths of its parts, named as in a bundle's files.
// What is empty is left out, so it counts as not written.
func flatten(v any) map[string]string {
	all := map[string]string{}
	walk(reflect.ValueOf(v), "", all)
	return all
}

func walk(v reflect.Value, path string, all map[string]string) {
	if !v.IsValid() {
		return
	}
	if text, plain := word(v); plain {
		if text != "" {
			all[path] = text
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		walk(v.Elem(), path, all)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				walk(v.Field(i), path, all)
			} else if f.IsExported() {
				walk(v.Field(i), join(path, nameOf(f)), all)
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walk(v.MapIndex(key), join(path, fmt.Sprint(key)), all)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), join(path, place(v.Index(i), i)), all)
		}
	default:
		if v.Kind() != reflect.Bool || v.Bool() {
			all[path] = fmt.Sprint(v.Interface())
		}
	}
}

// word writes values that are one word, or a list of words.
func word(v reflect.Value) (text string, plain bool) {
	switch x := v.Interface().(type) {
	case flow.Out:
		return x.String(), true
	case *flow.Expr:
		if x == nil {
			return "", true
		}
		return x.Text, true
	case time.Time:
		if x.IsZero() {
			return "", true
		}
		return x.Format(time.DateOnly), true
	case []string:
		return strings.Join(x, ", "), true
	case fmt.Stringer:
		return x.String(), v.Kind() != reflect.Pointer
	}
	return "", false
}

func nameOf(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("flow"), ","); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(f.Name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// place names an entry of a list: by its id, if it has one, else by its number from 1.
func place(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		if id := v.FieldByName("ID"); id.IsValid() && id.Kind() == reflect.String && id.String() != "" {
			return id.String()
		}
	}
	return fmt.Sprint(i + 1)
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }
