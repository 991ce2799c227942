package prompt

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// What is no text, or no YAML, is told with its place and what to do.
func TestSyntax(t *testing.T) {
	t.Parallel()
	wide := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune("a: b\n")) {
		wide += string([]byte{byte(unit), byte(unit >> 8)})
	}
	for text, want := range map[string]string{
		"a:\n  ms: {text: \"caf\xe9\"}\n":               "2:18 not text in UTF-8; save the file in that encoding",
		wide:                                            "1:1 not text in UTF-8",
		"a:\n  ms: {text: \"一\x1b\"}\n":                 "2:16 not text: a control character (number 27)",
		"\x7fELF\x02\x01":                               "1:5 not text: a control character (number 2)",
		"a:\n\tms: {text: Satu}\n":                      "2:1 not YAML: found character that cannot start any token; a tab; step inwards by two spaces",
		"a:\n  b: {c: d\n \te: f}\n":                    "3:2 not YAML",
		"keys: {\"0\": x, *: BACK}\n":                   `1:16 not YAML: did not find expected alphabetic or numeric character; a key of a telephone stands in quotation marks: "*"`,
		"keys: {\"*\": x, #: BACK}\n\nnodes:\n  a: b\n": `1:16 not YAML: did not find expected ',' or '}'; a key of a telephone stands in quotation marks: "#"`,
		"a:\n  b: c\n d: e\n":                           "3:2 not YAML",
		"a: \"b\nc: d\n":                                "look here and at the line above: a quotation mark",
	} {
		s := &source{file: "x.yaml"}
		s.root([]byte(text))
		if len(s.problems) != 1 || !strings.Contains(strings.TrimPrefix(s.problems[0].String(), "x.yaml:"), strings.Replace(want, " not", ": error[E101]: not", 1)) {
			t.Errorf("%q: %v; want %s", text, s.problems, want)
		}
	}
	if line, col, wrong := Illegible([]byte("a: 一\r\n\tb\n")); wrong != "" || line != 3 || col != 1 {
		t.Error(line, col, wrong)
	}
}
