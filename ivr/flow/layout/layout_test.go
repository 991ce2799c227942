package layout

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"talian/ivr/flow/bundle"
)

var update = flag.Bool("update", false, "write the expected outputs anew")

// format formats a text, and what came of it: the second time nothing may change.
func format(t testing.TB, file, text string) string {
	t.Helper()
	once, err := Format(file, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	twice, err := Format(file, once)
	if err != nil || string(twice) != string(once) {
		t.Fatalf("%s: the second time differs (%v)\n%s\nfirst\n%s", file, err, twice, once)
	}
	return string(once)
}

// TestExamples compares each testdata/*.in.yaml with the *.out.yaml beside it. The name says
// what kind of file it is: <folder>-<anything>.in.yaml.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil || len(examples) < 4 {
		t.Fatal(examples, err)
	}
	for _, example := range examples {
		folder, _, _ := strings.Cut(filepath.Base(example), "-")
		text, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		got := format(t, folder+"/x.yaml", string(text))
		expected := strings.Replace(example, ".in.", ".out.", 1)
		if *update {
			if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(expected)
		if err != nil || got != string(want) {
			t.Errorf("%s (%v): got\n%s\nwant\n%s", example, err, got, want)
		}
	}
}

// TestSitesKeepTheirMeaning formats whole bundles: the compiled programs and the problems stay
// the same but for the places that they name.
func TestSitesKeepTheirMeaning(t *testing.T) {
	t.Parallel()
	sites := []string{"../../../flows", "../bundle/testdata/base", "../trace/testdata/site"}
	bad, err := filepath.Glob("../bundle/testdata/err/[EW]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range append(sites, bad...) {
		if strings.HasSuffix(dir, ".out") {
			continue
		}
		formatted := t.TempDir()
		files := os.DirFS(dir)
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
				return err
			}
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			if _, err := Format(name, text); err == nil {
				text = []byte(format(t, name, string(text)))
			} else if !strings.Contains(dir, "E101") && !strings.Contains(dir, "E103") {
				t.Errorf("%s/%s: %v", dir, name, err)
			}
			if err := os.MkdirAll(filepath.Join(formatted, path.Dir(name)), 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(formatted, name), text, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
		if before, after := meaning(dir), meaning(formatted); before != after {
			t.Errorf("%s: got\n%s\nwant\n%s", dir, after, before)
		}
	}
}

// meaning writes a bundle's program and problems without places.
func meaning(dir string) string {
	program, problems := bundle.Load(dir, bundle.Options{Sounds: "none", Speech: "none"})
	var b strings.Builder
	told := map[string]int{}
	for _, p := range problems {
		told[p.Code+" "+withoutPlaces(strings.ReplaceAll(p.Text, dir, ""))]++
	}
	fmt.Fprintln(&b, told)
	if program == nil {
		return b.String()
	}
	for _, id := range keysOf(program.Flows) {
		f := program.Flows[id]
		fmt.Fprintf(&b, "%s %s %s %v %v %v\n", id, f.About, f.Start, f.Keys, f.Handlers, f.Vars)
		for _, node := range keysOf(f.Nodes) {
			n := f.Nodes[node]
			fmt.Fprintf(&b, "%s %s %v %v %s\n", node, n.Mark, n.Next, n.Exits, deep(n.Spec))
		}
	}
	fmt.Fprintln(&b, deep(program.Queues), deep(program.Skills), program.Numbers, program.Languages, program.Exits)
	for _, id := range program.Prompts.IDs() {
		for _, lang := range program.Prompts.Langs() {
			said, _ := program.Prompts.Text(id, lang)
			fmt.Fprintln(&b, id, lang, said)
		}
	}
	return b.String()
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: [b":               "did not find expected",
		"a: 1\n---\nb: 2\n":   "more than one document",
		"a: &x 1\nb: *x\n":    "anchors",
		"a: !!str 1\n":        "tags",
		"a: {b: 1}\n<<: {}\n": "merge",
		"? [a]\n: b\n":        "a key must be a word",
		"a:\n\tb: 1\n":        "",
	} {
		if out, err := Format("flows/x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\n%s", text, err, out)
		}
	}
	for _, text := range []string{"", "# only words\n\n# more\n"} {
		if out, err := Format("flows/x.yaml", []byte(text)); err != nil || string(out) != text {
			t.Errorf("%q: %q %v", text, out, err)
		}
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: b # c":                          "1:5 # c",
		"a: b#c":                            "",
		"# x":                               "1:0 # x full",
		`a: "b # c" # d`:                    "1:11 # d",
		`a: 'it''s # c' # d`:                "1:15 # d",
		`a: "b \" # c" # d`:                 "1:14 # d",
		`a: it's # d`:                       "1:8 # d",
		`a: b, 'c # d`:                      "1:9 # d",
		`{a: 'b # c', d: [e, "f # g"]} # h`: "1:30 # h",
		"a: |\n  b # c\n\n  # d\ne: f # g":  "5:5 # g",
		"a: > # x\n  b # c\ne: f":           "1:5 # x",
		"- - |\n    b # c\n- d # e":         "3:4 # e",
		"- a: |\n    b # c\n  d: e # f":     "3:7 # f",
		"a: \"b\n  # c\"\nd: e # f":         "3:5 # f",
		"a: [b,  # c\n  d]":                 "1:8 # c",
	} {
		var got []string
		for _, c := range scan(strings.Split(text, "\n")) {
			full := ""
			if c.full {
				full = " full"
			}
			got = append(got, fmt.Sprintf("%d:%d %s%s", c.line+1, c.col, c.text, full))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestAnyFile draws files of nested values with comments and odd words. Whatever Format gives
// says the same, and stays as it is.
func TestAnyFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		lines := rapid.IntRange(1, 8).Draw(rt, "lines")
		for i := range lines {
			draw(rt, &b, fmt.Sprintf("k%d", i), 0)
		}
		text := b.String()
		root, err := parse(text)
		if err != nil || root == nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		out, err := Format("flows/x.yaml", []byte(text))
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		again, err := Format("flows/x.yaml", out)
		if err != nil || string(again) != string(out) {
			rt.Fatalf("%v\n%s\nbecomes\n%s\nbecomes\n%s", err, text, out, again)
		}
	})
}

