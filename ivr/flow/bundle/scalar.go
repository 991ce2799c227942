package bundle

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

const allKeys = "0123456789*#"

func validKey(s string) bool { return len(s) == 1 && strings.Contains(allKeys, s) }

// word reads a scalar as it was typed.
func (t *text) word(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		t.complain(n, "E105", nil, "a word is wanted here")
		return "", false
	}
	return n.Value, true
}

func (t *text) out(n *yaml.Node) flow.Out {
	word, ok := t.word(n)
	if !ok {
		return flow.Out{}
	}
	out, ok := flow.ParseOut(word)
	if !ok {
		t.complain(n, "E201", flow.Words(), "%q is not a way out: a node, flow:<id> or one of the words", word)
	}
	return out
}

func (t *text) expr(n *yaml.Node, want, path, name string) *flow.Expr {
	word, ok := t.word(n)
	if !ok {
		return nil
	}
	x := &flow.Expr{Text: word}
	t.exprs = append(t.exprs, written{x: x, at: n, want: want, path: path, name: name})
	return x
}

// scalar reads one word, number, duration or truth value.
func (t *text) scalar(n *yaml.Node, f field, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Value == "" && f.tag.Get("empty") == "true" {
		v.SetString("")
		return
	}
	word, ok := t.word(n)
	if !ok {
		return
	}
	switch v.Interface().(type) {
	case time.Duration:
		t.duration(n, f, v, word)
	case int:
		t.number(n, f, v, word)
	case bool:
		if word != "true" && word != "false" {
			t.complain(n, "E105", []string{"true", "false"}, "%q is neither true nor false", word)
		}
		v.SetBool(word == "true")
	case string:
		allowed := strings.Fields(f.tag.Get("oneof"))
		if len(allowed) > 0 && !slices.Contains(allowed, word) {
			t.complain(n, f.code("E105"), allowed, "%q is not a value of %q%s", word, f.name, nearest(word, allowed))
		}
		if f.tag.Get("is") == "key" && !validKey(word) {
			t.complain(n, "E301", strings.Split(allKeys, ""), "%q is not a key of a telephone", word)
		}
		v.SetString(word)
	}
}

func (t *text) duration(n *yaml.Node, f field, v reflect.Value, word string) {
	d, err := parseDuration(word)
	if err != nil {
		t.complain(n, "E106", nil, "%q is not a duration; write a number and a unit, such as 500ms, 7s, 3m, 1h or 180d", word)
		return
	}
	least, most := limit(f.tag.Get("min"), parseDuration), limit(f.tag.Get("max"), parseDuration)
	if f.tag.Get("max") != "" && (d < least || d > most) {
		t.complain(n, f.code("E106"), nil, "%q is out of range: %s to %s", f.name, f.tag.Get("min"), f.tag.Get("max"))
	}
	v.SetInt(int64(d))
}

//nolint:gochecknoglobals // a constant, which Go has no form for
var daysForm = regexp.MustCompile(`^([0-9]{1,5})d$`)

// parseDuration reads a duration; whole days may be written too, as in 180d. A day has 24
// hours.
func parseDuration(word string) (time.Duration, error) {
	if m := daysForm.FindStringSubmatch(word); m != nil {
		days, err := strconv.Atoi(m[1])
		return time.Duration(days) * 24 * time.Hour, err
	}
	return time.ParseDuration(word)
}

func (t *text) number(n *yaml.Node, f field, v reflect.Value, word string) {
	number, err := strconv.Atoi(word)
	if err != nil {
		t.complain(n, "E105", nil, "%q is not a whole number", word)
		return
	}
	least, most := limit(f.tag.Get("min"), strconv.Atoi), limit(f.tag.Get("max"), strconv.Atoi)
	if f.tag.Get("max") != "" && (number < least || number > most) {
		t.complain(n, f.code("E106"), nil, "%q is out of range: %d to %d", f.name, least, most)
	}
	v.SetInt(int64(number))
}

// limit reads a bound from a tag; tags are ours, so a bad one shows in the tests.
func limit[T any](tag string, parse func(string) (T, error)) T {
	bound, _ := parse(tag)
	return bound
}
