package flow_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// inputs turns bytes into what could happen to a call, sensible or not.
func inputs(s *flow.State, b byte, last []flow.Effect) flow.Input {
	switch b % 11 {
	case 0:
		return flow.Played{ID: s.Turn.Play, Failed: b > 200}
	case 1, 2, 3:
		return flow.Key{Key: "0123456789*#A"[int(b/11)%13]}
	case 4, 5:
		for _, e := range last {
			if timer, ok := e.(flow.SetTimer); ok && b%2 == 0 {
				return flow.Fired{Name: timer.Name}
			}
		}
		return flow.Fired{Name: "wait.1"}
	case 6:
		return flow.Recorded{ID: s.Turn.Recording, Length: time.Duration(b) * time.Second / 20, Failed: b > 200}
	case 7:
		outcomes := []ivr.Outcome{ivr.OutcomeAnswered, ivr.OutcomeTimeout, ivr.OutcomeKey, ivr.OutcomeFault, "odd"}
		return flow.QueueLeft{Outcome: outcomes[int(b/11)%len(outcomes)]}
	case 8:
		return flow.Resume{}
	case 9:
		return flow.Start{}
	}
	if b > 240 {
		return flow.HungUp{}
	}
	return nil
}

// FuzzStep drives a call by random inputs. Step must not panic, a state must survive
// JSON, there is one Hangup and nothing after it, and every playback has its own id.
func FuzzStep(f *testing.F) {
	programs := []*flow.Program{program(f, menu), program(f, queue), program(f, trail), program(f, language)}
	f.Add([]byte{0, 9, 0, 12, 0, 8, 251})
	f.Add([]byte{1, 9, 7, 0, 0, 4, 4})
	f.Add([]byte{2, 9, 1, 1, 1, 34, 6, 6})
	f.Add([]byte{3, 9, 0, 4, 0, 4})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) == 0 {
			return
		}
		p := programs[int(script[0])%len(programs)]
		s, err := p.Begin(flow.CallInfo{ID: "c1", To: "100"})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
		var last []flow.Effect
		ids, over := map[int]bool{}, false
		for _, b := range script[1:] {
			now = now.Add(time.Duration(b) * time.Second)
			world := flow.World{Now: now, Queue: func(string) flow.QueueView {
				return flow.QueueView{Agents: int(b) % 3, Waiting: int(b) % 5, Position: int(b) % 4, Wait: time.Duration(b) * time.Second}
			}}
			s, last = flow.Step(p, s, inputs(&s, b, last), world)
			for _, e := range last {
				if over {
					t.Fatalf("%T after the end", e)
				}
				if _, over = e.(flow.Hangup); over != s.Ended && over {
					t.Fatal("Hangup without end")
				}
				if fault, ok := e.(flow.Tell); ok && fault.Body == (ivr.CallFault{Where: "flow", What: "failed inside"}) {
					t.Fatal("a panic inside was caught")
				}
				if play, ok := e.(flow.Play); ok {
					if ids[play.ID] || len(play.Items) == 0 {
						t.Fatal("playback", play)
					}
					ids[play.ID] = true
				}
			}
			s = reload(t, s)
		}
	})
}

func reload(t *testing.T, s flow.State) flow.State {
	first, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again flow.State
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(again)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%v\n%s\n%s", err, first, second)
	}
	return again
}

// BenchmarkStep measures a key in a menu that asks again: the usual step.
func BenchmarkStep(b *testing.B) {
	p := program(b, menu)
	c := dial(b, p)
	c.listens()
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		if _, effects := flow.Step(p, s, flow.Key{Key: '9'}, world); len(effects) == 0 {
			b.Fatal("no effect")
		}
	}
}

// BenchmarkEnterQueue measures a step with expressions.
func BenchmarkEnterQueue(b *testing.B) {
	p := program(b, queue)
	c := newPhone(b, p)
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		if _, effects := flow.Step(p, s, flow.Start{}, world); len(effects) == 0 {
			b.Fatal("no effect")
		}
	}
}
