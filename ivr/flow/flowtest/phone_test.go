package flowtest_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"talian/ivr/flow"
	"talian/ivr/flow/flowtest"
)

// began is when the calls of these tests begin: on a Wednesday in the evening.
func began() time.Time { return time.Date(2026, 3, 4, 22, 15, 0, 0, time.FixedZone("", 8*3600)) }

// TestEveryCallEnds: whatever keys are pressed, at whatever moments, a call ends, and a
// caller who does nothing more is never held beyond the call's limit.
func TestEveryCallEnds(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	rapid.Check(t, func(t *rapid.T) {
		call := flowtest.Call{Flow: rapid.SampledFrom([]string{"main", "after_hours"}).Draw(t, "flow"),
			From: rapid.SampledFrom([]string{"", "0123456789"}).Draw(t, "from"), To: "0380008000",
			At: began().Add(time.Duration(rapid.IntRange(-14, 0).Draw(t, "hour")) * time.Hour)}
		outside := &flowtest.Outside{Mocks: answers(t), Remembered: rapid.SampledFrom([]string{"", "ms"}).Draw(t, "remembered")}
		if rapid.Bool().Draw(t, "agent") {
			outside.Agent = &flowtest.Agent{Answers: 40 * time.Second, Talks: time.Minute}
		}
		phone, err := flowtest.NewPhone(p, call, outside, nil)
		if err != nil {
			t.Fatal(err)
		}
		phone.Dial()
		for range rapid.IntRange(0, 40).Draw(t, "turns") {
			if phone.Over() {
				break
			}
			turn(t, phone)
		}
		last := phone.Now()
		phone.Finish()
		if phone.Err() != nil || !phone.Over() || phone.Cause() == "" {
			t.Fatalf("not over at %s: %v\n%s", phone.State().Node, phone.Err(), flowtest.Timed(phone.Log()))
		}
		// A conversation begins the limit anew, and a queue may be left a little later.
		if held := phone.Now().Sub(last); held > 2*p.Limits.Call {
			t.Fatalf("held for %s\n%s", held, flowtest.Timed(phone.Log()))
		}
		for _, e := range phone.Log() {
			if e.Kind == flowtest.Fails && strings.Contains(e.Text, "failed inside") {
				t.Fatal(flowtest.Timed(phone.Log()))
			}
		}
	})
}

// answers draws how the case service answers, differently each time.
func answers(t *rapid.T) []*flowtest.Mock {
	var all []*flowtest.Mock
	for range 3 {
		m := flowtest.HTTPMock("complaints", "GET", "/cases/*", flowtest.Reply{
			Status: rapid.SampledFrom([]int{200, 404, 500}).Draw(t, "status"), Body: `{"state": "closed"}`,
			After:   time.Duration(rapid.IntRange(0, 4000).Draw(t, "after")) * time.Millisecond,
			Timeout: rapid.Bool().Draw(t, "timeout")})
		m.Times = 1
		all = append(all, m)
	}
	return append(all, flowtest.HTTPMock("complaints", "GET", "/cases/*", flowtest.Reply{Fails: "no connection"}))
}

// turn draws what the caller does next.
func turn(t *rapid.T, phone *flowtest.Phone) {
	switch rapid.IntRange(0, 7).Draw(t, "turn") {
	case 0:
		phone.Quiet(time.Duration(rapid.IntRange(0, 90).Draw(t, "quiet")) * time.Second)
	case 1:
		if phone.Recording() {
			phone.Speak(time.Duration(rapid.IntRange(1, 200).Draw(t, "speak")) * time.Second)
		}
	case 2:
		phone.Settle()
	case 3:
		if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
			phone.HangUp()
		}
	case 4:
		phone.SetQueue(flowtest.Queue{Agents: rapid.IntRange(0, 2).Draw(t, "agents"), Waiting: rapid.IntRange(0, 4).Draw(t, "waiting")})
	case 5:
		press(phone, "26063000173")
	default:
		press(phone, rapid.StringOfN(rapid.SampledFrom([]rune("0123456789*#")), 1, 3, -1).Draw(t, "keys"))
	}
}

