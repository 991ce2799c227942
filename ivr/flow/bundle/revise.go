package bundle

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// Taken is something that a test took: a node, or one of its exits.
type Taken struct {
	Flow, Node string
	Exit       string // "" = the node; else next, the name of an exit, or "key 1" of a choice
}

// Untested warns (W709) of every node and every exit written in a flow that no test took.
// The files are those of the bundle, to show the lines.
func Untested(files fs.FS, p *flow.Program, taken map[Taken]bool) []Problem {
	b := &builder{files: files, spoken: map[string]*source{}}
	for _, id := range sortedKeys(p.Flows) {
		f := p.Flows[id]
		for _, name := range sortedKeys(f.Nodes) {
			n := f.Nodes[name]
			if !taken[Taken{id, name, ""}] {
				b.complainOn(n, "W709", "no test comes to %q", name)
				continue // its exits follow
			}
			for _, exit := range exitsOf(n) {
				if !taken[Taken{id, name, exit}] {
					b.complainOn(n, "W709", "no test takes the exit %q of %q", exit, name)
				}
			}
		}
	}
	return sortProblems(b.problems)
}

// exitsOf lists what a node has written to leave by.
func exitsOf(n *flow.Node) []string {
	exits := sortedKeys(n.Exits)
	if !n.Next.Zero() {
		exits = append(exits, "next")
	}
	if keyed, keys := n.Spec.(flow.Keyed); keys {
		_, own := keyed.OwnKeys()
		for _, key := range own {
			exits = append(exits, "key "+key)
		}
	}
	return exits
}

// Renamed warns (W712) of every node that has another id than in the revision before and
// is the same otherwise: reports would count it as a new one.
func Renamed(files fs.FS, before, now *flow.Program) []Problem {
	b := &builder{files: files, spoken: map[string]*source{}}
	for _, id := range sortedKeys(now.Flows) {
		f, old := now.Flows[id], before.Flows[id]
		if old == nil {
			continue
		}
		gone := map[string]string{} // what was written: the id that it had
		for _, name := range sortedKeys(old.Nodes) {
			if f.Nodes[name] == nil {
				gone[wordsOf(old.Nodes[name])] = name
			}
		}
		for _, name := range sortedKeys(f.Nodes) {
			if was, same := gone[wordsOf(f.Nodes[name])]; same && old.Nodes[name] == nil {
				b.complainOn(f.Nodes[name], "W712", "this is %q of the revision before under another id; reports go by ids", was)
			}
		}
	}
	return sortProblems(b.problems)
}

// complainOn complains at a node of a program.
func (b *builder) complainOn(n *flow.Node, code, format string, args ...any) {
	s, read := b.spoken[n.Pos.File]
	if !read {
		s = &source{path: n.Pos.File}
		if text, err := prompt.ReadFile(b.files, n.Pos.File); err == nil {
			s.lines = strings.Split(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")
		}
		b.spoken[n.Pos.File] = s
	}
	b.complainAt(s, n.Pos.Line, n.Pos.Col, code, nil, format, args...)
}

// wordsOf writes all that a node says but for its id, each thing in one way only.
func wordsOf(n *flow.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q %q %d %s", n.Type.Name, n.About, n.Mark, n.Visits, n.Next)
	for _, exit := range sortedKeys(n.Exits) {
		fmt.Fprintf(&b, " %s>%s", exit, n.Exits[exit])
	}
	writeValue(&b, reflect.ValueOf(n.Spec).Elem())
	return b.String()
}

// writeValue writes a field as the decoder read it.
func writeValue(b *strings.Builder, v reflect.Value) {
	switch value := v.Interface().(type) {
	case *flow.Expr:
		if value != nil {
			fmt.Fprintf(b, " %q", value.Text)
		}
		return
	case flow.Out:
		fmt.Fprintf(b, " %s", value)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range fieldsOf(v) {
			fmt.Fprintf(b, " %s:", f.name)
			writeValue(b, f.value)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
		for _, key := range keys {
			fmt.Fprintf(b, " %q=", key.String())
			writeValue(b, v.MapIndex(key))
		}
	case reflect.Slice:
		for i := range v.Len() {
			b.WriteString(" -")
			writeValue(b, v.Index(i))
		}
	default:
		fmt.Fprintf(b, " %#v", v.Interface())
	}
}
