package flow_test

import (
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

const menu = head + `nodes:
  first:
    type: menu
    prompt: ask
    short: ask_short
    no_input: [silence1, silence2]
    no_match: [wrong1, wrong2]
    choices: {"1": one, "2": bye}
    exits: {no_input: one, no_match: bye}
` + tail

const sayThenMenu = head + `nodes:
  first: {type: say, prompt: hello, barge_in: %BARGE%, next: menu}
  menu:
    type: menu
    prompt: ask
    type_ahead: %AHEAD%
    choices: {"1": one, "2": bye}
    exits: {no_input: bye, no_match: bye}
` + tail

func TestB1_KeysFromBeforeAnswerUnheard(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "keep")))
	c.press("71")
	c.hears("hello")
	c.listens()
	c.hears("hello") // node one, not the menu: 7 is no choice, 1 is
	if c.s.Node != "one" {
		t.Fatal(c.s.Node)
	}
	c = dial(t, program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "flush")))
	c.press("1")
	c.listens()
	c.hears("ask")
}

func TestB2_WaitRunsFromTheEndOfTheLastPrompt(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.waits(time.Minute) // a long prompt
	if c.due("wait") >= 0 {
		t.Fatal("the wait began while the prompt played")
	}
	c.listens()
	if got := c.due("wait"); got != 7*time.Second {
		t.Fatal(got)
	}
	c.waits(7 * time.Second)
	c.listens()
	if got := c.due("wait"); got != 10*time.Second {
		t.Fatal("wait_more is not added:", got)
	}
}

func TestB3_AMenuEndsAtItsFirstKey(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.press("1")
	c.hears("hello")
	if chosen := told[ivr.CallChose](c); len(chosen) != 1 || chosen[0] != (ivr.CallChose{Flow: "main", Node: "first", Key: "1", Choice: "one", Words: "one"}) {
		t.Fatal(chosen)
	}
	if c.due("wait") >= 0 {
		t.Fatal("timer left")
	}
}

func TestB5_AFailurePlaysItsWordsThenTheShortQuestion(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.hears("ask")
	c.listens()
	c.waits(7 * time.Second)
	c.hears("silence1", "ask_short")
	c.listens()
	c.press("9")
	c.hears("wrong1", "ask_short") // counted per kind
	c = dial(t, program(t, menu))
	c.listens()
	c.waits(7 * time.Second)
	c.listens()
	c.waits(10 * time.Second)
	c.hears("silence2", "ask_short")
}

func TestB6_TheLastFailureDecidesTheExit(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.press("9")
	c.press("9")
	c.listens()
	c.waits(13 * time.Second)
	c.hears("hello") // no_input
	c = dial(t, program(t, menu))
	c.listens()
	c.waits(7 * time.Second)
	c.press("99")
	c.hears("bye") // no_match
}

func TestB7_KeysOfHoldAndIgnoreStayOutUnlessKept(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "ignore", "%AHEAD%", "keep")))
	c.press("1")
	c.listens()
	c.hears("ask")
	const held = head + `nodes:
  first: {type: menu, prompt: ask, barge_in: hold, choices: {"1": second, "2": bye}, exits: {no_input: bye, no_match: bye}}
  second: {type: menu, prompt: ask, type_ahead: %AHEAD%, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail
	for ahead, node := range map[string]string{"keep": "one", "flush": "second"} {
		c = dial(t, program(t, replace(held, "%AHEAD%", ahead)))
		c.press("11")
		c.hears("ask")
		c.listens()
		if c.s.Node != node {
			t.Fatalf("type_ahead %s: at %s", ahead, c.s.Node)
		}
	}
}

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

func TestB8_RepeatAndBackEnterAgain(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, trail))
	at := func(keys, node string) {
		t.Helper()
		c.press(keys)
		if c.s.Node != node {
			t.Fatalf("after %s at %s, want %s", keys, c.s.Node, node)
		}
	}
	at("*", "first") // from the first one, repeats
	at("#", "first")
	c.hears("ask_short")
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
}

func TestB9_TheNearestExitWins(t *testing.T) {
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

func TestB10_OnHangUpOnlySilentNodesRun(t *testing.T) {
	t.Parallel()
	p := program(t, `ivr: 1
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
`+tail)
	c := dial(t, p)
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
}

func TestB11_NothingAudibleIsTheErrorExit(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, menu))
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("trouble")
	// A prompt that cannot be said becomes the language's apology.
	p := program(t, head+`vars: {n: {type: int, default: "-1"}}
nodes:
  first: {type: say, prompt: number, with: {n: n}, next: one}
`+tail)
	c = dial(t, p)
	c.hears("apology")
	c.listens()
	c.hears("hello")
}

func TestB12_AnErrorInsideTheErrorHandler(t *testing.T) {
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
}

func TestB13_ACallKeepsItsRevision(t *testing.T) {
	t.Parallel()
	p := program(t, menu)
	c := dial(t, p)
	if c.s.Revision != p.Revision || len(p.Revision) != 64 {
		t.Fatal(c.s.Revision)
	}
}

const language = head + `nodes:
  first: {type: language, prompt: lang, options: {"1": en, "2": ms}, next: menu, exits: {no_input: menu}}
  menu: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail

func TestB14_LaterPromptsAreInTheNewLanguage(t *testing.T) {
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
}

func TestLanguageStaysWithoutAnswer(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, language))
	c.press("9")
	c.press("9")
	c.press("9")
	c.hears("ask")
	if langs := told[ivr.CallLanguage](c); len(langs) != 1 || langs[0].Lang != "en" {
		t.Fatal(langs)
	}
}
