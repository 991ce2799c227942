package layout

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// short gives a value that stands behind its key: a word, or braces and brackets as they
// were written, when they fit. A list of words goes over several lines rather than one
// each. Col is where it begins.
func short(n *yaml.Node, s *shape, col, depth int) (text string, fits bool) {
	if n.Kind == yaml.ScalarNode {
		return scalar(n, depth), true
	}
	if n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
		return "", false
	}
	text = inline(n, s)
	alone := n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[1].Kind == yaml.ScalarNode // two lines would be as wide
	if col+utf8.RuneCountInString(text) <= Width || len(n.Content) == 0 || alone {
		return text, true
	}
	if n.Kind == yaml.SequenceNode && ofWords(n) {
		return wrap(n, col, depth), true
	}
	return "", false
}

// inline writes a node in one line.
func inline(n *yaml.Node, s *shape) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		s = s.of(n)
		for _, p := range sorted(n, s) {
			parts = append(parts, strings.TrimSuffix(scalar(p.key, 0)+": "+inline(p.value, s.value(p.key.Value)), " "))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, inline(item, s.value("")))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return scalar(n, 0)
	}
}

func ofWords(n *yaml.Node) bool {
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

// wrap writes a list of words in as many lines as it needs.
func wrap(n *yaml.Node, col, depth int) string {
	var b strings.Builder
	b.WriteByte('[')
	col++
	for i, item := range n.Content {
		word := scalar(item, 0)
		if i+1 < len(n.Content) {
			word += ","
		} else {
			word += "]"
		}
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case col+1+width > Width:
			b.WriteString("\n" + pad(depth+1))
			col = 2 * (depth + 1)
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += width
	}
	return b.String()
}

// scalar writes a word as it was quoted. A plain one over several lines becomes one line; a
// block text keeps its form below the key.
func scalar(n *yaml.Node, depth int) string {
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 && !strings.Contains(n.Value, "\n") {
		return n.Value
	}
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0 && !strings.Contains(n.Value, "\n"):
		return "'" + strings.ReplaceAll(n.Value, "'", "''") + "'"
	case n.Style&yaml.DoubleQuotedStyle != 0 && readable(n.Value):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n.Value) + `"`
	}
	return encoded(n, depth)
}

// readable tells a text that needs no escapes but those of quotes.
func readable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0xa0 || r == 0xfeff || r >= 0x2028 && r <= 0x2029 || r == utf8.RuneError
	})
}

// encoded leaves the rest to the library.
func encoded(n *yaml.Node, depth int) string {
	dup := *n
	dup.HeadComment, dup.LineComment, dup.FootComment = "", "", ""
	var b strings.Builder
	dumper, err := yaml.NewDumper(&b, yaml.WithLineWidth(-1), yaml.WithIndent(2))
	if err != nil {
		return ""
	}
	if err := dumper.Dump(&dup); err != nil {
		return ""
	}
	if err := dumper.Close(); err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := 1; i < len(lines); i++ {
		if lines[i] != "" {
			lines[i] = pad(depth) + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
