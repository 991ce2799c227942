package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one complaint about a bundle.
type Problem struct {
	File      string // path inside the bundle, with slashes
	Line, Col int    // from 1; columns count characters
	Code      string // for example "E204"; W7xx are warnings
	Text      string
	Allowed   []string // what could stand there instead
	Source    string   // the line
}

// Warning tells whether the program is usable in spite of the problem.
func (p Problem) Warning() bool { return strings.HasPrefix(p.Code, "W") }

// String gives the complaint, the source line and a caret below the place.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s[%s]: %s", p.File, p.Line, p.Col, p.level(), p.Code, p.Text)
	if p.Source != "" {
		number := fmt.Sprintf("%5d", p.Line)
		line, col := window(p.Source, p.Col)
		fmt.Fprintf(&b, "\n%s | %s\n%s | %s^", number, line, strings.Repeat(" ", len(number)), pad(line, col-1))
	}
	if len(p.Allowed) > 0 {
		fmt.Fprintf(&b, "\n        allowed: %s", strings.Join(p.Allowed, ", "))
	}
	return b.String()
}

// maxShown is how much of a line is shown, in characters.
const maxShown = 240

// window gives the part of a long line around a column, and the column in it.
func window(line string, col int) (string, int) {
	runes := []rune(line)
	if len(runes) <= maxShown {
		return line, col
	}
	from := min(max(0, col-1-maxShown/2), len(runes)-maxShown)
	part, col := string(runes[from:from+maxShown]), col-from
	if from > 0 {
		part, col = "… "+part, col+2
	}
	if from+maxShown < len(runes) {
		part += " …"
	}
	return part, col
}

// pad gives the blanks below the first n characters of a line; tabs stay tabs.
func pad(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Errors gives the problems that forbid the use of the bundle.
func Errors(all []Problem) []Problem {
	return slices.DeleteFunc(slices.Clone(all), Problem.Warning)
}

func sortProblems(all []Problem) []Problem {
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(all, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && a.Col == b.Col && a.Code == b.Code && a.Text == b.Text
	})
}

// nearest gives `; did you mean "x"?` for the candidate closest to what was written.
func nearest(written string, candidates []string) string {
	best := closest(written, candidates)
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// closest gives the candidate that differs least from what was written; "" when all differ
// by much. Long words and long lists are not gone through: nobody mistyped those.
func closest(written string, candidates []string) string {
	const longWord, longList = 64, 2000
	if len(written) > longWord || len(candidates) > longList {
		return ""
	}
	best, least := "", 1+utf8.RuneCountInString(written)/3
	for _, c := range candidates {
		if len(c) > longWord {
			continue
		}
		if d := distance(written, c); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance counts the single-character edits that make b of a (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		above := row[0]
		row[0]++
		for j := range y {
			cost := above
			if x[i] != y[j] {
				cost++
			}
			above = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
