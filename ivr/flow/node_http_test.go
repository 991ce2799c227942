package flow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

// lookup loads a flow that asks for a case. Its exits lead to nodes that say by their names
// which one was taken.
func lookup(t testing.TB, more string) *flow.Program {
	t.Helper()
	text := head + `vars:
  no: {type: digits, default: "26063000173"}
nodes:
  first:
    type: http
    service: cases
    get: /cases/{no}?lang={lang}
    read:
      state: {path: state, type: enum, of: [new, closed]}
      count: {path: items.1.count, type: int, default: "7"}
      paid: {path: paid, type: money}
      name: {path: name}
      due: {path: due, type: date}
    ` + more + "\n"
	for _, node := range []string{
		`found: {type: switch, cases: [{when: first.status == 200 and first.state == "closed" and first.count == 3 and first.paid == 12.5 and first.name == "26063000173" and first.due == nil, next: one}], else: bye}`,
		"gone: {type: say, prompt: second, next: bye}",
		"refused: {type: say, prompt: second, next: bye}",
		"broken: {type: say, prompt: second, next: bye}",
		"late: {type: say, prompt: second, next: bye}",
		`menu: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}`,
	} {
		if name, _, _ := strings.Cut(node, ":"); strings.Contains(more, ": "+name) {
			text += "  " + node + "\n"
		}
	}
	return outside(t, text+tail)
}

const goodReply = `{"state": "closed", "items": [{}, {"count": 3}], "paid": 12.50, "name": 26063000173, "due": null}`

func answer(c *phone, status int, body string) {
	c.t.Helper()
	c.step(flow.Fetched{ID: c.s.Turn.Work, Status: status, Body: []byte(body)})
}

func TestHTTPAsksOnceAndReadsTheAnswer(t *testing.T) {
	t.Parallel()
	c := dial(t, lookup(t, "next: found\n    exits: {error: long}"))
	want := flow.Fetch{ID: 2, Service: "cases", Method: "GET", Path: "/cases/26063000173?lang=en", Timeout: 3 * time.Second, Retries: 1, Key: "c1.main.first.1"}
	if diff := cmp.Diff(want, one[flow.Fetch](c)); diff != "" {
		t.Fatal(diff)
	}
	c.step(flow.Fetched{ID: 1, Status: 500}) // of something else
	answer(c, 200, goodReply)
	c.node("one")
	c.step(flow.Fetched{ID: 2, Status: 200}) // twice
	if len(c.last) != 0 {
		t.Fatal(c.last)
	}
	if faults := told[ivr.CallFault](c); len(faults) != 0 {
		t.Fatal(faults)
	}
}

func TestHTTPExits(t *testing.T) {
	t.Parallel()
	all := lookup(t, `exits: {ok: found, "404": gone, 4xx: refused, 5xx: broken, timeout: late, error: long}`)
	some := lookup(t, `exits: {ok: found, 4xx: refused, error: long}`)
	few := lookup(t, "next: found\n    exits: {error: long}")
	for _, c := range []struct {
		answer         flow.Fetched
		all, some, few string
		quiet          bool // no fault is told where all exits are written
	}{
		{flow.Fetched{Status: 404}, "gone", "refused", "long", true},
		{flow.Fetched{Status: 403}, "refused", "refused", "long", true},
		{flow.Fetched{Status: 500}, "broken", "long", "long", false},
		{flow.Fetched{Status: 503, Body: []byte(goodReply)}, "broken", "long", "long", false},
		{flow.Fetched{Status: 302}, "long", "long", "long", false},
		{flow.Fetched{Status: 100}, "long", "long", "long", false},
		{flow.Fetched{Status: 999}, "long", "long", "long", false},
		{flow.Fetched{Failure: "timeout"}, "late", "long", "long", false},
		{flow.Fetched{Failure: "error: no route"}, "long", "long", "long", false},
		{flow.Fetched{}, "long", "long", "long", false},
		{flow.Fetched{Status: 200, Body: []byte("not json")}, "long", "long", "long", false},
		{flow.Fetched{Status: 201, Body: []byte(goodReply)}, "bye", "bye", "bye", true}, // the status is read too
	} {
		for p, want := range map[*flow.Program]string{all: c.all, some: c.some, few: c.few} {
			call := dial(t, p)
			c.answer.ID = call.s.Turn.Work
			call.step(c.answer)
			if call.s.Node != want {
				t.Errorf("%+v leads to %s, want %s", c.answer, call.s.Node, want)
			}
			faults := told[ivr.CallFault](call)
			if p == all && (len(faults) == 0) != c.quiet || len(faults) > 1 {
				t.Errorf("%+v: faults %v", c.answer, faults)
			}
		}
	}
}

