package bundle

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// File is one file of the flow language that is read by another package: its text, and the
// problems found in it so far.
type File struct {
	Root     *yaml.Node // nil when the text is not YAML as the flow language has it
	Problems []Problem

	source *source
}

// Parse reads YAML as the flow language has it: one document without anchors, aliases, tags
// and merge keys, no key twice. The name is that of the file inside the bundle.
func Parse(name string, text []byte) *File {
	b := &builder{}
	s := &source{path: name, lines: strings.Split(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")}
	switch {
	case len(text) > maxFile:
		b.complainAt(s, 1, 1, "E101", nil, "larger than 256 KiB")
	case crowded(text):
		b.complainAt(s, 1, 1, "E101", nil, "more than %d values and lines; split the file", maxMarks/2)
	default:
		b.parse(s, text)
	}
	return &File{Root: s.root, Problems: b.problems, source: s}
}

// Complain notes a problem at a node of the file. Allowed is what could stand there instead.
func (f *File) Complain(n *yaml.Node, code string, allowed []string, format string, args ...any) {
	b := &builder{}
	b.complain(f.source, n, code, allowed, "%s", fmt.Sprintf(format, args...))
	f.Problems = append(f.Problems, b.problems...)
}

// Nearest gives `; did you mean "x"?` for the candidate closest to what was written, or "".
func Nearest(written string, candidates []string) string { return nearest(written, candidates) }

// Sorted puts problems into the order of files and lines, each once.
func Sorted(all []Problem) []Problem { return sortProblems(all) }
