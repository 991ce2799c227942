package flow_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// outsideFlows loads flows with every node that works with the outside.
func outsideFlows(t testing.TB) []*flow.Program {
	t.Helper()
	return []*flow.Program{
		outside(t, replace(posted, "%METHOD%", "post: /cases, while_waiting: {prompt: wait_please, music: quiet}")),
		outside(t, openCase),
		outside(t, callback),
		outside(t, replace(hub, "%PAGE%", "2", " next: one, exits: {done", " exits: {done")),
		outside(t, replace(survey, "%MORE%", "")),
		outside(t, surveyAtOnce),
		outside(t, replace(transfer, "%TO%", "999")),
	}
}

// strange turns a byte into what could happen to a call, sensible or not.
func strange(s *flow.State, b byte, work flow.Effect) flow.Input {
	odd := int(b / 16)
	switch b % 16 {
	case 0, 1:
		return flow.Played{ID: s.Turn.Play, Failed: odd == 15}
	case 2, 3, 4, 5:
		return flow.Key{Key: "0123456789*#1231"[odd]}
	case 6, 7, 8:
		for _, kind := range []string{"wait", "gap", "while", "hangup", "call"}[odd%5:] {
			if alarm, set := s.Timers[kind]; set {
				return flow.Fired{Name: fmt.Sprintf("%s.%d", kind, alarm.ID)}
			}
		}
		return flow.Fired{Name: "while.1"}
	case 9:
		return flow.Recorded{ID: s.Turn.Recording, Length: time.Duration(odd) * time.Second, Failed: odd == 15}
	case 10, 11:
		return answers(work, odd)
	case 12:
		return mistaken(s.Turn.Work-1+2*(odd/8), odd)
	case 13:
		return flow.Resume{}
	case 14:
		return flow.Start{}
	}
	if odd > 12 {
		return flow.HungUp{}
	}
	return flow.QueueLeft{Outcome: ivr.OutcomeTimeout}
}

// answers gives an answer to a work, good or bad.
func answers(work flow.Effect, odd int) flow.Input {
	switch w := work.(type) {
	case flow.Fetch:
		return []flow.Input{
			flow.Fetched{ID: w.ID, Status: 200, Body: []byte(`{"no": "42"}`)}, flow.Fetched{ID: w.ID, Status: 200, Body: []byte(`{"no": {}}`)},
			flow.Fetched{ID: w.ID, Status: 404}, flow.Fetched{ID: w.ID, Failure: "timeout"}, flow.Fetched{ID: w.ID},
		}[odd%5]
	case flow.Casework:
		return flow.CaseDone{ID: w.ID, Found: odd%2 == 0, Failed: odd%5 == 0, Fields: map[string]string{"number": "26063000173"}}
	case flow.Book:
		return flow.Booked{ID: w.ID, Full: odd%3 == 0, Failed: odd%5 == 0}
	case flow.Dial:
		return flow.Dialled{ID: w.ID, Outcome: []string{"ended", "busy", "odd", ""}[odd%4]}
	}
	return nil
}

// mistaken gives an answer that nobody awaits.
func mistaken(id, odd int) flow.Input {
	return []flow.Input{flow.Fetched{ID: id, Status: 200}, flow.CaseDone{ID: id}, flow.Booked{ID: id}, flow.Dialled{ID: id}}[odd%4]
}

// witness looks on while a call is driven.
type witness struct {
	t     *testing.T
	ids   map[int]bool
	keys  map[string]string // of works, to what they ask for
	work  flow.Effect       // the last one
	begun int               // surveys
	ended int
	over  bool
}

func (w *witness) sees(s *flow.State, effects []flow.Effect) {
	w.t.Helper()
	for _, e := range effects {
		if w.over {
			w.t.Fatalf("%T after the end", e)
		}
		switch e.(type) {
		case flow.Fetch, flow.Casework, flow.Book, flow.Dial:
			w.work = e
		}
		switch e := e.(type) {
		case flow.Hangup:
			w.over = true
		case flow.Play:
			w.id(e.ID)
		case flow.Fetch:
			w.asks(e.ID, e.Key, e.Method+e.Path+e.Body)
		case flow.Casework:
			w.asks(e.ID, e.Key, fmt.Sprint(e.Do, e.Number, e.Fields, e.Audio))
		case flow.Book:
			w.asks(e.ID, e.Key, e.Number)
		case flow.Dial:
			w.id(e.ID)
		case flow.Tell:
			w.told(e.Body)
		}
	}
	if w.over != s.Ended {
		w.t.Fatalf("over %v, ended %v", w.over, s.Ended)
	}
	if !s.Ended && s.Node != "" && !awaits(s) {
		w.t.Fatalf("nothing is awaited: %+v", s)
	}
	if s.Ended && w.begun > w.ended {
		w.t.Fatal("a survey has no end")
	}
}

