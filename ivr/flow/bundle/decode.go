package bundle

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// places remembers where each field of a struct was written: by its path, such as
// "exits.error" or "cases.0.when". A key of a map is at the path with "@" behind.
type places map[string]*yaml.Node

// text is a place in a file where struct fields are read from.
type text struct {
	b     *builder
	s     *source
	at    places
	exprs []written
}

// written is an expression that waits for its variables to be known.
type written struct {
	x    *flow.Expr
	at   *yaml.Node
	want string // bool, int, text, slot or var
	path string
	name string // variable, slot or skill that it is for
}

func (t *text) complain(n *yaml.Node, code string, allowed []string, format string, args ...any) {
	t.b.complain(t.s, n, code, allowed, format, args...)
}

// pairs calls each for the keys of a mapping; a scalar or list is a complaint.
func (t *text) pairs(n *yaml.Node, each func(key, value *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode {
		t.complain(n, "E105", nil, "a mapping of keys to values is wanted here")
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		each(n.Content[i], n.Content[i+1])
	}
	return true
}

// fields reads a mapping into a struct by its tags. Keys in others are left to the caller.
func (t *text) fields(n *yaml.Node, into any, path string, others ...string) bool {
	return t.object(n, reflect.ValueOf(into).Elem(), path, others)
}

func (t *text) object(n *yaml.Node, v reflect.Value, path string, others []string) bool {
	known := fieldsOf(v)
	names := slices.Clone(others)
	for _, f := range known {
		names = append(names, f.name)
	}
	given, meant := map[string]bool{}, map[string]bool{}
	ok := t.pairs(n, func(key, value *yaml.Node) {
		given[key.Value] = true
		if slices.Contains(others, key.Value) {
			return
		}
		i := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			slices.Sort(names)
			meant[closest(key.Value, names)] = true
			t.complain(key, "E104", names, "unknown key %q%s", key.Value, nearest(key.Value, names))
			return
		}
		t.at[path+key.Value], t.at[path+key.Value+"@"] = value, key
		t.value(value, known[i], known[i].value, path+key.Value)
	})
	if !ok {
		return false
	}
	own := defaultsOf(v)
	for _, f := range known {
		if given[f.name] {
			continue
		}
		if f.required && !meant[f.name] {
			t.complain(n, f.code("E105"), nil, "%q is missing", f.name)
		}
		t.standard(f, own[f.name])
	}
	return true
}

// defaultsOf gives the defaults that a node type has in place of those of the tags.
func defaultsOf(v reflect.Value) map[string]string {
	if d, differs := v.Addr().Interface().(flow.Defaulter); differs {
		return d.Defaults()
	}
	return nil
}

// field is one field of a struct with its tags.
type field struct {
	name     string
	required bool
	tag      reflect.StructTag
	value    reflect.Value
}

func (f field) code(otherwise string) string {
	if code := f.tag.Get("code"); code != "" {
		return code
	}
	return otherwise
}

// fieldsOf lists the tagged fields of a struct and of those embedded in it.
func fieldsOf(v reflect.Value) []field {
	var all []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			all = append(all, fieldsOf(v.Field(i))...)
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("flow"), ",")
		if name != "" {
			all = append(all, field{name: name, required: option == "required", tag: f.Tag, value: v.Field(i)})
		}
	}
	return all
}

// standard gives a field that was not written its default: the node type's own, else the
// tag's. Structs get those of their fields.
func (t *text) standard(f field, own string) {
	if f.value.Kind() == reflect.Struct && f.value.Type() != reflect.TypeFor[flow.Out]() {
		for _, inner := range fieldsOf(f.value) {
			t.standard(inner, "")
		}
		return
	}
	if own == "" {
		own = f.tag.Get("default")
	}
	if own != "" {
		t.scalar(&yaml.Node{Kind: yaml.ScalarNode, Value: own}, f, f.value)
	}
}

// value reads one value of whatever kind the field has.
func (t *text) value(n *yaml.Node, f field, v reflect.Value, path string) {
	switch v.Interface().(type) {
	case []string:
		t.list(n, f, v)
		return
	case flow.Out:
		v.Set(reflect.ValueOf(t.out(n)))
		return
	case *flow.Expr:
		v.Set(reflect.ValueOf(t.expr(n, f.tag.Get("want"), path, f.name)))
		return
	}
	switch v.Kind() {
	case reflect.Map:
		t.mapped(n, f, v, path)
	case reflect.Slice:
		t.objects(n, v, path)
	case reflect.Struct:
		t.object(n, v, path+".", nil)
	default:
		t.scalar(n, f, v)
	}
}

func (t *text) list(n *yaml.Node, f field, v reflect.Value) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	if len(items) == 0 {
		t.complain(n, "E105", nil, "%q must not be empty", f.name)
	}
	for _, item := range items {
		if word, ok := t.word(item); ok {
			v.Set(reflect.Append(v, reflect.ValueOf(word)))
		}
	}
}

func (t *text) objects(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		t.complain(n, "E105", nil, "a list with at least one entry is wanted here")
		return
	}
	for i, item := range n.Content {
		entry := reflect.New(v.Type().Elem()).Elem()
		t.at[path+"."+strconv.Itoa(i)] = item
		t.object(item, entry, path+"."+strconv.Itoa(i)+".", nil)
		v.Set(reflect.Append(v, entry))
	}
}

func (t *text) mapped(n *yaml.Node, f field, v reflect.Value, path string) {
	made := reflect.MakeMap(v.Type())
	t.pairs(n, func(key, value *yaml.Node) {
		place := path + "." + key.Value
		t.at[place], t.at[place+"@"] = value, key
		if f.tag.Get("is") == "key" && !validKey(key.Value) {
			t.complain(key, "E301", strings.Split(allKeys, ""), "%q is not a key of a telephone", key.Value)
			return
		}
		var entry reflect.Value
		switch v.Type().Elem() {
		case reflect.TypeFor[flow.Out]():
			entry = reflect.ValueOf(t.out(value))
		case reflect.TypeFor[*flow.Expr]():
			entry = reflect.ValueOf(t.expr(value, f.tag.Get("want"), place, key.Value))
		default:
			entry = t.entry(value, f, v.Type().Elem(), place)
		}
		made.SetMapIndex(reflect.ValueOf(key.Value), entry)
	})
	v.Set(made)
}

// entry reads one value of a mapping: a struct, a number or a word.
func (t *text) entry(n *yaml.Node, f field, kind reflect.Type, place string) reflect.Value {
	made := reflect.New(kind).Elem()
	switch kind.Kind() {
	case reflect.Struct:
		t.object(n, made, place+".", nil)
	case reflect.Int:
		t.scalar(n, f, made)
	default:
		word, _ := t.word(n)
		made.SetString(word)
	}
	return made
}
