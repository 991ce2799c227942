package flowtest

import (
	"slices"
	"time"

	"talian/ivr/flow"
)

// occurrence is something that will happen at a time of the virtual clock.
type occurrence struct {
	at   time.Time
	seq  int // of two at the same time the one planned first comes first
	name string
	do   func()
}

// after plans an occurrence. One of the same name is moved.
func (p *Phone) after(name string, d time.Duration, do func()) {
	p.cancel(name)
	p.seq++
	p.due = append(p.due, &occurrence{at: p.now.Add(max(0, d)), seq: p.seq, name: name, do: do})
}

func (p *Phone) cancel(name string) {
	p.due = slices.DeleteFunc(p.due, func(o *occurrence) bool { return o.name == name })
}

func (p *Phone) next() *occurrence {
	var first *occurrence
	for _, o := range p.due {
		if first == nil || o.at.Before(first.at) || o.at.Equal(first.at) && o.seq < first.seq {
			first = o
		}
	}
	return first
}

// horizon is how far a call is followed when nothing else ends it.
const horizon = 48 * time.Hour

// most is how much may happen in one call; more of it is a call that never ends.
const most = 50_000

// run lets happen what is due until the end given, or until enough says so. Without an
// earlier stop the clock shows the end.
func (p *Phone) run(end time.Time, enough func() bool) {
	for p.err == nil && !p.Over() && !enough() {
		o := p.next()
		if o == nil || o.at.After(end) {
			if end.Before(p.call.At.Add(horizon)) {
				p.now = end
			}
			return
		}
		if p.seq > most {
			p.fail("the call does not end: %d things have happened", most)
			return
		}
		p.due = slices.DeleteFunc(p.due, func(other *occurrence) bool { return other == o })
		if o.at.After(p.now) {
			p.now = o.at
		}
		o.do()
	}
}

func never() bool { return false }

// far is a time that no call reaches.
func (p *Phone) far() time.Time { return p.call.At.Add(horizon) }

// Settle lets happen what happens by itself, until the caller is awaited, waits in a queue,
// talks or is put through, or a request waits for Reply.
func (p *Phone) Settle() {
	p.run(p.far(), func() bool {
		if o := p.next(); o != nil && !o.at.After(p.now) {
			return false // happens in this very moment
		}
		waits := p.Queued() || p.talk || p.state.Turn.Phase == flow.Dialling
		return p.Awaited() || p.asked != nil || !p.sounding() && waits
	})
}

// Tick lets the next thing happen that is due.
func (p *Phone) Tick() {
	if o := p.next(); o != nil {
		first := true
		p.run(o.at, func() bool { stop := !first; first = false; return stop })
	}
}

// Finish lets the caller do nothing until the call is over.
func (p *Phone) Finish() { p.run(p.far(), never) }

// Quiet lets what goes on by itself come to its end, as Settle does, and then so much time
// pass.
func (p *Phone) Quiet(d time.Duration) {
	p.Settle()
	if d > 0 && !p.Over() {
		p.note(Event{Kind: Silent, Text: d.String()})
		p.run(p.now.Add(d), never)
	}
}

// Jump moves the clock to the next time of day given, "15:04" or "15:04:05" in the bundle's
// zone. Nothing happens meanwhile: what was due keeps its distance.
func (p *Phone) Jump(clock string) error {
	to, err := time.Parse("15:04:05", clock)
	if err != nil {
		if to, err = time.Parse("15:04", clock); err != nil {
			return err
		}
	}
	here := p.now.In(p.program.Location)
	then := time.Date(here.Year(), here.Month(), here.Day(), to.Hour(), to.Minute(), to.Second(), 0, p.program.Location)
	if then.Before(here) {
		then = then.AddDate(0, 0, 1)
	}
	by := then.Sub(p.now)
	for _, o := range p.due {
		o.at = o.at.Add(by)
	}
	p.now, p.since = then, p.since.Add(by)
	if p.play != nil {
		p.play.since = p.play.since.Add(by)
	}
	p.note(Event{Kind: Jumps, Text: then.Format(time.TimeOnly)})
	return nil
}
