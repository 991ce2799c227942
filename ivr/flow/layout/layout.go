package layout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
)

// Width is the longest line that braces and brackets may make, in characters. A comment
// may go beyond.
const Width = 150

// Format gives a file of a bundle in the one form. File is its path inside the bundle and
// says what kind it is; of another file only the indentation is put in order. It fails when
// the text is not YAML, holds more than one document or uses what the flow language leaves
// out of YAML.
func Format(file string, text []byte) ([]byte, error) {
	if line, _, wrong := prompt.Illegible(text); wrong != "" {
		return nil, fmt.Errorf("%s: line %d: %s", file, line, wrong)
	}
	source := strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")
	if at := strings.IndexAny(source, "\r\u0085\u2028\u2029"); at >= 0 {
		return nil, fmt.Errorf("%s: line %d holds an unusual end of a line", file, 1+strings.Count(source[:at], "\n"))
	}
	once, err := render(file, source)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if twice, err := render(file, once); err != nil || twice != once {
		return nil, fmt.Errorf("%s is left as it is: it has no one form; write long quoted texts in one line", file)
	}
	return []byte(once), nil
}

// render formats once, and looks that nothing was lost.
func render(file, source string) (string, error) {
	root, err := parse(source)
	if err != nil {
		return "", err
	}
	if root == nil { // nothing but comments
		return source, nil
	}
	lines := strings.Split(source, "\n")
	comments := scan(lines)
	w := &writer{entries: attach(root, lines, comments)}
	kind, _ := bundle.KindOf(file)
	w.file(root, shapeOfFile(kind.Name))
	result := w.text()
	if err := same(root, comments, result); err != nil {
		return "", fmt.Errorf("it is left as it is: %w", err)
	}
	return result, nil
}

// parse gives the top node of the one document; nil when there is none.
func parse(text string) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // an empty file has no node
		}
		return nil, err
	}
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return nil, nil //nolint:nilnil // as above
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Value == "" {
		return nil, nil //nolint:nilnil // as above
	}
	return root, plain(root)
}

// plain refuses what the flow language does not have.
func plain(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || n.Tag == "!!merge" {
		return fmt.Errorf("line %d: anchors, aliases, tags and merge keys are not part of the flow language", n.Line)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: a key must be a word", child.Line)
		}
		if err := plain(child); err != nil {
			return err
		}
	}
	return nil
}

// same looks whether a result says what the source said.
func same(root *yaml.Node, comments []comment, result string) error {
	again, err := parse(result)
	if err != nil || again == nil {
		return fmt.Errorf("it could not be read again: %w", err)
	}
	if value(root) != value(again) {
		return errors.New("a value would have changed")
	}
	if !slices.Equal(words(comments), words(scan(strings.Split(result, "\n")))) {
		return errors.New("a comment would have got lost")
	}
	return nil
}

// words gives the texts of comments, sorted.
func words(comments []comment) []string {
	var all []string
	for _, c := range comments {
		all = append(all, c.text)
	}
	slices.Sort(all)
	return all
}

// value writes what a node says, whatever the order of its keys.
func value(n *yaml.Node) string {
	var b bytes.Buffer
	switch n.Kind {
	case yaml.MappingNode:
		var pairs []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			pairs = append(pairs, value(n.Content[i])+":"+value(n.Content[i+1]))
		}
		slices.Sort(pairs)
		fmt.Fprintf(&b, "{%s}", strings.Join(pairs, ","))
	case yaml.SequenceNode:
		b.WriteByte('[')
		for _, item := range n.Content {
			b.WriteString(value(item) + ",")
		}
		b.WriteByte(']')
	default:
		fmt.Fprintf(&b, "%s %q", n.ShortTag(), n.Value)
	}
	return b.String()
}
