package engine

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/journal"
	"talian/ivr/line"
	"talian/ivr/mailbox"
	"talian/ivr/queue"
)

// Journal is what an engine and its parts need of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
	After(ctx context.Context, seq uint64, limit int) ([]ivr.Fact, error)
	Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error
	Last() uint64
	Healthy() error
}

// Parts are what an engine is made with.
type Parts struct {
	ARI        *asterisk.Client
	Journal    Journal
	Clock      func() ivr.Stamp
	Bundles    Bundles
	Work       Outside
	Trace      func(*flow.Program, call.Traced) // told of every step of a flow; nil = nobody is; it must not wait
	Dial       string                           // endpoint of an outside number, with {number} in it; "" = none can be dialled
	Recordings string                           // folder for voicemails and what callers say for a case
	Silence    func(d time.Duration) string     // file with so much silence, absolute, without extension
	Log        *slog.Logger
}

// Bundles say which program answers a call; *release.Releases are such.
type Bundles interface {
	Current() *flow.Program
	Pick(number string, call ivr.CallID) *flow.Program
	Revision(ctx context.Context, revision string) (*flow.Program, error)
	Publish(ctx context.Context, set ivr.BundleSet) (pending bool, err error)
	Approve(ctx context.Context, revision, who string) error
	Log() ivr.BundleStanding
}

// Engine is the whole of ivrd's running state.
type Engine struct {
	ari        *asterisk.Client
	journal    Journal
	clock      func() ivr.Stamp
	bundles    Bundles
	outside    Outside
	trace      func(*flow.Program, call.Traced)
	dial       string
	recordings string
	silence    func(time.Duration) string
	log        *slog.Logger

	queue *queue.Queue
	lines *line.Lines
	board *board
	once  *answers
	files *mailbox.Mailbox[call.Message]

	restored chan struct{} // closed when the journal's states are taken up
	ready    atomic.Bool   // events up and reconciled

	mu       sync.Mutex
	calls    map[ivr.CallID]*call.Call
	channels map[string]*call.Call // by Asterisk's channel
	accepts  map[ivr.Token]chan error
	hours    map[string]ivr.HoursSet // overrides by calendar
	langs    map[string]remembered   // languages by caller's number
	forgot   time.Time               // when languages were dropped last

	ctx     context.Context //nolint:containedctx // the lifetime of Run, for calls that arrive in it
	running sync.WaitGroup
}

// New makes an engine; Run must follow.
func New(p Parts) *Engine {
	e := &Engine{ari: p.ARI, journal: p.Journal, clock: p.Clock, bundles: p.Bundles, outside: p.Work, trace: p.Trace, dial: p.Dial, recordings: p.Recordings,
		silence: p.Silence, log: p.Log, once: newAnswers(), files: mailbox.New[call.Message](),
		calls: map[ivr.CallID]*call.Call{}, channels: map[string]*call.Call{}, accepts: map[ivr.Token]chan error{},
		hours: map[string]ivr.HoursSet{}, langs: map[string]remembered{}, restored: make(chan struct{})}
	e.queue = queue.New(p.Journal, p.Clock, p.Log, e.accepted)
	e.lines = line.New(p.ARI, p.Journal, p.Log, e.lineChanged, e.agentBusy)
	e.board = newBoard(p.Journal)
	return e
}

// Run takes up what the journal knows and works until ctx ends. Calls then go on in
// Asterisk, and with the next Run. It fails when the journal cannot be read or another
// program takes our place at Asterisk.
func (e *Engine) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	e.ctx = ctx
	if err := errors.Join(e.outside.Restore(ctx), e.restore(ctx)); err != nil {
		stop()
		e.running.Wait()
		e.lines.Wait()
		return err
	}
	close(e.restored)
	g.Go(func() error { return e.board.run(ctx) })
	g.Go(func() error { return e.queue.Run(ctx) })
	g.Go(func() error { return e.fileVoicemails(ctx) })
	g.Go(func() error { return e.ari.Run(ctx) })
	g.Go(func() error { return e.listen(ctx) })
	err := g.Wait()
	e.running.Wait()
	e.lines.Wait()
	e.board.keep()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Alive is nil when the engine still takes decisions: it asks for its locks.
func (e *Engine) Alive(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		e.byID("")
		e.queue.View("", "")
		e.board.last()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(aliveWithin):
		return errors.New("the engine does not answer")
	}
}

const aliveWithin = 2 * time.Second

// Ready is nil when a call that comes now would be answered.
func (e *Engine) Ready() error {
	if !e.ready.Load() {
		return errors.New("no events from Asterisk")
	}
	return e.journal.Healthy()
}

// listen routes what Asterisk tells.
func (e *Engine) listen(ctx context.Context) error {
	e.queue.SetAway(true) // until it is heard for the first time
	for {
		n, err := e.ari.Next(ctx)
		if err != nil {
			return nil //nolint:nilerr // only ctx ends it
		}
		switch n.Kind {
		case asterisk.Up:
			up := e.reconciled(ctx, n.Life)
			e.ready.Store(up)
			e.queue.SetAway(!up)
		case asterisk.Down:
			e.ready.Store(false)
			e.queue.SetAway(true)
		case asterisk.Replaced:
			return n.Err
		case asterisk.Happened:
			e.route(n.Event)
		}
	}
}

