package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"talian/ivr"
)

// drawFacts gives a random mix of calls and agents: any fact at any time, so also lives
// that make no sense.
func drawFacts(t *rapid.T) []ivr.Fact {
	s := newScene()
	lease := rapid.SampledFrom([]ivr.Token{"l1", "l2", "l3"})
	cluster := rapid.SampledFrom([]string{"tax", "legal"})
	bodies := rapid.OneOf(
		rapid.Just[ivr.Body](ivr.CallArrived{From: "0123", To: "0380008000", Waited: 200}),
		rapid.Just[ivr.Body](ivr.CallAnswered{}),
		rapid.Just[ivr.Body](ivr.CallChose{Words: "Tax"}),
		rapid.Just[ivr.Body](ivr.CallLanguage{Lang: "en"}),
		rapid.Map(cluster, func(c string) ivr.Body {
			return ivr.CallQueued{Queue: c, Skills: map[string]string{"cluster": c}}
		}),
		rapid.Just[ivr.Body](ivr.CallDequeued{Outcome: ivr.OutcomeTimeout}),
		rapid.Map(lease, func(l ivr.Token) ivr.Body { return ivr.CallOffered{Lease: l} }),
		rapid.Map(lease, func(l ivr.Token) ivr.Body { return ivr.CallOfferEnded{Lease: l, How: ivr.OfferMissed} }),
		rapid.Map(lease, func(l ivr.Token) ivr.Body { return ivr.CallConnected{Lease: l} }),
		rapid.Just[ivr.Body](ivr.CallHeld{}),
		rapid.Just[ivr.Body](ivr.CallRetrieved{}),
		rapid.Just[ivr.Body](ivr.CallReleased{By: ivr.SideAgent}),
		rapid.Just[ivr.Body](ivr.CallReleased{By: ivr.SideSystem, Unbridged: true}),
		rapid.Just[ivr.Body](ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"}),
		rapid.Just[ivr.Body](ivr.CallWrapped{}),
		rapid.Just[ivr.Body](ivr.CallDisposed{Disposition: "solved"}),
		rapid.Just[ivr.Body](ivr.VoicemailLeft{Box: "b", File: "f.wav", Length: 1}),
		rapid.Just[ivr.Body](ivr.AgentSignedIn{}),
		rapid.Just[ivr.Body](ivr.AgentSignedOut{}),
		rapid.Just[ivr.Body](ivr.AgentChanged{State: ivr.Ready}),
		rapid.Just[ivr.Body](ivr.AgentChanged{State: ivr.NotReady, Reason: "meal"}),
		rapid.Just[ivr.Body](ivr.HoursSet{Calendar: "office", Mode: ivr.HoursClosed}),
		rapid.Just[ivr.Body](ivr.Unknown{Name: "later.kind"}),
		drawDeskFacts(),
	)
	for range rapid.IntRange(1, 60).Draw(t, "facts") {
		s.after(ivr.Millis(rapid.IntRange(0, 5000).Draw(t, "pause")))
		s.say(ivr.CallID(fmt.Sprint("c", rapid.IntRange(1, 2).Draw(t, "call"))),
			ivr.AgentID(fmt.Sprint("agent0", rapid.IntRange(1, 2).Draw(t, "agent"))), bodies.Draw(t, "body"))
	}
	return s.facts
}

// drawDeskFacts gives facts of cases, callbacks, surveys, transfers and bundles.
func drawDeskFacts() *rapid.Generator[ivr.Body] {
	number := rapid.SampledFrom([]ivr.CaseNumber{"26063000011", "26063000023"})
	key := rapid.SampledFrom([]string{"k1", "k2", "k3"})
	value := rapid.IntRange(1, 5)
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) ivr.Body {
			return ivr.CaseOpened{Number: number.Draw(t, "number"), Key: key.Draw(t, "key"), Status: ivr.CaseNew, Audio: "a.wav"}
		}),
		rapid.Custom(func(t *rapid.T) ivr.Body {
			return ivr.CaseAppended{Number: number.Draw(t, "number"), Key: key.Draw(t, "key"), Note: "more"}
		}),
		rapid.Custom(func(t *rapid.T) ivr.Body {
			return ivr.CaseMoved{Number: number.Draw(t, "number"), Status: rapid.SampledFrom(ivr.CaseStatuses()).Draw(t, "status")}
		}),
		rapid.Just[ivr.Body](ivr.RecordingKept{File: "a.wav", Length: 1}),
		rapid.Map(key, func(k string) ivr.Body { return ivr.CallbackBooked{Key: k, From: noon(), Until: noon()} }),
		rapid.Just[ivr.Body](ivr.SurveyBegun{Survey: "csi", About: "agent01"}),
		rapid.Map(value, func(v int) ivr.Body {
			return ivr.SurveyAnswered{Survey: "csi", Question: "q1", Value: v, Min: 1, Max: 5}
		}),
		rapid.Just[ivr.Body](ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyComplete}),
		rapid.Just[ivr.Body](ivr.SurveyEnded{Survey: "other", How: ivr.SurveyDeclined}),
		rapid.Just[ivr.Body](ivr.TransferBegan{To: "0388883888"}),
		rapid.Just[ivr.Body](ivr.TransferAnswered{}),
		rapid.Just[ivr.Body](ivr.TransferEnded{Outcome: "busy"}),
		rapid.Just[ivr.Body](ivr.BundleSet{Revision: "r1", Who: "admin01"}),
	)
}

