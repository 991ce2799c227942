package layout

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// entry is what stands around a key of a mapping or an item of a list that has lines of
// its own.
type entry struct {
	node  *yaml.Node // the key, or the item
	first int        // its first line, from 0
	last  int        // the last line on which anything begins that is in its braces or brackets
	col   int
	blank bool     // a blank line stands before
	head  []string // comments before it; "" = a blank line
	line  string   // comment behind its first line
	foot  []string // comments after it that belong to it
}

// entries are those of a file, with the comments before and after all of them.
type entries struct {
	of         map[*yaml.Node]*entry
	head, foot []string
}

// attach gives every comment and blank line to the entry that it belongs to.
func attach(root *yaml.Node, lines []string, comments []comment) entries {
	var all []*entry
	collect(root, &all)
	slices.SortStableFunc(all, func(a, b *entry) int { return a.first - b.first })
	e := entries{of: map[*yaml.Node]*entry{}}
	for _, one := range all {
		e.of[one.node] = one
	}
	e.blanks(all, lines)
	for _, c := range comments {
		e.comment(all, lines, c)
	}
	return e
}

// collect lists the entries below a node. Keys and items inside braces and brackets have
// no lines of their own.
func collect(n *yaml.Node, all *[]*entry) {
	if n.Style&yaml.FlowStyle != 0 {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			*all = append(*all, &entry{node: key, first: key.Line - 1, last: lastOf(key.Line-1, value), col: key.Column - 1})
			collect(value, all)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			*all = append(*all, &entry{node: item, first: item.Line - 1, last: lastOf(item.Line-1, item), col: n.Column - 1})
			collect(item, all)
		}
	default: // a word has no lines of its own
	}
}

// lastOf is where the braces or brackets of a value end, as far as is known.
func lastOf(first int, n *yaml.Node) int {
	if n.Style&yaml.FlowStyle == 0 {
		return first
	}
	return max(first, lastLine(n))
}

func lastLine(n *yaml.Node) int {
	last := n.Line - 1
	for _, child := range n.Content {
		last = max(last, lastLine(child))
	}
	return last
}

// blanks notes blank lines before entries, and those before the comments that stand there.
func (e *entries) blanks(all []*entry, lines []string) {
	for i, one := range all {
		if i > 0 && all[i-1].first == one.first {
			continue // an item and its first key: the line is the item's
		}
		before := one.first - 1
		for before >= 0 && strings.HasPrefix(strings.TrimSpace(lines[before]), "#") {
			before--
		}
		one.blank = before >= 0 && strings.TrimSpace(lines[before]) == ""
	}
}

// comment gives one comment to its entry.
func (e *entries) comment(all []*entry, lines []string, c comment) {
	holder := -1 // the innermost entry that begins above, or in the comment's line
	next := slices.IndexFunc(all, func(one *entry) bool { return one.first > c.line })
	for i, one := range all {
		if one.first > c.line || one.first == c.line && c.full {
			break
		}
		if holder < 0 || one.first > all[holder].first {
			holder = i // of entries in one line the outermost
		}
	}
	gap := c.line > 0 && strings.TrimSpace(lines[c.line-1]) == ""
	switch {
	case holder < 0:
		e.before(c, gap, lines)
	case !c.full && all[holder].first == c.line && all[holder].line == "":
		all[holder].line = c.text
	case c.line <= all[holder].last || !c.full: // inside braces or brackets over several lines
		all[holder].head = append(all[holder].head, c.text)
	case next < 0 || c.col > all[next].col:
		e.after(all, c, gap)
	default:
		one := all[next]
		if len(one.head) > 0 && gap {
			one.head = append(one.head, "")
		}
		one.head = append(one.head, c.text)
		closing(one, lines, c.line)
	}
}

// before keeps a comment at the top of the file there, whatever becomes the first key.
func (e *entries) before(c comment, gap bool, lines []string) {
	if len(e.head) > 0 && gap {
		e.head = append(e.head, "")
	}
	e.head = append(e.head, c.text)
	if c.line+1 < len(lines) && strings.TrimSpace(lines[c.line+1]) == "" {
		e.head = append(e.head, "")
	}
	e.head = slices.CompactFunc(e.head, func(a, b string) bool { return a == "" && b == "" })
}

// closing keeps the blank line between an entry and the comments before it.
func closing(one *entry, lines []string, line int) {
	if line+1 == one.first-1 && strings.TrimSpace(lines[line+1]) == "" {
		one.head = append(one.head, "")
		one.blank = true
	}
}

// after gives a comment to the entry above that is indented like it, else to the file's end.
func (e *entries) after(all []*entry, c comment, gap bool) {
	for i := len(all) - 1; i >= 0 && c.col > 0; i-- {
		if all[i].first < c.line && all[i].col == c.col {
			if gap {
				all[i].foot = append(all[i].foot, "")
			}
			all[i].foot = append(all[i].foot, c.text)
			return
		}
	}
	if gap {
		e.foot = append(e.foot, "")
	}
	e.foot = append(e.foot, c.text)
}
