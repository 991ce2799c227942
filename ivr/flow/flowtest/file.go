package flowtest

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// Test is one call and what is expected of it.
type Test struct {
	Name   string // with the entry of its table, if it has one
	File   string // of the bundle, for example tests/main.yaml
	Pos    flow.Pos
	Call   Call
	Steps  []Step
	Expect *Expect // nil = no more than the steps

	mocks  []Mock
	queues []Queue
	agent  *Agent
	lang   string // remembered
}

// Step is one turn of the conversation. Its parts happen in this order: the queue changes,
// the clock jumps, the caller is quiet, hears, is to be answered by an agent, speaks, presses
// keys and hangs up.
type Step struct {
	Pos     flow.Pos
	Queue   *Queue
	Clock   string // "" = the clock goes on
	Quiet   time.Duration
	IsQuiet bool
	Hear    []Heard
	Exactly bool // nothing else is heard before
	Agent   *Agent
	Speak   time.Duration
	Press   string
	HangUp  bool
}

// Heard is one prompt that must be heard.
type Heard struct {
	Prompt string // "" = any
	Text   string // part of what is said; "" = any
	Slots  map[string]any
	Pos    flow.Pos
}

// defaults are what a file says for all its tests.
type defaults struct {
	at     time.Time
	lang   string
	from   string
	to     string
	vars   map[string]string
	mocks  []Mock
	queues []Queue
	agent  *Agent
	before string // remembered language
	limit  time.Duration
}

// ReadFile reads one file of tests. The name is that inside the bundle.
func ReadFile(p *flow.Program, name string, text []byte) ([]*Test, []bundle.Problem) {
	r := &reader{File: bundle.Parse(name, text), name: name, p: p}
	if r.Root == nil {
		return nil, r.Problems
	}
	all := defaults{from: "0123456789", vars: map[string]string{}}
	all.at = time.Date(2026, 3, 4, 10, 0, 0, 0, p.Location)
	var tests *yaml.Node
	var version, id string
	read := map[string]func(*yaml.Node){
		"ivr":   r.oneOf(&version, "E107", "grammar version", []string{"1"}),
		"flow":  r.oneOf(&id, "E215", "flow", sortedKeys(p.Flows)),
		"about": func(*yaml.Node) {},
		"tests": func(n *yaml.Node) { tests = n },
	}
	if n := valueOf(r.Root, "flow"); n != nil {
		r.f = p.Flows[n.Value]
	}
	r.common(read, &all)
	given := r.fields(r.Root, read)
	for _, needed := range []string{"ivr", "flow", "tests"} {
		if given[needed] == nil {
			r.Complain(r.Root, "E105", nil, "%q is missing", needed)
		}
	}
	if tests == nil || r.f == nil {
		return nil, r.Problems
	}
	if all.to == "" {
		all.to = NumberOf(p, r.f.ID)
	}
	var list []*Test
	for _, n := range r.sequence(tests) {
		list = append(list, r.tests(n, all)...)
	}
	return list, r.Problems
}

// NumberOf gives a number that leads to a flow, else the first of all; "" when there is none.
func NumberOf(p *flow.Program, id string) string {
	numbers := sortedKeys(p.Numbers)
	for _, number := range numbers {
		if p.Numbers[number].Flow == id {
			return number
		}
	}
	if len(numbers) > 0 {
		return numbers[0]
	}
	return ""
}

// common adds the keys that a file and a test have alike.
func (r *reader) common(read map[string]func(*yaml.Node), d *defaults) {
	read["at"] = r.moment(&d.at)
	read["lang"] = r.oneOf(&d.lang, "E507", "language of the bundle", r.p.Languages)
	read["vars"] = func(n *yaml.Node) { r.vars(n, d.vars) }
	read["mocks"] = func(n *yaml.Node) {
		var own []Mock
		for _, item := range r.sequence(n) {
			own = append(own, r.mock(item)...)
		}
		d.mocks = append(own, d.mocks...)
	}
	read["queue"] = func(n *yaml.Node) {
		for _, item := range items(n) {
			d.queues = append(d.queues, r.queue(item))
		}
	}
	read["agent"] = func(n *yaml.Node) { d.agent = r.agent(n) }
	read["limit"] = r.duration(&d.limit)
	read["remembered"] = r.oneOf(&d.before, "E507", "language of the bundle", r.p.Languages)
	read["call"] = func(n *yaml.Node) {
		r.fields(n, map[string]func(*yaml.Node){"from": r.text(&d.from), "to": r.text(&d.to)})
	}
}

// tests reads one test, once for each entry of its table.
func (r *reader) tests(n *yaml.Node, all defaults) []*Test {
	if n.Kind != yaml.MappingNode {
		r.Complain(n, "E105", nil, "a test is a mapping with a name")
		return nil
	}
	table := valueOf(n, "each")
	if table == nil {
		return []*Test{r.test(n, all, "")}
	}
	var list []*Test
	for _, row := range r.rows(table) {
		list = append(list, r.test(r.filled(n, row), all, " ["+row.label()+"]"))
	}
	return list
}

