package flowtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"talian/ivr/flow"
)

// Outside is the world around a call. The zero Outside has one agent in every queue, nobody
// waiting, a case desk, free callback slots, and answers no http request.
type Outside struct {
	Mocks      []*Mock
	Queues     map[string]Queue // "" = those that are not named
	Agent      *Agent           // will answer when the caller waits
	Remembered string           // language that the number chose in an earlier call
	Ask        bool             // a request without a mock waits for Reply; else it fails the call
}

// Queue is what a queue looks like from outside, this caller not counted.
type Queue struct {
	Name     string
	Agents   int
	Waiting  int
	Position int           // of this caller; 0 = behind those who wait
	Wait     time.Duration // reckoned; 0 = not known
	Fails    time.Duration // the system loses the call after so long; 0 = never
}

// Agent is one who answers after a while and talks for a while.
type Agent struct{ Answers, Talks time.Duration }

// Mock stands for one thing outside. Of the fields in groups one group is set.
type Mock struct {
	Times int // often it may be used; 0 = any number
	Pos   flow.Pos

	Service, Method, Path string // http; a path may end in *
	Sent                  any    // the request's body must hold this; nil = whatever
	Reply                 Reply

	Case string // open, find, append or draft
	Desk string // "" = any
	Work CaseReply

	Queue  string // callback; "" with Callback = any
	Slots  []flow.Slot
	None   bool   // no slot is free
	Booked string // "" = booked, full or failed

	Transfer       string // number, or any
	Outcome        string
	Answers, Talks time.Duration

	Calendar string
	Open     bool
	Special  string

	Box  string
	Full bool

	Prompt string // nothing is audible of it
	Record bool   // recording fails

	kind string
	used int
}

// Reply is the answer of a service.
type Reply struct {
	Status  int
	Body    string
	After   time.Duration
	Timeout bool   // no answer in time
	Fails   string // no connection: the reason
}

// CaseReply is the answer of a case desk.
type CaseReply struct {
	Fields  map[string]string
	Missing bool // no such case
	Fails   bool
	After   time.Duration
}

// take gives the first mock that fits and is not used up, and counts its use.
func (o *Outside) take(fits func(*Mock) bool) *Mock {
	for _, m := range o.Mocks {
		if (m.Times == 0 || m.used < m.Times) && fits(m) {
			m.used++
			return m
		}
	}
	return nil
}

func (o *Outside) queue(name string) Queue {
	if q, named := o.Queues[name]; named {
		return q
	}
	if q, all := o.Queues[""]; all {
		return q
	}
	return Queue{Agents: 1}
}

func (o *Outside) setQueue(q Queue) {
	if o.Queues == nil {
		o.Queues = map[string]Queue{}
	}
	o.Queues[q.Name] = q
}

// fetch answers an http request by a mock.
func (p *Phone) fetch(e flow.Fetch) {
	p.done.Requests = append(p.done.Requests, e)
	p.note(Event{Kind: Asks, Text: requestLine(e)})
	m := p.outside.take(func(m *Mock) bool { return m.answers(e) })
	switch {
	case m != nil:
		p.reply(e, m.Reply)
	case p.outside.Ask:
		p.asked = &e
	default:
		p.fail("no mock answers the request: %s", p.mask(requestLine(e)))
	}
}

// requestLine shows a request in one line.
func requestLine(e flow.Fetch) string {
	line := fmt.Sprintf("%s %s of service %s", e.Method, e.Path, e.Service)
	if e.Body != "" {
		line += " with " + e.Body
	}
	return line
}

// answers tells whether the mock is for this request.
func (m *Mock) answers(e flow.Fetch) bool {
	if m.kind != kindHTTP || m.Service != e.Service || m.Method != e.Method {
		return false
	}
	if start, open := strings.CutSuffix(m.Path, "*"); m.Path != e.Path && (!open || !strings.HasPrefix(e.Path, start)) {
		return false
	}
	if m.Sent == nil {
		return true
	}
	var body any
	return json.Unmarshal([]byte(e.Body), &body) == nil && holds(body, m.Sent)
}

