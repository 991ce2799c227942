package layout

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// comment is one comment of a file.
type comment struct {
	line int // from 0
	col  int // characters before the number sign
	full bool
	text string // from the number sign on, without blanks at the end
}

//nolint:gochecknoglobals // a constant, which Go has no form for
var blockForm = regexp.MustCompile(`(^|[:\-] +)[|>][0-9+\-]*$`)

// scan finds the comments of a file. It follows quotes over lines and passes over block
// texts, so a number sign in a text is none.
func scan(lines []string) []comment {
	var all []comment
	s := scanner{}
	for i, line := range lines {
		if s.block && (strings.TrimSpace(line) == "" || indent(line) > s.under) {
			continue
		}
		s.block = false
		at := s.line(line)
		code := line
		if at >= 0 {
			code = line[:at]
			all = append(all, comment{line: i, col: utf8.RuneCountInString(code), full: strings.TrimSpace(code) == "", text: strings.TrimRight(line[at:], " \t\r")})
		}
		if s.quote == 0 && blockForm.MatchString(strings.TrimRight(code, " \t")) {
			s.block, s.under = true, indent(line)
			for rest := strings.TrimLeft(line, " "); strings.HasPrefix(rest, "- "); rest = strings.TrimLeft(rest[2:], " ") {
				if inner := strings.TrimLeft(rest[2:], " "); inner[0] != '|' && inner[0] != '>' {
					s.under = len(line) - len(inner)
				}
			}
		}
	}
	return all
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// scanner is where the scan stands between lines.
type scanner struct {
	quote byte // of the quoted text that goes on; 0 = none
	depth int  // braces and brackets that are open
	block bool // a block text goes on
	under int  // indentation of the line that began it
}

// line gives where a line's comment begins, -1 when it has none.
func (s *scanner) line(line string) int {
	start := true // a quoted text or a comment may begin here
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case s.quote == '"' && c == '\\':
			i++
		case s.quote == '\'' && c == '\'' && strings.HasPrefix(line[i+1:], "'"):
			i++
		case s.quote != 0:
			if c == s.quote {
				s.quote = 0
			}
			start = false
		case c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return i
		case start && (c == '"' || c == '\''):
			s.quote = c
		case c == ' ' || c == '\t':
			// neither ends nor begins a word that stands after a sign
		case start && (c == '[' || c == '{'):
			s.depth++
		case s.depth > 0 && (c == ']' || c == '}'):
			s.depth--
			start = false
		default:
			start = s.depth > 0 && c == ',' || c == ':' && (i+1 == len(line) || line[i+1] == ' ') ||
				c == '-' && strings.Trim(line[:i], " -") == "" && strings.HasPrefix(line[i+1:], " ")
		}
	}
	return -1
}