func (r *reader) test(n *yaml.Node, d defaults, label string) *Test {
	vars := map[string]string{}
	for name, value := range d.vars {
		vars[name] = value
	}
	d.vars = vars
	d.queues = append([]Queue(nil), d.queues...)
	t := &Test{File: r.name, Pos: r.pos(n)}
	read := map[string]func(*yaml.Node){
		"test":  r.text(&t.Name),
		"about": func(*yaml.Node) {},
		"each":  func(*yaml.Node) {},
		"steps": func(n *yaml.Node) {
			for _, item := range r.sequence(n) {
				t.Steps = append(t.Steps, r.step(item))
			}
		},
		"expect": func(n *yaml.Node) { t.Expect = r.expect(n) },
	}
	r.common(read, &d)
	given := r.fields(n, read)
	for _, needed := range []string{"test", "steps"} {
		if given[needed] == nil {
			r.Complain(n, "E105", nil, "%q is missing", needed)
		}
	}
	if key := given["test"]; key != nil {
		t.Pos = r.pos(key)
	}
	t.Name += label
	t.Call = Call{Flow: r.f.ID, From: d.from, To: d.to, At: d.at, Lang: d.lang, Vars: d.vars, Limit: d.limit}
	t.mocks, t.queues, t.agent, t.lang = d.mocks, d.queues, d.agent, d.before
	return t
}

// outside makes the world for one run of the test.
func (t *Test) outside() *Outside {
	o := &Outside{Remembered: t.lang}
	for _, m := range t.mocks {
		o.Mocks = append(o.Mocks, &m)
	}
	for _, q := range t.queues {
		o.setQueue(q)
	}
	if t.agent != nil {
		agent := *t.agent
		o.Agent = &agent
	}
	return o
}

func (r *reader) step(n *yaml.Node) Step {
	s := Step{Pos: r.pos(n)}
	var slots *yaml.Node
	given := r.fields(n, map[string]func(*yaml.Node){
		"queue":   func(n *yaml.Node) { q := r.queue(n); s.Queue = &q },
		"clock":   func(n *yaml.Node) { s.Clock = r.clock(n) },
		"quiet":   func(n *yaml.Node) { s.IsQuiet = true; r.duration(&s.Quiet)(n) },
		"hear":    func(n *yaml.Node) { s.Hear = r.hear(n) },
		"slots":   func(n *yaml.Node) { slots = n },
		"exactly": r.truth(&s.Exactly),
		"agent":   func(n *yaml.Node) { s.Agent = r.agent(n) },
		"speak":   r.duration(&s.Speak),
		"press":   r.keys(&s.Press),
		"hang_up": r.truth(&s.HangUp),
	})
	if slots != nil {
		r.slots(&s, given["slots"], slots)
	}
	return s
}

func (r *reader) clock(n *yaml.Node) string {
	word := r.word(n)
	for _, layout := range []string{"15:04:05", "15:04"} {
		if _, err := time.Parse(layout, word); err == nil {
			return word
		}
	}
	r.Complain(n, "E105", nil, "%q is not a time of day; write 21:00 or 21:00:30", word)
	return ""
}

// hear reads what must be heard: ids of prompts, or parts of what is said.
func (r *reader) hear(n *yaml.Node) []Heard {
	var all []Heard
	for _, item := range items(n) {
		word := strings.Join(strings.Fields(r.word(item)), " ")
		h := Heard{Prompt: word, Pos: r.pos(item)}
		if _, isPrompt := r.p.Prompts.Slots(word); !isPrompt {
			if flow.ValidID(word) && word != builtInApology {
				ids := r.p.Prompts.IDs()
				r.Complain(item, "E401", nil, "there is no prompt %q%s", word, bundle.Nearest(word, ids))
			}
			if word != builtInApology {
				h.Prompt, h.Text = "", word
			}
		}
		all = append(all, h)
	}
	return all
}

// builtInApology is the prompt that comes with Asterisk.
const builtInApology = "sorry"

// slots reads the values that the step's last prompt must be heard with.
func (r *reader) slots(s *Step, key, n *yaml.Node) {
	if len(s.Hear) == 0 || s.Hear[len(s.Hear)-1].Prompt == "" {
		r.Complain(key, "E403", nil, "slots need a prompt to hear")
		return
	}
	h := &s.Hear[len(s.Hear)-1]
	declared, _ := r.p.Prompts.Slots(h.Prompt)
	h.Slots = map[string]any{}
	r.pairs(n, func(key, value *yaml.Node) {
		if _, has := declared[key.Value]; !has {
			names := sortedKeys(declared)
			r.Complain(key, "E403", names, "prompt %s has no slot %q%s", h.Prompt, key.Value, bundle.Nearest(key.Value, names))
			return
		}
		h.Slots[key.Value] = r.word(value)
	})
	for _, name := range sortedKeys(declared) {
		if _, given := h.Slots[name]; !given {
			r.Complain(n, "E403", nil, "slot %q of prompt %s has no value here", name, h.Prompt)
		}
	}
}

// valueOf gives the value of a mapping's key; nil when there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