// holds tells whether a JSON value has all that is wanted of it.
func holds(value, wanted any) bool {
	want, isObject := wanted.(map[string]any)
	if !isObject {
		a, errA := json.Marshal(value)
		b, errB := json.Marshal(wanted)
		return errA == nil && errB == nil && string(a) == string(b)
	}
	have, isObject := value.(map[string]any)
	if !isObject {
		return false
	}
	for key, inner := range want {
		if v, given := have[key]; !given || !holds(v, inner) {
			return false
		}
	}
	return true
}

// Reply answers the request that waits.
func (p *Phone) Reply(r Reply) {
	if e := p.asked; e != nil {
		p.asked = nil
		p.reply(*e, r)
		p.run(p.now, never)
	}
}

func (p *Phone) reply(e flow.Fetch, r Reply) {
	in, after := flow.Fetched{ID: e.ID, Status: r.Status, Body: []byte(r.Body)}, r.After
	text := strings.TrimSpace(strconv.Itoa(r.Status) + " " + r.Body)
	switch {
	case r.Timeout || r.After > e.Timeout:
		in, after, text = flow.Fetched{ID: e.ID, Failure: "timeout"}, e.Timeout, "timeout"
	case r.Fails != "":
		in, text = flow.Fetched{ID: e.ID, Failure: "error: " + r.Fails}, "error: "+r.Fails
	}
	p.after(fmt.Sprintf("work %d", e.ID), after, func() {
		p.note(Event{Kind: Told, Text: text})
		p.step(in)
	})
}

// book takes a callback slot, unless a mock says otherwise.
func (p *Phone) book(e flow.Book) {
	m := p.outside.take(func(m *Mock) bool { return m.kind == kindBooking && (m.Queue == "" || m.Queue == e.Queue) })
	in := flow.Booked{ID: e.ID}
	switch {
	case m != nil:
		in.Full, in.Failed = m.Booked == "full", m.Booked == failed
	case p.booked[e.Slot.From.Unix()] >= e.Capacity:
		in.Full = true
	}
	if !in.Full && !in.Failed {
		p.booked[e.Slot.From.Unix()]++
		p.done.Callbacks = append(p.done.Callbacks, e)
	}
	p.note(Event{Kind: Keeps, Text: fmt.Sprintf("a callback in queue %s at %s", e.Queue, e.Slot.From.In(p.program.Location).Format("2006-01-02T15:04"))})
	p.after(fmt.Sprintf("work %d", e.ID), 0, func() { p.step(in) })
}

// slots gives those of a mock, else the next ones in the calendar's open hours.
func (p *Phone) slots(queue string, by flow.SlotRule) []flow.Slot {
	m := p.outside.take(func(m *Mock) bool { return m.kind == kindSlots && (m.Queue == "" || m.Queue == queue) })
	if m != nil {
		return slices.Clone(m.Slots)
	}
	calendar := p.program.Calendars[by.Calendar]
	if calendar == nil || by.Each <= 0 {
		return nil
	}
	var free []flow.Slot
	here := p.now.In(calendar.Location())
	midnight := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, here.Location())
	from := midnight.Add(here.Sub(midnight).Truncate(by.Each) + by.Each)
	for end := from.AddDate(0, 0, 14); from.Before(end) && len(free) < by.Ahead; from = from.Add(by.Each) {
		until := from.Add(by.Each)
		if calendar.At(from).Open && calendar.At(until.Add(-time.Second)).Open && p.booked[from.Unix()] < by.Capacity {
			free = append(free, flow.Slot{From: from, Until: until})
		}
	}
	return free
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
func place(pos flow.Pos) string                 { return fmt.Sprintf("%s:%d:%d", pos.File, pos.Line, pos.Col) }

// HTTPMock stands for one request to a service; a path may end in * for any rest.
func HTTPMock(service, method, path string, reply Reply) *Mock {
	return &Mock{kind: kindHTTP, Service: service, Method: method, Path: path, Reply: reply}
}
