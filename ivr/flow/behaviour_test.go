package flow_test

import (
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// The tests of behaviours B1 to B7 of the flow language: how callers are asked. B8 to B14
// follow in behaviour_call_test.go. Each test looks at every sentence of its rule.

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

// collect asks for two to four digits; %MORE% holds further fields.
const collect = head + `vars: {n: {type: digits}}
nodes:
  first:
    type: collect
    prompt: digits
    short: digits_short
    digits: {min: 2, max: 4}
    no_input: [silence1, silence2]
    no_match: [wrong1, wrong2]
    save: n
    %MORE%
    next: one
    exits: {no_input: trouble_here, no_match: bye%EXIT%}
  trouble_here: {type: say, prompt: second, next: bye}
` + tail

const typedPrompts = `
read_back: {slots: {n: digits}, en: {text: "You entered {n}. If that is right, press 1. Again, press 2."}, ms: {text: "Anda masukkan {n}. Jika betul, tekan 1. Ulang, tekan 2."}}
`

// typed loads a flow that collects.
func typed(t testing.TB, more, exit string) *flow.Program {
	t.Helper()
	return program(t, replace(collect, "%MORE%", more, "%EXIT%", exit), map[string]string{"prompts/typed.yaml": typedPrompts})
}

// collected fails unless the caller went on with what was typed.
func (c *phone) collected(digits string) {
	c.t.Helper()
	if c.s.Node != "one" || c.s.Vars["main.n"] != digits {
		c.t.Fatalf("at %s with %q, want %q; phase %s; facts %v", c.s.Node, c.s.Vars["main.n"], digits, c.s.Turn.Phase, c.facts)
	}
}

func (c *phone) waitsFor(kind string, want time.Duration) {
	c.t.Helper()
	if got := c.due(kind); got != want {
		c.t.Fatalf("timer %s runs out in %s, want %s", kind, got, want)
	}
}

const unset = time.Duration(-1) // a timer that is not set

func TestB1(t *testing.T) {
	t.Parallel()
	t.Run("tries begin at 0", func(t *testing.T) {
		c := dial(t, program(t, trail))
		c.press("77") // two of three tries
		c.press("1*")
		c.node("first")
		c.press("77")
		c.node("first")
		c.hears("wrong1", "ask_short")
	})
	t.Run("keys from before answer unheard", func(t *testing.T) {
		c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "keep")))
		c.press("71")
		c.hears("hello")
		c.listens()
		c.node("one") // 7 is no choice, 1 is
		c.hears("hello")
	})
	t.Run("unless they are flushed", func(t *testing.T) {
		c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "flush")))
		c.press("1")
		c.listens()
		c.hears("ask")
	})
	const ahead = head + `vars: {n: {type: digits}}
nodes:
  first: {type: say, prompt: hello, barge_in: hold, next: number}
  number: {type: collect, prompt: digits, digits: {min: 2, max: 4}, save: n, next: one, exits: {no_input: bye, no_match: bye}}
` + tail
	t.Run("typed ahead in full", func(t *testing.T) {
		c := dial(t, program(t, ahead))
		c.press("#123#")
		c.listens()
		c.collected("123")
	})
	t.Run("cleared ahead", func(t *testing.T) {
		c := dial(t, program(t, ahead))
		c.press("99*1234#")
		c.listens()
		c.collected("1234")
		if c.s.Keys != "" {
			t.Fatalf("keys left: %q", c.s.Keys)
		}
	})
	t.Run("typed ahead in part", func(t *testing.T) {
		c := dial(t, program(t, ahead))
		c.press("12")
		c.listens()
		if c.play != nil {
			t.Fatal("the prompt plays")
		}
		c.waitsFor("gap", 5*time.Second)
		c.press("34")
		c.collected("1234")
	})
	t.Run("at most 30", func(t *testing.T) {
		c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "hold", "%AHEAD%", "keep")))
		for range 31 {
			c.press("7")
		}
		c.press("1")
		c.listens()
		c.hears("ask")
	})
}

func TestB2(t *testing.T) {
	t.Parallel()
	t.Run("the wait runs from the end of the last prompt", func(t *testing.T) {
		c := dial(t, program(t, menu))
		c.waits(time.Minute) // a long prompt
		c.waitsFor("wait", unset)
		c.listens()
		c.waitsFor("wait", 7*time.Second)
		c.waits(7 * time.Second)
		c.waitsFor("wait", unset)
		c.listens()
		c.waitsFor("wait", 10*time.Second) // wait_more is added
	})
	t.Run("the key that cuts the audio starts the gap", func(t *testing.T) {
		c := dial(t, typed(t, "gap: 4s", ""))
		c.press("1")
		if c.play != nil {
			t.Fatal("the prompt still plays")
		}
		c.waitsFor("gap", 4*time.Second)
		c.waitsFor("wait", unset)
		c.waits(3 * time.Second)
		c.press("2")
		c.waitsFor("gap", 4*time.Second)
	})
	t.Run("collect waits longer for the first key", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.listens()
		c.waitsFor("wait", 10*time.Second)
		c.waitsFor("gap", unset)
	})
}

