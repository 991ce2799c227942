package diff

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

const site = "../trace/testdata/site"

// edit says how one file differs: what stands there, and what stands there instead.
type edit struct{ file, old, new string }

func load(t *testing.T, edits ...edit) *flow.Program {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(site)); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		path := filepath.Join(dir, e.file)
		text, err := os.ReadFile(path)
		if err != nil && e.old != "" {
			t.Fatal(err)
		}
		if strings.Count(string(text), e.old) != 1 && e.old != "" {
			t.Fatalf("%q stands %d times in %s", e.old, strings.Count(string(text), e.old), e.file)
		}
		changed := e.new
		if e.old != "" {
			changed = strings.Replace(string(text), e.old, e.new, 1)
		}
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, problems := bundle.Load(dir, bundle.Options{Sounds: dir, Speech: dir})
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

func TestSentences(t *testing.T) {
	t.Parallel()
	before := load(t)
	for _, x := range []struct {
		edit
		want []string
	}{
		{edit{"flows/main.yaml", "choices: {\"1\": road, \"2\": water}", "choices: {\"1\": water, \"2\": road}"},
			[]string{"main.ask: key 1 now means water instead of road", "main.ask: key 2 now means road instead of water"}},
		{edit{"flows/main.yaml", "save: category", "save: category, words: {\"1\": Roads}"}, []string{"main.ask: key 1 now is called Roads"}},
		{edit{"flows/main.yaml", `keys: {"0": agents}`, `keys: {"0": OPERATOR, "*": BACK}`},
			[]string{"main: key * now goes to BACK", "main: key 0 now goes to OPERATOR instead of agents"}},
		{edit{"flows/main.yaml", "exits: {open: agents, closed: bye}", "exits: {open: agents, closed: flow:helper}"},
			[]string{"main.open: exit closed now goes to flow:helper instead of bye"}},
		{edit{"flows/main.yaml", "prompt: hello, next: language", "prompt: [hello, bye], next: language"}, []string{"main.hello: now says hello, bye instead of hello"}},
		{edit{"flows/main.yaml", "next: bye, exits: {timeout: bye", "next: HANGUP, exits: {timeout: bye"}, []string{"main.agents: the normal way now goes to HANGUP instead of bye"}},
		{edit{"flows/main.yaml", `when: category == "water"`, `when: category == "road"`},
			[]string{`main.which: cases 1 when is now category == "road" instead of category == "water"`}},
		{edit{"flows/main.yaml", "prompt: ask, choices", "prompt: ask, wait: 9s, choices"}, []string{"main.ask: wait is now 9s instead of 7s"}},
		{edit{"flows/main.yaml", "phone: {type: digits, pii: true}", "phone: {type: digits}"}, []string{"main variable phone: pii is no longer true"}},
		{edit{"flows/helper.yaml", "sorry: {type: say, prompt: trouble, next: agents}", "sorry: {type: say, prompt: trouble, next: wait}\n  wait: {type: say, prompt: trouble, next: agents}"},
			[]string{"helper.sorry: the normal way now goes to wait instead of agents", "helper.wait: is new, a say"}},
		{edit{"flows/more.yaml", "", "ivr: 1\nflow: more\nstart: bye\nnodes: {bye: {type: hangup, prompt: bye}}\n"}, []string{"more: is a new flow with 1 nodes"}},
		{edit{"prompts/all.yaml", "hello: {en: {text: Hello.}", "hello: {en: {text: Good day.}"}, []string{`prompt hello (en): says "Good day." instead of "Hello."`}},
		{edit{"calendars/office.yaml", `open: {daily: ["07:30-21:01"]}`, "open: {daily: [\"07:30-21:01\"], sun: []}\nspecial: [{dates: 2026-12-24..2026-12-25, name: xmas}]"},
			[]string{"calendar office: 2026-12-24 to 2026-12-25 (xmas) is now closed", "calendar office: Sunday is now closed instead of open 07:30-21:01"}},
		{edit{"queues.yaml", "max: 5", "max: 6"}, []string{"queue citizens: max is now 6 instead of 5"}},
		{edit{"env/here.yaml", "boxes: [general]", "boxes: [general, night]"}, []string{"box night: is new"}},
		{edit{"env/here.yaml", "language: [en, ms]", "language: {en: english, ms: ms}"}, []string{"skill language: en is now english instead of en"}},
		{edit{"ivr.yaml", `"100": main`, `"100": helper, "101": {flow: main, revision: candidate}`},
			[]string{"number 100: is answered by helper instead of main", "number 101: is answered by main of the revision candidate"}},
		{edit{"ivr.yaml", "timezone: Asia/Kuala_Lumpur", "timezone: Asia/Kuala_Lumpur\nlimits: {call: 10m}"}, []string{"site: call is now 10m0s instead of 30m0s"}},
	} {
		got := sentences(Between(before, load(t, x.edit)))
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q\ngot  %q\nwant %q", x.file, x.new, got, x.want)
		}
	}
}

func sentences(changes []Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	return all
}

func TestRenamedAndRemoved(t *testing.T) {
	t.Parallel()
	renamed := load(t, edit{"flows/helper.yaml", "start: sorry", "start: excuse"}, edit{"flows/helper.yaml", "  sorry: {", "  excuse: {"})
	want := []string{"helper: start is now excuse instead of sorry", "helper.excuse: is the new name of sorry; reports tell them apart"}
	if got := sentences(Between(load(t), renamed)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	more := load(t, edit{"flows/more.yaml", "", "ivr: 1\nflow: more\nstart: bye\nnodes: {bye: {type: hangup, prompt: bye}}\n"})
	changes := Between(more, load(t))
	if len(changes) != 1 || changes[0].Kind != Removed || changes[0].Flow != "more" || changes[0].Node != "" {
		t.Errorf("%+v", changes)
	}
}

// TestLayoutMakesNoDifference: comments, order and form say nothing new.
func TestLayoutMakesNoDifference(t *testing.T) {
	t.Parallel()
	same := load(t, edit{"flows/main.yaml", "ivr: 1\nflow: main", "# A comment.\nflow: main\nivr: 1"},
		edit{"flows/main.yaml", "bye: {type: hangup, prompt: bye}", "bye:\n    prompt: [bye]\n    type: hangup"})
	if changes := Between(load(t), same); len(changes) != 0 {
		t.Error(sentences(changes))
	}
}
