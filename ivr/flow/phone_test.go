package flow_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

const siteYAML = `ivr: 1
languages: [en, ms]
timezone: Asia/Kuala_Lumpur
numbers: {"100": main}
operator: operator
defaults: {no_input: [silence1], no_match: [wrong1], exits: {error: flow:trouble}}
limits: {call: 30m, steps: 60, silent: 10}
`

const promptsYAML = `
hello: {en: {text: "Hello."}, ms: {text: "Helo."}}
second: {en: {text: "Second."}, ms: {text: "Kedua."}}
ask: {en: {text: "For one, press 1. For two, press 2."}, ms: {text: "Untuk satu, tekan 1. Untuk dua, tekan 2."}}
ask_short: {en: {text: "Press 1 or 2."}, ms: {text: "Tekan 1 atau 2."}}
lang: {en: {text: "For English, press 1."}, ms: {text: "Untuk Melayu, tekan 2."}}
silence1: {en: {text: "No key."}, ms: {text: "Tiada kekunci."}}
silence2: {en: {text: "Still no key."}, ms: {text: "Masih tiada kekunci."}}
wrong1: {en: {text: "Wrong key."}, ms: {text: "Kekunci salah."}}
wrong2: {en: {text: "Wrong again."}, ms: {text: "Salah lagi."}}
number: {slots: {n: number}, en: {text: "Number {n}."}, ms: {text: "Nombor {n}."}}
back_at: {slots: {t: time}, en: {text: "Back at {t}."}, ms: {text: "Kembali pada {t}."}}
bye: {en: {text: "Goodbye."}, ms: {text: "Selamat tinggal."}}
trouble: {en: {text: "There is trouble."}, ms: {text: "Ada masalah."}}
too_long: {en: {text: "Too long."}, ms: {text: "Terlalu lama."}}
apology: {en: {text: "We are sorry."}, ms: {text: "Minta maaf."}}
keep_recording: {en: {text: "To keep it, press 1. Again, press 2."}, ms: {text: "Untuk simpan, tekan 1. Ulang, tekan 2."}}
queue_position: {slots: {n: number}, en: {text: "You are number {n}."}, ms: {text: "Anda nombor {n}."}}
queue_wait: {slots: {n: number}, en: {text: "About {n} minutes."}, ms: {text: "Kira-kira {n} minit."}}
digits: {en: {text: "Enter the number."}, ms: {text: "Masukkan nombor."}}
digits_short: {en: {text: "The number, please."}, ms: {text: "Nombor."}}
caller: {slots: {n: phone}, en: {text: "Is it {n}? For yes, press 1. For no, press 2."}, ms: {text: "Adakah {n}? Untuk ya, tekan 1. Untuk tidak, tekan 2."}}
offer: {en: {text: "To leave a message, press 1."}, ms: {text: "Untuk pesanan, tekan 1."}}
beep: {en: {text: "Speak after the tone."}, ms: {text: "Cakap selepas bunyi."}}
`

const head = `ivr: 1
flow: main
start: first
keys: {"0": OPERATOR}
handlers: {loop: long, too_long: long}
`

// tail holds nodes that every test flow may lead to.
const tail = `
  one: {type: say, prompt: hello, next: bye}
  bye: {type: hangup, prompt: bye}
  long: {type: hangup, prompt: too_long}
`

const otherFlows = `ivr: 1
flow: %s
handlers: {loop: bye, too_long: bye}
start: first
nodes:
  first: {type: say, prompt: %s, next: bye}
  bye: {type: hangup, prompt: bye}
`

// program loads a bundle whose main flow is the text given. More files are added to the
// bundle's, or take their place.
func program(t testing.TB, main string, more ...map[string]string) *flow.Program {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"ivr.yaml":              siteYAML,
		"prompts/all.yaml":      promptsYAML,
		"calendars/office.yaml": "calendar: office\ntimezone: Asia/Kuala_Lumpur\nopen: {daily: [\"07:30-21:01\"]}\nspecial: [{dates: 2026-03-20, name: raya}]\n",
		"queues.yaml":           "queues: {citizens: {max: 3}}\n",
		"env/here.yaml":         "boxes: [general]\nskills: {language: [en, ms], cluster: {health: kesihatan, one: one, two: two}}\n",
		"flows/main.yaml":       main,
		"flows/trouble.yaml":    strings.NewReplacer("%s\nh", "trouble\nh", "%s, n", "trouble, n").Replace(otherFlows),
		"flows/operator.yaml":   strings.NewReplacer("%s\nh", "operator\nh", "%s, n", "second, n").Replace(otherFlows),
	}
	for _, others := range more {
		maps.Copy(files, others)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, problems := bundle.Load(dir, bundle.Options{Sounds: dir, Speech: dir})
	for _, problem := range bundle.Errors(problems) {
		t.Error(problem)
	}
	if p == nil {
		t.Fatal("no program")
	}
	return p
}

// phone is a caller and the call around the flow. It saves and reloads the state between
// any two steps.
type phone struct {
	t      testing.TB
	p      *flow.Program
	s      flow.State
	now    time.Time
	view   flow.QueueView
	timers map[string]time.Time
	last   []flow.Effect // of the last step
	play   *flow.Play    // playing now
	record *flow.Record
	music  bool
	slots  []flow.Slot // free ones for a callback
	facts  []ivr.Body
	over   *flow.Hangup
	also   func(*flow.World) // what a test adds to the world
}