// wipe empties the tables that facts fill.
func wipe(t fataler, s *Store) {
	for _, table := range []string{"cursors", "calls", "queue_stays", "offers", "voicemails", "agent_states", "hours_log", "cases",
		"case_history", "recordings", "callbacks", "surveys", "survey_answers", "transfers", "bundles"} {
		if _, err := s.db.Exec("DELETE FROM " + table); err != nil {
			t.Fatal(err)
		}
	}
}

// However the facts are cut into portions, and whatever is given again after a kill, the
// rows are the same.
func TestPortionsAndRepeatsGiveTheSameRows(t *testing.T) {
	whole, cut := openStore(t), openStore(t)
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, whole)
		wipe(t, cut)
		facts := drawFacts(t)
		if err := whole.Apply(context.Background(), facts); err != nil {
			t.Fatal(err)
		}
		for done := 0; done < len(facts); {
			from := max(0, done-rapid.IntRange(0, 10).Draw(t, "again"))
			to := min(len(facts), done+rapid.IntRange(0, 15).Draw(t, "more"))
			portion := facts[from:max(from, to)]
			if rapid.IntRange(0, 4).Draw(t, "killed") == 0 {
				killedApply(t, cut, portion)
				continue
			}
			if err := cut.Apply(context.Background(), portion); err != nil {
				t.Fatal(err)
			}
			done = max(done, to)
		}
		if want, got := dump(t, whole), dump(t, cut); want != got {
			t.Fatalf("at once:\n%s\nin portions:\n%s", want, got)
		}
	})
}

// killedApply does all of Apply but its commit, as a process that dies before it.
func killedApply(t *rapid.T, s *Store, facts []ivr.Fact) {
	tx, err := s.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	b := &batch{tx: tx, lives: map[ivr.CallID]*life{}}
	if err := b.run(context.Background(), facts); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}

// Whatever the facts, no duration is negative, and each stay has one outcome at most.
func TestNoDurationIsNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		l := newLife(ivr.Fact{Call: "c1", At: facts[0].At, Mono: facts[0].Mono})
		for _, f := range facts {
			f.Mono += ivr.Millis(rapid.IntRange(-100_000, 100_000).Draw(t, "jump")) // a broken clock
			l.apply(f)
		}
		for _, s := range l.stays {
			for _, d := range []*ivr.Millis{s.Wait, s.Talk, s.Wrap, s.ArrivalWait, &s.Hold} {
				if d != nil && *d < 0 {
					t.Fatalf("negative: %+v", s)
				}
			}
			if (s.Outcome == "") != (s.Wait == nil) || (s.Outcome == ivr.OutcomeAnswered) != !s.Connected.At.IsZero() {
				t.Fatalf("outcome and times disagree: %+v", s)
			}
		}
		for i, x := range l.transfers {
			for _, d := range []*ivr.Millis{x.Ring, x.Talk} {
				if d != nil && *d < 0 {
					t.Fatalf("negative: %+v", x)
				}
			}
			if (x.Outcome == "") != x.Ended.IsZero() || x.Outcome == "" && i < len(l.transfers)-1 {
				t.Fatalf("transfer %d of %d: %+v", i+1, len(l.transfers), x)
			}
		}
	})
}

func TestApplyRefusesAFactWithoutAPlace(t *testing.T) {
	s := openStore(t)
	good := newScene().arrive("c1").facts
	err := s.Apply(soon(t), append(good, ivr.Fact{Call: "c1", Body: ivr.CallAnswered{}}))
	if err == nil || !strings.Contains(err.Error(), "no place") {
		t.Fatal(err)
	}
	if rows := dump(t, s); rows != "" {
		t.Fatalf("a refused Apply left rows:\n%s", rows)
	}
}

func TestCallWithoutArrivalIsARowToo(t *testing.T) {
	s := newScene().say("c9", "", ivr.CallQueued{Queue: "tax"}).after(700).say("c9", "", ivr.CallEnded{By: ivr.SideCaller})
	call, stay := one(t, told(t, s))
	if !call.Arrived.At.Equal(noon()) || *stay.Wait != 700 || stay.Outcome != ivr.OutcomeAbandoned {
		t.Fatalf("%+v %+v", call, stay)
	}
}
