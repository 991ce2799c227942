package flow_test

import (
	"testing"
	"time"

	"talian/ivr/flow"
)

// steps measures one step again and again from the state that a call is in; the node that
// it leads to must be the one given.
func steps(b *testing.B, c *phone, in flow.Input, node string) {
	b.Helper()
	s, world := c.s, c.world()
	b.ReportAllocs()
	for b.Loop() {
		next, effects := flow.Step(c.p, s, in, world)
		if next.Node != node || len(effects) == 0 {
			b.Fatalf("at %s with %v, want %s", next.Node, effects, node)
		}
	}
}

// BenchmarkMenuKey measures a key that cuts a menu's words short and leads to the next menu.
func BenchmarkMenuKey(b *testing.B) {
	c := dial(b, program(b, head+`nodes:
  first: {type: menu, prompt: ask, choices: {"1": second, "2": one}, exits: {no_input: bye, no_match: bye}}
  second: {type: menu, prompt: ask_short, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
`+tail))
	steps(b, c, flow.Key{Key: '1'}, "second")
}

// BenchmarkCollectDigit measures a digit with others before it and after it.
func BenchmarkCollectDigit(b *testing.B) {
	c := dial(b, typed(b, "", ""))
	c.press("26")
	steps(b, c, flow.Key{Key: '7'}, "first")
}

// BenchmarkCaseAnswer measures the case desk's answer: three variables are set, and the
// caller hears the next node.
func BenchmarkCaseAnswer(b *testing.B) {
	c := dial(b, outside(b, openCase))
	c.listens()
	c.recorded(12 * time.Second)
	c.node("first")
	steps(b, c, flow.CaseDone{ID: c.s.Turn.Work, Fields: map[string]string{
		"number": "26063000173", "opened": "2026-03-04T18:00:00+08:00", "due": "2026-03-18"}}, "one")
}

// BenchmarkHub measures the two halves of what a hub does: it builds a menu of the topics
// that are valid today, and tells one of them.
func BenchmarkHub(b *testing.B) {
	p := outside(b, replace(hub, "%PAGE%", "5", " next: one, exits: {done", " exits: {done"))
	b.Run("list", func(b *testing.B) {
		steps(b, dial(b, p), flow.Key{Key: '1'}, "news")
	})
	b.Run("topic", func(b *testing.B) {
		c := dial(b, p)
		c.press("1")
		steps(b, c, flow.Key{Key: '1'}, "news")
	})
}
