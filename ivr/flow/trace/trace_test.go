package trace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func site(t testing.TB) *flow.Program {
	t.Helper()
	p, problems := bundle.Load("testdata/site", bundle.Options{Sounds: t.TempDir(), Speech: t.TempDir()})
	for _, problem := range problems {
		t.Error(problem)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

// caller is a call that is traced.
type caller struct {
	t     testing.TB
	p     *flow.Program
	s     flow.State
	now   time.Time
	timer string
	play  int
	lines []Line
}

func dial(t testing.TB, p *flow.Program) *caller {
	t.Helper()
	c := &caller{t: t, p: p, now: time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)}
	var err error
	if c.s, err = p.Begin(flow.CallInfo{ID: "c1", From: "0123456789", To: "100", Started: c.now}); err != nil {
		t.Fatal(err)
	}
	c.do(flow.Start{})
	return c
}

// do takes a step and gives its lines in short.
func (c *caller) do(in flow.Input) string {
	c.t.Helper()
	var effects []flow.Effect
	var lines []Line
	c.s, effects, lines = Run(c.p, c.s, in, flow.World{Now: c.now, Queue: func(string) flow.QueueView { return flow.QueueView{Agents: 1, Waiting: 1} }})
	for _, e := range effects {
		switch e := e.(type) {
		case flow.Play:
			c.play = e.ID
		case flow.SetTimer:
			if strings.HasPrefix(e.Name, "wait.") {
				c.timer = e.Name
			}
		}
	}
	c.lines = append(c.lines, lines...)
	return short(lines)
}

func (c *caller) played() string { c.t.Helper(); return c.do(flow.Played{ID: c.play}) }

// short writes lines as "what field ...; ...".
func short(lines []Line) string {
	var all []string
	for _, l := range lines {
		words := []string{string(l.What)}
		if l.What == Entered {
			words = append(words, l.Flow+"."+l.Node)
		}
		for _, word := range []string{l.From, l.Exit, strings.Join(l.Prompts, "+"), l.Lang, l.Key, l.Name, l.Text} {
			if word != "" {
				words = append(words, word)
			}
		}
		if l.For != 0 {
			words = append(words, fmt.Sprintf("%dms", l.For))
		}
		for _, name := range slices.Sorted(mapKeys(l.Vars)) {
			words = append(words, name+"="+l.Vars[name])
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	p := site(t)
	p.Revision = "r1"
	c := dial(t, p)
	if got := short(c.lines); got != "began en 100 r1; entered main.hello main; marked began; heard hello en" {
		t.Error(got)
	}
	for _, step := range []struct {
		do   func() string
		want string
	}{
		{c.played, "entered main.language main.hello next; heard choose en ms"},
		{func() string { return c.do(flow.Key{Key: '2'}) },
			"pressed 2; chose 2 ms; language ms; entered main.caller main.language next; entered main.ask main.caller next; heard ask ms; changed main.phone=***"},
		{c.played, ""},
		{func() string { return c.do(flow.Fired{Name: "wait.99"}) }, ""}, // an old one
		{func() string { return c.do(flow.Fired{Name: c.timer}) }, "quiet 7000ms; heard still_there+ask ms"},
		{c.played, ""},
		{func() string { return c.do(flow.Fired{Name: c.timer}) }, "quiet 10000ms; heard still_there+ask ms"},
		{func() string { return c.do(flow.Key{Key: '1'}) },
			"pressed 1; chose 1 road road; entered main.which main.ask next; entered main.read main.which; heard you_are ms; changed main.category=road"},
		{func() string { return c.do(flow.Played{ID: c.play, Failed: true}) },
			"silent; fault main.read nothing was audible; entered helper.sorry main.read error; heard trouble ms"},
		{c.played, "entered helper.agents helper.sorry next; queued citizens language=ms"},
		{func() string { return c.do(flow.QueueLeft{Outcome: ivr.OutcomeAnswered}) }, "unqueued answered; entered helper.bye helper.agents next; heard bye ms"},
		{func() string { return c.do(flow.HungUp{}) }, "hung_up; ended caller"},
		{func() string { return c.do(flow.HungUp{}) }, ""},
	} {
		if got := step.do(); got != step.want {
			t.Errorf("got  %s\nwant %s", got, step.want)
		}
	}
	for _, l := range c.lines {
		if l.Call != "c1" || !l.At.Equal(c.now) {
			t.Error(l)
		}
	}
}

// TestNothingPersonal plays calls with a personal number in every place where it could slip
// into a line.
func TestNothingPersonal(t *testing.T) {
	t.Parallel()
	p := site(t)
	c := dial(t, p)
	c.played()
	c.do(flow.Key{Key: '1'})
	secret := c.s.Vars["main.phone"]
	if secret != "0123456789" {
		t.Fatal(c.s.Vars)
	}
	before := c.s
	c.lines = append(c.lines, Lines(p, Step{Before: before, After: before, Input: flow.Fetched{Failure: "error: GET /" + secret + " refused"}, Effects: []flow.Effect{
		flow.Tell{Body: ivr.CallFault{Where: "main.read", What: secret + " is not a date"}}, flow.Dial{To: secret}, flow.Fetch{Service: "x", Method: "GET", Path: "/c/" + secret},
	}})...)
	c.lines = append(c.lines, Lines(p, Step{Before: before, After: before, Input: flow.CaseDone{Found: true, Fields: map[string]string{"caller": secret}}})...)
	text, err := json.Marshal(c.lines)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), secret) {
		t.Errorf("%s stands in %s", secret, text)
	}
	if n := strings.Count(string(text), Masked); n < 6 {
		t.Errorf("only %d values are masked: %s", n, text)
	}
}

// TestKeysOfPersonalQuestions: digits of a collect that saves into a pii variable are masked,
// and so are keys that wait, when they may become such.
func TestKeysOfPersonalQuestions(t *testing.T) {
	t.Parallel()
	spec := &flow.Collect{Save: "mykad"}
	typ, _ := flow.TypeNamed("collect")
	f := &flow.Flow{ID: "main", Vars: map[string]flow.Var{"mykad": {Type: flow.Digits, PII: true}, "case": {Type: flow.Digits}},
		Nodes: map[string]*flow.Node{"ask": {ID: "ask", Type: typ, Spec: spec}, "say": {ID: "say"}}}
	p := &flow.Program{Flows: map[string]*flow.Flow{"main": f}}
	key := func(node, buffer string) string {
		return Lines(p, Step{Before: flow.State{Flow: "main", Node: node}, After: flow.State{Flow: "main", Node: node, Keys: buffer}, Input: flow.Key{Key: '9'}})[0].Key
	}
	if got := []string{key("ask", ""), key("say", "9"), key("say", "")}; !slices.Equal(got, []string{Masked, Masked, "9"}) {
		t.Error(got)
	}
	spec.Save = "case"
	if got := []string{key("ask", ""), key("say", "9")}; !slices.Equal(got, []string{"9", "9"}) {
		t.Error(got)
	}
}
