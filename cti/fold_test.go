package cti

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// Fold applies an event to a page's view, as the page does.
func Fold(self *wire.Self, e wire.Event) {
	switch e.Type {
	case wire.EventAgent:
		self.Agent = *e.Agent
	case wire.EventLine:
		self.Line = *e.Line
	case wire.EventLink:
		self.Link = *e.Link
	case wire.EventOffered, wire.EventConnected, wire.EventHeld, wire.EventRetrieved, wire.EventReleased, wire.EventUpdated:
		self.Call = e.Call
	case wire.EventDiverted, wire.EventCleared:
		self.Call = nil
	}
}

// TestFoldEqualsSnapshot: whatever facts come, likely or not, a page that folds the events
// shows what a page that gets a snapshot shows.
func TestFoldEqualsSnapshot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPicture()
		d := newDesk(auth.User{ID: "a1", Role: auth.RoleAgent}, time.Unix(0, 0))
		d.self = d.view(p, true)
		page, seq := d.self, uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "facts") {
			seq++
			p.apply(randomFact(t, seq))
			link := rapid.IntRange(0, 9).Draw(t, "link") > 0
			for _, event := range d.show(p, link, time.Unix(int64(seq), 0)) {
				checkEvent(t, page, event)
				Fold(&page, event)
			}
			if fresh := d.view(p, link); !reflect.DeepEqual(page, fresh) {
				t.Fatalf("folded %+v\nfresh %+v", page, fresh)
			}
		}
	})
}

// checkEvent holds the promises about order that pages rely on.
func checkEvent(t *rapid.T, page wire.Self, e wire.Event) {
	switch e.Type {
	case wire.EventCleared:
		if page.Call == nil || page.Call.Phase != "wrap_up" {
			t.Fatalf("cleared without call.ended before: %+v", page.Call)
		}
	case wire.EventDiverted:
		if page.Call == nil || page.Call.Phase != "offered" || e.How == "" || e.How == string(ivr.OfferAccepted) {
			t.Fatalf("diverted %q: %+v", e.How, page.Call)
		}
	case wire.EventOffered:
		if page.Call != nil && page.Call.Phase != "wrap_up" && page.Call.Lease != e.Call.Lease {
			t.Fatalf("offered over another card: %+v", page.Call)
		}
	}
}

func randomFact(t *rapid.T, seq uint64) ivr.Fact {
	call := rapid.SampledFrom([]ivr.CallID{"c1", "c2"}).Draw(t, "call")
	agent := rapid.SampledFrom([]ivr.AgentID{"a1", "a1", "a2"}).Draw(t, "agent")
	lease := rapid.SampledFrom([]ivr.Token{"l1", "l2", "l3"}).Draw(t, "lease")
	state := rapid.SampledFrom([]ivr.AgentState{ivr.NotReady, ivr.Ready, ivr.Reserved, ivr.Busy, ivr.WrapUp}).Draw(t, "state")
	how := rapid.SampledFrom([]ivr.OfferEnd{ivr.OfferMissed, ivr.OfferRejected, ivr.OfferWithdrawn, ivr.OfferLineLost}).Draw(t, "how")
	changed := ivr.AgentChanged{State: state}
	inCall := ivr.CallID("")
	if state == ivr.Reserved || state == ivr.Busy || state == ivr.WrapUp {
		changed.Lease, inCall = lease, call
	}
	facts := []ivr.Fact{
		{Call: call, Body: ivr.CallArrived{From: "0123456789"}},
		{Call: call, Body: ivr.CallLanguage{Lang: "ms"}},
		{Call: call, Body: ivr.CallChose{Words: "Kesihatan"}},
		{Call: call, Body: ivr.CallQueued{Queue: "q", Skills: map[string]string{"cluster": "health"}}},
		{Call: call, Agent: agent, Body: ivr.CallOffered{Lease: lease}},
		{Call: call, Agent: agent, Body: ivr.CallOfferEnded{Lease: lease, How: how}},
		{Call: call, Agent: agent, Body: ivr.CallConnected{Lease: lease}},
		{Call: call, Agent: agent, Body: ivr.CallHeld{}},
		{Call: call, Agent: agent, Body: ivr.CallRetrieved{}},
		{Call: call, Agent: agent, Body: ivr.CallReleased{By: ivr.SideAgent}},
		{Call: call, Agent: agent, Body: ivr.CallDisposed{Disposition: "enquiry", Note: "n"}},
		{Call: call, Body: ivr.CallEnded{By: ivr.SideCaller}},
		{Agent: agent, Body: ivr.AgentSignedIn{Profile: ivr.Profile{Name: "A"}}},
		{Agent: agent, Body: ivr.AgentSignedOut{}},
		{Agent: agent, Call: inCall, Body: changed},
		{Agent: agent, Call: inCall, Body: changed},
		{Agent: agent, Body: ivr.LineChanged{Status: ivr.LineUp}},
	}
	fact := rapid.SampledFrom(facts).Draw(t, "fact")
	fact.Seq, fact.At, fact.Mono = seq, time.Unix(int64(seq), 0), ivr.Millis(1000*seq)
	return fact
}

