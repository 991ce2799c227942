package flow_test

import (
	"testing"

	"talian/ivr/flow"
)

// working loads a flow that asks a service at once. On hang-up it notes what came back,
// and goes on to the end or to a draft.
func working(t testing.TB, request, after string) *flow.Program {
	t.Helper()
	draft := "  draft: {type: case, do: draft, desk: complaints, fields: {note: '\"left\"'}, save: {case_no: number}, next: HANGUP, exits: {error: HANGUP}}\n"
	if after != "draft" {
		draft = ""
	}
	return outside(t, `ivr: 1
flow: main
vars: {seen: {type: text}, case_no: {type: digits}}
start: first
handlers: {loop: long, too_long: long, hangup: note}
nodes:
  first: {type: http, service: cases, `+request+`, read: {n: {path: n}}, exits: {ok: one, error: one}}
  note: {type: set, mark: noted, set: {seen: first.n}, next: `+after+`}
`+draft+tail)
}

// TestKeysOfVisitsAreNeverTheSame: not even when a limit has set the counts of visits back.
func TestKeysOfVisitsAreNeverTheSame(t *testing.T) {
	t.Parallel()
	p := outside(t, `ivr: 1
flow: main
start: first
handlers: {loop: held, too_long: held}
nodes:
  first: {type: http, service: cases, post: /cases, body: '{}', visits: 3, exits: {ok: again, error: bye}}
  again: {type: say, prompt: hello, next: first}
  held: {type: say, prompt: too_long, next: again}
  bye: {type: hangup, prompt: bye}
`)
	c, keys := dial(t, p), map[string]bool{}
	for range 5 {
		asked := one[flow.Fetch](c)
		if keys[asked.Key] {
			t.Fatal("asked under the key of another visit:", asked.Key)
		}
		keys[asked.Key] = true
		c.step(flow.Fetched{ID: asked.ID, Status: 200})
		for c.s.Node != "first" {
			c.listens()
		}
	}
	if !c.s.Limited {
		t.Fatal("no limit was reached")
	}
}
