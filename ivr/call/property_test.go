package call

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"talian/ivr"
)

// anyEvent draws an event that fits the call now and then, and often does not.
func anyEvent(t *rapid.T, s State, reply func(error)) Event {
	agent := rapid.SampledFrom([]ivr.AgentID{anna, "ben"}).Draw(t, "agent")
	lease := rapid.SampledFrom([]ivr.Token{leaseA, "lease-b", "lease-c", s.Left}).Draw(t, "lease")
	if s.Talk != nil && rapid.Bool().Draw(t, "theirs") {
		agent, lease = s.Talk.Agent, s.Talk.Lease
	}
	id := rapid.SampledFrom([]int{s.Playing, s.Record, s.Flow.Turn.Play, s.Flow.Turn.Recording, 99}).Draw(t, "id")
	wants := []ivr.Want{ivr.Hold{}, ivr.Retrieve{}, ivr.SendDigits{Digits: "1"}, ivr.EndCall{}, ivr.SignOut{}}
	timers := []string{timerMusic, timerGiveUp, timerPlay, timerFailed, "strange"}
	for kind, alarm := range s.Flow.Timers {
		timers = append(timers, flowTimer+kind+"."+string(rune('0'+alarm.ID%10)))
	}
	events := []Event{
		Digit{rapid.SampledFrom([]byte("0123456789*#x")).Draw(t, "key")},
		Digit{'2'},
		PlaybackDone{ID: s.Playing},
		PlaybackDone{ID: id, Failed: rapid.Bool().Draw(t, "failed")},
		RecordingDone{ID: id, Length: 3e9, Failed: rapid.Bool().Draw(t, "failed recording")},
		TimerFired{rapid.SampledFrom(timers).Draw(t, "timer")},
		OfferAccepted{agent, lease},
		ConnectDone{Lease: lease}, ConnectDone{lease, true},
		LineChanged{Agent: agent, Up: rapid.Bool().Draw(t, "up")},
		Asked{agent, rapid.SampledFrom(wants).Draw(t, "want"), reply},
		Resumed{With: rapid.SampledFrom([]ivr.AgentID{"", anna, "ben"}).Draw(t, "with"), Answered: rapid.Bool().Draw(t, "answered")},
	}
	if rapid.IntRange(0, 30).Draw(t, "leave") == 0 {
		return CallerGone{rapid.SampledFrom([]string{CauseNormal, CauseLost, CauseRestart, CauseDropped}).Draw(t, "cause")}
	}
	return rapid.SampledFrom(events).Draw(t, "event")
}

// TestAnySequence: whatever comes in whatever order, the call ends once, answers once,
// keeps its state in JSON, and its facts contradict neither each other nor the board.
func TestAnySequence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := begin(t).tell(Arrived{})
		asked := 0
		for range rapid.IntRange(1, 60).Draw(rt, "length") {
			e := anyEvent(rt, sc.s, func(error) {})
			if _, ok := e.(Asked); ok {
				asked++
			}
			asked -= step1(rt, sc, e)
		}
		asked -= step1(rt, sc, CallerGone{CauseNormal})
		if asked != 0 {
			rt.Fatalf("%d questions without exactly one reply", asked)
		}
		if sc.s.Phase != Ended {
			rt.Fatalf("phase %s after the caller is gone", sc.s.Phase)
		}
		contradiction(rt, sc.facts)
		fold(rt, sc.facts)
	})
}

// step1 steps, keeps the state in JSON as a restart would find it, and gives the number of replies.
func step1(t *rapid.T, sc *scene, e Event) (replies int) {
	sc.tell(e)
	data, err := json.Marshal(sc.s)
	if err != nil {
		t.Fatal(err)
	}
	var back State
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(data) {
		t.Fatalf("state through JSON:\n%s", cmp.Diff(string(data), string(again)))
	}
	sc.s = back
	for _, a := range sc.last.Actions {
		if _, ok := a.(Reply); ok {
			replies++
		}
	}
	return replies
}

// contradiction looks for facts that cannot follow each other.
func contradiction(t *rapid.T, facts []ivr.Fact) {
	where := ""                            // "", ivr, waiting, talking, held, ended
	legal := map[string]map[string]string{ // kind: from where to where
		"call.arrived":   {"": "ivr"},
		"call.queued":    {"ivr": "waiting"},
		"call.dequeued":  {"waiting": "ivr"},
		"call.connected": {"waiting": "talking"},
		"call.held":      {"talking": "held"},
		"call.retrieved": {"held": "talking"},
		"call.released":  {"talking": "ivr", "held": "ivr"},
		"call.ended":     {"ivr": "ended"},
	}
	for _, f := range facts {
		ways, moves := legal[f.Body.Kind()]
		if !moves {
			if where == "" || where == "ended" && f.Body.Kind() != "call.fault" {
				t.Fatalf("%s when %q", f.Body.Kind(), where)
			}
			continue
		}
		to, may := ways[where]
		if !may {
			t.Fatalf("%s when %q", f.Body.Kind(), where)
		}
		where = to
	}
	if where != "ended" {
		t.Fatalf("at the end the call is %q", where)
	}
}

// fold puts the facts on a board: an ended call leaves nothing there.
func fold(t *rapid.T, facts []ivr.Fact) {
	b := ivr.NewBoard()
	for i, f := range facts {
		f.Seq = uint64(i + 1)
		b.Apply(f)
		if c := b.Calls[f.Call]; c != nil && c.Held < 0 {
			t.Fatalf("held for %d", c.Held)
		}
	}
	if len(b.Calls) > 0 {
		t.Fatalf("left on the board: %+v", b.Calls)
	}
}
