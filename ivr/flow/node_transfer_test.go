package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

const transfer = head + `vars: {to: {type: text, default: "%TO%"}}
nodes:
  first: {type: transfer, to: to, caller_id: call.to, ring: 20s, max: 1h, music: quiet, next: menu, exits: {busy: one, no_answer: one, failed: bye, error: long}}
  menu: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail

func TestTransferExits(t *testing.T) {
	t.Parallel()
	p := outside(t, replace(transfer, "%TO%", "+60388883888"))
	for outcome, node := range map[string]string{"ended": "menu", "busy": "one", "no_answer": "one", "failed": "bye", "odd": "bye"} {
		c := dial(t, p)
		want := flow.Dial{ID: 2, To: "+60388883888", CallerID: "100", Ring: 20 * time.Second, Max: time.Hour, Music: "quiet"}
		if diff := cmp.Diff(want, one[flow.Dial](c)); diff != "" {
			t.Fatal(diff)
		}
		c.press("1") // the keys are for the other end
		c.step(flow.Dialled{ID: 1, Outcome: "busy"})
		c.restarts()
		if len(c.timers) != 1 || c.s.Turn.Work != 2 {
			t.Fatal(c.timers, c.s.Turn)
		}
		if _, again := did[flow.Dial](c); again {
			t.Fatal("dialled again")
		}
		c.step(flow.Dialled{ID: 2, Outcome: outcome})
		c.node(node)
		if faults := told[ivr.CallFault](c); len(faults) > 0 && node != "bye" {
			t.Fatal(faults)
		}
	}
}

func TestTransferToWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "12", "+", "abc", "1234567890123456", "012-345 6789", "0123+4567"} {
		c := dial(t, outside(t, replace(transfer, `, default: "%TO%"`, map[bool]string{true: "", false: `, default: "` + to + `"`}[to == ""])))
		c.node("long")
		if _, dialled := did[flow.Dial](c); dialled || len(told[ivr.CallFault](c)) != 1 {
			t.Fatal(c.last, c.facts)
		}
	}
}

// TestTransferAndTheLimitOnTheCall: nobody is cut off who talks; afterwards the limit
// begins anew, but not for a caller whom nobody talked to.
func TestTransferAndTheLimitOnTheCall(t *testing.T) {
	t.Parallel()
	p := outside(t, replace(transfer, "%TO%", "999"))
	c := dial(t, p)
	c.waits(45 * time.Minute)
	c.node("first")
	c.step(flow.Dialled{ID: c.s.Turn.Work, Outcome: "ended"})
	c.hears("ask")
	if got := c.due("call"); got != 30*time.Minute {
		t.Fatal(got)
	}
	c = dial(t, p)
	c.waits(20 * time.Minute)
	c.step(flow.Dialled{ID: c.s.Turn.Work, Outcome: "ended"})
	if got := c.due("call"); got != 30*time.Minute {
		t.Fatal(got)
	}
	c = dial(t, p)
	c.timers = map[string]time.Time{"call.1": c.now.Add(time.Second)}
	c.waits(20 * time.Second)
	c.step(flow.Dialled{ID: c.s.Turn.Work, Outcome: "no_answer"})
	c.hears("too_long")
}

// TestTransferForgetsKeysFromBefore: after a conversation nobody means them any longer.
func TestTransferForgetsKeysFromBefore(t *testing.T) {
	t.Parallel()
	c := dial(t, outside(t, replace(transfer, "%TO%", "999", "  first: {type: transfer", "  first: {type: say, prompt: hello, barge_in: hold, next: ring}\n  ring: {type: transfer")))
	c.press("1")
	c.listens()
	c.step(flow.Dialled{ID: one[flow.Dial](c).ID, Outcome: "ended"})
	c.hears("ask")
}

func TestTransferOnHangUp(t *testing.T) {
	t.Parallel()
	c := dial(t, outside(t, replace(transfer, "%TO%", "999")))
	c.step(flow.HungUp{})
	c.ends("caller")
	c.step(flow.Dialled{ID: 2, Outcome: "ended"})
	if len(c.last) != 0 {
		t.Fatal(c.last)
	}
}
