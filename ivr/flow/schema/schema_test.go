package schema

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"talian/ivr/flow/bundle"
)

// schemas compiles the schema of every kind.
func schemas(t *testing.T, languages ...string) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, kind := range bundle.Kinds() {
		text, err := Schema(kind.Name, languages)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft7)
		if err := c.AddResource("schema.json", document); err != nil {
			t.Fatal(err)
		}
		if all[kind.Name], err = c.Compile("schema.json"); err != nil {
			t.Fatalf("%s: %v", kind.Name, err)
		}
	}
	return all
}

// asJSON gives what a YAML text says, as an editor's language server sees it.
func asJSON(t *testing.T, text []byte) (any, bool) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return nil, false
	}
	made, err := jsonschema.UnmarshalJSON(strings.NewReader(jsonOf(document.Content[0])))
	if err != nil {
		t.Fatal(err)
	}
	return made, true
}

func jsonOf(n *yaml.Node) string {
	var parts []string
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, _ := json.Marshal(n.Content[i].Value)
			parts = append(parts, string(key)+":"+jsonOf(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, jsonOf(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case n.ShortTag() == "!!null":
		return "null"
	case n.ShortTag() == "!!bool", n.ShortTag() == "!!int" && json.Valid([]byte(n.Value)):
		return n.Value
	}
	word, _ := json.Marshal(n.Value)
	return string(word)
}

// complaints validates every file of a bundle.
func complaints(t *testing.T, dir string, all map[string]*jsonschema.Schema) map[string]error {
	t.Helper()
	found := map[string]error{}
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(path string, _ fs.DirEntry, err error) error {
		kind, ours := bundle.KindOf(path)
		if err != nil || !ours {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		if document, readable := asJSON(t, text); readable {
			if err := all[kind.Name].Validate(document); err != nil {
				found[path] = err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestGoodFiles: what the checker takes, the schemas take.
func TestGoodFiles(t *testing.T) {
	t.Parallel()
	for dir, languages := range map[string][]string{
		"../../../flows": {"ms", "en", "zh", "ta"}, "../bundle/testdata/base": {"en", "ms"}, "../trace/testdata/site": {"en", "ms"},
	} {
		for path, err := range complaints(t, dir, schemas(t, languages...)) {
			t.Errorf("%s/%s: %v", dir, path, err)
		}
	}
}

// TestBadFiles: unknown keys, wrong kinds of values and numbers without a unit are marked
// while somebody types.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	all := schemas(t, "en", "ms")
	tried := 0
	for _, code := range []string{"E104", "E105", "E106"} {
		examples, err := filepath.Glob("../bundle/testdata/err/" + code + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range examples {
			if strings.HasSuffix(example, ".out") || strings.HasSuffix(example, "_pattern") { // what a word means inside, no schema tells
				continue
			}
			tried++
			if len(complaints(t, example, all)) == 0 {
				t.Errorf("%s: no complaint", example)
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d examples were found", tried)
	}
}

func TestUnknownKind(t *testing.T) {
	t.Parallel()
	if _, err := Schema("nothing", nil); err == nil {
		t.Error("no error")
	}
}

// TestValues validates single files in both ways.
func TestValues(t *testing.T) {
	t.Parallel()
	all := schemas(t, "en")
	const head = "ivr: 1\nflow: main\nstart: a\nnodes:\n  a: "
	for text, good := range map[string]bool{
		"flow|" + head + `{type: say, prompt: [a, b], next: HANGUP}`:                                                                     true,
		"flow|" + head + `{type: say, prompt: a, next: HANG UP}`:                                                                         false,
		"flow|" + head + `{type: say, prompt: [], next: HANGUP}`:                                                                         false,
		"flow|" + head + `{type: say, prompt: a, times: 4, next: b}`:                                                                     false,
		"flow|" + head + `{type: say, prompt: a, barge_in: maybe, next: b}`:                                                              false,
		"flow|" + head + `{type: menu, prompt: a, choices: {"1": b}, wait: 7s}`:                                                          true,
		"flow|" + head + `{type: menu, prompt: a, choices: {1: b}, wait: 7s}`:                                                            true,
		"flow|" + head + `{type: menu, prompt: a, choices: {"11": b}}`:                                                                   false,
		"flow|" + head + `{type: menu, prompt: a, choices: {"1": b}, exits: {closed: b}}`:                                                false,
		"flow|" + head + `{type: menu, prompt: a, choices: {"1": b}, keys: {"0": NONE}}`:                                                 true,
		"flow|" + head + `{type: wait, for: 7, next: b}`:                                                                                 false,
		"flow|" + head + `{type: language, prompt: a, options: {"1": en}, remember: 180d, next: b}`:                                      true,
		"flow|" + head + `{type: call, flow: other, next: b, exits: {whatever: c}}`:                                                      true,
		"flow|" + head + `{type: switch, cases: [{when: n > 1, next: b}], else: c}`:                                                      true,
		"flow|" + head + `{type: switch, cases: [{when: true, next: b}], else: c}`:                                                       true,
		"flow|" + head + `{type: switch, cases: [], else: c}`:                                                                            false,
		"flow|" + head + `{type: switch, cases: [{next: b}], else: c}`:                                                                   false,
		"flow|" + head + `{type: set, set: {n: 1}, next: b}`:                                                                             true,
		"flow|" + head + `{type: nothing}`:                                                                                               false,
		"flow|" + head + `{next: b}`:                                                                                                     false,
		"flow|ivr: 2\nflow: main\nstart: a\nnodes: {a: {type: hangup}}":                                                                  false,
		"calendar|calendar: a\ntimezone: UTC\nopen: {daily: [\"00:00-24:00\"]}\nspecial: [{dates: 2026-03-20, name: x}]":                 true,
		"calendar|calendar: a\ntimezone: UTC\nopen: {monday: []}":                                                                        false,
		"prompts|a: {en: {text: Hello.}}":                                                                                                true,
		"prompts|a: {ms: {text: Helo.}}":                                                                                                 false,
		"prompts|a: {slots: {n: numbers}, en: {text: \"{n}\"}}":                                                                          false,
		"prompts|a: {slots: {n: number}, en: {text: \"{n} x\", audio: [\"{n}\", {silence: 400ms}, x_2]}}":                                true,
		"env|boxes: [a, b]\nskills: {language: [en], cluster: {general: \"\"}}":                                                          true,
		"env|boxes: {a: {max: 5}}\nservices: {crm: \"http://x\"}\ndesks: {c: {kind: complaint, due: {road: 3}}}":                         true,
		"env|boxes: {a: {most: 5}}":                                                                                                      false,
		"services|services: {crm: {base: \"https://x\", rest: 30}}":                                                                      false,
		"queues|queues: {q: {max: 5, answer_within: 20s}}":                                                                               true,
		"topics|topics: t\nlist: [{id: a, title: b, body: c, until: 2026-12-31}, {id: g, title: h, list: [{id: x, title: y, body: z}]}]": true,
		"survey|survey: s\nintro: i\nscale: {min: 1, max: 5}\nskip_key: \"#\"\nquestions: [{id: q1, prompt: p}]":                         true,
		"survey|survey: s\nintro: i\nquestions: []":                                                                                      false,
		"ivr|ivr: 1\nlanguages: [en]\nnumbers: {\"100\": main, \"101\": {flow: main, revision: candidate}}":                              true,
		"ivr|ivr: 1\nlanguages: [en]\nnumbers: {\"a1\": main}":                                                                           false,
		"tests|ivr: 1\nflow: main\ntests: [{test: a, steps: [{hear: x, press: \"1\"}]}]":                                                 true,
		"tests|ivr: 1\nflow: main\ntests: [{test: a, steps: [{hears: x}]}]":                                                              false,
	} {
		kind, text, _ := strings.Cut(text, "|")
		document, readable := asJSON(t, []byte(text))
		if !readable {
			t.Fatal(text)
		}
		if err := all[kind].Validate(document); (err == nil) != good {
			t.Errorf("%s\n%s\nwant good: %v, got %v", kind, text, good, err)
		}
	}
}
