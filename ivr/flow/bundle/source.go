package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/prompt"
)

// Limits on what is read, so that whatever is written takes little time and memory.
const (
	maxFile  = 256 << 10
	maxMarks = 40_000 // characters that begin or part values: , : [ { and the ends of lines
)

// source is one file of the bundle.
type source struct {
	path  string // inside the bundle
	lines []string
	root  *yaml.Node // nil when the text is not YAML
}

// stem is the file's name without folder and ending.
func (s *source) stem() string { return strings.TrimSuffix(path.Base(s.path), ".yaml") }

// read reads one file; false when it is not there.
func (b *builder) read(name string) (*source, bool) {
	text, err := prompt.ReadFile(b.files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	s := &source{path: name}
	b.sources, b.unread[name] = append(b.sources, s), true
	if err != nil {
		b.complainAt(s, 1, 1, "E101", nil, "cannot be read: %v", err)
		return s, true
	}
	s.lines = strings.Split(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")
	if len(text) > maxFile {
		b.complainAt(s, 1, 1, "E101", nil, "larger than 256 KiB")
		return s, true
	}
	if crowded(text) {
		b.complainAt(s, 1, 1, "E101", nil, "more than %d values and lines; split the file", maxMarks/2)
		return s, true
	}
	b.parse(s, text)
	return s, true
}

// crowded tells whether a text has more values than a file may have.
func crowded(text []byte) bool {
	marks := 0
	for _, c := range text {
		switch c {
		case ',', ':', '[', '{', '\n':
			marks++
		}
	}
	return marks > maxMarks
}

// hidden tells whether a file is an editor's own.
func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

// readAll reads the YAML files of one folder, in the order of their names.
func (b *builder) readAll(folder string) []*source {
	names, err := fs.Glob(b.files, folder+"/*.yaml")
	if err != nil {
		return nil
	}
	slices.Sort(names)
	var all []*source
	for _, name := range names {
		if hidden(name) {
			continue
		}
		switch s, ok := b.read(name); {
		case !ok:
			b.complainAt(&source{path: name}, 1, 1, "E101", nil, "cannot be read: it is a link to nothing")
		case s.root != nil:
			all = append(all, s)
		}
	}
	return all
}

func (b *builder) parse(s *source, text []byte) {
	if line, col, wrong := prompt.Illegible(text); wrong != "" {
		b.complainAt(s, line, col, "E101", nil, "%s", wrong)
		return
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		b.complainAt(s, 1, 1, "E101", nil, "%v", err)
		return
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		b.notYAML(s, err)
		return
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		b.complainAt(s, 1, 1, "E105", nil, "the file is empty")
		return
	}
	switch err := loader.Load(&second); {
	case err == nil:
		b.complainAt(s, max(1, second.Line), max(1, second.Column), "E103", nil, "a second document; one document per file")
	case !errors.Is(err, io.EOF):
		b.notYAML(s, err)
		return
	}
	if b.plain(s, document.Content[0], "") {
		s.root = document.Content[0]
		delete(b.unread, s.path)
	}
}

func (b *builder) notYAML(s *source, err error) {
	line, col, wrong := prompt.Syntax(err, s.lines)
	b.complainAt(s, line, col, "E101", nil, "%s", wrong)
}

// plain refuses what the flow language leaves out of YAML, and keys written twice.
func (b *builder) plain(s *source, n *yaml.Node, under string) bool {
	good := true
	refuse := func(what string) {
		good = false
		b.complain(s, n, "E103", nil, "%s are not part of the flow language", what)
	}
	switch {
	case n.Kind == yaml.AliasNode:
		refuse("aliases")
		return false
	case n.Anchor != "":
		refuse("anchors")
	case n.Style&yaml.TaggedStyle != 0:
		refuse("tags")
	}
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			good = b.plain(s, item, "") && good
		}
		return good
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			b.complain(s, key, "E105", nil, "a key must be a word")
			good = false
			continue
		}
		if key.Value == "<<" {
			b.complain(s, key, "E103", nil, "merge keys are not part of the flow language")
			good = false
		}
		if first, twice := seen[key.Value]; twice {
			code := "E102"
			if slices.Contains([]string{"choices", "options", "keys", "words"}, under) {
				code = "E303"
			}
			b.complain(s, key, code, nil, "%q is written twice, first in line %d column %d", key.Value, first.Line, first.Column)
		}
		seen[key.Value] = key
		good = b.plain(s, value, key.Value) && good
	}
	return good
}

func (b *builder) complain(s *source, n *yaml.Node, code string, allowed []string, format string, args ...any) {
	b.complainAt(s, n.Line, n.Column, code, allowed, format, args...)
}

// maxTold is how many errors, and how many warnings, of one file are told. Somebody who has
// that many does not read them all, and texts made to be nasty would have very many.
const maxTold = 200

// full tells whether no further error of a file is told.
func (b *builder) full(s *source) bool { return b.told["E"+s.path] >= maxTold }

func (b *builder) complainAt(s *source, line, col int, code string, allowed []string, format string, args ...any) {
	kind := code[:1] + s.path
	if b.told == nil {
		b.told = map[string]int{}
	}
	if b.told[kind]++; b.told[kind] > maxTold {
		return
	}
	p := Problem{File: s.path, Line: line, Col: col, Code: code, Allowed: allowed, Text: fmt.Sprintf(format, args...)}
	if line >= 1 && line <= len(s.lines) {
		p.Source = strings.TrimRight(s.lines[line-1], "\r")
	}
	b.problems = append(b.problems, p)
	if b.told[kind] == maxTold {
		p.Text = fmt.Sprintf("this is one of many; no more than %d of a file are told", maxTold)
		b.problems = append(b.problems, p)
	}
}
