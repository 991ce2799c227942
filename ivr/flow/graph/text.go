package graph

import (
	"fmt"
	"strings"

	"talian/ivr/flow/diff"
)

// colours are those of boxes and edges that differ: the line, and the ground of a box.
func colours(status diff.Kind) (line, ground string) {
	switch status {
	case diff.Added:
		return "#2e7d32", "#c8e6c9"
	case diff.Removed:
		return "#c62828", "#ffcdd2"
	case diff.Changed:
		return "#ef6c00", "#ffe0b2"
	}
	return "", ""
}

// Mermaid writes the graph for Mermaid.
func (g *Graph) Mermaid() string {
	var b, styles strings.Builder
	fmt.Fprintf(&b, "flowchart TD\n")
	names := map[string]string{}
	for i, box := range g.Boxes {
		names[box.ID] = fmt.Sprintf("b%d", i)
		left, right := brackets(box.Shape)
		fmt.Fprintf(&b, "  b%d%s\"%s\"%s\n", i, left, mermaidText(strings.Join(box.Lines, "\n")), right)
		if line, ground := colours(box.Status); line != "" {
			fmt.Fprintf(&styles, "  style b%d fill:%s,stroke:%s\n", i, ground, line)
		}
	}
	for i, e := range g.Edges {
		arrow := "-->"
		if e.Failure {
			arrow = "-.->"
		}
		if label := e.label(); label != "" {
			arrow += "|\"" + mermaidText(label) + "\"|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", names[e.From], arrow, names[e.To])
		if line, _ := colours(e.Status); line != "" {
			fmt.Fprintf(&styles, "  linkStyle %d stroke:%s\n", i, line)
		}
	}
	return b.String() + styles.String()
}

func brackets(s Shape) (left, right string) {
	switch s {
	case Ask:
		return "{{", "}}"
	case Start, End:
		return "([", "])"
	case Other:
		return "[[", "]]"
	case Whole:
		return "[/", "/]"
	default:
		return "[", "]"
	}
}

func mermaidText(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "\n", "<br/>").Replace(text)
}

// DOT writes the graph for Graphviz.
func (g *Graph) DOT() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  rankdir=TB\n  node [shape=box fontname=\"sans-serif\" fontsize=11]\n  edge [fontname=\"sans-serif\" fontsize=9]\n", quote(g.Title))
	for _, box := range g.Boxes {
		attributes := []string{"label=" + quote(strings.Join(box.Lines, "\n"))}
		attributes = append(attributes, dotShape(box.Shape)...)
		if line, ground := colours(box.Status); line != "" {
			attributes = append(attributes, "color="+quote(line), "fillcolor="+quote(ground), "style=filled")
		}
		fmt.Fprintf(&b, "  %s [%s]\n", quote(box.ID), strings.Join(attributes, " "))
	}
	for _, e := range g.Edges {
		var attributes []string
		if label := e.label(); label != "" {
			attributes = append(attributes, "label="+quote(label))
		}
		if e.Failure {
			attributes = append(attributes, "style=dashed")
		}
		if line, _ := colours(e.Status); line != "" {
			attributes = append(attributes, "color="+quote(line), "fontcolor="+quote(line))
		}
		fmt.Fprintf(&b, "  %s -> %s", quote(e.From), quote(e.To))
		if len(attributes) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(attributes, " "))
		}
		b.WriteString("\n")
	}
	return b.String() + "}\n"
}

func dotShape(s Shape) []string {
	switch s {
	case Ask:
		return []string{"shape=hexagon"}
	case Start, End:
		return []string{"shape=oval"}
	case Other:
		return []string{"shape=component"}
	case Whole:
		return []string{"shape=parallelogram"}
	default:
		return nil
	}
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