func TestHTTPAnOldAnswerIsForgotten(t *testing.T) {
	t.Parallel()
	p := outside(t, head+`nodes:
  first: {type: menu, prompt: ask, choices: {"1": asked, "2": bye}, exits: {no_input: bye, no_match: bye}}
  asked: {type: http, service: cases, get: /, read: {v: {path: v}}, exits: {ok: first, error: look}}
  look: {type: switch, cases: [{when: asked.v == "" and asked.status == nil, next: one}], else: bye}
`+tail)
	c := dial(t, p)
	c.press("1")
	answer(c, 200, `{"v": "x"}`)
	c.press("1")
	if key := one[flow.Fetch](c).Key; key != "c1.main.asked.4" {
		t.Fatal(key)
	}
	c.step(flow.Fetched{ID: c.s.Turn.Work, Failure: "timeout"})
	c.node("one")
}

func TestHTTPBlanksOfPathAndBody(t *testing.T) {
	t.Parallel()
	post := func(vars, node string) *phone {
		t.Helper()
		return dial(t, outside(t, head+"vars: {"+vars+"}\nnodes:\n  first: {type: http, service: cases, "+node+", next: one, exits: {error: long}}\n"+tail))
	}
	for value, want := range map[string]string{
		`a b`: "/x/a%20b?q=a%20b", `a/../b`: "/x/a%2F..%2Fb?q=a%2F..%2Fb", `?&=+#`: "/x/%3F%26%3D%2B%23?q=%3F%26%3D%2B%23",
		`é%`: "/x/%C3%A9%25?q=%C3%A9%25", `{no}`: "/x/%7Bno%7D?q=%7Bno%7D", `..`: "", `.`: "",
	} {
		c := post(fmt.Sprintf(`v: {type: text, default: %q}`, value), `get: "/x/{v}?q={v}"`)
		if want == "" {
			c.node("long")
			continue
		}
		if got := one[flow.Fetch](c).Path; got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	c := post(`v: {type: text, default: 'a "b" \c'}, n: {type: int, default: "3"}, p: {type: money, default: "2.50"}, b: {type: bool, default: "true"}, l: {type: list, default: '["x"]'}, u: {type: int}, w: {type: text}`,
		`post: "/x", body: '{"t": "<{v}> {}", "v": {v}, "n": {n}, "p": {p}, "b": {b}, "l": {l}, "u": {u}, "w": {w}, "s": "{u}{w}", "f": "{call.from}\"{nothing", "q": "\\", "z": {v}}'`)
	want := `{"t": "<a \"b\" \\c> {}", "v": "a \"b\" \\c", "n": 3, "p": 2.5, "b": true, "l": ["x"], "u": null, "w": "", "s": "", "f": "0123456789\"{nothing", "q": "\\", "z": "a \"b\" \\c"}`
	if got := one[flow.Fetch](c); got.Body != want || got.Method != "POST" || got.Retries != 0 {
		t.Fatalf("%s\n%+v", cmp.Diff(want, got.Body), got)
	}
	c = newPhone(t, outside(t, head+"nodes:\n  first: {type: http, service: cases, get: \"/by/{call.from}\", next: one, exits: {error: long}}\n"+tail))
	c.s.Call.From = "" // withheld: there is nothing to ask for
	c.step(flow.Start{})
	c.node("long")
}

func TestHTTPSealFindsMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		node  flow.HTTP
		field string
	}{
		{flow.HTTP{Get: "/a"}, ""}, {flow.HTTP{Put: "/a", Body: `{"a": {b}}`}, ""}, {flow.HTTP{Post: "/a"}, ""},
		{flow.HTTP{}, "get"}, {flow.HTTP{Put: "/a", Post: "/a"}, "post"}, {flow.HTTP{Get: "/../a"}, "get"}, {flow.HTTP{Get: "/a/."}, "get"}, {flow.HTTP{Get: "/a?x=.."}, ""}, {flow.HTTP{Get: "/a", Post: "/a"}, "get"}, {flow.HTTP{Get: "a"}, "get"}, {flow.HTTP{Get: "/{a"}, "get"},
		{flow.HTTP{Get: "/a}"}, "get"}, {flow.HTTP{Get: "/{A}"}, "get"}, {flow.HTTP{Get: "/a#b"}, "get"}, {flow.HTTP{Get: "/a b"}, "get"},
		{flow.HTTP{Get: "/a", Body: "{}"}, "body"}, {flow.HTTP{Post: "/a", Body: "{a b}"}, "body"}, {flow.HTTP{Post: "/a", Body: `"{a}`}, "body"},
		{flow.HTTP{Get: "/a", Read: map[string]flow.Reading{"status": {}}}, "read"},
	} {
		c.node.Seal(&flow.Flow{})
		mistake, found := c.node.Mistake()
		if found != (c.field != "") || mistake.Field != c.field || found && mistake.Text == "" {
			t.Errorf("%+v: %+v, want one in %q", c.node, mistake, c.field)
		}
	}
	x := flow.HTTP{Put: "/{a}/{m.choice}", Body: `{"x": {c}}`}
	x.Seal(&flow.Flow{})
	want := []flow.Blank{{Field: "put", Name: "a", Col: 1}, {Field: "put", Name: "m.choice", Col: 5}, {Field: "body", Name: "c", Col: 6}}
	if diff := cmp.Diff(want, x.Blanks()); diff != "" {
		t.Error(diff)
	}
}

