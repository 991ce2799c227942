package flowtest

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

// What mocks stand for.
const (
	kindHTTP    = "http"
	kindCase    = "case"
	kindSlots   = "slots"
	kindBooking = "booking"
)

func (r *reader) queue(n *yaml.Node) Queue {
	q := Queue{Agents: 1}
	r.fields(n, map[string]func(*yaml.Node){
		"name":     known(r, &q.Name, "queue", r.p.Queues),
		"agents":   r.number(&q.Agents),
		"waiting":  r.number(&q.Waiting),
		"position": r.number(&q.Position),
		"wait":     r.duration(&q.Wait),
		"fails":    r.duration(&q.Fails),
	})
	return q
}

func (r *reader) agent(n *yaml.Node) *Agent {
	a := &Agent{Talks: time.Minute}
	r.fields(n, map[string]func(*yaml.Node){"answers": r.duration(&a.Answers), "talks": r.duration(&a.Talks)})
	return a
}

// mock reads one mock; what it stands for is its first key.
func (r *reader) mock(n *yaml.Node) []Mock {
	kinds := map[string]func(*yaml.Node) []Mock{
		"http": r.httpMock, "case": r.caseMock, "callback": r.callbackMock, "transfer": r.transferMock,
		"hours": r.hoursMock, "box": r.boxMock, "prompt": r.promptMock, "record": r.recordMock,
	}
	for _, kind := range sortedKeys(kinds) {
		if valueOf(n, kind) == nil {
			continue
		}
		all := kinds[kind](n)
		for i := range all {
			all[i].Pos = r.pos(n)
		}
		return all
	}
	r.Complain(n, "E105", sortedKeys(kinds), "a mock stands for one of these, which is its key")
	return nil
}

func (r *reader) httpMock(n *yaml.Node) []Mock {
	m := Mock{kind: kindHTTP, Reply: Reply{Status: 200}}
	way := func(method string) func(*yaml.Node) {
		return func(n *yaml.Node) { m.Method, m.Path = method, r.word(n) }
	}
	given := r.fields(n, map[string]func(*yaml.Node){
		"http": known(r, &m.Service, "service", r.p.Services), "times": r.number(&m.Times),
		"get": way("GET"), "post": way("POST"), "put": way("PUT"),
		"sent":  func(n *yaml.Node) { m.Sent = r.value(n) },
		"reply": func(n *yaml.Node) { r.reply(n, &m.Reply) },
	})
	if m.Method == "" {
		r.Complain(n, "E105", []string{"get", "post", "put"}, "the method and path of the request are missing")
	}
	if given["reply"] == nil {
		r.Complain(n, "E105", nil, "%q is missing", "reply")
	}
	return []Mock{m}
}

func (r *reader) reply(n *yaml.Node, reply *Reply) {
	r.fields(n, map[string]func(*yaml.Node){
		"status":  r.number(&reply.Status),
		"body":    func(n *yaml.Node) { reply.Body = r.json(n) },
		"after":   r.duration(&reply.After),
		"timeout": r.truth(&reply.Timeout),
		"fails":   r.text(&reply.Fails),
	})
}

func (r *reader) caseMock(n *yaml.Node) []Mock {
	m := Mock{kind: kindCase}
	results := map[string]func(*yaml.Node){
		"found": func(n *yaml.Node) { var found bool; r.truth(&found)(n); m.Work.Missing = !found },
		"fails": r.truth(&m.Work.Fails),
		"after": r.duration(&m.Work.After),
	}
	m.Work.Fields = map[string]string{}
	for name := range flow.CaseResults() {
		results[name] = func(n *yaml.Node) { m.Work.Fields[name] = r.word(n) }
	}
	r.fields(n, map[string]func(*yaml.Node){
		"case":  r.oneOf(&m.Case, "E105", "work of a case desk", []string{"open", "find", "append", "draft"}),
		"desk":  known(r, &m.Desk, "desk", r.p.Desks),
		"reply": func(n *yaml.Node) { r.fields(n, results) },
		"times": r.number(&m.Times),
	})
	return []Mock{m}
}