// TestWholeLife follows one call through the events that its agent sees.
func TestWholeLife(t *testing.T) {
	p := newPicture()
	d := newDesk(auth.User{ID: "a1", Role: auth.RoleAgent}, time.Unix(0, 0))
	d.self = d.view(p, true)
	skills := map[string]string{"cluster": "health"}
	steps := []struct {
		fact ivr.Fact
		want []string
	}{
		{ivr.Fact{Agent: "a1", Body: ivr.AgentSignedIn{}}, []string{wire.EventAgent}},
		{ivr.Fact{Agent: "a1", Body: ivr.LineChanged{Status: ivr.LineUp}}, []string{wire.EventLine}},
		{ivr.Fact{Agent: "a1", Body: ivr.AgentChanged{State: ivr.Ready}}, []string{wire.EventAgent}},
		{ivr.Fact{Call: "c1", Body: ivr.CallArrived{From: "0123456789"}}, nil},
		{ivr.Fact{Call: "c1", Body: ivr.CallQueued{Queue: "q", Skills: skills}}, nil},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallOffered{Lease: "l1"}}, nil},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.AgentChanged{State: ivr.Reserved, Lease: "l1"}}, []string{wire.EventAgent, wire.EventOffered}},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallOfferEnded{Lease: "l1", How: ivr.OfferAccepted}}, nil},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallConnected{Lease: "l1"}}, nil},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.AgentChanged{State: ivr.Busy, Lease: "l1"}}, []string{wire.EventAgent, wire.EventConnected}},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallHeld{}}, []string{wire.EventHeld}},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallRetrieved{}}, []string{wire.EventRetrieved}},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallDisposed{Disposition: "enquiry"}}, []string{wire.EventUpdated}},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.CallReleased{}}, nil},
		{ivr.Fact{Call: "c1", Agent: "a1", Body: ivr.AgentChanged{State: ivr.WrapUp, Lease: "l1"}}, []string{wire.EventAgent, wire.EventReleased}},
		{ivr.Fact{Call: "c1", Body: ivr.CallEnded{}}, nil},
		{ivr.Fact{Agent: "a1", Body: ivr.AgentChanged{State: ivr.Ready}}, []string{wire.EventAgent, wire.EventCleared}},
		{ivr.Fact{Agent: "a1", Body: ivr.AgentSignedOut{}}, []string{wire.EventAgent, wire.EventLine}},
	}
	for i, step := range steps {
		step.fact.Seq, step.fact.At, step.fact.Mono = uint64(i+1), time.Unix(int64(i), 0), ivr.Millis(1000*i)
		p.apply(step.fact)
		got := map[string]bool{}
		for _, event := range d.show(p, true, time.Unix(int64(i), 0)) {
			got[event.Type] = true
			if event.Type == wire.EventConnected && (event.Call.WaitedMs != 1000 || event.Call.OfferedAt != 5000 || event.Call.ConnectedAt != 8000) {
				t.Errorf("clocks of the card: %+v", event.Call)
			}
		}
		want := map[string]bool{}
		for _, kind := range step.want {
			want[kind] = true
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: events %v, want %v", step.fact.Body.Kind(), got, want)
		}
	}
	if len(p.notes) != 0 {
		t.Errorf("notes left: %v", p.notes)
	}
}

// TestSecondOffer: a second open offer at one agent never shows, and the first stays.
func TestSecondOffer(t *testing.T) {
	p := newPicture()
	d := newDesk(auth.User{ID: "a1", Role: auth.RoleAgent}, time.Unix(0, 0))
	d.self = d.view(p, true)
	facts := []ivr.Fact{
		{Agent: "a1", Body: ivr.AgentSignedIn{}},
		{Call: "c1", Body: ivr.CallArrived{}}, {Call: "c2", Body: ivr.CallArrived{}},
		{Call: "c1", Agent: "a1", Body: ivr.CallOffered{Lease: "l1"}},
		{Call: "c1", Agent: "a1", Body: ivr.AgentChanged{State: ivr.Reserved, Lease: "l1"}},
		{Call: "c2", Agent: "a1", Body: ivr.CallOffered{Lease: "l2"}},
		{Call: "c2", Agent: "a1", Body: ivr.AgentChanged{State: ivr.Reserved, Lease: "l2"}},
		{Call: "c2", Agent: "a1", Body: ivr.CallOfferEnded{Lease: "l2", How: ivr.OfferRejected}},
	}
	for i, fact := range facts {
		fact.Seq = uint64(i + 1)
		if shown := p.apply(fact); shown == (fact.Call == "c2" && fact.Body.Kind() == "call.offered") {
			t.Errorf("%s %s: shown %v", fact.Body.Kind(), fact.Call, shown)
		}
		d.show(p, true, time.Unix(int64(i), 0))
		if i >= 4 && (d.self.Call == nil || d.self.Call.ID != "c1" || d.self.Call.Phase != "offered") {
			t.Errorf("after %s the card is %+v", fact.Body.Kind(), d.self.Call)
		}
	}
	if len(p.refused) != 0 || p.board.Seq != uint64(len(facts)) {
		t.Errorf("left: %v, seq %d", p.refused, p.board.Seq)
	}
}
