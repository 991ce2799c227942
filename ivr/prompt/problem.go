package prompt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a prompts file or a recording.
type Problem struct {
	File string // the file, below the folder given to Load or, for a recording, the WAV file
	Line int    // from 1; 0 when the mistake is in no particular line
	Col  int    // from 1, in characters; 0 with Line 0
	Code string // such as "E403"
	Text string // what is wrong, and what would be right
}

// String writes the problem as file:line:col: error[code]: text.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: error[%s]: %s", p.File, p.Code, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: error[%s]: %s", p.File, p.Line, p.Col, p.Code, p.Text)
}

// sortProblems orders problems by place.
func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

// didYouMean proposes the known name closest to a mistyped one, as the end of a
// message; "" when none is close.
func didYouMean(name string, known []string) string {
	best, least := "", 1+len(name)/3
	for _, k := range known {
		if d := distance(name, k); d <= least {
			best, least = k, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// distance counts the letters to change, add or drop between two names (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// oneOf writes a list of allowed values for a message.
func oneOf(values []string) string { return strings.Join(values, ", ") }
