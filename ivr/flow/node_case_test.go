package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

const openCase = `ivr: 1
flow: main
vars:
  category: {type: enum, of: [road, water], default: water}
  phone: {type: digits, default: "0123456789"}
  kind: {type: text}
  message: {type: recording}
  no: {type: digits}
  opened: {type: datetime}
  due: {type: date}
start: story
keys: {"0": OPERATOR}
handlers: {loop: long, too_long: long, hangup: kept}
nodes:
  story: {type: record, prompt: beep, save: message, next: which, exits: {empty: which}}
  which: {type: switch, cases: [{when: message != nil, next: first}], else: bare}
  first:
    type: case
    do: open
    desk: complaints
    fields: {category: category, caller: phone, kind: kind, language: lang, note: '"pressed " + string(1)', audio: message}
    save: {no: number, opened: opened, due: due}
    next: one
    exits: {error: second}
  bare: {type: case, do: open, desk: complaints, fields: {kind: '"rubbish" + lang'}, next: one, exits: {error: second}}
  second: {type: say, prompt: second, next: bye}
  kept: {type: switch, cases: [{when: no == "", next: draft}], else: quiet}
  draft: {type: case, do: draft, desk: complaints, fields: {audio: message}, save: {no: number}, next: quiet, exits: {error: quiet}}
  quiet: {type: hangup, cause: busy}
` + tail

// spoken gives a call whose caller has said something.
func spoken(t *testing.T, p *flow.Program) *phone {
	t.Helper()
	c := dial(t, p)
	c.listens()
	c.recorded(12 * time.Second)
	c.node("first")
	return c
}

func TestCaseIsOpened(t *testing.T) {
	t.Parallel()
	p := outside(t, openCase)
	c := spoken(t, p)
	want := flow.Casework{ID: c.s.Turn.Work, Do: "open", Desk: "complaints", Audio: flow.Clip{Recording: 3, Length: 12 * time.Second}, Key: "c1.main.first.3",
		Fields: map[string]string{"category": "water", "caller": "0123456789", "language": "en", "note": "pressed 1"}}
	if diff := cmp.Diff(want, one[flow.Casework](c)); diff != "" {
		t.Fatal(diff)
	}
	c.restarts()
	want.ID = c.s.Turn.Work
	if diff := cmp.Diff(want, one[flow.Casework](c)); diff != "" {
		t.Fatal(diff)
	}
	c.press("7") // for later
	c.step(flow.CaseDone{ID: want.ID - 1, Failed: true})
	c.node("first")
	c.step(flow.CaseDone{ID: want.ID, Fields: map[string]string{"number": "26063000173", "opened": "2026-03-04T18:00:00+08:00", "due": "2026-03-18", "status": "new"}})
	c.node("one")
	if c.s.Vars["main.no"] != "26063000173" || c.s.Vars["main.due"] != "2026-03-18" || c.s.Vars["main.opened"] == "" || c.s.Keys != "7" {
		t.Fatal(c.s)
	}
}

func TestCaseFails(t *testing.T) {
	t.Parallel()
	p := outside(t, openCase)
	for _, done := range []flow.CaseDone{{Failed: true}, {Fields: map[string]string{"number": "x"}}, {Fields: map[string]string{"number": "1", "opened": "later"}}} {
		c := spoken(t, p)
		done.ID = c.s.Turn.Work
		c.step(done)
		c.node("second")
		if c.s.Vars["main.no"] != "" || len(told[ivr.CallFault](c)) != 1 {
			t.Fatalf("%+v: %v, faults %v", done, c.s.Vars, told[ivr.CallFault](c))
		}
	}
	c := dial(t, p) // a kind that there is not
	c.listens()
	c.recorded(0)
	c.node("second")
}

func TestCaseOnHangUp(t *testing.T) {
	t.Parallel()
	p := outside(t, openCase)
	c := spoken(t, p) // the case under way is finished, so that no draft is made
	c.step(flow.HungUp{})
	if _, drafted := did[flow.Casework](c); drafted || c.over != nil {
		t.Fatal(c.last)
	}
	c.step(flow.CaseDone{ID: c.s.Turn.Work, Fields: map[string]string{"number": "26063000173"}})
	c.ends("busy")

	c = dial(t, p) // hung up while speaking: a draft is kept, and waited for
	c.listens()
	c.now = c.now.Add(20 * time.Second)
	c.step(flow.HungUp{})
	draft := one[flow.Casework](c)
	if draft.Do != "draft" || draft.Audio.Length != 20*time.Second || draft.Audio.Recording == 0 {
		t.Fatalf("%+v", draft)
	}
	c.restarts()
	if again := one[flow.Casework](c); again.Key != draft.Key || again.Audio != draft.Audio {
		t.Fatalf("%+v", again)
	}
	c.step(flow.CaseDone{ID: c.s.Turn.Work, Fields: map[string]string{"number": "26063000173"}})
	c.ends("busy")
	if c.s.Vars["main.no"] == "" {
		t.Fatal(c.s.Vars)
	}

	c = spoken(t, p) // no answer at all
	c.step(flow.HungUp{})
	c.waits(10 * time.Second)
	c.waits(10 * time.Second)
	c.ends("caller")
}

func TestCaseIsFound(t *testing.T) {
	t.Parallel()
	load := func(do, number string) *flow.Program {
		return outside(t, head+`vars: {no: {type: digits, default: "`+number+`"}, state: {type: text}, add: {type: text, default: "x"}}
nodes:
  first: {type: case, do: `+do+`, desk: complaints, fields: {number: no`+map[string]string{"append": ", note: add"}[do]+`}, save: {state: status}, next: one, exits: {not_found: bye, error: long}}
`+tail)
	}
	for _, do := range []string{"find", "append"} {
		p := load(do, "26063000173")
		c := dial(t, p)
		work := one[flow.Casework](c)
		if _, twice := work.Fields["number"]; twice || work.Number != "26063000173" || work.Do != do || (work.Fields["note"] == "x") != (do == "append") {
			t.Fatalf("%+v", work)
		}
		c.step(flow.CaseDone{ID: work.ID, Found: true, Fields: map[string]string{"status": "closed"}})
		if c.node("one"); c.s.Vars["main.state"] != "closed" {
			t.Fatal(c.s.Vars)
		}
		for exit, done := range map[string]flow.CaseDone{"bye": {}, "long": {Failed: true, Found: true}} {
			c := dial(t, p)
			done.ID = c.s.Turn.Work
			c.step(done)
			c.node(exit)
		}
		for _, wrong := range []string{"26063000174", "123"} { // not asked for at all
			c := dial(t, load(do, wrong))
			if c.node("bye"); c.s.Seq == 0 {
				t.Fatal(c.s)
			}
			if _, asked := did[flow.Casework](c); asked {
				t.Fatal("asked for", wrong)
			}
		}
	}
}
