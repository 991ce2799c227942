package call

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
	"talian/ivr/journal"
	"talian/ivr/mailbox"
)

// Phone is what a call needs of Asterisk; *asterisk.Client is one.
type Phone interface {
	Answer(ctx context.Context, channel string) error
	Hangup(ctx context.Context, channel string, cause int) error
	Play(ctx context.Context, channel, id string, files []string) error
	StopPlayback(ctx context.Context, id string) error
	Playing(ctx context.Context, id string) (bool, error)
	StartMusic(ctx context.Context, channel, class string) error
	StopMusic(ctx context.Context, channel string) error
	Record(ctx context.Context, channel string, r asterisk.Recording) error
	StopRecording(ctx context.Context, name string) error
	DeleteRecording(ctx context.Context, name string) error
	AddChannel(ctx context.Context, bridge, channel string) error
	RemoveChannel(ctx context.Context, bridge, channel string) error
	SendDigits(ctx context.Context, channel, digits string) error
	SkipPlayback(ctx context.Context, id string, forward bool) error
	PausePlayback(ctx context.Context, id string, on bool) error
	CreateBridge(ctx context.Context, id string) error
	DeleteBridge(ctx context.Context, id string) error
}

// Engine is what a call needs of what is around it. Nothing in it may wait.
type Engine interface {
	World(call ivr.CallID, program *flow.Program) World
	Work(call ivr.CallID, program *flow.Program, w Work) // WorkDone follows
	Dial(ctx context.Context, call ivr.CallID, d Dial) error
	Enqueue(call ivr.CallID, stay Stay)
	Relax(call ivr.CallID, skill string)
	Leave(call ivr.CallID)
	Connected(call ivr.CallID)
	Release(talk Talk, talked bool)
	Bridged(lease ivr.Token, err error) // the answer to whoever accepted
	File(m Message)                     // recording to be fetched and filed
	Trace(program *flow.Program, steps []Traced)
	Over(c *Call) // the call has ended and left nothing to do
}

// Journal is what a call needs of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
}

// Call is one live call.
type Call struct {
	ID      ivr.CallID
	Channel string
	From    string // caller's number; "" when withheld

	program *flow.Program // of the revision that the call began with
	phone   Phone
	engine  Engine
	journal Journal
	log     *slog.Logger
	bridge  func(ivr.AgentID) string

	box    *mailbox.Mailbox[Event]
	work   *mailbox.Mailbox[batch]
	timers map[string]*timer // this and the next one: touched by the stepping goroutine only
	over   bool              // the last batch is on its way: nothing is journalled any more
}

// Parts are what a call is made with.
type Parts struct {
	Program *flow.Program // of the revision that the call began with
	Phone   Phone
	Engine  Engine
	Journal Journal
	Log     *slog.Logger
	Bridge  func(ivr.AgentID) string // names an agent's bridge
}

type timer struct{ t *time.Timer }

type batch struct {
	ticket  *journal.Ticket
	actions []Action
	last    bool
}

type (
	fired struct { // a timer; stale ones are told apart by identity
		name  string
		timer *timer
	}
	finished struct{} // the last action is done
)

func (fired) event()    {}
func (finished) event() {}

// New makes a call from its state; Run must follow.
func New(s State, p Parts) *Call {
	return &Call{ID: s.ID, Channel: s.Channel, From: s.From, program: p.Program, phone: p.Phone, engine: p.Engine, journal: p.Journal, bridge: p.Bridge,
		log: p.Log.With("call", string(s.ID)), box: mailbox.New[Event](), work: mailbox.New[batch](), timers: map[string]*timer{}}
}

// Tell gives the call an event; it never waits.
func (c *Call) Tell(e Event) { c.box.Put(e) }

// Run takes the call from its state to its end, or until ctx ends: then the call goes on
// in Asterisk and in the journal.
func (c *Call) Run(ctx context.Context, s State) {
	done := make(chan struct{})
	go func() { defer close(done); c.carryOut(ctx) }()
	defer func() { <-done }()
	defer c.stopTimers()
	for {
		e, err := c.box.Next(ctx)
		if err != nil {
			return
		}
		switch e := e.(type) {
		case finished:
			c.engine.Over(c)
			c.refuseRest(s) //nolint:contextcheck // they are answered also when ctx has ended
			return
		case fired:
			if c.timers[e.name] != e.timer {
				continue
			}
			delete(c.timers, e.name)
			s = c.step(s, TimerFired{e.name})
		default:
			s = c.step(s, e)
		}
	}
}

// refuseRest answers those who asked something of a call that has just ended.
func (c *Call) refuseRest(s State) {
	for c.box.Len() > 0 {
		e, err := c.box.Next(context.Background())
		if err != nil {
			return
		}
		c.step(s, e)
	}
}

// step decides, journals and hands the actions on.
func (c *Call) step(s State, e Event) State {
	next, d := Step(s, e, c.engine.World(c.ID, c.program))
	if c.over {
		for _, a := range d.Actions {
			c.inform(a)
		}
		return next
	}
	c.over = d.Last
	c.engine.Trace(c.program, d.Trace)
	ticket := c.keep(next, d)
	actions := d.Actions[:0:0]
	for _, a := range d.Actions {
		if !c.atOnce(a) {
			actions = append(actions, a)
		}
	}
	c.work.Put(batch{ticket: ticket, actions: actions, last: d.Last})
	return next
}

// atOnce does what need not wait for the journal: timers, which nobody sees, and what the
// queue is told of the waiting call. The facts that the queue decides on it stand behind
// ours in the journal, so nobody can see them sooner; and an offer costs no second commit.
func (c *Call) atOnce(a Action) bool {
	switch a := a.(type) {
	case SetTimer:
		c.setTimer(a)
	case StopTimer:
		c.stopTimer(a.Name)
	case Enqueue, Relax, Leave, Bridged:
		c.inform(a)
	default:
		return false
	}
	return true
}

// keep journals what was decided.
func (c *Call) keep(s State, d Decision) *journal.Ticket {
	data, err := json.Marshal(s)
	if err != nil {
		c.log.Error("the call's state cannot be kept", "err", err)
	}
	states := []journal.State{{Kind: StateKind, ID: string(s.ID), Data: data}}
	for _, m := range d.Files {
		data, _ := json.Marshal(m) // plain data: cannot fail
		states = append(states, journal.State{Kind: MessageKind, ID: m.Recording, Data: data})
	}
	return c.journal.Append(d.Facts, states...)
}

// MessageKind is the kind of voicemails not yet filed, in the journal.
const MessageKind = "voicemail"

func (c *Call) setTimer(a SetTimer) {
	c.stopTimer(a.Name)
	t := &timer{}
	t.t = time.AfterFunc(a.After, func() { c.box.Put(fired{a.Name, t}) })
	c.timers[a.Name] = t
}

func (c *Call) stopTimer(name string) {
	if t := c.timers[name]; t != nil {
		t.t.Stop()
		delete(c.timers, name)
	}
}

func (c *Call) stopTimers() {
	for name := range c.timers {
		c.stopTimer(name)
	}
}
