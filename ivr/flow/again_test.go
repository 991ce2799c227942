package flow_test

import (
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// TestTooLongTwice: the limit on the call's length holds again after it was dealt with; the
// second time ends the call.
func TestTooLongTwice(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, head+`
nodes:
  first: {type: menu, prompt: ask, choices: {"1": first, "2": bye}, wait: 30s, tries: 5, exits: {no_input: first, no_match: first}}
  bye: {type: hangup, prompt: bye}
  long: {type: say, prompt: too_long, next: first}
`))
	c.waits(30 * time.Minute)
	c.hears("too_long")
	c.listens()
	c.hears("ask")
	c.waits(30 * time.Minute)
	c.hears("sorry")
	c.listens()
	c.ends("error")
}

// TestApologyKeepsTheLimit: a restart while the built-in apology plays does not lift the
// limit on the call's length.
func TestApologyKeepsTheLimit(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, head+`
nodes:
  first: {type: say, prompt: hello, next: one}
`+tail))
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.step(flow.Played{ID: c.play.ID, Failed: true}) // of the flow that deals with it, too
	c.hears("sorry")
	left := c.due("call")
	c.restarts()
	c.hears("sorry")
	if c.due("call") != left {
		t.Fatalf("the limit is due in %v, before in %v", c.due("call"), left)
	}
}

// TestHungUpLongAgo: a recording is never kept as longer than the node lets it be.
func TestHungUpLongAgo(t *testing.T) {
	t.Parallel()
	c := recording(t, "false", "true")
	c.now = c.now.Add(time.Hour) // nobody was there to tell
	c.step(flow.HungUp{})
	clip, err := flow.ParseClip(c.s.Vars["main.said"])
	if err != nil || clip.Length != 3*time.Minute {
		t.Fatal(clip, err)
	}
}

// TestRequeued: a caller whose agent was lost after a long talk waits again, with all the
// time that a wait may take.
func TestRequeued(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, head+`
nodes:
  first: {type: queue, queue: citizens, max_wait: 2m, announce: {position: true, every: 50s}, next: one, exits: {timeout: bye, full: bye, no_agents: bye}}
`+tail))
	c.waits(time.Minute)
	c.timers, c.play = map[string]time.Time{}, nil // the call tells the flow nothing while an agent talks
	c.now = c.now.Add(time.Hour)
	c.step(flow.Requeued{})
	if !c.music || c.due("max_wait") != 2*time.Minute || c.due("announce") != 50*time.Second || c.due("call") != 30*time.Minute {
		t.Fatal(c.music, c.timers, c.now)
	}
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
	c.hears("hello")
}

// TestRequeuedAfterAPlan: an agent was quicker than the end of the wait, and then lost.
func TestRequeuedAfterAPlan(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, head+`
nodes:
  first: {type: queue, queue: citizens, max_wait: 2m, next: one, exits: {timeout: bye, full: bye, no_agents: bye}}
`+tail))
	c.waits(2 * time.Minute)
	if _, left := did[flow.Dequeue](c); !left {
		t.Fatal(c.last)
	}
	c.step(flow.Requeued{})
	if c.s.Turn.Leave != "" || c.due("max_wait") != 2*time.Minute {
		t.Fatal(c.s.Turn, c.timers)
	}
	c.waits(2 * time.Minute)
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeTimeout})
	c.hears("bye")
}

// TestOnlyNumbersAreNumbers: what a phone calls itself is no number unless it can be dialled.
func TestOnlyNumbersAreNumbers(t *testing.T) {
	t.Parallel()
	p := program(t, head+`
nodes:
  first: {type: confirm, prompt: caller, with: {n: call.from}, exits: {accept: one, decline: one, no_input: one, no_match: bye}}
`+tail)
	for from, hears := range map[string]string{"web": "bye", "alice": "bye", "": "bye", "0123456789": "caller", "+60123456789": "caller", "100": "caller"} {
		c := newPhone(t, p)
		var err error
		if c.s, err = p.Begin(flow.CallInfo{ID: "c1", From: from, To: "100", Started: c.now}); err != nil {
			t.Fatal(err)
		}
		c.step(flow.Start{})
		c.hears(hears)
	}
}

// TestTransferFromWhatIsNoNumber: an outside number is not shown something that cannot be
// called back.
func TestTransferFromWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	p := outside(t, head+`vars: {from: {type: text, default: "me <1>"}}
nodes:
  first: {type: transfer, to: '"0388883888"', caller_id: from, next: one, exits: {busy: one, no_answer: one, failed: bye, error: long}}
`+tail)
	if c := dial(t, p); one[flow.Dial](c).CallerID != "" {
		t.Fatal(c.last)
	}
}

// TestPauseHasAnEnd: a caller who halts a prompt, or did not mean to, hears it go on after a
// while.
func TestPauseHasAnEnd(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, head+`
nodes:
  first: {type: say, prompt: hello, controls: true, next: one}
`+tail))
	c.press("8")
	if c.due("pause") != time.Minute {
		t.Fatal(c.timers)
	}
	c.waits(time.Minute)
	if goes, told := did[flow.Pause](c); !told || goes.On || c.s.Turn.Paused {
		t.Fatal(c.last, c.s.Turn)
	}
	c.press("88") // the caller goes on before that
	if c.due("pause") >= 0 {
		t.Fatal(c.timers)
	}
	c.press("8")
	c.press("9") // where it goes on is heard at once
	if c.s.Turn.Paused || c.due("pause") >= 0 {
		t.Fatal(c.s.Turn, c.timers)
	}
}

// TestFaultsHoldNothingPersonal: a fault is told in words that show no value of a personal
// variable.
func TestFaultsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	p := program(t, head+`vars: {name: {type: text, pii: true}, n: {type: digits, pii: true}}
nodes:
  first: {type: set, set: {name: '"a7391"'}, next: take}
  take: {type: set, set: {n: name}, next: away, exits: {error: away}}
  away: {type: transfer, to: name, next: one, exits: {busy: one, no_answer: one, failed: bye, error: tell}}
  tell: {type: say, prompt: caller_is, with: {n: name}, next: bye}
`+tail, map[string]string{"prompts/more.yaml": `caller_is: {slots: {n: phone}, en: {text: "You are {n}."}, ms: {text: "Anda {n}."}}`})
	c := dial(t, p)
	faults := told[ivr.CallFault](c)
	if len(faults) != 3 {
		t.Fatal(faults)
	}
	for _, fault := range faults {
		if strings.Contains(fault.What, "7391") {
			t.Error(fault)
		}
	}
}