// callbackMock gives one mock for the slots and one for the booking.
func (r *reader) callbackMock(n *yaml.Node) []Mock {
	var queue, booked string
	var all []Mock
	times := 0
	each := 30 * time.Minute
	free := Mock{kind: kindSlots}
	given := r.fields(n, map[string]func(*yaml.Node){
		"callback": known(r, &queue, "queue", r.p.Queues, "any"),
		"each":     r.duration(&each),
		"times":    r.number(&times),
		"booked":   r.oneOf(&booked, "E105", "end of a booking", []string{"full", failed}),
		"slots": func(n *yaml.Node) {
			for _, item := range items(n) {
				var from time.Time
				if n.Kind == yaml.ScalarNode && n.Value == "none" {
					continue
				}
				r.moment(&from)(item)
				free.Slots = append(free.Slots, flow.Slot{From: from})
			}
		},
	})
	for i := range free.Slots {
		free.Slots[i].Until = free.Slots[i].From.Add(each)
	}
	if given["slots"] != nil {
		all = append(all, free)
	}
	if booked != "" {
		all = append(all, Mock{kind: kindBooking, Booked: booked, Times: times})
	}
	for i := range all {
		all[i].Queue = strings.TrimSuffix(queue, "any")
	}
	return all
}

func (r *reader) transferMock(n *yaml.Node) []Mock {
	m := Mock{Answers: 5 * time.Second, Talks: time.Minute}
	r.fields(n, map[string]func(*yaml.Node){
		"transfer": r.text(&m.Transfer),
		"outcome":  r.oneOf(&m.Outcome, "E105", "end of a transfer", []string{ended, busy, noAnswer, failed}),
		"answers":  r.duration(&m.Answers),
		"talks":    r.duration(&m.Talks),
		"times":    r.number(&m.Times),
	})
	return []Mock{m}
}

func (r *reader) hoursMock(n *yaml.Node) []Mock {
	var m Mock
	r.fields(n, map[string]func(*yaml.Node){
		"hours":   known(r, &m.Calendar, "calendar", r.p.Calendars),
		"open":    r.truth(&m.Open),
		"special": r.text(&m.Special),
		"times":   r.number(&m.Times),
	})
	return []Mock{m}
}

func (r *reader) boxMock(n *yaml.Node) []Mock {
	var m Mock
	r.fields(n, map[string]func(*yaml.Node){
		"box":   known(r, &m.Box, "voicemail box", r.p.Boxes),
		"full":  r.truth(&m.Full),
		"times": r.number(&m.Times),
	})
	return []Mock{m}
}

// fails reads a key that can only be true.
func (r *reader) fails(n *yaml.Node) {
	if r.word(n) != "true" {
		r.Complain(n, "E105", []string{"true"}, "this can only be true")
	}
}

func (r *reader) promptMock(n *yaml.Node) []Mock {
	var m Mock
	r.fields(n, map[string]func(*yaml.Node){
		"prompt": func(n *yaml.Node) {
			m.Prompt = r.word(n)
			if _, isPrompt := r.p.Prompts.Slots(m.Prompt); !isPrompt {
				r.Complain(n, "E401", nil, "there is no prompt %q%s", m.Prompt, bundle.Nearest(m.Prompt, r.p.Prompts.IDs()))
			}
		},
		"fails": r.fails, "times": r.number(&m.Times),
	})
	return []Mock{m}
}

func (r *reader) recordMock(n *yaml.Node) []Mock {
	m := Mock{Record: true}
	var what string
	r.fields(n, map[string]func(*yaml.Node){
		"record": r.oneOf(&what, "E105", "way for a recording to end", []string{"fails"}), "times": r.number(&m.Times),
	})
	return []Mock{m}
}
