package prompt

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Illegible tells what keeps a file from being read as text: an encoding other than UTF-8, or a
// character that is no text. Line and col, in characters, count from 1; wrong is "" when the
// file can be read.
func Illegible(data []byte) (line, col int, wrong string) {
	text := string(data)
	line, col = 1, 1
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line, col, "not text in UTF-8; save the file in that encoding"
		case r == '\n':
			line, col = line+1, 0
		case r < ' ' && r != '\t' && r != '\r':
			return line, col, fmt.Sprintf("not text: a control character (number %d)", r)
		}
		at, col = at+size, col+1
	}
	return line, col, ""
}

// unquoted is a star or a hash that begins a key without quotation marks.
var unquoted = regexp.MustCompile(`(?:^|[{,])\s*([*#])\s*:`)

// Syntax tells where and why a text is no YAML, and what to look for. Err is what the loader
// said. Line and col, in characters, count from 1.
func Syntax(err error, lines []string) (line, col int, wrong string) {
	line, col, why := 1, 1, err.Error()
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, col, why = max(at.Mark.Line, 1), max(at.Mark.Column, 1), at.Message
	}
	cure := "look here and at the line above: a quotation mark, bracket or colon is missing, or a line begins too far left or right"
	for n := min(line, len(lines)); n > max(0, line-5); n-- { // the parser stumbles at or behind the mistake
		text := lines[n-1]
		if indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]; strings.Contains(indent, "\t") {
			line, col = n, 1+strings.Index(indent, "\t")
			cure = "a tab; step inwards by two spaces"
			break
		}
		if key := unquoted.FindStringSubmatchIndex(text); key != nil {
			line, col = n, utf8.RuneCountInString(text[:key[2]])+1
			cure = fmt.Sprintf("a key of a telephone stands in quotation marks: %q", text[key[2]:key[3]])
			break
		}
	}
	return line, col, fmt.Sprintf("not YAML: %s; %s", why, cure)
}