func TestHTTPWhileWaiting(t *testing.T) {
	t.Parallel()
	p := lookup(t, "while_waiting: {after: 1s, prompt: wait_please, music: quiet}\n    exits: {ok: menu, error: long}")
	c := dial(t, p)
	if c.music || c.play != nil {
		t.Fatal("sound at once")
	}
	c.press("2") // for the menu
	c.waits(time.Second)
	c.hears("wait_please")
	c.press("1")
	c.hears("wait_please") // keys do not cut it
	c.listens()
	if !c.music {
		t.Fatal("no music after the words")
	}
	answer(c, 200, "{}")
	if c.node("bye"); c.music {
		t.Fatal("the music goes on")
	}
	if c.s.Keys != "1" {
		t.Fatal("keys:", c.s.Keys)
	}

	c = dial(t, p) // quick
	answer(c, 200, "{}")
	c.node("menu")
	if c.due("while") >= 0 {
		t.Fatal("the timer is left")
	}
	c = dial(t, p) // answered while the words play
	c.waits(time.Second)
	answer(c, 200, "{}")
	c.hears("ask")
	c = dial(t, p) // nothing is audible: the answer counts all the same
	c.waits(time.Second)
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	answer(c, 200, "{}")
	c.hears("ask")
	c = dial(t, p) // the call gets too long
	c.waits(time.Second)
	c.listens()
	c.waits(31 * time.Minute)
	if c.hears("too_long"); c.s.Turn.Work != 0 || c.music {
		t.Fatal(c.s.Turn, c.music)
	}
}

func TestHTTPAfterARestart(t *testing.T) {
	t.Parallel()
	c := dial(t, lookup(t, "while_waiting: {prompt: wait_please}\n    exits: {ok: found, error: long}"))
	first := one[flow.Fetch](c)
	c.waits(time.Second)
	c.restarts()
	again := one[flow.Fetch](c)
	if again.ID == first.ID || c.s.Turn.Work != again.ID {
		t.Fatal(first.ID, again.ID)
	}
	if again.ID = first.ID; again != first {
		t.Fatal(cmp.Diff(first, again))
	}
	answer(c, 200, goodReply)
	c.node("one")
}