// press presses keys until the call is over.
func press(phone *flowtest.Phone, keys string) {
	for i := range len(keys) {
		if !phone.Over() {
			phone.Press(keys[i : i+1])
		}
	}
}

// TestSteeredPlayback: back, halt and forward in a long text, on the clock and in what is
// heard.
func TestSteeredPlayback(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	p.Flows["after_hours"].Nodes["welcome"].Spec.(*flow.Say).Controls = true
	dial := func() *flowtest.Phone {
		phone, err := flowtest.NewPhone(p, flowtest.Call{Flow: "after_hours", At: began(), Lang: "en"}, &flowtest.Outside{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		phone.Dial()
		return phone
	}
	phone := dial()
	phone.Press("8")
	if !phone.Awaited() {
		t.Fatal("not halted")
	}
	phone.Quiet(50 * time.Second) // a minute at most
	phone.Press("8")
	if phone.Awaited() {
		t.Fatal("still halted")
	}
	phone.Press("9") // ten seconds on: over
	phone.Settle()
	want := "welcome_after_hours agents_back_at after_hours_menu"
	if got := heard(phone); got != want {
		t.Errorf("heard %q, want %q\n%s", got, want, flowtest.Timed(phone.Log()))
	}

	phone = dial()
	phone.Quiet(0)
	whole := phone.Now().Sub(began())
	phone = dial()
	press(phone, "8")
	phone.Quiet(50 * time.Second)
	press(phone, "8")
	phone.Quiet(0)
	if took := phone.Now().Sub(began()); took != whole+50*time.Second {
		t.Errorf("took %s, want %s", took, whole+50*time.Second)
	}

	phone = dial()
	for phone.Log()[len(phone.Log())-1].Prompt != "agents_back_at" {
		phone.Tick()
	}
	at := phone.Now()
	phone.Press("7") // from the start again
	phone.Quiet(0)
	if got := heard(phone); got != "welcome_after_hours agents_back_at "+want {
		t.Errorf("heard %q\n%s", got, flowtest.Timed(phone.Log()))
	}
	if took := phone.Now().Sub(at); took != whole {
		t.Errorf("took %s, want %s", took, whole)
	}
}

// heard gives the prompts heard so far.
func heard(phone *flowtest.Phone) string {
	var all []string
	for _, e := range phone.Log() {
		if e.Kind == flowtest.Hears {
			all = append(all, e.Prompt)
		}
	}
	return strings.Join(all, " ")
}

// TestLengthsOfFiles: a sound is as long as its file.
func TestLengthsOfFiles(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	items, err := p.Prompts.Say("en", "welcome_after_hours", nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, items[0].File+".wav", strings.Repeat("x", 44+16*2500))
	phone, err := flowtest.NewPhone(p, flowtest.Call{Flow: "after_hours", At: began(), Lang: "en"}, &flowtest.Outside{}, flowtest.Sounds{})
	if err != nil {
		t.Fatal(err)
	}
	phone.Dial()
	phone.Settle()
	for _, e := range phone.Log() {
		if e.Prompt == "agents_back_at" && e.At.Sub(began()) != 2500*time.Millisecond {
			t.Error(e.At)
		}
	}
}

// TestTurnedAway: the transcript says that the queue let nobody in, and why.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	for why, view := range map[string]flowtest.Queue{"full": {Agents: 1, Waiting: 3}, "no_agents": {}} {
		phone, err := flowtest.NewPhone(p, flowtest.Call{Flow: "main", At: began().Add(-12 * time.Hour)}, &flowtest.Outside{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		phone.SetQueue(view)
		phone.Dial()
		phone.Press("1")
		phone.Settle()
		if log, want := flowtest.Timed(phone.Log()), "turned away from queue citizens, language en: "+why+"\n"; !strings.Contains(log, want) || phone.Queued() {
			t.Errorf("%s: queued %t\n%s", why, phone.Queued(), log)
		}
	}
}
