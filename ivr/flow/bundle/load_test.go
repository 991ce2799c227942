package bundle

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected outputs anew")

// overlay copies the good bundle and the files of one bad example over it.
func overlay(t testing.TB, example string) string {
	t.Helper()
	dir := t.TempDir()
	for _, from := range []string{"testdata/base", example} {
		if err := os.CopyFS(dir, os.DirFS(from)); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		if from == example {
			break
		}
		// CopyFS does not overwrite: make room for the example's own files.
		err := fs.WalkDir(os.DirFS(example), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if err := os.Remove(filepath.Join(dir, path)); err != nil && !os.IsNotExist(err) {
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func output(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

// TestExamples loads every bad example of testdata/err; what is told must be, to the
// letter, what stands in the .out file beside it, and carry the example's code.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("testdata/err/[EW]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		if strings.HasSuffix(example, ".out") {
			continue
		}
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			dir := overlay(t, example)
			program, problems := Load(dir, Options{Sounds: dir, Speech: dir})
			if (program == nil) != (len(Errors(problems)) > 0) {
				t.Fatal("a program with errors, or none without")
			}
			code := filepath.Base(example)[:4]
			if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == code }) {
				t.Errorf("%s is not among\n%s", code, output(problems))
			}
			got := output(problems)
			if *update {
				if err := os.WriteFile(example+".out", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(example + ".out")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestEveryCodeHasAnExample reads the sources for the codes that can be told.
func TestEveryCodeHasAnExample(t *testing.T) {
	t.Parallel()
	codes := regexp.MustCompile(`[",:]([EW][0-9]{3})"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../expr.go", "../ask.go", "../node_switch.go", "../node_voicemail.go", "../../hours/parse.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codes.FindAllStringSubmatch(string(text), -1) {
			if examples, _ := filepath.Glob("testdata/err/" + m[1] + "*.out"); len(examples) == 0 {
				t.Errorf("%s: %s has no example", file, m[1])
			}
		}
	}
}

func TestGoodBundles(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"testdata/base", "../../../flows"} {
		program, problems := Load(dir, Options{Sounds: "../../../sounds", Speech: t.TempDir()})
		if len(problems) > 0 {
			t.Errorf("%s:\n%s", dir, output(problems))
		}
		if program == nil || len(program.Revision) != 64 || len(program.Numbers) == 0 {
			t.Errorf("%s: no whole program", dir)
		}
	}
}

func TestRevisionFollowsEveryFile(t *testing.T) {
	t.Parallel()
	dir := overlay(t, "testdata/base")
	first, err := Revision(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Revision("testdata/base")
	if err != nil || again != first {
		t.Fatal("the same files gave another revision", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "queues.yaml"), []byte("queues: {citizens: {max: 7}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, err := Revision(dir); err != nil || other == first {
		t.Fatal("a changed file kept the revision", err)
	}
}

func TestMissingFolder(t *testing.T) {
	t.Parallel()
	if program, problems := Load(t.TempDir(), Options{}); program != nil || len(problems) == 0 {
		t.Fatal(program, problems)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{"agnets": `; did you mean "agents"?`, "agent": `; did you mean "agents"?`, "zebra": "", "": ""} {
		if got := nearest(written, []string{"agents", "message", "bye"}); got != want {
			t.Errorf("%q: %q", written, got)
		}
	}
}
