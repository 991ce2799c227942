package flow_test

import (
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

const trail = `ivr: 1
flow: main
start: first
keys: {"0": OPERATOR, "*": BACK, "#": REPEAT, "9": HOME}
handlers: {loop: long, too_long: long}
nodes:
  first: {type: menu, prompt: ask, short: ask_short, choices: {"1": second, "2": bye}, exits: {no_input: bye, no_match: bye}}
  second: {type: menu, prompt: ask, choices: {"1": third, "2": bye}, keys: {"9": NONE}, exits: {no_input: bye, no_match: bye}}
  third: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail

func TestB8(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, trail))
	at := func(keys, node string) {
		t.Helper()
		c.press(keys)
		c.node(node)
	}
	at("*", "first") // from the first one, repeats
	at("7", "first")
	at("#", "first")
	c.hears("ask_short")
	if c.s.Turn.Tries != 0 {
		t.Fatal("REPEAT does not restart the node")
	}
	if got := c.s.Visits["main.first"]; got != 3 {
		t.Fatal("visits", got)
	}
	at("11", "third")
	at("*", "second")
	at("*", "first")
	at("*", "first")
	at("11", "third")
	at("9", "first")
	at("1", "second")
	at("9", "second") // NONE: a wrong key
	c.hears("wrong1", "ask")
	c.press("0")
	c.hears("second")

	t.Run("collect clears first", func(t *testing.T) {
		p := program(t, replace(trail, "third: {type: menu, prompt: ask, choices: {\"1\": one, \"2\": bye},",
			"third: {type: collect, prompt: digits, short: digits_short, length: 3, save: n, next: one,", "start: first", "start: first\nvars: {n: {type: digits}}"))
		c := dial(t, p)
		c.press("1112*")
		c.hears("digits_short") // cleared, and asked again
		c.node("third")
		if c.s.Turn.Typed != "" || c.s.Turn.Tries != 0 {
			t.Fatal(c.s.Turn)
		}
		c.press("0") // a digit, not the operator
		c.node("third")
		c.press("**")
		c.node("second")
	})
}

func TestB9(t *testing.T) {
	t.Parallel()
	const set = `ivr: 1
flow: main
vars: {n: {type: int, default: "0"}}
start: first
handlers: {loop: long, too_long: long%HANDLER%}
nodes:
  first: {type: switch, cases: [{when: 1 / n > 100.0 and 10 % n == 1, next: one}], else: one%EXIT%}
` + tail
	for _, c := range []struct{ handler, exit, hears string }{
		{"", "", "trouble"}, {", error: one", "", "hello"}, {", error: one", ", exits: {error: bye}", "bye"},
	} {
		dial(t, program(t, replace(set, "%HANDLER%", c.handler, "%EXIT%", c.exit))).hears(c.hears)
	}
}

const parting = `ivr: 1
flow: main
vars: {gone: {type: bool}}
start: first
keys: {"0": OPERATOR}
handlers: {loop: long, too_long: long, hangup: note}
nodes:
  first: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
  note: {type: set, mark: noted, set: {gone: "true"}, next: look}
  look: {type: switch, cases: [{when: gone, next: quiet}], else: quiet}
  quiet: {type: hangup}
` + tail

func TestB10(t *testing.T) {
	t.Parallel()
	t.Run("the node stops, silent nodes run", func(t *testing.T) {
		c := dial(t, program(t, parting))
		c.listens()
		c.step(flow.HungUp{})
		c.ends("normal")
		if c.s.Vars["main.gone"] != "true" || len(told[ivr.CallMarked](c)) != 1 {
			t.Fatal(c.s.Vars, c.facts)
		}
		c.step(flow.Key{Key: '1'})
		if len(c.last) != 0 {
			t.Fatal("effects after the end:", c.last)
		}
	})
	t.Run("a prompt is cut short, and no speaking node begins", func(t *testing.T) {
		c := dial(t, program(t, parting))
		c.p.Flows["main"].Nodes["note"].Next = flow.Out{Word: flow.ToNode, Target: "one"}
		play := c.play.ID
		c.step(flow.HungUp{})
		if stop := one[flow.StopPlay](c); stop.ID != play {
			t.Fatal(stop)
		}
		if said, speaks := did[flow.Play](c); speaks {
			t.Fatal(said)
		}
		c.ends("caller")
	})
	t.Run("a request under way may finish", func(t *testing.T) {
		c := dial(t, working(t, "post: /cases, body: '{}'", "HANGUP"))
		asked := one[flow.Fetch](c)
		c.step(flow.HungUp{})
		c.waitsFor("hangup", 10*time.Second)
		c.waits(9 * time.Second)
		c.step(flow.Fetched{ID: asked.ID, Status: 201, Body: []byte(`{"n": "7"}`)})
		c.ends("normal")
		if c.s.Vars["main.seen"] != "7" {
			t.Fatal("handlers.hangup does not know the answer:", c.s.Vars)
		}
	})
	t.Run("for 10 s", func(t *testing.T) {
		c := dial(t, working(t, "post: /cases, body: '{}'", "HANGUP"))
		asked := one[flow.Fetch](c)
		c.step(flow.HungUp{})
		c.waits(10 * time.Second)
		c.ends("normal")
		if _, ran := c.s.Vars["main.seen"]; ran || len(told[ivr.CallMarked](c)) != 1 {
			t.Fatal(c.s.Vars, c.facts)
		}
		c.step(flow.Fetched{ID: asked.ID, Status: 201})
		if len(c.last) != 0 {
			t.Fatal(c.last)
		}
	})
	t.Run("one that only reads is not waited for", func(t *testing.T) {
		c := dial(t, working(t, "get: /cases", "HANGUP"))
		c.step(flow.HungUp{})
		c.ends("normal")
	})
	t.Run("handlers.hangup runs for at most 10 s", func(t *testing.T) {
		c := dial(t, working(t, "get: /cases", "draft"))
		c.step(flow.HungUp{})
		draft := one[flow.Casework](c)
		c.waitsFor("hangup", 10*time.Second)
		c.step(flow.CaseDone{ID: draft.ID, Found: true, Fields: map[string]string{"number": "26063000173"}})
		c.ends("normal")
		if c.s.Vars["main.case_no"] != "26063000173" {
			t.Fatal(c.s.Vars)
		}
		c = dial(t, working(t, "get: /cases", "draft"))
		c.step(flow.HungUp{})
		c.waits(10 * time.Second)
		c.ends("caller")
	})
}

func TestB11(t *testing.T) {
	t.Parallel()
	t.Run("nothing audible is the error exit", func(t *testing.T) {
		for _, p := range []*flow.Program{program(t, menu), typed(t, "", ""), program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "keep"))} {
			c := dial(t, p)
			c.step(flow.Played{ID: c.play.ID, Failed: true})
			c.hears("trouble")
		}
	})
	p := program(t, head+`vars: {n: {type: int, default: "-1"}}
nodes:
  first: {type: say, prompt: number, with: {n: n}, next: asked}
  asked: {type: menu, prompt: number, with: {n: n}, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
`+tail, map[string]string{"prompts/all.yaml": replace(promptsYAML,
		`{text: "Number {n}."}`, `{text: "Number {n}. Press 1 or 2."}`, `{text: "Nombor {n}."}`, `{text: "Nombor {n}. Tekan 1 atau 2."}`)})
	t.Run("what cannot be said is the apology", func(t *testing.T) {
		c := dial(t, p)
		c.hears("apology")
		c.listens()
		c.node("asked")
		c.hears("apology")
		c.listens()
		c.waitsFor("wait", 7*time.Second) // it is still asked
		c.press("1")
		c.hears("hello")
	})
}

func TestB12(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("trouble")
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("sorry") // comes with Asterisk
	if file := c.play.Items[0].File; file != "sorry" {
		t.Fatal(file)
	}
	c.listens()
	c.hears("second") // the operator's flow
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("sorry")
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.ends("error")

	t.Run("an error after the caller took part is handled again", func(t *testing.T) {
		c := dial(t, program(t, replace(menu, "choices:", "keys: {\"5\": REPEAT}\n    choices:", `handlers: {`, `handlers: {error: first, `)))
		for range 3 {
			c.step(flow.Played{ID: c.play.ID, Failed: true})
			c.node("first")
			c.press("5")
		}
		c.step(flow.Played{ID: c.play.ID, Failed: true})
		c.step(flow.Played{ID: c.play.ID, Failed: true})
		c.hears("sorry")
	})
}

func TestB13(t *testing.T) {
	t.Parallel()
	p := calling(t, "")
	c := dial(t, p)
	if len(p.Revision) != 64 || c.s.Revision != p.Revision {
		t.Fatal(c.s.Revision)
	}
	for _, keys := range []string{"1", "1", "1"} { // into a sub-flow and back
		c.press(keys)
		if c.s.Revision != p.Revision {
			t.Fatal(c.s.Flow, c.s.Revision)
		}
	}
}

const language = head + `nodes:
  first: {type: language, prompt: lang, options: {"1": en, "2": ms}, next: menu, exits: {no_input: menu}}
  menu: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail

func TestB14(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, language))
	if items := c.play.Items; len(items) != 2 || items[0].Lang != "en" || items[1].Lang != "ms" {
		t.Fatal(items) // each line in its own language
	}
	c.press("2")
	c.hears("ask")
	c.listens()
	c.waits(7 * time.Second)
	c.hears("silence1", "ask")
	for _, item := range c.play.Items {
		if item.Lang != "ms" {
			t.Fatal(item)
		}
	}
	if langs := told[ivr.CallLanguage](c); len(langs) != 1 || langs[0].Lang != "ms" {
		t.Fatal(langs)
	}
	t.Run("silence stays with the default", func(t *testing.T) {
		c := dial(t, program(t, language))
		c.press("999")
		c.hears("ask")
		if langs := told[ivr.CallLanguage](c); len(langs) != 1 || langs[0].Lang != "en" || c.play.Items[0].Lang != "en" {
			t.Fatal(langs)
		}
	})
}
