package queue

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// StateKind is the kind of the agents' states in the journal.
const StateKind = "agent"

// presenceFor is how long a Presence counts.
const presenceFor = 6 * time.Second

// Journal is what a queue needs of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
}

// Queue is the pool with its mutex, its journal and its clock.
type Queue struct {
	journal Journal
	clock   func() ivr.Stamp
	log     *slog.Logger
	tell    func(Accepted) // must not wait

	mu      sync.Mutex
	pool    *pool
	heard   ivr.Millis // last Presence
	pending []delivery

	wake    chan struct{} // deadlines may have changed
	deliver chan struct{} // pending has something
}

// delivery is messages that wait for their facts to be durable.
type delivery struct {
	ticket *journal.Ticket
	tell   []Accepted
	after  []func()
}

// New makes a queue. tell gets the messages for calls, in order, after their facts are
// durable; it must not wait.
func New(j Journal, clock func() ivr.Stamp, log *slog.Logger, tell func(Accepted)) *Queue {
	return &Queue{journal: j, clock: clock, log: log, tell: tell, pool: newPool(),
		wake: make(chan struct{}, 1), deliver: make(chan struct{}, 1)}
}

// Run delivers messages and watches deadlines until ctx ends.
func (q *Queue) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { q.watch(ctx) })
	q.hand(ctx)
	wg.Wait()
	return nil
}

// hand gives out messages in order, each after its ticket.
func (q *Queue) hand(ctx context.Context) {
	for {
		q.mu.Lock()
		batch := q.pending
		q.pending = nil
		q.mu.Unlock()
		for _, d := range batch {
			if d.ticket.Wait(ctx) != nil {
				return
			}
			for _, m := range d.tell {
				q.tell(m)
			}
			for _, f := range d.after {
				f()
			}
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-q.deliver:
		case <-ctx.Done():
			return
		}
	}
}

// watch sleeps until the next deadline or a change.
func (q *Queue) watch(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
		wait := presenceFor / 2
		q.step(func(p *pool, now ivr.Stamp) {
			q.dropSilent(p, now)
			if next, some := p.expire(now); some {
				wait = min(wait, (next - now.Mono).Duration())
			}
		})
		timer.Reset(max(wait, time.Millisecond))
	}
}

// dropSilent takes every agent for absent when ctid has not been heard for a while.
func (q *Queue) dropSilent(p *pool, now ivr.Stamp) {
	if now.Mono-q.heard < ivr.MillisOf(presenceFor) {
		return
	}
	for id := range p.agents {
		p.setPresent(id, false, now)
	}
}

// step changes the pool and journals what it decided, all under the mutex.
func (q *Queue) step(change func(p *pool, now ivr.Stamp)) { q.stepThen(change, nil) }

func (q *Queue) stepThen(change func(p *pool, now ivr.Stamp), after func()) {
	q.mu.Lock()
	change(q.pool, q.clock())
	o := q.pool.drain()
	if len(o.facts) > 0 || len(o.changed) > 0 || len(o.tell) > 0 || after != nil {
		d := delivery{ticket: q.journal.Append(o.facts, q.states(o.changed)...), tell: o.tell}
		if after != nil {
			d.after = append(d.after, after)
		}
		q.pending = append(q.pending, d)
	}
	q.mu.Unlock()
	poke(q.deliver)
	if len(o.changed) > 0 {
		poke(q.wake)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (q *Queue) states(ids []ivr.AgentID) []journal.State {
	var states []journal.State
	for i, id := range ids {
		if slices.Contains(ids[i+1:], id) {
			continue // the later one says the same
		}
		s := journal.State{Kind: StateKind, ID: string(id)}
		if a, known := q.pool.agents[id]; known {
			s.Data, _ = json.Marshal(a) // plain data: cannot fail
		}
		states = append(states, s)
	}
	return states
}

// ask is step for what may be refused; it waits until the decision is durable.
func (q *Queue) ask(ctx context.Context, change func(p *pool, now ivr.Stamp) *ivr.Error) error {
	var refused *ivr.Error
	done := make(chan struct{})
	q.stepThen(func(p *pool, now ivr.Stamp) { refused = change(p, now) }, func() { close(done) })
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if refused != nil {
		return refused
	}
	return nil
}

// Enqueue takes a call in; Queued decides its place, so that a call that was here before
// comes back to it. A call that is here already stays as it is.
func (q *Queue) Enqueue(w Waiting) {
	q.step(func(p *pool, now ivr.Stamp) { p.enqueue(w, now) })
}

// Leave takes a call out, withdrawing an offer of it.
func (q *Queue) Leave(call ivr.CallID) {
	q.step(func(p *pool, now ivr.Stamp) { p.leave(call, now) })
}

// Relax drops a required skill of a waiting call.
func (q *Queue) Relax(call ivr.CallID, skill string) {
	q.step(func(p *pool, now ivr.Stamp) { p.relax(call, skill, now) })
}

// Connected says that an accepted call is bridged with its agent.
func (q *Queue) Connected(call ivr.CallID) {
	q.step(func(p *pool, _ ivr.Stamp) { p.connected(call) })
}

// Release says that the conversation under a lease is over, or never came about.
func (q *Queue) Release(agent ivr.AgentID, lease ivr.Token, talked bool) {
	q.step(func(p *pool, now ivr.Stamp) { p.release(agent, lease, talked, now) })
}

// SetAway says whether the telephone system is out of reach: nothing is offered meanwhile.
func (q *Queue) SetAway(away bool) {
	q.step(func(p *pool, now ivr.Stamp) { p.setAway(away, now) })
}

// SetLine says whether the agent's audio line is up.
func (q *Queue) SetLine(agent ivr.AgentID, up bool) {
	q.step(func(p *pool, now ivr.Stamp) { p.setLine(agent, up, now) })
}

// Present says which agents have a live desk; all others are absent.
func (q *Queue) Present(agents []ivr.AgentID) {
	here := make(map[ivr.AgentID]bool, len(agents))
	for _, id := range agents {
		here[id] = true
	}
	q.step(func(p *pool, now ivr.Stamp) {
		q.heard = now.Mono
		for id := range p.agents {
			p.setPresent(id, here[id], now)
		}
	})
}

// SignIn begins a shift.
func (q *Queue) SignIn(ctx context.Context, id ivr.AgentID, profile ivr.Profile) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { p.signIn(id, profile, now); return nil })
}