// reconciled compares the calls with Asterisk's until it works, or the events are away again.
func (e *Engine) reconciled(ctx context.Context, life time.Time) bool {
	for {
		err := e.reconcile(ctx, life)
		if err == nil {
			return true
		}
		e.log.Error("the calls could not be compared with Asterisk's; trying again", "err", err)
		select {
		case <-time.After(reconcileAgain):
		case <-ctx.Done():
			return false
		}
		if !e.ari.Up() {
			return false
		}
	}
}

const reconcileAgain = 500 * time.Millisecond

// route gives one event to the call or line that it concerns.
func (e *Engine) route(ev asterisk.Event) {
	if e.lines.Handle(ev) {
		return
	}
	if e.routeLeg(ev) {
		return
	}
	if ev.Type == "StasisStart" && ev.Channel != nil {
		e.arrive(*ev.Channel, ev.Args)
		return
	}
	channel, event := callEvent(ev)
	if event == nil {
		return
	}
	if c := e.byChannel(channel); c != nil {
		c.Tell(event)
	}
}

func (e *Engine) byChannel(channel string) *call.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.channels[channel]
}

func (e *Engine) byID(id ivr.CallID) *call.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[id]
}

// add makes a call known and starts it.
func (e *Engine) add(s call.State, program *flow.Program) *call.Call {
	c := call.New(s, call.Parts{Program: program, Phone: e.ari, Engine: (*surroundings)(e), Journal: e.journal, Log: e.log, Bridge: line.Bridge})
	e.mu.Lock()
	e.calls[c.ID], e.channels[c.Channel] = c, c
	e.mu.Unlock()
	e.running.Go(func() { c.Run(e.ctx, s) })
	return c
}

// arrive begins a call whose channel has come into our application.
func (e *Engine) arrive(ch asterisk.Channel, args []string) {
	if e.byChannel(ch.ID) != nil {
		return
	}
	number := ch.Dialplan.Exten
	if len(args) > 0 && args[0] != "" {
		number = args[0]
	}
	now := e.clock()
	arrived := now
	if d := now.At.Sub(ch.Created.Time); !ch.Created.IsZero() && d > 0 && d < 24*time.Hour {
		arrived = ivr.Stamp{At: now.At.Add(-d), Mono: now.Mono - ivr.MillisOf(d)}
	}
	id := ivr.NewCallID(arrived.At)
	program := e.bundles.Pick(number, id)
	s := call.State{ID: id, Channel: ch.ID, From: callerNumber(ch, args), To: number,
		Revision: program.Revision, Arrived: arrived, Phase: call.InFlow}
	begun, err := program.Begin(flow.CallInfo{ID: s.ID, From: s.From, To: s.To, Started: arrived.At})
	if err != nil {
		e.log.Warn("call refused", "to", number, "err", err)
		e.hangup(ch.ID, causeUnallocated)
		return
	}
	s.Flow = begun
	e.add(s, program).Tell(call.Arrived{})
}

const (
	causeNormal      = 16
	causeUnallocated = 1
)

// hangup ends a channel that belongs to no call, beside the event loop.
func (e *Engine) hangup(channel string, cause int) {
	e.running.Go(func() {
		if err := e.ari.Hangup(e.ctx, channel, cause); err != nil {
			e.log.Warn("a channel could not be hung up", "channel", channel, "err", err)
		}
	})
}

// accepted passes the queue's word to the call.
func (e *Engine) accepted(a queue.Accepted) {
	if c := e.byID(a.Call); c != nil {
		c.Tell(call.OfferAccepted{Agent: a.Agent, Lease: a.Lease})
		if !e.lines.Up(a.Agent) { // lost since; the call did not know yet whom it concerns
			c.Tell(call.LineChanged{Agent: a.Agent, Up: false})
		}
		return
	}
	e.bridged(a.Lease, ivr.NewError(ivr.CodeOfferOver, "the caller is no longer there"))
	e.queue.Release(a.Agent, a.Lease, false)
}

// lineChanged passes a line's word to the queue and to the call that the agent is in.
func (e *Engine) lineChanged(agent ivr.AgentID, up bool, silent time.Duration) {
	e.queue.SetLine(agent, up)
	if a, known := e.queue.Agent(agent); known && a.State == ivr.Busy {
		if c := e.byID(a.Call); c != nil {
			c.Tell(call.LineChanged{Agent: agent, Up: up, Silent: silent})
		}
	}
}

func (e *Engine) agentBusy(agent ivr.AgentID) bool {
	a, known := e.queue.Agent(agent)
	return known && a.State == ivr.Busy
}

// bridged answers whoever waits for an accepted lease.
func (e *Engine) bridged(lease ivr.Token, err error) {
	e.mu.Lock()
	waiter := e.accepts[lease]
	delete(e.accepts, lease)
	e.mu.Unlock()
	if waiter != nil {
		waiter <- err
	}
}

// calendar gives a program's calendar with its override; nil when it has none of that name.
func (e *Engine) calendar(program *flow.Program, name string) *hours.Calendar {
	c := program.Calendars[name]
	if c == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if override, set := e.hours[name]; set {
		return c.With(override)
	}
	return c
}
