package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

const callback = head + `nodes:
  first: {type: callback, queue: citizens, skills: {language: lang}, slots: {calendar: office, each: 30m, capacity: 40}, next: one, exits: {declined: bye, full: second, no_input: quiet, no_match: wrong, error: long}}
  second: {type: say, prompt: second, next: bye}
  quiet: {type: say, prompt: second, next: bye}
  wrong: {type: say, prompt: second, next: bye}
` + tail

// halves gives free slots of half an hour each, from 9 in the morning in Kuala Lumpur.
func halves(n int) []flow.Slot {
	var all []flow.Slot
	for i := range n {
		from := time.Date(2026, 3, 5, 1, 30*i, 0, 0, time.UTC)
		all = append(all, flow.Slot{From: from, Until: from.Add(30 * time.Minute)})
	}
	return all
}

func callBack(t *testing.T, p *flow.Program, from string, slots int) *phone {
	t.Helper()
	c := newPhone(t, p)
	c.s.Call.From, c.slots = from, halves(slots)
	c.step(flow.Start{})
	return c
}

func TestCallbackOfTheOwnNumber(t *testing.T) {
	t.Parallel()
	c := callBack(t, outside(t, callback), "+60123456789", 2)
	c.lists("For zero one two three four five six seven eight nine press 1 For another press 2")
	c.press("1")
	c.hears("callback_slot")
	first := c.says()
	c.press("2")
	c.hears("callback_slot")
	second := c.says()
	c.press("2") // round again
	if c.says() != first || first == second {
		t.Fatal(first, second, c.says())
	}
	c.press("2")
	c.restarts()
	if c.says() != second {
		t.Fatal(c.says())
	}
	c.press("1")
	want := flow.Book{ID: c.s.Turn.Work, Queue: "citizens", Skills: map[string]string{"language": "en"}, Number: "+60123456789",
		Slot: halves(2)[1], Capacity: 40, Key: "c1.main.first.1"}
	if diff := cmp.Diff(want, one[flow.Book](c)); diff != "" {
		t.Fatal(diff)
	}
	c.restarts()
	want.ID = c.s.Turn.Work
	if diff := cmp.Diff(want, one[flow.Book](c)); diff != "" {
		t.Fatal(diff)
	}
	c.step(flow.Booked{ID: want.ID - 1, Failed: true})
	c.press("7")
	c.step(flow.Booked{ID: want.ID})
	c.hears("callback_booked")
	c.restarts()
	c.hears("callback_booked")
	c.press("8") // does not cut it
	c.hears("callback_booked")
	c.listens()
	c.node("one")
	if c.s.Keys != "78" {
		t.Fatal(c.s.Keys)
	}
}

func TestCallbackOfAnotherNumber(t *testing.T) {
	t.Parallel()
	p := outside(t, callback)
	for _, from := range []string{"0123456789", "", "100", "+4930123456"} {
		c := callBack(t, p, from, 1)
		if from == "0123456789" {
			c.hears("callback_number")
			c.press("2")
		}
		c.hears("callback_enter")
		c.press("0123#") // no number
		c.hears("wrong1", "callback_enter")
		c.press("0388881234")
		c.waits(5 * time.Second)
		c.hears("read_back")
		c.press("2")
		c.hears("callback_enter")
		c.press("0388885678#")
		c.hears("read_back")
		c.press("1")
		c.hears("callback_slot")
		c.press("1")
		if book := one[flow.Book](c); book.Number != "0388885678" || book.Slot != halves(1)[0] {
			t.Fatalf("%+v", book)
		}
	}
}

func TestCallbackSaysTheSlotInTheSitesZone(t *testing.T) {
	t.Parallel()
	c := callBack(t, outside(t, callback), "0123456789", 1)
	c.press("1")
	zone, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	from, until := halves(1)[0].From.In(zone), halves(1)[0].Until.In(zone)
	want, err := c.p.Prompts.Say("en", flow.PromptCallbackSlot, map[string]any{"d": from, "t": from, "u": until})
	if diff := cmp.Diff(want, c.play.Items); diff != "" || err != nil || from.Hour() != 9 {
		t.Fatal(err, diff)
	}
}

func TestCallbackExits(t *testing.T) {
	t.Parallel()
	p := outside(t, callback)
	const from = "0123456789"
	callBack(t, p, from, 0).node("second") // full
	c := newPhone(t, p)
	s, _ := flow.Step(p, c.s, flow.Start{}, flow.World{Now: c.now}) // nobody knows of slots
	if s.Node != "second" {
		t.Fatal(s.Node)
	}
	c = callBack(t, p, from, 3)
	c.press("13")
	c.node("bye") // declined
	for _, keys := range []string{"", "1"} {
		c = callBack(t, p, from, 3)
		c.press(keys)
		for _, wait := range []time.Duration{7, 10, 13} {
			c.listens()
			c.waits(wait * time.Second)
		}
		c.node("quiet")
		c = callBack(t, p, from, 3)
		c.press(keys + "999")
		c.node("wrong")
	}
	c = callBack(t, p, "", 3)
	c.press("555#")
	c.press("555#")
	c.press("555#")
	c.node("wrong")

	c = callBack(t, p, from, 3) // all taken while the number was asked for
	c.slots = nil
	c.press("1")
	c.node("second")
	c = callBack(t, p, from, 3) // somebody else was quicker
	c.press("121")
	key := one[flow.Book](c).Key
	c.slots = halves(1)
	c.step(flow.Booked{ID: c.s.Turn.Work, Full: true})
	c.hears("callback_slot")
	c.press("1")
	if book := one[flow.Book](c); book.Slot != halves(1)[0] || book.Key != key || book.Number != from {
		t.Fatalf("%+v", book)
	}
	c.slots = nil
	c.step(flow.Booked{ID: c.s.Turn.Work, Full: true})
	c.node("second")
	c = callBack(t, p, from, 3)
	c.press("11")
	c.step(flow.Booked{ID: c.s.Turn.Work, Failed: true})
	c.node("long")
	if len(told[ivr.CallFault](c)) != 1 {
		t.Fatal(c.facts)
	}
	c = callBack(t, p, from, 3)
	c.press("11")
	c.step(flow.Booked{ID: c.s.Turn.Work})
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.node("long")
}

func TestCallbackOnHangUp(t *testing.T) {
	t.Parallel()
	p := outside(t, callback)
	for _, keys := range []string{"", "2", "201", "1", "12"} {
		c := callBack(t, p, "0123456789", 3)
		c.press(keys)
		c.step(flow.HungUp{})
		c.ends("caller")
	}
	for _, done := range []flow.Booked{{}, {Full: true}, {Failed: true}} { // the answer is waited for
		c := callBack(t, p, "0123456789", 3)
		c.press("11")
		c.step(flow.HungUp{})
		if c.over != nil {
			t.Fatal("over")
		}
		done.ID = c.s.Turn.Work
		c.step(done)
		c.ends("caller")
		if _, plays := did[flow.Play](c); plays {
			t.Fatal("plays to nobody")
		}
	}
}

func TestCallbackThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	p := outside(t, callback)
	p.Skills["language"] = map[string]string{"ms": "ms"} // nobody speaks English
	c := callBack(t, p, "0123456789", 3)
	c.press("11")
	c.node("long")
	if _, booked := did[flow.Book](c); booked {
		t.Fatal("booked")
	}
}
