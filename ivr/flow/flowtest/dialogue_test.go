package flowtest_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"talian/ivr/flow"
	"talian/ivr/flow/flowtest"
)

// replay fails unless the dialogue, written as a test, is read without a problem, passes, and
// goes the same way to the last word.
func replay(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, p *flow.Program, d *flowtest.Dialogue) {
	t.Helper()
	text := d.Test("again")
	tests, problems := flowtest.ReadFile(p, "tests/again.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatalf("%s\n%s", problems[0], text)
	}
	result, phone := tests[0].Run(p, nil)
	if result.Failed != "" {
		t.Fatalf("%s\n%s", result.Explain("."), text)
	}
	if got, want := flowtest.Timed(phone.Log()), flowtest.Timed(d.Phone().Log()); got != want {
		t.Fatalf("the test went\n%s\nthe dialogue\n%s\n%s", got, want, text)
	}
	if d.Test("again") != text {
		t.Fatalf("written down another time it is another test")
	}
}

func dialogue(t testing.TB, p *flow.Program, call flowtest.Call) *flowtest.Dialogue {
	t.Helper()
	d, err := flowtest.NewDialogue(p, call, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDialogues(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	night := flowtest.Call{Flow: "after_hours", From: "0123456789", To: "0380008000", At: began(), Lang: "en"}
	day := flowtest.Call{Flow: "main", To: "0380008000", At: began().Add(-10 * time.Hour)}

	d := dialogue(t, p, night)
	d.Press("3")
	d.Press("26063000173")
	if asked := d.Phone().Asked(); asked == nil || asked.Path != "/cases/26063000173" {
		t.Fatal(asked)
	}
	d.Reply(flowtest.Reply{Status: 200, Body: `{"state": "closed", "why": "it's \"done\" <b>"}`})
	d.Press("1")
	d.Press("326063000173")
	d.Reply(flowtest.Reply{Timeout: true})
	d.HangUp()
	replay(t, p, d)

	d = dialogue(t, p, night)
	d.Press("21#")
	if err := d.Speak(12 * time.Second); err != nil {
		t.Fatal(err)
	}
	if d.Press("#"); d.Speak(time.Second) == nil {
		t.Fatal("spoke into nothing")
	}
	d.Quiet(7 * time.Second)
	replay(t, p, d)

	d = dialogue(t, p, day)
	d.Press("1")
	d.Quiet(61 * time.Second)
	d.Answer(flowtest.Agent{Answers: 5 * time.Second, Talks: 90 * time.Second})
	if d.Phone().Cause() != "normal" {
		t.Fatal(d.Phone().Cause())
	}
	replay(t, p, d)

	d = dialogue(t, p, day)
	if err := d.Jump("21:01:30"); err != nil {
		t.Fatal(err)
	}
	if d.Jump("25:00") == nil {
		t.Fatal("no such time")
	}
	d.SetQueue(flowtest.Queue{Agents: 0})
	d.Press("1")
	replay(t, p, d)
}

// A recording in which nobody speaks has no length where silence ends it, as on the line: no
// message is left.
func TestSilenceIsNoMessage(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	for speak, want := range map[time.Duration]bool{0: false, 3 * time.Second: true} {
		d := dialogue(t, p, flowtest.Call{Flow: "main", To: "0380008000", At: began().Add(-10 * time.Hour)})
		d.SetQueue(flowtest.Queue{Agents: 0})
		d.Press("1")
		d.Quiet(0)
		if !d.Phone().Recording() {
			t.Fatal(flowtest.Timed(d.Phone().Log()))
		}
		if speak > 0 {
			if err := d.Speak(speak); err != nil {
				t.Fatal(err)
			}
		}
		d.Quiet(time.Minute)
		if !d.Phone().Over() {
			t.Fatal(flowtest.Timed(d.Phone().Log()))
		}
		if kept := strings.Contains(flowtest.Timed(d.Phone().Log()), "keeps a message"); kept != want {
			t.Errorf("spoken for %s: kept %v\n%s", speak, kept, flowtest.Timed(d.Phone().Log()))
		}
		replay(t, p, d)
	}
}

// TestAnyDialogue: whatever somebody does at the telephone, it can be written down as a test
// that passes.
func TestAnyDialogue(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	rapid.Check(t, func(t *rapid.T) {
		call := flowtest.Call{Flow: rapid.SampledFrom([]string{"main", "after_hours"}).Draw(t, "flow"),
			From: rapid.SampledFrom([]string{"", "0123456789"}).Draw(t, "from"), To: "0380008000",
			At: began().Add(time.Duration(rapid.IntRange(-14, 0).Draw(t, "hour")) * time.Hour)}
		d, err := flowtest.NewDialogue(p, call, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 25).Draw(t, "turns") {
			if d.Phone().Over() {
				break
			}
			say(t, d)
		}
		if d.Phone().Asked() != nil {
			d.Reply(flowtest.Reply{Status: 404})
		}
		replay(t, p, d)
	})
}

// say draws what is done next at the telephone.
func say(t *rapid.T, d *flowtest.Dialogue) {
	if d.Phone().Asked() != nil {
		d.Reply(flowtest.Reply{Status: rapid.SampledFrom([]int{200, 404, 503}).Draw(t, "status"),
			Body: rapid.SampledFrom([]string{`{"state": "new"}`, "", "not\njson: {", `"é"`}).Draw(t, "body")})
		return
	}
	switch rapid.IntRange(0, 8).Draw(t, "turn") {
	case 0:
		d.Quiet(time.Duration(rapid.IntRange(0, 100).Draw(t, "quiet")) * time.Second)
	case 1:
		if d.Phone().Recording() {
			_ = d.Speak(time.Duration(rapid.IntRange(1, 200).Draw(t, "speak")) * time.Second)
		}
	case 2:
		if rapid.IntRange(0, 5).Draw(t, "gone") == 0 {
			d.HangUp()
		}
	case 3:
		d.Answer(flowtest.Agent{Answers: time.Duration(rapid.IntRange(0, 60).Draw(t, "answers")) * time.Second, Talks: time.Minute})
	case 4:
		d.SetQueue(flowtest.Queue{Agents: rapid.IntRange(0, 2).Draw(t, "agents"), Waiting: rapid.IntRange(0, 4).Draw(t, "waiting")})
	case 5:
		_ = d.Jump(rapid.SampledFrom([]string{"21:00:30", "07:29", "12:00"}).Draw(t, "clock"))
	default:
		d.Press(rapid.StringOfN(rapid.SampledFrom([]rune("0123456789*#")), 1, 3, -1).Draw(t, "keys"))
	}
}
