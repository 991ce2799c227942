package bundle

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// FuzzLoad loads the good bundle with any text as one of its files. It must not panic, every
// complaint must have a place in a file, and a program without complaint must take a call.
func FuzzLoad(f *testing.F) {
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("testdata/base"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("testdata/base", path))
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	catalogue, problems := prompt.Load("testdata/base/prompts", []string{"en", "ms"}, f.TempDir(), f.TempDir())
	prompts := func([]string) (*prompt.Catalogue, []prompt.Problem) { return catalogue, problems }
	if program, problems := assemble(files, Options{}, prompts); program == nil {
		f.Fatal(output(problems))
	}
	kinds := fileKinds()
	for i, kind := range kinds {
		examples, err := filepath.Glob("testdata/err/*/" + kind)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range append(examples, "testdata/base/"+kind, "testdata/whole/"+kind) {
			if text, err := os.ReadFile(name); err == nil && len(text) < 64<<10 {
				f.Add(uint8(i), string(text))
			}
		}
	}
	if text, err := os.ReadFile("testdata/whole/flows/after_hours.yaml"); err == nil {
		f.Add(uint8(0), string(text))
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		tree := fstest.MapFS{}
		for name, file := range files {
			tree[name] = file
		}
		tree[kinds[int(which)%len(kinds)]] = &fstest.MapFile{Data: []byte(text)}
		program, problems := assemble(tree, Options{}, prompts)
		placed(t, problems)
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

// placed looks whether every problem says what and where, and can be shown.
func placed(t *testing.T, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		if p.File == "" || p.Line < 1 || p.Col < 1 || About(p.Code) == "" || p.Text == "" {
			t.Fatalf("%#v", p)
		}
		_ = p.String()
	}
}

// FuzzPrompts loads the good bundle with any text as its prompts.
func FuzzPrompts(f *testing.F) {
	examples, err := filepath.Glob("testdata/*/*/prompts/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(examples, "testdata/base/prompts/all.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	base := overlay(f, "testdata/base")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "prompts/all.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		program, problems := Load(dir, Options{Sounds: dir, Speech: dir})
		placed(t, problems)
		if program == nil && len(Errors(problems)) == 0 {
			t.Fatal("no program and no error")
		}
	})
}
