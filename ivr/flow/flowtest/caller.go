package flowtest

import (
	"fmt"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// Press presses keys one after the other; that takes no time. A key that ends a recording
// does so.
func (p *Phone) Press(keys string) {
	for i := range len(keys) {
		if p.Over() || p.err != nil {
			p.fail("key %s is pressed, but the call is over", keys[i:])
			return
		}
		p.run(p.now, never)
		key := keys[i : i+1]
		p.note(Event{Kind: Presses, Text: key})
		p.unlessTalking(flow.Key{Key: keys[i]})
		if r := p.record; r != nil && (r.EndKey == key || r.EndKey == "any") {
			p.recorded(r.ID, false)
		}
	}
	p.run(p.now, never)
}

// Speak lets the caller speak for a while; it waits for the recording to begin.
func (p *Phone) Speak(d time.Duration) {
	p.run(p.far(), func() bool { return p.record != nil || p.Awaited() || p.Queued() })
	if p.record == nil {
		p.fail("the caller speaks, but nobody records: the call is at %s", p.place())
		return
	}
	p.note(Event{Kind: Speaks, Text: d.String()})
	id := p.record.ID
	p.spoken = id
	p.cancel("silence")
	p.run(p.now.Add(d), func() bool { return p.record == nil || p.record.ID != id })
	if p.record != nil && p.record.ID == id {
		p.listen()
	}
}

// HangUp ends the call from the caller's side; what the flow still keeps is waited for.
func (p *Phone) HangUp() {
	if p.Over() {
		return
	}
	p.run(p.now, never)
	if p.Over() || p.err != nil {
		return
	}
	p.note(Event{Kind: HangsUp})
	p.gone, p.talk, p.queued, p.record, p.music = true, false, nil, nil, false
	p.silenced()
	for _, name := range []string{"recording", "silence", "agent", "dial"} {
		p.cancel(name)
	}
	p.step(flow.HungUp{})
	p.Finish()
	if !p.Over() && p.err == nil {
		p.fail("the caller hung up, but the call does not end at %s", p.place())
	}
}

// begins starts a recording; until the caller speaks it records silence.
func (p *Phone) begins(e flow.Record) {
	p.record, p.since = &e, p.now
	p.note(Event{Kind: Records, Text: "at most " + e.Max.String()})
	p.after("recording", e.Max, func() { p.recorded(e.ID, false) })
	if p.outside.take(func(m *Mock) bool { return m.Record }) != nil {
		p.spoken = e.ID
		p.after("silence", 0, func() { p.recorded(e.ID, true) })
		return
	}
	p.listen()
}

// listen plans the end of the recording by silence.
func (p *Phone) listen() {
	if r := p.record; r.MaxSilence > 0 {
		p.after("silence", r.MaxSilence, func() { p.recorded(r.ID, false) })
	}
}

// ends tells whether a recording runs that nothing more is awaited for: it will end by
// itself.
func (p *Phone) ends() bool {
	return p.record != nil && p.record.ID == p.spoken && !p.sounding()
}

// recorded ends the recording under way.
func (p *Phone) recorded(id int, failed bool) {
	length := p.said()
	p.record = nil
	p.cancel("recording")
	p.cancel("silence")
	if failed {
		length = 0
	}
	p.unlessTalking(flow.Recorded{ID: id, Length: length, Failed: failed})
}

// said gives the length of the recording under way. As on the line, one of nothing but
// silence has none, where silence is listened for.
func (p *Phone) said() time.Duration {
	if p.record.MaxSilence > 0 && p.spoken != p.record.ID {
		return 0
	}
	return p.now.Sub(p.since)
}

func (p *Phone) stopRecord(id int) {
	if p.record == nil || p.record.ID != id {
		return
	}
	length := p.said()
	p.record = nil
	p.cancel("recording")
	p.cancel("silence")
	p.after(fmt.Sprintf("stopped %d", id), 0, func() { p.unlessTalking(flow.Recorded{ID: id, Length: length}) })
}

// enqueue puts the caller into a queue. The agent, if one is to come, is on the way.
func (p *Phone) enqueue(e flow.Enqueue) {
	p.queued = &e
	p.done.Queued = append(p.done.Queued, e)
	p.note(Event{Kind: Waits, Text: "in queue " + e.Queue + skills(e.Skills)})
	if q := p.outside.queue(e.Queue); q.Fails > 0 {
		p.after("agent", q.Fails, func() { p.leftQueue(ivr.OutcomeFault) })
	} else if p.outside.Agent != nil {
		p.answer(*p.outside.Agent)
		p.outside.Agent = nil
	}
}

// SetQueue changes what the queues look like; the zero Name means all of them.
func (p *Phone) SetQueue(q Queue) { p.outside.setQueue(q) }

// Answer lets an agent answer the caller: so long from now, or from when the caller waits.
func (p *Phone) Answer(a Agent) {
	if p.Queued() {
		p.answer(a)
		return
	}
	p.outside.Agent = &a
}

func (p *Phone) answer(a Agent) {
	p.after("agent", a.Answers, func() {
		p.talk, p.music = true, false
		p.silenced()
		p.note(Event{Kind: Talks, Text: "an agent for " + a.Talks.String()})
		p.after("agent", a.Talks, func() {
			p.talk = false
			p.leftQueue(ivr.OutcomeAnswered)
		})
	})
}

// dequeue lets the caller out, unless an agent was quicker.
func (p *Phone) dequeue(outcome ivr.Outcome) {
	if p.queued == nil || p.talk {
		return
	}
	p.cancel("agent")
	p.after("agent", 0, func() { p.leftQueue(outcome) })
}

func (p *Phone) leftQueue(outcome ivr.Outcome) {
	p.queued = nil
	if outcome != ivr.OutcomeAnswered {
		p.note(Event{Kind: Leaves, Text: string(outcome)})
	}
	p.step(flow.QueueLeft{Outcome: outcome})
}

// dial rings an outside number.
func (p *Phone) dial(e flow.Dial) {
	p.done.Dialled = append(p.done.Dialled, e)
	m := p.outside.take(func(m *Mock) bool { return m.Transfer == e.To || m.Transfer == "any" })
	if m == nil {
		m = &Mock{Answers: 5 * time.Second, Talks: time.Minute}
	}
	p.note(Event{Kind: Rings, Text: e.To})
	switch m.Outcome {
	case "", ended:
		p.after("dial", min(m.Answers, e.Ring), func() {
			p.talk, p.music = true, false
			talks := min(m.Talks, e.Max)
			p.note(Event{Kind: Talks, Text: e.To + " for " + talks.String()})
			p.after("dial", talks, func() { p.dialled(e.ID, ended) })
		})
	case noAnswer:
		p.after("dial", e.Ring, func() { p.dialled(e.ID, noAnswer) })
	default:
		p.after("dial", m.Answers, func() { p.dialled(e.ID, m.Outcome) })
	}
}

// What becomes of a transfer.
const (
	ended    = "ended"
	busy     = "busy"
	noAnswer = "no_answer"
	failed   = "failed"
)

func (p *Phone) dialled(id int, outcome string) {
	p.talk = false
	if outcome != ended {
		p.note(Event{Kind: Leaves, Text: outcome})
	}
	p.step(flow.Dialled{ID: id, Outcome: outcome})
}

// skills writes the skills asked of an agent.
func skills(all map[string]string) string {
	var words []string
	for _, kind := range sortedKeys(all) {
		if all[kind] != "" {
			words = append(words, kind+" "+all[kind])
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ", " + strings.Join(words, ", ")
}
