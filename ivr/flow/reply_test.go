package flow_test

import (
	"strings"
	"testing"

	"talian/ivr"
	"talian/ivr/flow"
)

func TestHTTPReadsByType(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string {
		return `{"x": ` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
	}
	for _, c := range []struct{ reading, body, want string }{
		{`{path: a, type: text}`, `{"a": "x"}`, `first.v == "x"`},
		{`{path: a, type: text}`, `{"a": 1.50}`, `first.v == "1.50"`},
		{`{path: a, type: text}`, `{"a": true}`, ""},
		{`{path: a, type: text}`, `{"a": {}}`, ""},
		{`{path: a, type: text}`, `{"a": ["x"]}`, ""},
		{`{path: a, type: text}`, `{"a": ""}`, `first.v == ""`},
		{`{path: a, type: text, default: "d"}`, `{"a": ""}`, `first.v == ""`},
		{`{path: a, type: text, default: "d"}`, `{"a": null}`, `first.v == "d"`},
		{`{path: a, type: text, default: "d"}`, `{}`, `first.v == "d"`},
		{`{path: a, type: text, default: "d"}`, `{"a": false}`, ""},
		{`{path: a, type: text, default: "d"}`, `nonsense`, ""},
		{`{path: a, type: text, default: "d"}`, ``, ""},
		{`{path: a, type: text, default: "d"}`, `{} {}`, ""},
		{`{path: a, type: text, default: "d"}`, nested(64), `first.v == "d"`},
		{`{path: a, type: text, default: "d"}`, nested(65), ""},
		{`{path: a, type: text}`, `{"a": "` + strings.Repeat("x", 5000) + `"}`, ""},
		{`{path: a, type: digits}`, `{"a": 9007199254740993}`, `first.v == "9007199254740993"`},
		{`{path: a, type: digits}`, `{"a": "007"}`, `first.v == "007"`},
		{`{path: a, type: digits}`, `{"a": "7a"}`, ""},
		{`{path: a, type: digits}`, `{"a": -7}`, ""},
		{`{path: a, type: int}`, `{"a": 12}`, `first.v + 1 == 13`},
		{`{path: a, type: int}`, `{"a": 12.5}`, ""},
		{`{path: a, type: int}`, `{"a": "12"}`, ""},
		{`{path: a, type: int}`, `{"a": 99999999999999999999}`, ""},
		{`{path: a, type: int}`, `{"b": 1}`, `first.v == nil`},
		{`{path: a, type: bool}`, `{"a": true}`, `first.v`},
		{`{path: a, type: bool}`, `{"a": "true"}`, ""},
		{`{path: a, type: money}`, `{"a": 12.5}`, `first.v == 12.5`},
		{`{path: a, type: money}`, `{"a": "12.5"}`, ""},
		{`{path: a, type: money}`, `{"a": 1e999}`, ""},
		{`{path: a, type: date}`, `{"a": "2026-03-04"}`, `first.v == "2026-03-04"`},
		{`{path: a, type: date}`, `{"a": "4.3.2026"}`, ""},
		{`{path: a, type: date}`, `{"a": ""}`, ""},
		{`{path: a, type: time}`, `{"a": "15:04"}`, `first.v == "15:04"`},
		{`{path: a, type: datetime}`, `{"a": "2026-03-04T10:00:00Z"}`, `first.v == call.started`},
		{`{path: a, type: duration}`, `{"a": "1h30m"}`, `first.v != nil`},
		{`{path: a, type: duration}`, `{"a": 90}`, ""},
		{`{path: a, type: enum, of: [x, y]}`, `{"a": "y"}`, `first.v == "y"`},
		{`{path: a, type: enum, of: [x, y]}`, `{"a": "z"}`, ""},
		{`{path: a, type: enum, of: [x, y]}`, `{"a": ""}`, ""},
		{`{path: a, type: list}`, `{"a": ["x", "y"]}`, `len(first.v) == 2 and first.v[1] == "y"`},
		{`{path: a, type: list}`, `{"a": [1]}`, ""},
		{`{path: a, type: list}`, `{"a": "x"}`, ""},
		{`{path: "", type: int}`, `5`, `first.v == 5`},
		{`{path: 1.b, type: int}`, `[0, {"b": 5}]`, `first.v == 5`},
		{`{path: 9.b, type: int}`, `[0]`, `first.v == nil`},
		{`{path: a.b, type: int}`, `{"a": null}`, `first.v == nil`},
		{`{path: a.b, type: int}`, `{"a": 1}`, ""},
		{`{path: a.b, type: int}`, `[1]`, ""},
	} {
		condition := c.want
		if condition == "" {
			condition = `first.status == 200`
		}
		p := outside(t, head+`nodes:
  first: {type: http, service: cases, get: /, read: {v: `+c.reading+`}, next: found, exits: {error: long}}
  found: {type: switch, cases: [{when: '`+condition+`', next: one}], else: bye}
`+tail)
		call := dial(t, p)
		answer(call, 200, c.body)
		if want := map[bool]string{true: "long", false: "one"}[c.want == ""]; call.s.Node != want {
			t.Errorf("%s of %.60s: at %s, want %s; faults %v", c.reading, c.body, call.s.Node, want, told[ivr.CallFault](call))
		}
	}
}

func TestHTTPAnswerTooLong(t *testing.T) {
	t.Parallel()
	p := lookup(t, "exits: {ok: found, error: long}")
	for size, node := range map[int]string{flow.MaxReply: "bye", flow.MaxReply + 1: "long"} {
		c := dial(t, p)
		answer(c, 200, `{}`+strings.Repeat(" ", size-2))
		c.node(node)
	}
}
