package bundle

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const demo = "../../../flows"

// mutation is one change of one line of one file.
type mutation struct {
	file string
	kind string
	line int // from 0
	text string
	word string // that stands there now
}

func (m mutation) String() string {
	return fmt.Sprintf("%s:%d %s %q", m.file, m.line+1, m.kind, m.word)
}

// TestMutations changes lines of the demo site: it deletes or duplicates one, changes a
// letter of a word, or puts a value of another kind in a value's place. None may panic, and
// nothing that is written may be passed over in silence:
//
//   - A bundle is refused with an error that has a place in one of its files, or accepted.
//   - When the YAML says the same as before (a comment changed), so does the program.
//   - When a word or a value changed and the bundle is accepted, the program differs: what
//     is written is never ignored. Only then is a different program what the author asked for.
//   - When a line is gone or there twice and the bundle is accepted, the program may be the
//     same: the line said what holds without it.
//
// That a different program is the one meant cannot be proved here; the tests of each field do.
func TestMutations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(demo)); err != nil {
		t.Fatal(err)
	}
	load := func() (string, []Problem) {
		program, problems := Load(dir, Options{Sounds: dir, Speech: dir})
		if program == nil {
			return "", problems
		}
		return dump(program), problems
	}
	want, problems := load()
	if want == "" {
		t.Fatal(output(problems))
	}
	if again, _ := load(); again != want {
		t.Fatal("the same files gave another program")
	}
	texts := siteTexts(t, dir)
	random := rand.New(rand.NewPCG(2026, 11))
	refused, same, other := 0, 0, 0
	for range 300 {
		m := mutate(random, texts)
		path := filepath.Join(dir, m.file)
		if err := os.WriteFile(path, []byte(m.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, problems := load()
		switch {
		case got == "":
			refused++
			if first := Errors(problems)[0]; !hasPlace(dir, first) {
				t.Errorf("%s: no place: %s", m, first)
			}
		case got == want:
			same++
			if (m.kind == "rename" || m.kind == "retype") && !sameYAML(texts[m.file], m.text) {
				t.Errorf("%s is ignored", m)
			}
		default:
			other++
			if sameYAML(texts[m.file], m.text) {
				t.Errorf("%s: only a comment changed, and the program is another", m)
			}
		}
		if err := os.WriteFile(path, []byte(texts[m.file]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d refused, %d the same, %d other programs", refused, same, other)
	if refused == 0 || same == 0 || other == 0 {
		t.Error("the mutations are all alike")
	}
}

// hasPlace tells whether a problem stands at a line of a file that there is, or behind its last.
func hasPlace(dir string, p Problem) bool {
	text, err := os.ReadFile(filepath.Join(dir, p.File))
	return err == nil && p.Line >= 1 && p.Line <= strings.Count(string(text), "\n")+1 && p.Col >= 1
}

// siteTexts gives the files that the site is made of.
func siteTexts(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		kind, part := KindOf(path)
		if err != nil || entry.IsDir() || !part || kind.Name == "tests" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		texts[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// mutate makes one change in one of the files.
func mutate(random *rand.Rand, texts map[string]string) mutation {
	words := regexp.MustCompile(`[A-Za-z0-9_]+`)
	values := regexp.MustCompile(`: +([^ ,{}\[\]#][^,{}\[\]#]*)`)
	others := []string{"true", "7", `"7"`, "[x, y]", "{x: y}", "-1", "99d", "no such thing", "x == 1"}
	names := sortedKeys(texts)
	for {
		m := mutation{file: names[random.IntN(len(names))]}
		m.kind = []string{"delete", "duplicate", "rename", "retype"}[random.IntN(4)]
		lines := strings.Split(strings.TrimSuffix(texts[m.file], "\n"), "\n")
		m.line = random.IntN(len(lines))
		line := lines[m.line]
		m.word = line
		switch m.kind {
		case "delete":
			lines = slices.Delete(lines, m.line, m.line+1)
		case "duplicate":
			lines = slices.Insert(lines, m.line, line)
		case "rename":
			found := words.FindAllStringIndex(line, -1)
			if found == nil {
				continue
			}
			at := found[random.IntN(len(found))]
			i := at[0] + random.IntN(at[1]-at[0])
			letter := "abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)]
			lines[m.line] = line[:i] + string(letter) + line[i+1:]
			m.word = lines[m.line][at[0]:at[1]]
		case "retype":
			found := values.FindAllStringSubmatchIndex(line, -1)
			if found == nil {
				continue
			}
			at := found[random.IntN(len(found))]
			m.word = others[random.IntN(len(others))]
			lines[m.line] = line[:at[2]] + m.word + line[at[3]:]
		}
		m.text = strings.Join(lines, "\n") + "\n"
		return m
	}
}

// sameYAML tells whether two texts are the same but for comments and layout.
func sameYAML(a, b string) bool {
	var x, y yaml.Node
	return yaml.Unmarshal([]byte(a), &x) == nil && yaml.Unmarshal([]byte(b), &y) == nil && sameNode(&x, &y)
}

func sameNode(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameNode)
}