func draw(t *rapid.T, b *strings.Builder, key string, depth int) {
	pad := strings.Repeat(" ", depth*3)
	if rapid.IntRange(0, 4).Draw(t, "blank") == 0 {
		b.WriteString("\n")
	}
	if rapid.IntRange(0, 3).Draw(t, "head") == 0 {
		b.WriteString(pad + "# above " + key + "\n")
	}
	behind := rapid.SampledFrom([]string{"", "", "   # behind " + key}).Draw(t, "behind")
	word := rapid.SampledFrom([]string{"a", "7s", "0380008000", `"*"`, `'it''s # x'`, `"say \"1\" # now"`, "it's, x", "true", `"1\u00e9\n"`, `"电话"`, "a - 'b"})
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
	case kind == 0 && depth < 3:
		b.WriteString(pad + key + ":" + behind + "\n")
		for i := range rapid.IntRange(1, 3).Draw(t, "entries") {
			draw(t, b, fmt.Sprintf("%s_%d", key, i), depth+1)
		}
	case kind == 1 && depth < 3:
		b.WriteString(pad + key + ":" + behind + "\n")
		for i := range rapid.IntRange(1, 3).Draw(t, "items") {
			if rapid.Bool().Draw(t, "word") {
				b.WriteString(pad + " - " + word.Draw(t, "w") + behind + "\n")
				continue
			}
			fmt.Fprintf(b, "%s - x%d: {a: [b, c], d: %q}%s\n%s   # inside\n%s   y: 1\n", pad, i, "e # f", behind, pad, pad)
		}
	case kind == 2:
		fmt.Fprintf(b, "%s%s: {type: say, next: bye, prompt: [%s]}%s\n", pad, key, strings.Repeat(`"hello there", `, rapid.IntRange(0, 20).Draw(t, "long"))+"a", behind)
	case kind == 3:
		fmt.Fprintf(b, "%s%s: [a,%s\n%s  b, c]\n", pad, key, behind, pad)
	case kind == 4 && depth == 0:
		fmt.Fprintf(b, "%s%s: |\n%s    one # two\n\n%s    three\n", pad, key, pad, pad)
	default:
		b.WriteString(pad + key + ":  " + word.Draw(t, "w") + behind + "\n")
	}
}

// A mark of the byte order at the begin goes, and the remark behind it stays; what is no text
// is left as it is.
func TestNoPlainText(t *testing.T) {
	t.Parallel()
	const plain = "# the first words\n\na: {en: {text: One}}\n"
	if got := format(t, "prompts/x.yaml", "\ufeff"+plain); got != plain {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{"a: b\nc: caf\xe9\n": "x.yaml: line 2: not text in UTF-8", "\xff\xfea\x00": "line 1: not text in UTF-8", "a: \x1b\n": "control character"} {
		if got, err := Format("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