// awaits tells whether anything but the limit on the call would go on with it.
func awaits(s *flow.State) bool {
	_, limited := s.Timers["call"]
	return s.Turn.Play != 0 || s.Turn.Work != 0 || s.Turn.Phase == flow.Recording || s.Turn.Phase == flow.Queued ||
		len(s.Timers) > 1 || len(s.Timers) == 1 && !limited
}

func (w *witness) id(id int) {
	if w.ids[id] {
		w.t.Fatal("the id is used twice:", id)
	}
	w.ids[id] = true
}

// asks looks whether a key stands for one thing only.
func (w *witness) asks(id int, key, what string) {
	w.id(id)
	if before, known := w.keys[key]; known && before != what || key == "" {
		w.t.Fatalf("key %q is for %q and for %q", key, before, what)
	}
	w.keys[key] = what
}

func (w *witness) told(body ivr.Body) {
	switch body := body.(type) {
	case ivr.CallFault:
		if strings.HasPrefix(body.What, "failed inside") {
			w.t.Fatal("a panic inside was caught")
		}
	case ivr.SurveyBegun:
		w.begun++
	case ivr.SurveyEnded:
		w.ended++
		if w.ended > w.begun && body.How != ivr.SurveyDeclined {
			w.t.Fatalf("%s, but not begun", body.How)
		}
		if body.How == ivr.SurveyDeclined {
			w.ended--
		}
	}
}

func drive(t *testing.T, programs []*flow.Program, script []byte) {
	t.Helper()
	if len(script) < 2 {
		return
	}
	p := programs[int(script[0])%len(programs)]
	from := []string{"0123456789", "", "100"}[int(script[1])%3]
	s, err := p.Begin(flow.CallInfo{ID: "c1", From: from, To: "100"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	w := &witness{t: t, ids: map[int]bool{}, keys: map[string]string{}}
	for i, b := range script[1:] {
		now = now.Add(time.Duration(b%8) * time.Second)
		world := flow.World{Now: now, Slots: func(string, flow.SlotRule) []flow.Slot { return halves(int(b) % 7) }}
		in := strange(&s, b, w.work)
		if i == 0 {
			in = flow.Start{}
		}
		var effects []flow.Effect
		s, effects = flow.Step(p, s, in, world)
		w.sees(&s, effects)
		s = reload(t, s)
	}
}

func TestOutsideAtRandom(t *testing.T) {
	t.Parallel()
	programs := outsideFlows(t)
	random := rand.New(rand.NewPCG(1, 2)) // always the same
	for range 800 {
		script := make([]byte, 5+random.IntN(60))
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		drive(t, programs, script)
	}
}

// FuzzOutside drives calls by random inputs: no panic, no id twice, one thing for a key,
// always something awaited, one end, and no survey without one.
func FuzzOutside(f *testing.F) {
	programs := outsideFlows(f)
	for i := range programs {
		f.Add([]byte{byte(i), 0, 0, 18, 18, 10, 6})
		f.Add([]byte{byte(i), 1, 0, 18, 34, 255, 42})
	}
	f.Fuzz(func(t *testing.T, script []byte) { drive(t, programs, script) })
}

// FuzzReply feeds answers of a service: none makes a step slow or fail inside.
func FuzzReply(f *testing.F) {
	p := lookup(f, "exits: {ok: found, error: long}")
	for _, body := range []string{goodReply, "", "null", "0", `{"items": [1, {"count": 1e9}]}`, `{"state": "new"} x`, "{\"name\": \"\xff\"}",
		strings.Repeat("[", flow.MaxReply), strings.Repeat(`{"items":`, 60) + "1" + strings.Repeat("}", 60), `{"paid": ` + strings.Repeat("9", 60000) + "}"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := dial(t, p)
		began := time.Now()
		answer(c, 200, string(body))
		if took := time.Since(began); took > time.Second {
			t.Fatal(took)
		}
		if c.s.Node != "long" && c.s.Node != "bye" && c.s.Node != "one" {
			t.Fatal(c.s.Node)
		}
		for _, fault := range told[ivr.CallFault](c) {
			if strings.HasPrefix(fault.What, "failed inside") {
				t.Fatal(fault)
			}
		}
	})
}