func dial(t testing.TB, p *flow.Program) *phone {
	t.Helper()
	c := newPhone(t, p)
	c.step(flow.Start{})
	return c
}

func newPhone(t testing.TB, p *flow.Program) *phone {
	t.Helper()
	started := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	s, err := p.Begin(flow.CallInfo{ID: "c1", From: "0123456789", To: "100", Started: started})
	if err != nil {
		t.Fatal(err)
	}
	return &phone{t: t, p: p, s: s, now: started, timers: map[string]time.Time{}, view: flow.QueueView{Agents: 2, Waiting: 1}}
}

func (c *phone) world() flow.World {
	w := flow.World{Now: c.now, Queue: func(string) flow.QueueView { return c.view },
		Slots: func(string, flow.SlotRule) []flow.Slot { return c.slots }}
	if c.also != nil {
		c.also(&w)
	}
	return w
}

func (c *phone) step(in flow.Input) {
	c.t.Helper()
	before := c.save()
	c.s, c.last = flow.Step(c.p, c.s, in, c.world())
	var again flow.State
	if err := json.Unmarshal(before, &again); err != nil {
		c.t.Fatal(err)
	}
	twin, effects := flow.Step(c.p, again, in, c.world())
	if !reflect.DeepEqual(effects, c.last) {
		c.t.Fatalf("a reloaded state gave other effects\n got %v\nwant %v", effects, c.last)
	}
	if c.s = twin; string(c.save()) != string(mustJSON(c.t, twin)) {
		c.t.Fatal("a reloaded state went on elsewhere")
	}
	for _, e := range c.last {
		c.carry(e)
	}
}

func (c *phone) save() []byte { return mustJSON(c.t, c.s) }

func mustJSON(t testing.TB, s flow.State) []byte {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// carry does what the call does with an effect.
func (c *phone) carry(e flow.Effect) {
	c.t.Helper()
	if c.over != nil {
		c.t.Fatalf("%T after Hangup", e)
	}
	switch e := e.(type) {
	case flow.Play:
		c.play, c.music = &e, false
	case flow.StopPlay:
		if c.play != nil && c.play.ID == e.ID {
			c.play = nil
		}
	case flow.Music:
		c.music = e.On
	case flow.SetTimer:
		c.timers[e.Name] = c.now.Add(e.After)
	case flow.StopTimer:
		delete(c.timers, e.Name)
	case flow.Record:
		c.record = &e
	case flow.StopRecord:
		c.record = nil
	case flow.Tell:
		c.facts = append(c.facts, e.Body)
	case flow.Hangup:
		c.over = &e
	}
}

// hears fails unless the prompts given are playing, each named once per run of its pieces.
func (c *phone) hears(want ...string) {
	c.t.Helper()
	var got []string
	if c.play != nil {
		for _, item := range c.play.Items {
			if len(got) == 0 || got[len(got)-1] != item.Prompt {
				got = append(got, item.Prompt)
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		c.t.Fatalf("hears %q, want %q; facts %v", got, want, c.facts)
	}
}

// listens lets the playback end.
func (c *phone) listens() {
	c.t.Helper()
	if c.play == nil {
		c.t.Fatal("nothing plays")
	}
	id := c.play.ID
	c.play = nil
	c.step(flow.Played{ID: id})
}

func (c *phone) press(keys string) {
	c.t.Helper()
	for i := range len(keys) {
		c.step(flow.Key{Key: keys[i]})
	}
}

// due gives how long until the timer of a kind runs out; -1 when it is not set.
func (c *phone) due(kind string) time.Duration {
	for name, at := range c.timers {
		if strings.HasPrefix(name, kind+".") {
			return at.Sub(c.now)
		}
	}
	return -1
}

// waits lets time pass; the timers due meanwhile run out in order.
func (c *phone) waits(d time.Duration) {
	c.t.Helper()
	for end := c.now.Add(d); ; {
		name, at := "", end
		for n, due := range c.timers {
			if !due.After(at) && (name == "" || due.Before(at) || n < name) {
				name, at = n, due
			}
		}
		c.now = at
		if name == "" {
			return
		}
		delete(c.timers, name)
		c.step(flow.Fired{Name: name})
	}
}

// restarts drops what only the running engine held.
func (c *phone) restarts() {
	c.t.Helper()
	c.timers, c.play, c.record = map[string]time.Time{}, nil, nil
	c.step(flow.Resume{})
}

// recorded ends the recording under way.
func (c *phone) recorded(length time.Duration) {
	c.t.Helper()
	id := c.record.ID
	c.record = nil
	c.step(flow.Recorded{ID: id, Length: length})
}

func (c *phone) ends(cause string) {
	c.t.Helper()
	if c.over == nil || c.over.Cause != cause {
		c.t.Fatalf("not ended by %q: %v", cause, c.over)
	}
	if len(c.timers) != 0 {
		c.t.Fatalf("timers left: %v", c.timers)
	}
}

func did[E flow.Effect](c *phone) (E, bool) {
	for _, e := range c.last {
		if e, ok := e.(E); ok {
			return e, true
		}
	}
	var none E
	return none, false
}

func told[B ivr.Body](c *phone) []B {
	var all []B
	for _, fact := range c.facts {
		if b, ok := fact.(B); ok {
			all = append(all, b)
		}
	}
	return all
}
