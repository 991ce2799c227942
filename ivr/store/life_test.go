package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
)

func at(ms int64) time.Time { return noon().Add(time.Duration(ms) * time.Millisecond) }

func TestAnsweredCall(t *testing.T) {
	s := newScene().arrive("c1").after(1000).offer("c1", "agent01", "l1")
	s.after(4000).connect("c1", "agent01", "l1")
	s.after(10_000).say("c1", "agent01", ivr.CallHeld{}).after(3000).say("c1", "agent01", ivr.CallRetrieved{})
	s.after(5000).say("c1", "agent01", ivr.CallHeld{}).after(2000).say("c1", "agent01", ivr.CallRetrieved{})
	s.after(20_000).say("c1", "agent01", ivr.CallReleased{By: ivr.SideCaller})
	s.say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
	s.after(12_000).say("c1", "agent01", ivr.CallDisposed{Disposition: "solved", Note: "paid twice"})
	s.after(7).say("c1", "agent01", ivr.CallWrapped{})
	call, stay := one(t, told(t, s))

	wantCall := Call{ID: "c1", From: "0123456789", To: "0380008000", Flow: "main", Revision: "r1", Lang: "ms", Path: []string{"Tax"},
		Arrived:  ivr.Stamp{At: at(-500), Mono: 4500},
		Answered: at(500), Queued: at(7500), Offered: at(8500), Connected: at(12_500), Held: 5000,
		Ended: at(52_500), EndedBy: ivr.SideCaller, Wrapped: at(64_500), Gone: at(52_500), GoneBy: ivr.SideCaller, Cause: "normal"}
	if diff := cmp.Diff(wantCall, call.Call); diff != "" {
		t.Error(diff)
	}
	wantStay := &Stay{Call: "c1", N: 1, Queue: "tax", Cluster: "tax", Lang: "ms", Queued: ivr.Stamp{At: at(7500), Mono: 12_500},
		Left: at(12_500), Outcome: ivr.OutcomeAnswered, Wait: ms(5000), ArrivalWait: ms(13_000), Agent: "agent01", Lease: "l1",
		Connected: ivr.Stamp{At: at(12_500), Mono: 17_500}, Hold: 5000, Ended: ivr.Stamp{At: at(52_500), Mono: 57_500},
		EndedBy: ivr.SideCaller, Talk: ms(35_000), Wrapped: at(64_500), Wrap: ms(12_000), Disposition: "solved", Note: "paid twice"}
	if diff := cmp.Diff(wantStay, stay); diff != "" {
		t.Error(diff)
	}
}

func TestWaitsThatEndWithoutAnAgent(t *testing.T) {
	for name, tc := range map[string]struct {
		tell    func(*scene)
		outcome ivr.Outcome
		wait    ivr.Millis
	}{
		"abandoned": {func(s *scene) {
			s.after(30_000).say("c1", "", ivr.CallDequeued{Outcome: ivr.OutcomeAbandoned})
			s.say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
		}, ivr.OutcomeAbandoned, 30_000},
		"abandoned at once, no word of the queue": {func(s *scene) {
			s.after(2000).say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
		}, ivr.OutcomeAbandoned, 2000},
		"lost": {func(s *scene) {
			s.after(9000).say("c1", "", ivr.CallEnded{By: ivr.SideSystem, Cause: "lost"})
		}, ivr.OutcomeFault, 9000},
		"timeout": {func(s *scene) {
			s.after(90_000).say("c1", "", ivr.CallDequeued{Outcome: ivr.OutcomeTimeout})
			s.after(15_000).say("c1", "", ivr.CallEnded{By: ivr.SideSystem, Cause: "normal"})
		}, ivr.OutcomeTimeout, 90_000},
		"still waiting": {func(s *scene) { s.after(90_000) }, "", -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene().arrive("c1")
			tc.tell(s)
			_, stay := one(t, told(t, s))
			if stay.Outcome != tc.outcome || stay.Agent != "" || stay.Talk != nil {
				t.Fatalf("got %+v", stay)
			}
			if tc.wait < 0 && (stay.Wait != nil || !stay.Left.IsZero()) || tc.wait >= 0 && *stay.Wait != tc.wait {
				t.Fatalf("wait %v, want %d", stay.Wait, tc.wait)
			}
		})
	}
}

func TestTimeoutToVoicemail(t *testing.T) {
	s := newScene().arrive("c1").after(60_000).say("c1", "", ivr.CallDequeued{Outcome: ivr.OutcomeTimeout})
	s.after(20_000).say("c1", "", ivr.VoicemailLeft{Box: "tax", File: "2026/03/02/c1-1.wav", Length: 17_000})
	s.say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
	store := told(t, s)
	want := Voicemail{ID: "c1-1", Call: "c1", Box: "tax", File: "2026/03/02/c1-1.wav", Length: 17_000, Lang: "ms", At: at(87_500), From: "0123456789"}
	all, err := store.Voicemails(soon(t), 10)
	if diff := cmp.Diff([]Voicemail{want}, all); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	single, err := store.Voicemail(soon(t), "c1-1")
	if diff := cmp.Diff(want, single); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
}

