package flowtest_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/flow/flowtest"
)

var update = flag.Bool("update", false, "write the expected outputs anew")

// site loads a bundle, without any sound.
func site(t testing.TB, dir string) *flow.Program {
	t.Helper()
	none := t.TempDir()
	p, problems := bundle.Load(dir, bundle.Options{Sounds: none, Speech: none})
	for _, problem := range bundle.Errors(problems) {
		t.Fatal(problem)
	}
	if p == nil {
		t.Fatal("no program")
	}
	return p
}

// golden compares a text with a file beside the test, to the letter.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// TestWrongFiles reads files of tests that are wrong, or whose tests fail: what is told must
// be what stands in the .out file beside each.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	took := regexp.MustCompile(`\d\.\d\ds`)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests, problems := flowtest.ReadFile(p, "tests/"+filepath.Base(file), text)
			var b strings.Builder
			for _, problem := range bundle.Sorted(problems) {
				b.WriteString(problem.String() + "\n")
			}
			if len(problems) == 0 {
				out, err := (&flowtest.Suite{Program: p, Tests: tests}).Run(flowtest.Options{})
				if err != nil {
					t.Fatal(err)
				}
				out.Write(&b, "site", true)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".out", took.ReplaceAllString(b.String(), "0.00s"))
		})
	}
}

// TestNamesOnce: two tests of one name would share a transcript.
func TestNamesOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "ivr: 1\nflow: main\ntests:\n  - {test: Twice!, steps: [{press: \"1\"}]}\n  - {test: twice, steps: [{press: \"1\"}]}\n"
	write(t, filepath.Join(dir, "tests", "a.yaml"), text)
	_, problems := flowtest.Load(dir, site(t, "testdata/site"))
	if len(problems) != 1 || problems[0].Code != "E109" || problems[0].Line != 5 {
		t.Fatal(problems)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzReadFile: whatever the text, reading gives tests or problems and never panics, and the
// tests that it gives can be run.
func FuzzReadFile(f *testing.F) {
	for _, pattern := range []string{"testdata/wrong/*.yaml", "testdata/site/tests/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	p := site(f, "testdata/site")
	f.Fuzz(func(t *testing.T, text []byte) {
		tests, problems := flowtest.ReadFile(p, "tests/x.yaml", text)
		for _, problem := range problems {
			if problem.Line < 1 || problem.Col < 1 || problem.Code == "" {
				t.Fatal(problem)
			}
		}
		if len(problems) > 0 {
			return
		}
		if len(tests) == 0 {
			t.Fatal("neither tests nor problems")
		}
		if _, err := (&flowtest.Suite{Program: p, Tests: tests[:min(len(tests), 3)]}).Run(flowtest.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
