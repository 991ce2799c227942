package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"talian/ivr"
)

// Waiting is a call in a queue.
type Waiting struct {
	Call     ivr.CallID        `json:"call"`
	Queue    string            `json:"queue"`
	Skills   map[string]string `json:"skills,omitempty"`
	Priority int               `json:"priority,omitempty"`
	Queued   ivr.Stamp         `json:"queued"` // decides the place, also after a restart or a lost offer
	Answer   time.Duration     `json:"answer"` // how long an agent has to answer an offer

	agent ivr.AgentID // who it is offered to; "" = nobody
}

// before orders calls: higher priority, then earlier queueing, then id.
func (w *Waiting) before(o *Waiting) int {
	return cmp.Or(cmp.Compare(o.Priority, w.Priority), w.Queued.At.Compare(o.Queued.At),
		cmp.Compare(w.Call, o.Call))
}

// pool is the pure part: every method changes the pool and tells what happened in out.
type pool struct {
	agents  map[ivr.AgentID]*Agent
	waiting []*Waiting // in order of service
	calls   map[ivr.CallID]*Waiting
	away    bool                     // the telephone system is out of reach
	handle  map[string]time.Duration // by queue: mean of the recent handle times
	out     out
}

// out is what a step decided: facts for the journal, agents whose state must be kept,
// messages for calls and lines.
type out struct {
	facts   []ivr.Fact
	changed []ivr.AgentID
	tell    []Accepted
}

// Accepted tells a call that an agent took its offer: connect the two, or Release.
type Accepted struct {
	Call  ivr.CallID
	Agent ivr.AgentID
	Lease ivr.Token
}

func newPool() *pool {
	return &pool{agents: map[ivr.AgentID]*Agent{}, calls: map[ivr.CallID]*Waiting{}, handle: map[string]time.Duration{}}
}

// drain gives what happened since the last drain.
func (p *pool) drain() out {
	o := p.out
	p.out = out{}
	return o
}

func (p *pool) fact(f ivr.Fact) { p.out.facts = append(p.out.facts, f) }

func (p *pool) changed(a *Agent) {
	p.fact(a.fact())
	p.keep(a)
}

// keep lets the journal hold what is known of an agent; nothing is told.
func (p *pool) keep(a *Agent) { p.out.changed = append(p.out.changed, a.ID) }

// enqueue takes a call in and tries to place it.
func (p *pool) enqueue(w Waiting, now ivr.Stamp) {
	if _, known := p.calls[w.Call]; known {
		return
	}
	entry := &w
	at, _ := slices.BinarySearchFunc(p.waiting, entry, func(a, b *Waiting) int { return a.before(b) })
	p.waiting = slices.Insert(p.waiting, at, entry)
	p.calls[w.Call] = entry
	p.place(entry, now)
}

// leave takes a call out; an offer of it is withdrawn.
func (p *pool) leave(call ivr.CallID, now ivr.Stamp) {
	entry, known := p.calls[call]
	if !known {
		return
	}
	p.remove(entry)
	agent := p.agents[entry.agent]
	if agent == nil || agent.Call != call || !agent.occupied() {
		return
	}
	if agent.State == ivr.Reserved {
		p.endOffer(agent, ivr.OfferWithdrawn)
	}
	agent.free(now)
	p.changed(agent)
	p.serve(agent, now)
}

func (p *pool) remove(entry *Waiting) {
	delete(p.calls, entry.Call)
	if i := slices.Index(p.waiting, entry); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
}

// relax drops a required skill of a waiting call.
func (p *pool) relax(call ivr.CallID, skill string, now ivr.Stamp) {
	entry, known := p.calls[call]
	if !known {
		return
	}
	entry.Skills = maps.Clone(entry.Skills)
	delete(entry.Skills, skill)
	if entry.agent == "" {
		p.place(entry, now)
	}
}

