package flowtest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// reader reads one file of tests.
type reader struct {
	*bundle.File
	name string // inside the bundle
	p    *flow.Program
	f    *flow.Flow // that the tests are of
}

// pos gives the place of a node.
func (r *reader) pos(n *yaml.Node) flow.Pos {
	return flow.Pos{File: r.name, Line: n.Line, Col: n.Column}
}

// fields calls what reads each key of a mapping; other keys are complained of.
func (r *reader) fields(n *yaml.Node, read map[string]func(*yaml.Node)) map[string]*yaml.Node {
	given := map[string]*yaml.Node{}
	r.pairs(n, func(key, value *yaml.Node) {
		take, known := read[key.Value]
		if !known {
			names := sortedKeys(read)
			r.Complain(key, "E104", names, "unknown key %q%s", key.Value, bundle.Nearest(key.Value, names))
			return
		}
		given[key.Value] = key
		take(value)
	})
	return given
}

// pairs calls each for the keys of a mapping.
func (r *reader) pairs(n *yaml.Node, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.Complain(n, "E105", nil, "a mapping of keys to values is wanted here")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		each(n.Content[i], n.Content[i+1])
	}
}

// items gives the entries of a list; anything else is a list of one.
func items(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// sequence is items, for what only a list can be.
func (r *reader) sequence(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.Complain(n, "E105", nil, "a list with at least one entry is wanted here")
		return nil
	}
	return n.Content
}

// word reads a scalar as it was typed; an empty one must be quoted.
func (r *reader) word(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Value == "" && n.Style == 0 {
		r.Complain(n, "E105", nil, "a word is wanted here")
		return ""
	}
	return n.Value
}

// text reads words into a variable.
func (r *reader) text(into *string) func(*yaml.Node) {
	return func(n *yaml.Node) { *into = r.word(n) }
}

// oneOf reads a word that must be among those allowed.
func (r *reader) oneOf(into *string, code, what string, allowed []string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		word := r.word(n)
		for _, a := range allowed {
			if a == word {
				*into = word
				return
			}
		}
		r.Complain(n, code, allowed, "%q is no %s%s", word, what, bundle.Nearest(word, allowed))
	}
}

func (r *reader) truth(into *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		word := r.word(n)
		if word != "true" && word != "false" {
			r.Complain(n, "E105", []string{"true", "false"}, "%q is neither true nor false", word)
		}
		*into = word == "true"
	}
}

func (r *reader) number(into *int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		number, err := strconv.Atoi(r.word(n))
		if err != nil || number < 0 {
			r.Complain(n, "E105", nil, "%q is not a whole number", n.Value)
			return
		}
		*into = number
	}
}

func (r *reader) duration(into *time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d, err := time.ParseDuration(r.word(n))
		if err != nil || d < 0 || d > horizon {
			r.Complain(n, "E106", nil, "%q is not a duration; write a number and a unit, such as 500ms, 7s, 3m or 1h", n.Value)
			return
		}
		*into = d
	}
}

// keys reads keys of a telephone.
func (r *reader) keys(into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		word := r.word(n)
		if word == "" || strings.Trim(word, "0123456789*#") != "" {
			r.Complain(n, "E301", strings.Split("0123456789*#", ""), "%q is not keys of a telephone", word)
			return
		}
		*into = word
	}
}

// moment reads a time, in the bundle's zone unless it names one.
func (r *reader) moment(into *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		word := r.word(n)
		for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
			if t, err := time.ParseInLocation(layout, word, r.p.Location); err == nil {
				*into = t
				return
			}
		}
		r.Complain(n, "E105", nil, "%q is not a time; write 2026-03-04T22:15 or 2026-03-04T22:15:00+08:00", word)
	}
}

// value gives what a YAML value is in JSON. A bare number, true, false or null is one;
// everything else is text.
func (r *reader) value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		r.pairs(n, func(key, inner *yaml.Node) { object[key.Value] = r.value(inner) })
		return object
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, r.value(item))
		}
		return list
	default: // a word
	}
	if n.Style == 0 && json.Valid([]byte(n.Value)) {
		return json.RawMessage(n.Value)
	}
	return n.Value
}

// json writes a YAML value as JSON; text stays as it is.
func (r *reader) json(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	text, err := json.Marshal(r.value(n))
	if err != nil {
		r.Complain(n, "E105", nil, "cannot be JSON: %v", err)
	}
	return string(text)
}

// known looks up a name of the bundle.
func known[V any](r *reader, into *string, what string, all map[string]V, more ...string) func(*yaml.Node) {
	return r.oneOf(into, "E601", what, append(sortedKeys(all), more...))
}
