package trace

import (
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// TestRepro: a traced call becomes a test that tells it.
func TestRepro(t *testing.T) {
	t.Parallel()
	c := dial(t, site(t))
	c.played()
	c.do(flow.Key{Key: '2'})
	c.played()
	c.now = c.now.Add(7 * time.Second)
	c.do(flow.Fired{Name: c.timer})
	c.do(flow.Key{Key: '2'})
	c.now = c.now.Add(time.Minute)
	c.do(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
	c.played()
	zone := time.FixedZone("", 8*3600)
	got, err := Repro(c.lines, zone)
	const want = `ivr: 1
flow: main
tests:
  - test: call c1
    at: 2026-03-04T10:00:00+08:00
    lang: en
    call: {from: "0123456789", to: "100"}  # the caller's number is not in the trace
    steps:
      - {hear: hello}
      - {hear: choose, press: "2"}
      - {hear: ask}
      - {quiet: 7s, hear: [still_there, ask], press: "2"}
      - {agent: {answers: 1s, talks: 59s}}
      - {hear: bye}
    expect:
      end: hangup
      path: [hello, language, caller, ask, which, agents, bye]
`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := Repro(c.lines[1:], zone); err == nil {
		t.Error("no begin, no error")
	}
}

// TestReproOutside: what came from outside becomes mocks; what is masked has a comment.
func TestReproOutside(t *testing.T) {
	t.Parallel()
	lines := []Line{
		{What: Began, Call: "c1", Name: "100", Lang: "en"}, {What: Entered, Flow: "main", Node: "ask", From: "main"},
		{What: Pressed, Key: Masked}, {What: Chose, Key: "3"},
		{What: Heard, Prompts: []string{"number"}}, {What: Pressed, Key: Masked}, {What: Pressed, Key: Masked},
		{What: Asked, Name: "crm", Text: "GET /cases/7"}, {What: Replied, Text: "200"},
		{What: Asked, Name: "crm", Text: "POST /cases"}, {What: Replied, Text: "timeout"},
		{What: Cased, Name: "open complaints"}, {What: CaseReply, Vars: map[string]string{"number": "26063000173", "caller": Masked}},
		{What: Cased, Name: "find complaints"}, {What: CaseReply, Text: "not_found"},
		{What: Booking, Name: "citizens"}, {What: Booked, Text: "full"},
		{What: Dialling, Name: "0388883888"}, {What: Dialled, Text: "busy"},
		{What: Heard, Prompts: []string{"beep"}}, {What: Recording, For: 12000},
		{What: Entered, Flow: "other", Node: "x", From: "main.y", Exit: "no_agents"}, {What: HungUp}, {What: Ended, Text: "caller"},
	}
	got, err := Repro(lines, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"    queue: {agents: 0}\n", "- {press: \"3\"}\n", "- {hear: number, press: \"00\"}  # the keys are not", "{http: crm, get: \"/cases/7\", reply: {status: 200}}  # write the body\n",
		"{http: crm, post: \"/cases\", reply: {timeout: true}}\n", "{case: open, reply: {number: \"26063000173\"}}\n", "{case: find, reply: {found: false}}\n",
		"{callback: citizens, booked: full}\n", "{transfer: \"0388883888\", outcome: busy}\n", "{hear: beep, speak: 12s, hang_up: true}\n", "end: caller_hangup\n", "path: [ask, other.x]\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
