package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlMistake gives the first mistake in text as path:line: what, in words for those who
// do not know the program.
func yamlMistake(path string, text []byte, err error) string {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many) && len(many.Errors) > 0:
		one = many.Errors[0]
	case !errors.As(err, &one):
		return path + ": " + err.Error()
	}
	line, what := one.Mark.Line, words(one.Message)
	if line == 0 && one.Stage == yaml.ReaderStage { // it counts bytes, not lines
		line = 1 + bytes.Count(text[:min(one.Mark.Index, len(text))], []byte("\n"))
		what = "not plain text: " + what
	}
	if line == 0 {
		return fmt.Sprintf("%s: %s", path, what)
	}
	return fmt.Sprintf("%s:%d: %s", path, line, what)
}

// words says what the library says without the names of Go's types and YAML's tags.
func words(message string) string {
	if field, _, unknown := strings.Cut(message, " not found in type "); unknown {
		return "unknown key " + strings.TrimPrefix(field, "field ")
	}
	found, wrong := strings.CutPrefix(message, "cannot construct ")
	if !wrong {
		return message
	}
	found, wanted, into := strings.Cut(found, " into ")
	if !into {
		found, wanted, _ = strings.Cut(found, " as a ")
	}
	return fmt.Sprintf("here stands %s, but %s is wanted", present(found), expected(wanted))
}

// present describes a value by its tag, and its text where it has one.
func present(value string) string {
	tag, text, _ := strings.Cut(value, " ")
	switch {
	case tag == "!!seq":
		return "a list"
	case tag == "!!map":
		return "a group of keys"
	default:
		return strings.Trim(text, "`")
	}
}

// expected describes a Go type or a tag.
func expected(kind string) string {
	switch kind = strings.TrimPrefix(kind, "!!"); {
	case kind == "bool":
		return "true or false"
	case kind == "str", kind == "string":
		return "one text"
	case kind == "float", kind == "timestamp":
		return "a " + kind
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case strings.HasPrefix(kind, "[]"):
		return "a list ([a, b])"
	default:
		return "a group of keys (key: value)"
	}
}
