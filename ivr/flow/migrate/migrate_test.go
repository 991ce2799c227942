package migrate

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// invented are rewrites of a language that never was: 1 to 2 calls hubs directories, 2 to 3
// parts a file, 3 to 4 drops one.
func invented() []Rewrite {
	return []Rewrite{
		{From: 1, To: 2, About: "hub is called directory", Files: func(files map[string][]byte) error {
			for name, text := range files {
				files[name] = []byte(strings.ReplaceAll(string(text), "type: hub", "type: directory"))
			}
			return nil
		}},
		{From: 2, To: 3, About: "queues have a file each", Files: func(files map[string][]byte) error {
			files["queues/citizens.yaml"] = []byte("max:   5\n")
			delete(files, "queues.yaml")
			return nil
		}},
		{From: 3, To: 4, About: "fails", Files: func(map[string][]byte) error { return errors.New("cannot") }},
	}
}

func bundle() map[string][]byte {
	return map[string][]byte{
		"ivr.yaml":        []byte("ivr: 1   # the version\nlanguages: [en]\n"),
		"flows/main.yaml": []byte("# Kept.\nivr: 1\nflow: main\nnodes:\n  info: {type: hub, topics: all}\n"),
		"queues.yaml":     []byte("queues: {citizens: {max: 5}}\n"),
		"env/x.yaml":      []byte("site: x\n"),
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	changed, done, err := Run(bundle(), Rewrites(), Version)
	if len(changed) != 0 || len(done) != 0 || err != nil {
		t.Error(changed, done, err)
	}
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	all := invented()
	files := bundle()
	changed, done, err := Run(files, all, 3)
	if err != nil || len(done) != 2 || done[0].To != 2 || done[1].To != 3 {
		t.Fatal(done, err)
	}
	want := map[string]string{
		"ivr.yaml":             "ivr: 3  # the version\nlanguages: [en]\n",
		"flows/main.yaml":      "# Kept.\nivr: 3\nflow: main\nnodes:\n  info: {type: directory, topics: all}\n",
		"queues/citizens.yaml": "max: 5\n",
		"queues.yaml":          "",
	}
	for name, text := range want {
		got, there := changed[name]
		if string(got) != text || !there || (got == nil) != (text == "") {
			t.Errorf("%s: %q, want %q", name, got, text)
		}
	}
	if len(changed) != len(want) || string(files["flows/main.yaml"]) != string(bundle()["flows/main.yaml"]) {
		t.Error("more changed than should:", changed)
	}
	after := bundle()
	for name, text := range changed {
		if after[name] = text; text == nil {
			delete(after, name)
		}
	}
	if changed, done, err := Run(after, all, 3); len(changed)+len(done) != 0 || err != nil {
		t.Error("the second time:", changed, done, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	mixed := bundle()
	mixed["flows/main.yaml"] = []byte("ivr: 2\n")
	spoiling := []Rewrite{{From: 1, To: 2, Files: func(files map[string][]byte) error {
		files["ivr.yaml"] = []byte("ivr: 1\n  a: [\n")
		return nil
	}}}
	for _, x := range []struct {
		files map[string][]byte
		all   []Rewrite
		to    int
		want  string
	}{
		{bundle(), invented(), 4, "from version 3 to 4: cannot"},
		{bundle(), nil, 2, "nothing leads from version 1 to version 2"},
		{bundle(), invented()[1:], 3, "nothing leads from version 1"},
		{mixed, nil, 1, "is of version 1, but ivr.yaml of version"},
		{map[string][]byte{"ivr.yaml": []byte("ivr: 7\n")}, nil, 1, "version 7, and this program knows versions up to 1"},
		{map[string][]byte{"ivr.yaml": []byte("a: 1\n")}, nil, 1, "no file says its version"},
		{bundle(), spoiling, 2, "after the rewrites"},
	} {
		want := strings.Replace(x.want, "is of version 1, but ivr.yaml of version", "flows/main.yaml is of version 2, but ivr.yaml of version 1", 1)
		if changed, _, err := Run(x.files, x.all, x.to); err == nil || !strings.Contains(err.Error(), want) || changed != nil {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestListHasNoGap(t *testing.T) {
	t.Parallel()
	plan, err := Plan(Rewrites(), 1, Version)
	if err != nil || !slices.EqualFunc(plan, Rewrites(), func(a, b Rewrite) bool { return a.From == b.From && a.To == b.To }) {
		t.Error(plan, err)
	}
}