// setAway: the telephone system cannot be reached, or again. Meanwhile nothing is offered, as
// nobody could be connected, and no offer runs out; afterwards each has its time anew.
func (p *pool) setAway(away bool, now ivr.Stamp) {
	if p.away == away {
		return
	}
	p.away = away
	if away {
		return
	}
	for _, entry := range slices.Clone(p.waiting) {
		if entry.agent == "" {
			p.place(entry, now)
		} else if a := p.agents[entry.agent]; a.State == ivr.Reserved {
			a.Until = later(now, entry.Answer)
			p.changed(a)
		}
	}
}

// place offers a call to the fit agent who is idle for longest.
func (p *pool) place(entry *Waiting, now ivr.Stamp) {
	if p.away {
		return
	}
	var best *Agent
	for _, a := range p.agents {
		if !a.routable() || !a.Profile.Has(entry.Skills) {
			continue
		}
		if best == nil || longerIdle(a, best) {
			best = a
		}
	}
	if best != nil {
		p.offer(entry, best, now)
	}
}

func longerIdle(a, b *Agent) bool {
	if c := a.Idle.At.Compare(b.Idle.At); c != 0 {
		return c < 0
	}
	return a.ID < b.ID
}

// serve gives a routable agent the first waiting call that fits.
func (p *pool) serve(a *Agent, now ivr.Stamp) {
	if p.away || !a.routable() {
		return
	}
	for _, entry := range p.waiting {
		if entry.agent == "" && a.Profile.Has(entry.Skills) {
			p.offer(entry, a, now)
			return
		}
	}
}

func (p *pool) offer(entry *Waiting, a *Agent, now ivr.Stamp) {
	entry.agent = a.ID
	a.State, a.Reason, a.Call, a.Queue = ivr.Reserved, "", entry.Call, entry.Queue
	a.Lease = ivr.NewToken(now.At)
	a.Until = later(now, entry.Answer)
	p.fact(ivr.Fact{Call: entry.Call, Agent: a.ID, Body: ivr.CallOffered{Lease: a.Lease, Until: a.Until.At}})
	p.changed(a)
}

func later(s ivr.Stamp, d time.Duration) ivr.Stamp {
	return ivr.Stamp{At: s.At.Add(d), Mono: s.Mono + ivr.MillisOf(d)}
}

func (p *pool) endOffer(a *Agent, how ivr.OfferEnd) {
	p.fact(ivr.Fact{Call: a.Call, Agent: a.ID, Body: ivr.CallOfferEnded{Lease: a.Lease, How: how}})
}

// lose ends an open offer that was not taken: the call waits on at its place, the agent
// is not ready for the given reason, or free when there is none.
func (p *pool) lose(a *Agent, how ivr.OfferEnd, reason string, now ivr.Stamp) {
	p.endOffer(a, how)
	entry := p.calls[a.Call]
	if reason == "" {
		a.free(now)
	} else {
		a.become(ivr.NotReady, reason, now)
	}
	p.changed(a)
	if entry != nil && entry.agent == a.ID {
		entry.agent = ""
		p.place(entry, now)
	}
}

// held checks that the agent holds an open offer with this token.
func (p *pool) held(id ivr.AgentID, lease ivr.Token) (*Agent, *ivr.Error) {
	a, known := p.agents[id]
	if !known {
		return nil, ivr.NewError(ivr.CodeNotSignedIn, "you are not signed in; start the shift first")
	}
	if a.State != ivr.Reserved || a.Lease != lease {
		return nil, ivr.NewError(ivr.CodeOfferOver, "this call is no longer offered to you")
	}
	return a, nil
}

// accept: the agent takes the offered call.
func (p *pool) accept(id ivr.AgentID, lease ivr.Token, now ivr.Stamp) *ivr.Error {
	a, err := p.held(id, lease)
	if err != nil {
		return err
	}
	if !a.Line {
		p.lose(a, ivr.OfferLineLost, "", now)
		return ivr.NewError(ivr.CodeLineDown, "your audio line is down; restore it first")
	}
	p.endOffer(a, ivr.OfferAccepted)
	a.State, a.Until, a.Taken = ivr.Busy, ivr.Stamp{}, now
	p.changed(a)
	p.out.tell = append(p.out.tell, Accepted{Call: a.Call, Agent: id, Lease: lease})
	return nil
}