// SignOut ends a shift; ivr.CodeConflict while a call is offered or in progress.
func (q *Queue) SignOut(ctx context.Context, id ivr.AgentID) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { return p.signOut(id, now) })
}

// SetState chooses ready or not_ready.
func (q *Queue) SetState(ctx context.Context, id ivr.AgentID, s ivr.SetState) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { return p.setState(id, s.State, s.Reason, now) })
}

// ExtendWrap adds a minute to the wrap-up, once.
func (q *Queue) ExtendWrap(ctx context.Context, id ivr.AgentID) error {
	return q.ask(ctx, func(p *pool, _ ivr.Stamp) *ivr.Error { return p.extendWrap(id) })
}

// EndWrap ends the wrap-up now.
func (q *Queue) EndWrap(ctx context.Context, id ivr.AgentID) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error {
		a, err := p.inWrapUp(id)
		if err == nil {
			p.endWrap(a, false, now)
		}
		return err
	})
}

// Dispose notes what a call was about.
func (q *Queue) Dispose(ctx context.Context, id ivr.AgentID, call ivr.CallID, d ivr.Dispose) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { return p.dispose(id, call, d, now) })
}

// Accept takes an offered call: exactly one Accepted is told to the call.
func (q *Queue) Accept(ctx context.Context, id ivr.AgentID, lease ivr.Token) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { return p.accept(id, lease, now) })
}

// Reject refuses an offered call.
func (q *Queue) Reject(ctx context.Context, id ivr.AgentID, lease ivr.Token) error {
	return q.ask(ctx, func(p *pool, now ivr.Stamp) *ivr.Error { return p.reject(id, lease, now) })
}

// View is what can be known of a queue.
type View struct {
	Waiting  int           // calls in it
	Agents   int           // agents signed in
	Position int           // of the call asked about; 0 = not in it
	Wait     time.Duration // reckoned for that call; 0 = not known
}

// View looks at a queue for a call.
func (q *Queue) View(queue string, call ivr.CallID) View {
	q.mu.Lock()
	defer q.mu.Unlock()
	v := View{Agents: len(q.pool.agents), Position: q.pool.position(call), Wait: q.pool.wait(call)}
	for _, w := range q.pool.waiting {
		if w.Queue == queue {
			v.Waiting++
		}
	}
	return v
}

// Able tells whether an agent on shift has these skills, at work or not.
func (q *Queue) Able(skills map[string]string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, a := range q.pool.agents {
		if a.Profile.Has(skills) {
			return true
		}
	}
	return false
}

// Agent gives an agent's state; known is false when there is no shift.
func (q *Queue) Agent(id ivr.AgentID) (a Agent, known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if found := q.pool.agents[id]; found != nil {
		return *found, true
	}
	return Agent{}, false
}
