package bundle

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//nolint:gochecknoglobals // constants, which Go has no form for
var (
	secretWord  = regexp.MustCompile(`(?i)(^|_|-)(passwords?|passwd|tokens?|secrets?|authorization|api_?keys?|credentials?)$`)
	secretValue = regexp.MustCompile(`(?i)^(bearer|basic) +[a-z0-9+/=_.~-]{6,}$`)
	secretURL   = regexp.MustCompile(`^[a-z]+://[^/@ ]+:[^/@ ]+@`)
	secretPair  = regexp.MustCompile(`(?i)[?&"](access_token|token|password|passwd|secret|api_?key|authorization)("\s*:\s*"|=)([^"{&][^"&]*)`)
)

// checkSecrets looks for secrets that are written out. A bundle is read by many and kept in
// an archive for ever; it names secrets, and ivrd's own folder holds them.
func (b *builder) checkSecrets(s *source) {
	if s.root == nil || strings.HasPrefix(s.path, "prompts/") {
		return
	}
	w := &secretWatch{b: b, s: s}
	w.look(s.root, nil)
}

type secretWatch struct {
	b *builder
	s *source
}

func (w *secretWatch) look(n *yaml.Node, path []string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if value.Kind == yaml.ScalarNode && secretWord.MatchString(key.Value) && w.literal(key.Value, value.Value, path) {
				w.b.complain(w.s, value, "E602", nil, "a secret must not be written in a file of the bundle; name a file of ivrd's secrets folder in services.yaml")
				continue
			}
			w.look(value, append(path[:len(path):len(path)], key.Value))
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			w.look(item, path)
		}
	case yaml.ScalarNode:
		if secretValue.MatchString(n.Value) || secretURL.MatchString(n.Value) || secretPair.MatchString(n.Value) {
			w.b.complain(w.s, n, "E602", nil, "this holds a secret; name a file of ivrd's secrets folder in services.yaml")
		}
	default: // there are no others: E103
	}
}

// literal tells whether the value of a key with a secret's name is the secret itself. A
// service's secret is the name of a file; maps by names of the author's hold an expression,
// a variable or a way out.
func (w *secretWatch) literal(key, value string, path []string) bool {
	if value == "" {
		return false
	}
	last := ""
	if len(path) > 0 {
		last = path[len(path)-1]
	}
	switch {
	case w.s.path == "services.yaml" && key == "secret":
		return false // told where it is read
	case slices.Contains([]string{"set", "with", "fields"}, last):
		return strings.ContainsAny(value[:1], "\"'`")
	case slices.Contains([]string{"save", "exits", "choices", "handlers", "keys", "words", "slots", "skills"}, last):
		return false
	}
	return true
}