// reject: the agent refuses the offered call.
func (p *pool) reject(id ivr.AgentID, lease ivr.Token, now ivr.Stamp) *ivr.Error {
	a, err := p.held(id, lease)
	if err != nil {
		return err
	}
	p.lose(a, ivr.OfferRejected, ivr.ReasonRejected, now)
	return nil
}

// connected: the accepted call is with its agent now and waits no longer.
func (p *pool) connected(call ivr.CallID) {
	if entry, known := p.calls[call]; known {
		p.remove(entry)
	}
}

// release: the conversation under this lease is over, or never came about (talked false).
func (p *pool) release(id ivr.AgentID, lease ivr.Token, talked bool, now ivr.Stamp) {
	a, known := p.agents[id]
	if !known || a.State != ivr.Busy || a.Lease != lease {
		return
	}
	if talked && a.Profile.WrapUp > 0 {
		a.State, a.Until = ivr.WrapUp, later(now, a.Profile.WrapUp.Duration())
		p.changed(a)
		return
	}
	if talked {
		p.fact(ivr.Fact{Call: a.Call, Agent: id, Body: ivr.CallWrapped{}})
		p.handled(a, now)
	}
	a.free(now)
	p.changed(a)
	p.serve(a, now)
}

// endWrap ends after-call work.
func (p *pool) endWrap(a *Agent, timeout bool, now ivr.Stamp) {
	p.fact(ivr.Fact{Call: a.Call, Agent: a.ID, Body: ivr.CallWrapped{Timeout: timeout}})
	p.handled(a, now)
	a.free(now)
	p.changed(a)
	p.serve(a, now)
}

// expire acts on every deadline that has come; next is the earliest one still to come.
func (p *pool) expire(now ivr.Stamp) (next ivr.Millis, some bool) {
	for _, id := range slices.Sorted(maps.Keys(p.agents)) {
		a := p.agents[id]
		if a.Until.Mono == 0 || p.away && a.State == ivr.Reserved {
			continue
		}
		if a.Until.Mono > now.Mono {
			if !some || a.Until.Mono < next {
				next, some = a.Until.Mono, true
			}
			continue
		}
		switch a.State {
		case ivr.Reserved:
			p.lose(a, ivr.OfferMissed, ivr.ReasonMissed, now)
		case ivr.WrapUp:
			p.endWrap(a, true, now)
		case ivr.Ready:
			a.become(ivr.NotReady, ivr.ReasonLineLost, now)
			p.changed(a)
		case ivr.LoggedOut, ivr.NotReady, ivr.Busy:
		}
	}
	return next, some
}

// position gives the place of a call among those that ask for the same, from 1; 0 = not waiting.
func (p *pool) position(call ivr.CallID) int {
	entry, known := p.calls[call]
	if !known {
		return 0
	}
	place := 1
	for _, w := range p.waiting {
		if w == entry {
			break
		}
		if w.Queue == entry.Queue && maps.Equal(w.Skills, entry.Skills) {
			place++
		}
	}
	return place
}

// handleWeight is how much the newest handle time counts in the mean.
const handleWeight = 0.1

// handled takes the time that the agent spent on a call into the queue's mean.
func (p *pool) handled(a *Agent, now ivr.Stamp) {
	took := now.Since(a.Taken).Duration()
	mean, known := p.handle[a.Queue]
	if !known {
		p.handle[a.Queue] = took
		return
	}
	p.handle[a.Queue] = mean + time.Duration(handleWeight*float64(took-mean))
}

// wait reckons how long a call still waits: its place times the mean handle time, shared
// by the agents at work who could take it. 0 = not known.
func (p *pool) wait(call ivr.CallID) time.Duration {
	entry, known := p.calls[call]
	if !known {
		return 0
	}
	agents := 0
	for _, a := range p.agents {
		if a.working() && a.Profile.Has(entry.Skills) {
			agents++
		}
	}
	if agents == 0 {
		return 0
	}
	return time.Duration(p.position(call)) * p.handle[entry.Queue] / time.Duration(agents)
}
