package bundle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
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
// letter, what stands in the .out file beside it, and carry the example's code. Beside the
// files of a bundle an example may have
//
//	lengths  recordings to be made, such as "en/ask 31s"
//	publish  the time at which the bundle is to be published
//	tested   what tests took, such as "main first next"
//	before/  files of the revision before
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
			problems := tell(t, example)
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

// tell gives the problems of an example.
func tell(t *testing.T, example string) []Problem {
	t.Helper()
	dir := overlay(t, example)
	options := Options{Sounds: dir, Speech: t.TempDir()}
	for _, line := range lines(t, example, "lengths") {
		var name, length string
		if _, err := fmt.Sscan(line, &name, &length); err != nil {
			t.Fatal(err)
		}
		record(t, filepath.Join(dir, name+".wav"), length)
	}
	for _, line := range lines(t, example, "publish") {
		at, err := time.Parse(time.RFC3339, line)
		if err != nil {
			t.Fatal(err)
		}
		options.Publish, options.Now = true, at
	}
	program, problems := Load(dir, options)
	if (program == nil) != (len(Errors(problems)) > 0) {
		t.Fatal("a program with errors, or none without")
	}
	if tested := lines(t, example, "tested"); tested != nil {
		taken := map[Taken]bool{}
		for _, line := range tested {
			words := append(strings.SplitN(line, " ", 3), "")
			taken[Taken{words[0], words[1], words[2]}] = true
		}
		problems = append(problems, Untested(os.DirFS(dir), program, taken)...)
	}
	if _, err := os.Stat(filepath.Join(example, "before")); err == nil {
		before, wrong := Load(overlay(t, filepath.Join(example, "before")), options)
		if before == nil {
			t.Fatal(output(wrong))
		}
		problems = append(problems, Renamed(os.DirFS(dir), before, program)...)
	}
	return problems
}

// lines reads a file of an example; nil when it has none of that name.
func lines(t *testing.T, example, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(example, name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// record writes a tone of some length as a WAV file.
func record(t *testing.T, file, length string) {
	t.Helper()
	d, err := time.ParseDuration(length)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, int(d.Seconds()*8000))
	for i := range samples {
		samples[i] = int16(9000 - i/8%2*18000)
	}
	size := uint32(2 * len(samples))
	var b bytes.Buffer
	for _, part := range []any{[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), []byte("data"), size, samples} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryCodeHasAnExample also reads the sources for codes that are told but not listed.
func TestEveryCodeHasAnExample(t *testing.T) {
	t.Parallel()
	for _, c := range Codes() {
		if examples, _ := filepath.Glob("testdata/err/" + c.Code + "*.out"); len(examples) == 0 {
			t.Errorf("%s has no example", c.Code)
		}
		if c.About == "" {
			t.Errorf("%s stands for nothing", c.Code)
		}
	}
	codes := regexp.MustCompile(`[",:\x60]([EW][1-9][0-9]{2})"`)
	for _, pattern := range []string{"*.go", "../*.go", "../../hours/*.go", "../../prompt/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range codes.FindAllStringSubmatch(string(text), -1) {
				if About(m[1]) == "" {
					t.Errorf("%s: %s is not listed", file, m[1])
				}
			}
		}
	}
}

func TestGoodBundles(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"testdata/base", "testdata/whole", "../../../flows"} {
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

// What is no file is told and not waited for; an editor's own files are none of the bundle's,
// and do not change its revision.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	dir := overlay(t, "testdata/base")
	before, err := Revision(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"flows/.main.yaml", "prompts/.all.yaml", "calendars/.#office.yaml"} {
		if err := os.Symlink("nobody@nowhere.1", filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := Revision(dir); err != nil || after != before {
		t.Errorf("%s, before %s: %v", after, before, err)
	}
	if program, problems := Load(dir, Options{Sounds: dir, Speech: dir}); program == nil {
		t.Errorf("hidden files: %s", output(problems))
	}
	wrongly := filepath.Join(dir, "flows", "main.YML")
	if err := os.WriteFile(wrongly, []byte("flow: main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems := Load(dir, Options{Sounds: dir, Speech: dir}); !strings.Contains(output(problems), "flows/main.YML:1:1: warning[W706]: nobody reads this file; was flows/main.yaml meant?") {
		t.Error(output(problems))
	}
	stray := filepath.Join(dir, "stray.yaml")
	if err := syscall.Mkfifo(stray, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Revision(dir); err == nil || !strings.Contains(err.Error(), "stray.yaml: it is no file") {
		t.Error(err)
	}
	if err := errors.Join(
		os.Remove(stray),
		os.Symlink("nothing", filepath.Join(dir, "flows", "lost.yaml")),
		os.Mkdir(filepath.Join(dir, "calendars", "folder.yaml"), 0o700),
		os.Remove(filepath.Join(dir, "queues.yaml")),
		syscall.Mkfifo(filepath.Join(dir, "queues.yaml"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	_, problems := Load(dir, Options{Sounds: dir, Speech: dir})
	for _, want := range []string{
		"flows/lost.yaml:1:1: error[E101]: cannot be read: it is a link to nothing\n",
		"calendars/folder.yaml:1:1: error[E101]: cannot be read: it is no file\n",
		"queues.yaml:1:1: error[E101]: cannot be read: it is no file\n",
	} {
		if !strings.Contains(output(problems), want) {
			t.Errorf("%s is not among\n%s", want, output(problems))
		}
	}
}
