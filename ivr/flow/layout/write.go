package layout

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// writer makes the new text, line by line.
type writer struct {
	entries entries
	lines   []row
	begun   bool // something stands at the present line already: "- " of an item
}

// row is one line, and the comment behind it.
type row struct{ code, comment string }

func (w *writer) file(root *yaml.Node, s *shape) {
	for _, line := range w.entries.head {
		w.add(line)
	}
	w.block(root, s, 0)
	for _, line := range w.entries.foot {
		w.add(line)
	}
}

func (w *writer) add(code string) { w.lines = append(w.lines, row{code: code}) }

// text joins the lines; comments of lines one after the other stand in one column.
func (w *writer) text() string {
	var b strings.Builder
	for i := 0; i < len(w.lines); i++ {
		if w.lines[i].comment == "" {
			b.WriteString(w.lines[i].code + "\n")
			continue
		}
		end, widest := i, 0
		for ; end < len(w.lines) && w.lines[end].comment != ""; end++ {
			widest = max(widest, utf8.RuneCountInString(w.lines[end].code))
		}
		for ; i < end; i++ {
			code := w.lines[i].code
			b.WriteString(code + strings.Repeat(" ", widest-utf8.RuneCountInString(code)+2) + w.lines[i].comment + "\n")
		}
		i--
	}
	return b.String()
}

// block writes a mapping or a list with lines of their own, else one line.
func (w *writer) block(n *yaml.Node, s *shape, depth int) {
	switch {
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0:
		w.mapping(n, s, depth)
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0:
		for i, item := range n.Content {
			e := w.open(item, depth, i == 0)
			w.value("-", item, s.value(""), depth, e)
			w.close(e, depth)
		}
	default:
		w.value("", n, s, depth, &entry{})
	}
}

func (w *writer) mapping(n *yaml.Node, s *shape, depth int) {
	s = s.of(n)
	for i, pair := range sorted(n, s) {
		e := w.open(pair.key, depth, i == 0)
		w.value(scalar(pair.key, depth)+":", pair.value, s.value(pair.key.Value), depth, e)
		w.close(e, depth)
	}
}

type pair struct{ key, value *yaml.Node }

// sorted gives the pairs of a mapping in the order of its shape.
func sorted(n *yaml.Node, s *shape) []pair {
	var all []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, pair{n.Content[i], n.Content[i+1]})
	}
	slices.SortStableFunc(all, func(a, b pair) int { return s.rank(a.key.Value) - s.rank(b.key.Value) })
	return all
}

// open writes what stands before an entry. The first one of a mapping has no blank line
// before it; that of an item stands in the item's line, so its comments go above that.
func (w *writer) open(n *yaml.Node, depth int, first bool) *entry {
	e := w.entries.of[n]
	if e == nil {
		e = &entry{}
	}
	var before []string
	if e.blank && !first {
		before = append(before, "")
	}
	for _, line := range e.head {
		if line != "" {
			line = pad(depth) + line
		}
		before = append(before, line)
	}
	if !w.begun {
		for _, line := range before {
			if line != "" || len(w.lines) > 0 && w.lines[len(w.lines)-1].code != "" {
				w.add(line)
			}
		}
		return e
	}
	for _, line := range before { // below "- ": above the item
		if line != "" {
			w.lines = slices.Insert(w.lines, len(w.lines)-1, row{code: strings.TrimPrefix(line, "  ")})
		}
	}
	return e
}

func (w *writer) close(e *entry, depth int) {
	for _, line := range e.foot {
		if line != "" {
			line = pad(depth) + line
		}
		w.add(line)
	}
}

func pad(depth int) string { return strings.Repeat("  ", depth) }

// value writes a value behind its key or dash.
func (w *writer) value(label string, n *yaml.Node, s *shape, depth int, e *entry) {
	start := pad(depth) + label
	at := len(w.lines)
	if w.begun {
		at--
		start = w.lines[at].code + " " + label
		w.lines, w.begun = w.lines[:at], false
	}
	text, fits := short(n, s, utf8.RuneCountInString(start)+1, depth)
	switch {
	case fits:
		code := start
		if text != "" {
			code = strings.TrimLeft(start+" "+text, "\n")
		}
		if label == "" {
			code = pad(depth) + text
		}
		rows := strings.Split(code, "\n")
		for _, code := range rows {
			w.add(code)
		}
	case label == "-":
		w.add(start)
		w.begun = true
		w.block(blocked(n), s, depth+1)
	default:
		w.add(start)
		w.block(blocked(n), s, depth+1)
	}
	if e.line != "" {
		w.comment(at, e.line, depth)
	}
}

// comment puts a comment behind a line that was written; when it has one, or goes on as a
// block text, above it.
func (w *writer) comment(at int, text string, depth int) {
	if w.lines[at].comment == "" {
		w.lines[at].comment = text
		return
	}
	w.lines = slices.Insert(w.lines, at, row{code: pad(depth) + text})
}

// blocked is a node that does not fit into braces any more.
func blocked(n *yaml.Node) *yaml.Node {
	dup := *n
	dup.Style &^= yaml.FlowStyle
	return &dup
}
