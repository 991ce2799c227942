package flowtest

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// row is one entry of a test's table: values by name.
type row struct {
	names  []string
	values map[string]*yaml.Node
}

// rows reads a table: lists of the same length by name, or a list of mappings.
func (r *reader) rows(n *yaml.Node) []row {
	if n.Kind == yaml.SequenceNode {
		var all []row
		for _, item := range r.sequence(n) {
			one := row{values: map[string]*yaml.Node{}}
			r.pairs(item, func(key, value *yaml.Node) {
				one.names = append(one.names, key.Value)
				one.values[key.Value] = value
			})
			all = append(all, one)
		}
		return all
	}
	var all []row
	r.pairs(n, func(key, value *yaml.Node) {
		list := r.sequence(value)
		if all == nil {
			all = make([]row, len(list))
		}
		if len(list) != len(all) {
			r.Complain(value, "E105", nil, "%q has %d entries, the first list has %d", key.Value, len(list), len(all))
			return
		}
		for i, item := range list {
			if all[i].values == nil {
				all[i].values = map[string]*yaml.Node{}
			}
			all[i].names = append(all[i].names, key.Value)
			all[i].values[key.Value] = item
		}
	})
	return all
}

// label names a row for people: its values in one line.
func (w row) label() string {
	var words []string
	for _, name := range w.names {
		words = append(words, name+" "+flat(w.values[name]))
	}
	return strings.Join(words, ", ")
}

// flat writes a value in one line.
func flat(n *yaml.Node) string {
	var words []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			words = append(words, n.Content[i].Value+" "+flat(n.Content[i+1]))
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			words = append(words, flat(item))
		}
	default:
		return n.Value
	}
	return strings.Join(words, " ")
}

// filled gives the test with the row's values in the places of their names: $name alone is
// the value itself, inside a text it is the value's text.
func (r *reader) filled(n *yaml.Node, w row) *yaml.Node {
	if n.Kind == yaml.ScalarNode {
		return r.filledWord(n, w)
	}
	made := *n
	made.Content = nil
	for i := 0; i < len(n.Content); i++ {
		if n.Kind == yaml.MappingNode && i%2 == 0 && n.Content[i].Value == "each" {
			i++
			continue
		}
		child := r.filled(n.Content[i], w)
		if n.Kind == yaml.SequenceNode && child != n.Content[i] && child.Kind == yaml.SequenceNode && n.Content[i].Kind == yaml.ScalarNode {
			made.Content = append(made.Content, child.Content...) // a list in the place of a name within a list
			continue
		}
		made.Content = append(made.Content, child)
	}
	return &made
}

func (r *reader) filledWord(n *yaml.Node, w row) *yaml.Node {
	if name, whole := strings.CutPrefix(n.Value, "$"); whole && w.values[name] != nil {
		return w.values[name]
	}
	if !strings.Contains(n.Value, "$") {
		return n
	}
	made := *n
	for _, name := range w.names {
		if value := w.values[name]; value.Kind == yaml.ScalarNode {
			made.Value = strings.ReplaceAll(made.Value, "$"+name, value.Value)
		}
	}
	if strings.HasPrefix(made.Value, "$") {
		r.Complain(n, "E502", w.names, "the table has no %q", made.Value)
	}
	return &made
}
