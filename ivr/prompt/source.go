package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits on a prompts file, so that whatever is written takes little time and memory.
const (
	maxFile  = 256 << 10
	maxMarks = 40_000 // characters that begin or part values: , : [ { and the ends of lines
	maxTold  = 200    // problems that are told before the file is not read on
)

// source is one prompts file while it is read.
type source struct {
	file     string
	lines    []string
	problems []Problem
}

func (s *source) complain(n *yaml.Node, code, format string, args ...any) {
	s.complainAt(n.Line, n.Column, code, format, args...)
}

// full tells whether so many problems of the file are told that it is not read on.
func (s *source) full() bool { return len(s.problems) >= maxTold }

func (s *source) complainAt(line, col int, code, format string, args ...any) {
	if s.full() {
		return
	}
	s.problems = append(s.problems, Problem{s.file, line, col, code, fmt.Sprintf(format, args...)})
}

// root parses the file to its top node; nil when it is empty or cannot be read on.
func (s *source) root(data []byte) *yaml.Node {
	if len(data) > maxFile {
		s.complainAt(1, 1, "E101", "the file is larger than %d KiB; split it", maxFile>>10)
		return nil
	}
	marks := 0
	for _, mark := range []string{",", ":", "[", "{", "\n"} {
		marks += bytes.Count(data, []byte(mark))
	}
	if marks > maxMarks {
		s.complainAt(1, 1, "E101", "more than %d values and lines; split the file", maxMarks/2)
		return nil
	}
	s.lines = strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if line, col, wrong := Illegible(data); wrong != "" {
		s.complainAt(line, col, "E101", "%s", wrong)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		s.syntax(err)
		return nil
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil {
		if !errors.Is(err, io.EOF) {
			s.syntax(err)
		}
		return nil
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case err == nil:
		s.complain(&second, "E103", "a second document; one file holds one document")
	case !errors.Is(err, io.EOF):
		s.syntax(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil
	}
	s.refuseIndirection(doc.Content[0])
	return doc.Content[0]
}

// syntax reports what the parser said, at the place of the mistake.
func (s *source) syntax(err error) {
	line, col, wrong := Syntax(err, s.lines)
	s.complainAt(line, col, "E101", "%s", wrong)
}

// refuseIndirection reports anchors, aliases, tags and merge keys.
func (s *source) refuseIndirection(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		s.complain(n, "E103", "alias *%s; write the value out", n.Value)
		return
	case n.Anchor != "":
		s.complain(n, "E103", "anchor &%s; write the value out where it is needed", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		s.complain(n, "E103", "tag %s; tags are not used here", n.Tag)
	case n.Tag == "!!merge":
		s.complain(n, "E103", "merge key; write the values out")
	}
	for _, child := range n.Content {
		s.refuseIndirection(child)
	}
}

// pairs visits the entries of a mapping and reports keys that are written twice or
// are not plain text. what names the mapping in the message when it is no mapping.
func (s *source) pairs(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	if n.Kind == yaml.AliasNode {
		return // reported as E103
	}
	if n.Kind != yaml.MappingNode {
		s.complain(n, "E105", "%s must be a mapping (key: value)", what)
		return
	}
	first := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			s.complain(key, "E105", "a key must be plain text")
			continue
		}
		if before, twice := first[key.Value]; twice {
			s.complain(key, "E102", "%s is written twice, first in line %d column %d", key.Value, before.Line, before.Column)
			continue
		}
		first[key.Value] = key
		visit(key, n.Content[i+1])
	}
}

// place finds the line and column of the character at index i (in characters) of a
// scalar's value; the scalar's own place when it is folded, escaped or in a block.
func (s *source) place(n *yaml.Node, i int) (line, col int) {
	col = n.Column
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		col++
	}
	if n.Line < 1 || n.Line > len(s.lines) {
		return n.Line, n.Column
	}
	value, text := []rune(n.Value), []rune(s.lines[n.Line-1])
	start := col - 1
	if i >= len(value) || start+i >= len(text) || string(text[start:start+i+1]) != string(value[:i+1]) {
		return n.Line, n.Column
	}
	return n.Line, col + i
}
