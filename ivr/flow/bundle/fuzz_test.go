package bundle

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// FuzzLoad loads the good bundle with any text as one of its files. It must not panic, every
// complaint must have a place in a file, and a program without complaint must take a call.
func FuzzLoad(f *testing.F) {
	base := os.DirFS("testdata/base")
	files := fstest.MapFS{}
	err := fs.WalkDir(base, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(base, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	catalogue, problems := prompt.Load("testdata/base/prompts", []string{"en", "ms"}, f.TempDir(), f.TempDir())
	prompts := func([]string) (*prompt.Catalogue, []prompt.Problem) { return catalogue, problems }
	examples, err := fs.Glob(os.DirFS("testdata"), "*/*/flows/main.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(examples, "base/flows/main.yaml") {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(0), string(text))
	}
	names := []string{"flows/main.yaml", "ivr.yaml", "env/here.yaml", "queues.yaml", "calendars/office.yaml"}
	for i, name := range names {
		f.Add(uint8(i), string(files[name].Data))
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		tree := fstest.MapFS{}
		for name, file := range files {
			tree[name] = file
		}
		tree[names[int(which)%len(names)]] = &fstest.MapFile{Data: []byte(text)}
		program, problems := assemble(tree, Options{}, prompts)
		for _, p := range problems {
			if p.File == "" || p.Line < 1 || p.Col < 1 || p.Code == "" || p.Text == "" {
				t.Fatalf("%#v", p)
			}
			_ = p.String()
		}
		if program == nil {
			if len(Errors(problems)) == 0 {
				t.Fatal("no program and no error")
			}
			return
		}
		s, err := program.BeginAt("main", flow.CallInfo{})
		if err != nil {
			t.Fatal(err)
		}
		if s, _ = flow.Step(program, s, flow.Start{}, flow.World{}); s.Node == "" && s.Turn.Phase == "" && !s.Ended {
			t.Fatal("a checked flow did not begin")
		}
	})
}
