package flow_test

import (
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
