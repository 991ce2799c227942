package flow_test

import (
	"testing"
	"time"

	"talian/ivr/flow"
)

func TestCollectReadsBack(t *testing.T) {
	t.Parallel()
	p := typed(t, "read_back: true", "")
	c := dial(t, p)
	c.press("12#1")
	c.collected("12")

	c = dial(t, p)
	c.press("12#")
	c.hears("read_back")
	if c.s.Vars["main.n"] != "" {
		t.Fatal("saved before it was confirmed")
	}
	c.press("0") // leads nowhere here: what was typed would be lost
	c.hears("wrong1", "read_back")
	c.press("2")
	c.hears("digits_short")
	c.press("34#")
	c.hears("read_back")
	c.restarts()
	c.hears("read_back")
	c.press("1")
	c.collected("34")

	c = dial(t, p)
	c.press("1234") // wrong each time: as often as there are tries
	for range 2 {
		c.press("*")
		c.hears("digits_short")
		c.press("4321")
	}
	c.press("2")
	c.node("bye")

	c = dial(t, p)
	c.press("1234")
	for range 3 {
		c.node("first")
		c.listens()
		c.waits(c.due("wait"))
	}
	c.node("trouble_here") // nobody confirmed it
	if c.s.Vars["main.n"] != "" {
		t.Fatal(c.s.Vars)
	}
}

func TestCollectBeginsAgainAfterARestart(t *testing.T) {
	t.Parallel()
	c := dial(t, typed(t, "", ""))
	c.press("12")
	c.restarts() // keys may be lost: half a number is none
	c.hears("digits")
	c.press("34#")
	c.collected("34")
}

func TestCollectChecks(t *testing.T) {
	t.Parallel()
	c := dial(t, typed(t, "check: regex\n    pattern: '(0[1-9])+'", ""))
	c.press("0102")
	c.collected("0102")
	c = dial(t, c.p)
	c.press("0100")
	c.hears("wrong1", "digits_short")

	p := program(t, head+`vars: {day: {type: date}, n: {type: digits}}
nodes:
  first: {type: collect, prompt: digits, check: date, save: day, next: text, exits: {no_input: bye, no_match: bye}}
  text: {type: collect, prompt: digits, length: 8, check: date, save: n, next: one, exits: {no_input: bye, no_match: bye}}
`+tail)
	c = dial(t, p)
	c.press("05032026") // its length follows from the check
	c.press("31022026")
	c.hears("wrong1", "digits")
	c.press("05032026")
	c.node("one")
	if c.s.Vars["main.day"] != "2026-03-05" || c.s.Vars["main.n"] != "05032026" {
		t.Fatal(c.s.Vars)
	}
}

func TestCollectEndKeys(t *testing.T) {
	t.Parallel()
	c := dial(t, typed(t, "end_key: none", ""))
	c.press("12#") // no digit
	c.hears("wrong1", "digits_short")
	c.press("12")
	c.waits(5 * time.Second)
	c.collected("12")
	c = dial(t, typed(t, `end_key: "*"`, ""))
	c.press("*") // ends, does not lead back
	c.hears("wrong1", "digits_short")
}

func TestCollectOuts(t *testing.T) {
	t.Parallel()
	x := &flow.Collect{EndKey: "#"}
	if exits, own := x.Outs(); len(exits) != 4 || len(own) != 1 || own[0].Word != flow.Back || len(x.Needs()) != 0 {
		t.Fatal(exits, own)
	}
	x = &flow.Collect{EndKey: "*", Optional: true, ReadBack: true}
	if exits, own := x.Outs(); len(exits) != 5 || len(own) != 0 || len(x.Needs()) != 1 {
		t.Fatal(exits, own)
	}
	x = &flow.Collect{Digits: flow.Span{Min: 1, Max: 30}, Check: "phone_my"}
	if span := x.Span(); span != (flow.Span{Min: 9, Max: 12}) {
		t.Fatal(span)
	}
}

const confirm = head + `nodes:
  first: {type: say, prompt: hello, barge_in: hold, next: same}
  same: {type: confirm, prompt: caller, with: {n: call.from}, exits: {accept: one, decline: bye, no_input: quiet, no_match: wrong}}
  quiet: {type: say, prompt: second, next: bye}
  wrong: {type: say, prompt: second, next: bye}
` + tail

func TestConfirm(t *testing.T) {
	t.Parallel()
	p := program(t, confirm)
	for keys, node := range map[string]string{"1": "one", "2": "bye", "777": "wrong", "71": "one"} {
		c := dial(t, p)
		c.press("1") // from before: not heard, so not confirmed
		c.listens()
		c.hears("caller")
		c.press(keys)
		c.node(node)
	}
	c := dial(t, p)
	c.listens()
	for range 3 {
		c.listens()
		c.waits(c.due("wait"))
	}
	c.node("quiet")
}

func TestAWithheldNumberIsNoMatch(t *testing.T) {
	t.Parallel()
	c := newPhone(t, program(t, confirm))
	c.s.Call.From = ""
	c.step(flow.Start{})
	c.listens()
	c.node("wrong")
	if len(c.facts) != 0 {
		t.Fatal("a fault was told:", c.facts)
	}
}