func TestMissedOfferThenAnswered(t *testing.T) {
	s := newScene().arrive("c1").offer("c1", "agent01", "l1")
	s.after(20_000).say("c1", "agent01", ivr.CallOfferEnded{Lease: "l1", How: ivr.OfferMissed})
	s.after(10).offer("c1", "agent02", "l2").after(3000).connect("c1", "agent02", "l2")
	store := told(t, s)
	_, stay := one(t, store)
	if stay.Outcome != ivr.OutcomeAnswered || *stay.Wait != 23_010 || stay.Agent != "agent02" {
		t.Fatalf("got %+v", stay)
	}
	offers, err := store.Offers(soon(t), noon(), noon().Add(time.Hour))
	if err != nil || len(offers) != 2 {
		t.Fatalf("%d offers, %v", len(offers), err)
	}
	for i, want := range []Offer{
		{Lease: "l1", Agent: "agent01", How: ivr.OfferMissed, Ring: ms(20_000)},
		{Lease: "l2", Agent: "agent02", How: ivr.OfferAccepted, Ring: ms(3000)},
	} {
		got := offers[i]
		if got.Lease != want.Lease || got.Agent != want.Agent || got.How != want.How || *got.Ring != *want.Ring || got.Stay != 1 {
			t.Errorf("offer %d: %+v, want %+v", i, got, want)
		}
	}
}

// TestUnbridgedIsUnanswered: an agent took the offer and was never bridged. The caller waits on
// in the same stay, until another answers or nobody does.
func TestUnbridgedIsUnanswered(t *testing.T) {
	begin := func() *scene {
		s := newScene().arrive("c1").offer("c1", "agent01", "l1").after(3000).connect("c1", "agent01", "l1")
		return s.after(5).say("c1", "agent01", ivr.CallReleased{By: ivr.SideSystem, Unbridged: true})
	}
	s := begin().say("c1", "", ivr.CallQueued{Queue: "tax"}).after(2000).offer("c1", "agent02", "l2").after(1000).connect("c1", "agent02", "l2")
	call, stay := one(t, told(t, s))
	if stay.Outcome != ivr.OutcomeAnswered || stay.Agent != "agent02" || *stay.Wait != 6005 || stay.Transferred || !call.Connected.Equal(stay.Connected.At) {
		t.Errorf("answered by the second: %+v", stay)
	}
	call, stay = one(t, told(t, begin().say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})))
	if stay.Outcome != ivr.OutcomeAbandoned || stay.Agent != "" || stay.Talk != nil || !call.Connected.IsZero() {
		t.Errorf("gone: %+v %+v", call, stay)
	}
}

func TestWrapEndsWithTheDispositionOrItsTime(t *testing.T) {
	disposed, wrapped := ivr.CallDisposed{Disposition: "solved"}, ivr.CallWrapped{Timeout: true}
	for name, tc := range map[string]struct {
		tell func(*scene)
		want ivr.Millis
	}{
		"disposition first": {func(s *scene) {
			s.after(4000).say("c1", "agent01", disposed).after(6000).say("c1", "agent01", wrapped)
		}, 4000},
		"time ran out, disposition late": {func(s *scene) {
			s.after(10_000).say("c1", "agent01", wrapped).after(60_000).say("c1", "agent01", disposed)
		}, 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene().arrive("c1").offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
			s.after(1000).say("c1", "agent01", ivr.CallReleased{By: ivr.SideAgent})
			tc.tell(s)
			_, stay := one(t, told(t, s))
			if *stay.Wrap != tc.want || stay.Disposition != "solved" {
				t.Fatalf("wrap %d, disposition %q", *stay.Wrap, stay.Disposition)
			}
		})
	}
	t.Run("disposition during the conversation", func(t *testing.T) {
		s := newScene().arrive("c1").offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
		s.after(500).say("c1", "agent01", disposed).after(500).say("c1", "agent01", ivr.CallReleased{By: ivr.SideAgent})
		s.after(3000).say("c1", "agent01", wrapped)
		if _, stay := one(t, told(t, s)); *stay.Wrap != 3000 {
			t.Fatalf("wrap %d", *stay.Wrap)
		}
	})
}

