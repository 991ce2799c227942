package flowtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
)

// Suite is all the tests of a bundle.
type Suite struct {
	Program *flow.Program
	Tests   []*Test

	dir string
}

// Load reads the tests of a bundle, tests/*.yaml below its folder. With any problem the
// suite must not be used.
func Load(dir string, p *flow.Program) (*Suite, []bundle.Problem) {
	s := &Suite{Program: p, dir: dir}
	files, err := filepath.Glob(filepath.Join(dir, "tests", "*.yaml"))
	if err != nil {
		return s, []bundle.Problem{{File: "tests", Line: 1, Col: 1, Code: "E101", Text: err.Error()}}
	}
	var problems []bundle.Problem
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), ".") {
			continue // an editor's own
		}
		name := "tests/" + filepath.Base(file)
		text, err := prompt.ReadFile(os.DirFS(dir), name)
		if err != nil {
			problems = append(problems, bundle.Problem{File: name, Line: 1, Col: 1, Code: "E101", Text: "cannot be read: " + err.Error()})
			continue
		}
		tests, wrong := ReadFile(p, name, text)
		s.Tests = append(s.Tests, tests...)
		problems = append(problems, wrong...)
	}
	return s, bundle.Sorted(append(problems, s.twice()...))
}

// twice complains of names that two tests have: their transcripts would be one file.
func (s *Suite) twice() []bundle.Problem {
	var problems []bundle.Problem
	seen := map[string]*Test{}
	for _, t := range s.Tests {
		file := t.transcript()
		if first := seen[file]; first != nil {
			problems = append(problems, bundle.Problem{File: t.Pos.File, Line: t.Pos.Line, Col: t.Pos.Col, Code: "E109",
				Text: fmt.Sprintf("test %q has the name of the one at %s", t.Name, place(first.Pos))})
			continue
		}
		seen[file] = t
	}
	return problems
}

// Options say which tests to run and what to do with their transcripts.
type Options struct {
	Run    *regexp.Regexp // of names, "main/silence ..."; nil = all
	Update bool           // write the transcripts anew
}

// Outcome is what a run of a suite found.
type Outcome struct {
	Results []Result
	Cover   *Cover
	Took    time.Duration
}

// FullName gives the test's name behind that of its file.
func (t *Test) FullName() string {
	return strings.TrimSuffix(filepath.Base(t.File), ".yaml") + "/" + t.Name
}

// Run runs the tests one after the other.
func (s *Suite) Run(o Options) (Outcome, error) {
	out := Outcome{Cover: NewCover(s.Program)}
	sounds := Sounds{}
	for _, t := range s.Tests {
		if o.Run != nil && !o.Run.MatchString(t.FullName()) {
			continue
		}
		began := time.Now()
		r, phone := t.Run(s.Program, sounds)
		if phone != nil {
			out.Cover.Count(phone)
		}
		if r.Failed == "" {
			if err := s.compare(&r, o.Update); err != nil {
				return out, err
			}
		}
		r.Took = time.Since(began)
		out.Took += r.Took
		out.Results = append(out.Results, r)
	}
	return out, nil
}

// Failed counts the tests that did not pass.
func (o Outcome) Failed() int {
	count := 0
	for _, r := range o.Results {
		if r.Failed != "" {
			count++
		}
	}
	return count
}

// transcript gives the name of the test's transcript below tests/transcripts.
func (t *Test) transcript() string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(t.Name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '*' || r == '#' {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			switch r {
			case '*':
				b.WriteString("star")
			case '#':
				b.WriteString("hash")
			default:
				b.WriteRune(r)
			}
			continue
		}
		dash = true
	}
	name := b.String()
	if len(name) > maxFileName {
		name = strings.ToValidUTF8(name[:maxFileName], "")
	}
	return strings.TrimSuffix(filepath.Base(t.File), ".yaml") + "." + name + ".txt"
}

// maxFileName keeps names of transcripts within what file systems take.
const maxFileName = 180

// compare looks whether the call went as its transcript has it, if there is one; with
// update it writes it.
func (s *Suite) compare(r *Result, update bool) error {
	path := filepath.Join(s.dir, "tests", "transcripts", r.Test.transcript())
	got := Untimed(r.Log)
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("transcript: %w", err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			return fmt.Errorf("transcript: %w", err)
		}
		return nil
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	if string(want) != got {
		r.Failed = "the call is not as its transcript has it: " + difference(string(want), got) + "; --update writes it anew"
	}
	return nil
}

// difference names the first line in which two transcripts differ.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d is %q, was %q", i+1, y, x)
		}
	}
	return "no difference"
}

// Flows gives the flows that have tests.
func (s *Suite) Flows() []string {
	var flows []string
	for _, t := range s.Tests {
		flows = append(flows, t.Call.Flow)
	}
	slices.Sort(flows)
	return slices.Compact(flows)
}
