package flow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

const sub = `ivr: 1
flow: sub
inputs: [who, fixed]
outputs: [got, nothing]
outcomes: [failed]
vars:
  who: {type: text}
  fixed: {type: text, default: standard}
  got: {type: text}
  nothing: {type: text}
  left: {type: text}
keys: {"0": OPERATOR, "*": BACK, "9": HOME}
handlers: {loop: bye, too_long: bye%HANDLER%}
start: clean
nodes:
  clean: {type: switch, cases: [{when: left == "" and got == "", next: ask}], else: RETURN failed}
  ask: {type: menu, prompt: ask, choices: {"1": fill, "2": "RETURN failed"}, exits: {no_input: RETURN, no_match: flow:operator, error: RETURN failed}}
  fill: {type: set, set: {got: 'who + "/" + fixed', left: '"over"'}, next: RETURN}
  note: {type: set, mark: parted, set: {left: got}, next: quiet}
  quiet: {type: hangup}
  bye: {type: hangup, prompt: bye}
`

// calling loads a flow that calls another and a third one inside that.
func calling(t testing.TB, handler string) *flow.Program {
	t.Helper()
	called := replace(sub, "%HANDLER%", handler)
	if handler == "" {
		called = replace(called, "  note: {type: set, mark: parted, set: {left: got}, next: quiet}\n  quiet: {type: hangup}\n", "")
	}
	return program(t, `ivr: 1
flow: main
vars: {who: {type: text, default: me}, got: {type: text}, none: {type: text, default: before}, left: {type: bool}}
start: first
keys: {"0": OPERATOR, "*": BACK}
handlers: {loop: long, too_long: long, hangup: note}
nodes:
  first: {type: menu, prompt: ask, choices: {"1": give, "2": bye}, exits: {no_input: bye, no_match: bye}}
  give: {type: set, set: {none: '"given"'}, next: ask_sub}
  ask_sub: {type: call, flow: sub, with: {who: who}, save: {got: got, none: nothing}, next: last, exits: {failed: one}}
  last: {type: menu, prompt: ask, choices: {"1": ask_sub, "2": bye}, exits: {no_input: bye, no_match: bye}}
  note: {type: set, mark: noted, set: {left: "true"}, next: HANGUP}
`+tail, map[string]string{"flows/sub.yaml": called})
}

func (c *phone) within(flow, node string) {
	c.t.Helper()
	if c.s.Flow != flow || c.s.Node != node {
		c.t.Fatalf("at %s.%s, want %s.%s; facts %v", c.s.Flow, c.s.Node, flow, node, c.facts)
	}
}

func TestCallReturns(t *testing.T) {
	t.Parallel()
	c := dial(t, calling(t, ""))
	c.s.Vars = map[string]string{"sub.left": "over"} // from before a jump away
	c.press("1")
	c.within("sub", "ask")
	want := []flow.Frame{{Flow: "main", Node: "ask_sub", Back: []string{"first"}}}
	if diff := cmp.Diff(want, c.s.Frames); diff != "" {
		t.Fatal(diff)
	}
	c.press("*") // stays in the called flow
	c.press("1")
	c.node("last")
	if c.s.Vars["main.got"] != "me/standard" || c.s.Vars["main.none"] != "" || len(c.s.Frames) != 0 {
		t.Fatal(c.s.Vars, c.s.Frames)
	}
	c.press("*") // the trail of before
	c.node("first")
	c.press("1")
	c.within("sub", "ask") // the called flow's variables were unset again
	c.press("2")
	c.node("one") // the outcome's exit
}

func TestCallIsLeft(t *testing.T) {
	t.Parallel()
	for keys, node := range map[string]string{"0": "operator.first", "9": "main.first", "777": "operator.first"} {
		c := dial(t, calling(t, ""))
		c.press("1" + keys)
		if got := c.s.Flow + "." + c.s.Node; got != node || len(c.s.Frames) != 0 {
			t.Errorf("%s: at %s, %v wait", keys, got, c.s.Frames)
		}
	}
}

func TestCallHangUp(t *testing.T) {
	t.Parallel()
	for handler, mark := range map[string]string{"": "noted", ", hangup: note": "parted"} {
		c := dial(t, calling(t, handler))
		c.press("1")
		c.step(flow.HungUp{})
		if marks := told[ivr.CallMarked](c); len(marks) != 1 || marks[0].Mark != mark {
			t.Errorf("handler %q: %v", handler, marks)
		}
		c.ends("normal")
		if outer := c.s.Vars["main.left"]; (outer == "true") != (mark == "noted") {
			t.Errorf("handler %q: left is %q", handler, outer)
		}
	}
}

func TestCallResumes(t *testing.T) {
	t.Parallel()
	c := dial(t, calling(t, ""))
	c.press("1")
	c.restarts()
	c.hears("ask")
	c.press("1")
	c.node("last")
}

func TestCallDepth(t *testing.T) {
	t.Parallel()
	c := dial(t, calling(t, ""))
	for range flow.MaxFrames {
		c.s.Frames = append(c.s.Frames, flow.Frame{Flow: "main", Node: "ask_sub"})
	}
	c.press("1")
	c.hears("too_long")
	if c.s.Flow != "main" {
		t.Fatal(c.s.Flow)
	}
}

func TestLimitsHoldInCalledFlows(t *testing.T) {
	t.Parallel()
	c := dial(t, calling(t, ""))
	c.press("1")
	c.timers = map[string]time.Time{"call.1": c.now.Add(time.Second)}
	c.waits(time.Second)
	c.hears("bye") // the called flow's own handler
}

func TestReturnToNobody(t *testing.T) {
	t.Parallel()
	p := calling(t, "")
	c := newPhone(t, p)
	var err error
	if c.s, err = p.BeginAt("sub", c.s.Call); err != nil {
		t.Fatal(err)
	}
	c.step(flow.Start{})
	c.press("2")
	c.hears("sorry")
	if faults := told[ivr.CallFault](c); len(faults) != 1 {
		t.Fatal(faults)
	}
}

func TestCallOuts(t *testing.T) {
	t.Parallel()
	spec := calling(t, "").Flows["main"].Nodes["ask_sub"].Spec
	if exits, own := spec.Outs(); !slices.Equal(exits, []string{"error", "next", "failed"}) || own != nil {
		t.Fatal(exits, own)
	}
	p := calling(t, "")
	called := p.Flows["sub"]
	called.Nodes["fill"].Next.Target = "failed"
	called.Nodes["ask"].Exits["no_input"] = flow.Out{Word: flow.Home}
	if exits, _ := p.Flows["main"].Nodes["ask_sub"].Spec.Outs(); !slices.Equal(exits, []string{"error", "failed"}) {
		t.Fatal(exits)
	}
	if exits, _ := new(flow.SubFlow).Outs(); !slices.Equal(exits, []string{"error"}) {
		t.Fatal(exits)
	}
}