func TestEndWhileHeldCountsTheHold(t *testing.T) {
	s := newScene().arrive("c1").offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
	s.after(10_000).say("c1", "agent01", ivr.CallHeld{}).after(4000).say("c1", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
	call, stay := one(t, told(t, s))
	if *stay.Talk != 10_000 || stay.Hold != 4000 || call.Held != 4000 || !stay.HeldSince.At.IsZero() || stay.EndedBy != ivr.SideCaller {
		t.Fatalf("got %+v", stay)
	}
}

func TestClockJumpsChangeNoDuration(t *testing.T) {
	for name, jump := range map[string]time.Duration{"an hour back": -time.Hour, "an hour ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newScene().arrive("c1").offer("c1", "agent01", "l1").after(3000)
			s.now.At = s.now.At.Add(jump)
			s.connect("c1", "agent01", "l1").after(8000).say("c1", "agent01", ivr.CallReleased{By: ivr.SideAgent})
			_, stay := one(t, told(t, s))
			if *stay.Wait != 3000 || *stay.Talk != 8000 {
				t.Fatalf("wait %d, talk %d", *stay.Wait, *stay.Talk)
			}
		})
	}
	t.Run("the machine started anew", func(t *testing.T) {
		s := newScene().arrive("c1").offer("c1", "agent01", "l1").after(3000)
		s.now.Mono = 1
		s.connect("c1", "agent01", "l1")
		if _, stay := one(t, told(t, s)); *stay.Wait != 3000 {
			t.Fatalf("wait %d", *stay.Wait)
		}
	})
}

func TestSecondStayAfterAConversationIsATransfer(t *testing.T) {
	s := newScene().arrive("c1").offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
	s.after(5000).say("c1", "agent01", ivr.CallReleased{By: ivr.SideAgent})
	s.say("c1", "", ivr.CallQueued{Queue: "legal", Skills: map[string]string{"cluster": "legal"}})
	s.after(1000).say("c1", "", ivr.CallQueued{Queue: "tax", Skills: map[string]string{"cluster": "tax"}})
	calls, err := told(t, s).Calls(soon(t), at(-1000), at(1000))
	if err != nil || len(calls) != 1 || len(calls[0].Stays) != 3 {
		t.Fatalf("%+v, %v", calls, err)
	}
	first, second, third := calls[0].Stays[0], calls[0].Stays[1], calls[0].Stays[2]
	if first.Transferred || !second.Transferred || second.Outcome != Overflowed || *second.Wait != 1000 || third.Outcome != "" {
		t.Fatalf("%+v\n%+v\n%+v", first, second, third)
	}
	if second.Lang != "ms" {
		t.Fatalf("language %q, want the call's", second.Lang)
	}
}

func TestAgentStatesAndHours(t *testing.T) {
	s := newScene()
	say := func(state ivr.AgentState, reason string, next ivr.Next) {
		s.say("", "agent01", ivr.AgentChanged{State: state, Reason: reason, Next: next})
	}
	s.say("", "agent01", ivr.AgentSignedIn{})
	say(ivr.NotReady, ivr.ReasonSignedIn, ivr.Next{})
	s.after(2000)
	say(ivr.Ready, "", ivr.Next{})
	s.after(3000)
	say(ivr.Ready, "", ivr.Next{State: ivr.NotReady, Reason: "meal"})
	s.say("", "agent01", ivr.AgentSignedIn{})
	s.after(1000)
	say(ivr.NotReady, "meal", ivr.Next{})
	s.after(500).say("", "agent01", ivr.AgentSignedOut{})
	s.after(10).say("", "", ivr.HoursSet{Calendar: "office", Mode: ivr.HoursClosed, Until: at(60_000), Why: "flood", Who: "admin01"})
	s.say("", "agent02", ivr.AgentSignedIn{})
	store := told(t, s)
	states, err := store.AgentStates(soon(t), noon(), noon().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []*AgentState{
		{Seq: 1, Agent: "agent01", State: ivr.NotReady, Reason: "signed_in", Began: ivr.Stamp{At: at(0), Mono: 5000}, Ended: at(2000), Length: ms(2000)},
		{Seq: 3, Agent: "agent01", State: ivr.Ready, Began: ivr.Stamp{At: at(2000), Mono: 7000}, Ended: at(6000), Length: ms(4000)},
		{Seq: 6, Agent: "agent01", State: ivr.NotReady, Reason: "meal", Began: ivr.Stamp{At: at(6000), Mono: 11_000}, Ended: at(6500), Length: ms(500)},
		{Seq: 9, Agent: "agent02", State: ivr.NotReady, Reason: "signed_in", Began: ivr.Stamp{At: at(6510), Mono: 11_510}},
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	var why string
	var until int64
	if err := store.db.QueryRow(`SELECT why, until_at FROM hours_log WHERE calendar = 'office'`).Scan(&why, &until); err != nil {
		t.Fatal(err)
	}
	if why != "flood" || until != at(60_000).UnixMilli() {
		t.Fatalf("hours log: %q until %d", why, until)
	}
}