func TestB3(t *testing.T) {
	t.Parallel()
	t.Run("a menu ends at its first key", func(t *testing.T) {
		c := dial(t, program(t, menu))
		c.press("1")
		c.hears("hello")
		if chosen := told[ivr.CallChose](c); len(chosen) != 1 || chosen[0] != (ivr.CallChose{Flow: "main", Node: "first", Key: "1", Choice: "one", Words: "one"}) {
			t.Fatal(chosen)
		}
		c.waitsFor("wait", unset)
	})
	t.Run("collect ends at its last digit", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.press("1234")
		c.collected("1234")
		c.waitsFor("gap", unset)
	})
	t.Run("and an end key behind it means nothing", func(t *testing.T) {
		c := dial(t, program(t, replace(collect, "%MORE%", "", "%EXIT%", "", "next: one", "next: more")+`
  more: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, keys: {"#": bye}, exits: {no_input: bye, no_match: bye}}
`))
		c.press("1234#")
		c.node("more")
		c.hears("ask")
		c.press("#") // the second one is meant
		c.node("bye")
		c = dial(t, c.p)
		c.press("1234")
		c.waits(5 * time.Second) // the gap is over
		c.press("#")
		c.node("bye")
		c = dial(t, c.p)
		c.press("12341") // nor is another key lost
		c.node("one")
	})
	t.Run("at the end key", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.press("123#")
		c.collected("123")
		c = dial(t, typed(t, `end_key: "*"`, ""))
		c.press("12*")
		c.collected("12")
	})
	t.Run("at the gap", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.press("123")
		c.waits(4 * time.Second)
		c.node("first")
		c.waits(time.Second)
		c.collected("123")
	})
	t.Run("and a bad value is no match", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.press("1#")
		c.hears("wrong1", "digits_short")
		c.press("2")
		c.waits(5 * time.Second)
		c.hears("wrong2", "digits_short")
		c.press("7#")
		c.node("bye")
	})
}

func TestB4(t *testing.T) {
	t.Parallel()
	t.Run("skipped where that is allowed", func(t *testing.T) {
		c := dial(t, typed(t, "optional: true", ", skipped: one"))
		c.s.Vars = map[string]string{"main.n": "99"} // of an earlier visit
		c.press("#")
		c.collected("")
	})
	t.Run("typed ahead", func(t *testing.T) {
		p := program(t, head+`vars: {n: {type: digits}}
nodes:
  first: {type: say, prompt: hello, barge_in: hold, next: number}
  number: {type: collect, prompt: digits, length: 2, optional: true, save: n, next: bye, exits: {no_input: bye, no_match: bye, skipped: one}}
`+tail)
		c := dial(t, p)
		c.press("#")
		c.listens()
		c.node("one")
	})
	t.Run("else no match", func(t *testing.T) {
		c := dial(t, typed(t, "", ""))
		c.press("#")
		c.hears("wrong1", "digits_short")
		if c.s.Turn.Tries != 1 || c.s.Turn.NoMatch != 1 {
			t.Fatal(c.s.Turn)
		}
	})
}

func TestB5(t *testing.T) {
	t.Parallel()
	t.Run("words by kind, then the short question", func(t *testing.T) {
		c := dial(t, program(t, menu))
		c.hears("ask")
		c.listens()
		c.waits(7 * time.Second)
		c.hears("silence1", "ask_short")
		c.listens()
		c.press("9")
		c.hears("wrong1", "ask_short") // the first of its kind
		c = dial(t, program(t, menu))
		c.listens()
		c.waits(7 * time.Second)
		c.listens()
		c.waits(10 * time.Second)
		c.hears("silence2", "ask_short")
	})
	t.Run("the last words repeat", func(t *testing.T) {
		p := program(t, replace(menu, "prompt: ask\n", "prompt: ask\n    tries: 4\n"))
		c := dial(t, p)
		for _, words := range []string{"wrong1", "wrong2", "wrong2"} {
			c.press("9")
			c.hears(words, "ask_short")
		}
	})
	t.Run("keys held back are flushed", func(t *testing.T) {
		p := program(t, replace(menu, "prompt: ask\n", "prompt: ask\n    barge_in: hold\n"))
		c := dial(t, p)
		c.press("91")
		c.listens()
		c.hears("wrong1", "ask_short")
		if c.s.Keys != "" {
			t.Fatalf("keys left: %q", c.s.Keys)
		}
	})
}

func TestB6(t *testing.T) {
	t.Parallel()
	for keys, exit := range map[string]string{"99-": "one", "9-9": "bye", "--9": "bye", "---": "one", "999": "bye"} {
		c := dial(t, program(t, menu))
		for i := range len(keys) {
			c.node("first")
			if keys[i] == '9' {
				c.press("9")
				continue
			}
			c.listens()
			c.waits(c.due("wait"))
		}
		c.node(exit)
	}
	c := dial(t, typed(t, "tries: 2", ""))
	c.press("1#")
	c.listens()
	c.waits(13 * time.Second)
	c.node("trouble_here")
}

func TestB7(t *testing.T) {
	t.Parallel()
	t.Run("ignored while it plays", func(t *testing.T) {
		c := dial(t, program(t, replace(sayThenMenu, "%BARGE%", "ignore", "%AHEAD%", "keep")))
		c.press("1")
		c.listens()
		c.hears("ask")
	})
	const held = head + `nodes:
  first: {type: menu, prompt: ask, barge_in: %BARGE%, choices: {"1": second, "2": bye}, exits: {no_input: bye, no_match: bye}}
  second: {type: menu, prompt: ask, type_ahead: %AHEAD%, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail
	for _, c := range []struct{ barge, ahead, node string }{
		{"hold", "keep", "one"}, {"hold", "flush", "second"}, {"ignore", "keep", "first"},
	} {
		t.Run(c.barge+" and "+c.ahead, func(t *testing.T) {
			call := dial(t, program(t, replace(held, "%BARGE%", c.barge, "%AHEAD%", c.ahead)))
			call.press("11")
			call.hears("ask") // nothing cuts it
			call.listens()
			call.node(c.node)
		})
	}
	t.Run("an entry takes what was held", func(t *testing.T) {
		c := dial(t, typed(t, "barge_in: hold", ""))
		c.press("12*345#")
		c.hears("digits")
		c.listens()
		c.collected("345")
	})
}
