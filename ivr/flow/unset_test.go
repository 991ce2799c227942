package flow_test

import (
	"testing"

	"talian/ivr/flow"
)

// TestUnsetValuesInExpressions: nil equals nothing but nil and is no truth, whatever the
// type; only order and arithmetic need a value.
func TestUnsetValuesInExpressions(t *testing.T) {
	t.Parallel()
	for _, holds := range []string{
		`n != 2`, `2 != n`, `not (n == 2)`, `n == nil`, `n == n`, `n != three`, `three == 3 and three != 4`,
		`day != "2026-01-01"`, `not (day == "2026-01-01")`, `say != "1:2"`, `word == "" and word != "a"`, `line == ""`,
		`not no`, `!no`, `not (no and true)`, `not (true && no)`, `no or yes`, `no || yes`, `(no ? 1 : 2) == 2`, `yes != no`,
		`pay != 2`, `at != now`, `span != now - now`, `asked.status != 200`, `asked.status == nil`, `not asked.good`,
		`asked.count != 1`, `asked.state == ""`, `asked.due == nil`,
	} {
		p := outside(t, head+`vars:
  n: {type: int}
  three: {type: int, default: "3"}
  no: {type: bool}
  yes: {type: bool, default: "true"}
  at: {type: datetime}
  pay: {type: money}
  day: {type: date}
  span: {type: duration}
  say: {type: recording}
  line: {type: text}
  word: {type: enum, of: [a]}
nodes:
  first: {type: menu, prompt: ask, choices: {"1": asked, "2": which}, exits: {no_input: bye, no_match: bye}}
  asked:
    type: http
    service: cases
    get: /
    read:
      count: {path: n, type: int}
      good: {path: g, type: bool}
      state: {path: s, type: enum, of: [new]}
      due: {path: d, type: date}
    next: which
    exits: {error: bye}
  which: {type: switch, cases: [{when: '`+holds+`', next: one}], else: bye}
`+tail)
		c := dial(t, p)
		c.press("2")
		if c.s.Node != "one" {
			t.Errorf("%s: at %s.%s, facts %v", holds, c.s.Flow, c.s.Node, c.facts)
		}
	}
}

// TestFaultsKeepTheirPlace: what is rewritten for unset values does not move a mistake.
func TestFaultsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	f := &flow.Flow{Vars: map[string]flow.Var{"n": {Type: flow.Int}, "b": {Type: flow.Bool}}}
	for text, want := range map[string]flow.Fault{
		`n != 2 and n > "a"`:    {Code: "E503", Col: 13},
		`not b or n == "3"`:     {Code: "E503", Col: 11},
		`n == 1 and b and what`: {Code: "E502", Col: 17},
		`b and n`:               {Code: "E503", Col: 2},
		`n == == 1`:             {Code: "E501", Col: 5},
	} {
		_, fault := (&flow.Expr{Text: text}).Compile(flow.NewEnv(f, nil))
		if fault == nil || fault.Code != want.Code || fault.Col != want.Col {
			t.Errorf("%s: %+v, want %+v", text, fault, want)
		}
	}
}