// posted writes on hang-up, and goes by the answer of a POST that was under way.
const posted = `ivr: 1
flow: main
vars: {no: {type: digits}}
start: first
keys: {"0": OPERATOR}
handlers: {loop: long, too_long: long, hangup: look}
nodes:
  first: {type: http, service: cases, %METHOD%, read: {no: {path: no, type: digits}}, next: one, exits: {error: long}}
  look: {type: switch, cases: [{when: first.no == "42", next: quiet}], else: note}
  note: {type: http, service: cases, put: /notes, body: '{"from": "{call.from}"}', next: quiet, exits: {error: quiet}}
  quiet: {type: hangup, cause: busy}
` + tail

func TestHTTPOnHangUp(t *testing.T) {
	t.Parallel()
	p := outside(t, replace(posted, "%METHOD%", "post: /cases"))
	c := dial(t, p)
	c.step(flow.HungUp{})
	if c.over != nil {
		t.Fatal("a POST under way is given up")
	}
	answer(c, 201, `{"no": "42"}`)
	c.ends("busy")

	c = dial(t, p) // no answer in time: on to the handler, which asks for something of its own
	c.step(flow.HungUp{})
	c.waits(10 * time.Second)
	note := one[flow.Fetch](c)
	if note.Body != `{"from": "0123456789"}` || note.Method != "PUT" {
		t.Fatal(note)
	}
	answer(c, 500, "")
	c.ends("busy")

	c = dial(t, p) // the engine restarts meanwhile
	first := one[flow.Fetch](c)
	c.step(flow.HungUp{})
	c.restarts()
	if again := one[flow.Fetch](c); again.Key != first.Key {
		t.Fatal(again)
	}
	answer(c, 201, `{"no": "42"}`)
	c.ends("busy")

	c = dial(t, outside(t, replace(posted, "%METHOD%", "get: /cases"))) // a GET is not waited for
	c.step(flow.HungUp{})
	one[flow.Fetch](c)
	c.waits(10 * time.Second)
	c.ends("caller")
}

func TestHTTPBlanksNameChoicesAndEarlierAnswers(t *testing.T) {
	t.Parallel()
	c := dial(t, outside(t, head+`nodes:
  first: {type: menu, prompt: ask, choices: {"1": found, "2": bye}, exits: {no_input: bye, no_match: bye}}
  found: {type: http, service: cases, get: /find, read: {id: {path: id, type: int}, none: {path: none, type: int}}, next: more, exits: {error: long}}
  more: {type: http, service: cases, put: "/{first.choice}/{found.id}/{found.status}/{call.id}/{call.to}", body: '[{found.id}, {found.none}, "{lang}"]', next: one, exits: {error: long}}
`+tail))
	c.press("1")
	answer(c, 202, `{"id": 5, "note": "\"[[[["}`)
	fetch := one[flow.Fetch](c)
	if fetch.Path != "/found/5/202/c1/100" || fetch.Body != `[5, null, "en"]` {
		t.Fatalf("%+v", fetch)
	}
}

// TestHTTPWordsThatCannotBeSaid: the music begins at once, and the answer counts.
func TestHTTPWordsThatCannotBeSaid(t *testing.T) {
	t.Parallel()
	p := lookup(t, "while_waiting: {prompt: wait_please, music: quiet}\n    exits: {ok: menu, error: long}")
	p.Flows["main"].Nodes["first"].Spec.(*flow.HTTP).WhileWaiting.Prompt = []string{"nothing"}
	c := dial(t, p)
	c.waits(time.Second)
	if !c.music || c.play != nil || len(told[ivr.CallFault](c)) != 1 {
		t.Fatal(c.music, c.facts)
	}
	c.restarts()
	c.waits(time.Second)
	answer(c, 200, "{}")
	c.hears("ask")
}
