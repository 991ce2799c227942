package ivr

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// day is a call's whole life with an agent, as facts.
func day() []Fact {
	at := Stamp{At: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), Mono: 1000}
	var facts []Fact
	say := func(call CallID, agent AgentID, body Body) {
		at = Stamp{At: at.At.Add(time.Second), Mono: at.Mono + 1000}
		facts = append(facts, Fact{Seq: uint64(len(facts) + 1), At: at.At, Mono: at.Mono, Call: call, Agent: agent, Body: body})
	}
	say("", "anna", AgentSignedIn{Profile: Profile{Name: "Anna"}})
	say("", "anna", LineChanged{Status: LineUp, Epoch: 1})
	say("", "anna", AgentChanged{State: Ready})
	say("c1", "", CallArrived{From: "01", To: "03"})
	say("c1", "", CallAnswered{})
	say("c1", "", CallLanguage{Lang: "ms"})
	say("c1", "", CallChose{Words: "Tax"})
	say("c1", "", CallQueued{Queue: "q", Skills: map[string]string{"cluster": "tax"}})
	say("c1", "anna", CallOffered{Lease: "l1"})
	say("c1", "anna", AgentChanged{State: Reserved, Lease: "l1"})
	say("c1", "anna", CallOfferEnded{Lease: "l1", How: OfferAccepted})
	say("c1", "anna", AgentChanged{State: Busy, Lease: "l1"})
	say("c1", "anna", CallConnected{Lease: "l1"})
	say("c1", "anna", CallHeld{})
	say("c1", "anna", CallRetrieved{})
	say("c1", "anna", CallReleased{By: SideCaller})
	say("c1", "", CallEnded{By: SideCaller, Cause: "normal"})
	say("c1", "anna", AgentChanged{State: WrapUp})
	say("c1", "anna", CallWrapped{})
	say("", "anna", AgentChanged{State: Ready})
	say("", "", HoursSet{Calendar: "office", Mode: HoursClosed})
	say("", "", HoursSet{Calendar: "office", Mode: HoursAuto})
	say("", "anna", AgentSignedOut{})
	return facts
}

func TestBoardFollowsALife(t *testing.T) {
	b := NewBoard()
	phases := map[string]Phase{"call.arrived": PhaseIVR, "call.queued": PhaseWaiting, "call.offered": PhaseOffered, "call.connected": PhaseTalking,
		"call.held": PhaseHeld, "call.retrieved": PhaseTalking, "call.released": PhaseIVR, "call.ended": PhaseEnded}
	for _, f := range day() {
		b.Apply(f)
		if want, moves := phases[f.Body.Kind()]; moves {
			if c := b.Calls["c1"]; c == nil || c.Phase != want {
				t.Errorf("after %s the call is %+v, want %s", f.Body.Kind(), c, want)
			}
		}
		if f.Body.Kind() == "call.released" {
			c := b.Calls["c1"]
			if c.Held != 1000 || c.Agent != "anna" || c.Lease != "l1" || len(c.Path) != 1 || c.Lang != "ms" || c.Queue != "q" {
				t.Errorf("call %+v", c)
			}
		}
		if a := b.Agents["anna"]; f.Body.Kind() == "call.wrapped" && (a.Now.State != WrapUp || a.Line != LineUp || a.Call != "c1") {
			t.Errorf("agent %+v", a)
		}
	}
	if len(b.Calls)+len(b.Agents)+len(b.Hours) > 0 {
		t.Errorf("left on the board: %+v", b)
	}
}

// TestBoardFromACopy: whoever starts from a copy, at any place, and applies the facts
// since, or more of them than needed, sees the same.
func TestBoardFromACopy(t *testing.T) {
	facts := day()
	whole := NewBoard()
	for i, f := range facts {
		copied := whole.Clone()
		data, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		read := NewBoard()
		if err := json.Unmarshal(data, read); err != nil {
			t.Fatal(err)
		}
		for _, again := range facts[max(0, i-3) : i+1] {
			copied.Apply(again)
			read.Apply(again)
		}
		whole.Apply(f)
		if diff := cmp.Diff(whole, copied); diff != "" {
			t.Fatalf("a clone at fact %d:\n%s", i, diff)
		}
		if diff := cmp.Diff(whole, read); diff != "" {
			t.Fatalf("a copy in JSON at fact %d:\n%s", i, diff)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	facts := day()
	b := NewBoard()
	for _, f := range facts[:7] {
		b.Apply(f)
	}
	before, _ := json.Marshal(b)
	c := b.Clone()
	for _, f := range facts[7:] {
		c.Apply(f)
	}
	if after, _ := json.Marshal(b); string(after) != string(before) {
		t.Errorf("the first board changed:\n%s", cmp.Diff(string(before), string(after)))
	}
}
