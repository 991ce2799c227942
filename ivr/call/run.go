package call

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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

// carryOut does what was decided, in order, each decision after it is durable.
func (c *Call) carryOut(ctx context.Context) {
	for {
		b, err := c.work.Next(ctx)
		if err != nil {
			return
		}
		if b.ticket.Wait(ctx) != nil {
			return
		}
		for _, a := range b.actions {
			c.perform(ctx, a)
		}
		if b.last {
			c.journal.Append(nil, journal.State{Kind: StateKind, ID: string(c.ID)})
			c.box.Put(finished{})
			return
		}
	}
}

func (c *Call) perform(ctx context.Context, a Action) {
	var err error
	switch a := a.(type) {
	case Answer:
		err = c.phone.Answer(ctx, c.Channel)
	case Play:
		err = c.play(ctx, a)
	case StopPlay:
		err = c.phone.StopPlayback(ctx, playbackName(c.ID, a.ID))
	case CheckPlay:
		if playing, askErr := c.phone.Playing(ctx, playbackName(c.ID, a.ID)); askErr == nil && !playing {
			c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
		}
	case Music:
		err = c.music(ctx, a)
	case Record:
		if err = c.phone.Record(ctx, c.Channel, a.How); err != nil {
			c.box.Put(RecordingDone{ID: a.ID, Failed: true})
		}
	case StopRecord:
		err = c.phone.StopRecording(ctx, recordingName(c.ID, a.ID))
	case Discard:
		for _, id := range a.IDs {
			err = errors.Join(err, c.phone.DeleteRecording(ctx, recordingName(c.ID, id)))
		}
	case Connect:
		err = c.connect(ctx, a.Talk)
	case Disconnect:
		err = c.phone.RemoveChannel(ctx, c.bridge(a.Agent), c.Channel)
	case SendDigits:
		err = c.phone.SendDigits(ctx, c.Channel, a.Digits)
	case Skip:
		err = c.phone.SkipPlayback(ctx, playbackName(c.ID, a.ID), a.Forward)
	case Pause:
		err = c.phone.PausePlayback(ctx, playbackName(c.ID, a.ID), a.On)
	case Dial, HangLeg, Join, Part:
		err = c.transfer(ctx, a)
	case Hangup:
		err = c.phone.Hangup(ctx, c.Channel, causeNormal)
	default:
		c.inform(a)
	}
	if err != nil && !asterisk.Gone(err) {
		c.log.Warn("not done", "what", action(a), "err", err)
	}
}

// Causes of ITU-T Q.850.
const (
	causeNormal = 16 // normal call clearing
	causeFailed = 38 // network out of order
)

// inform is perform for what concerns us alone.
func (c *Call) inform(a Action) {
	switch a := a.(type) {
	case Enqueue:
		c.engine.Enqueue(c.ID, a.Stay)
	case Relax:
		c.engine.Relax(c.ID, a.Skill)
	case Leave:
		c.engine.Leave(c.ID)
	case Bridged:
		c.engine.Connected(c.ID)
	case Release:
		if !a.Talked {
			c.engine.Bridged(a.Talk.Lease, ivr.NewError(ivr.CodeOfferOver, "the caller is no longer there"))
		}
		c.engine.Release(a.Talk, a.Talked)
	case Reply:
		a.To(a.Err)
	case File:
		c.engine.File(a.Message)
	case Work:
		c.engine.Work(c.ID, c.program, a)
	}
}

func (c *Call) play(ctx context.Context, a Play) error {
	files, lost := audible(a.Sounds)
	if len(lost) > 0 {
		c.log.Error("sounds are missing", "files", lost)
	}
	if len(files) == 0 {
		c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
		return nil
	}
	err := c.phone.Play(ctx, c.Channel, playbackName(c.ID, a.ID), files)
	if err != nil {
		c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
	}
	return err
}

// audible gives the files to play; lost are those that something else stands for. Lost
// sounds side by side are apologised for once.
func audible(sounds []Sound) (files, lost []string) {
	for _, s := range sounds {
		i := slices.IndexFunc(s, isSound)
		if i > 0 || i < 0 {
			lost = append(lost, s[0])
		}
		if i < 0 || (i > 0 && len(files) > 0 && files[len(files)-1] == s[i]) {
			continue
		}
		files = append(files, s[i])
	}
	return files, lost
}

// isSound tells whether a sound is there. Sounds that come with Asterisk have no path.
func isSound(file string) bool {
	if file == "" {
		return false
	}
	if !filepath.IsAbs(file) {
		return true
	}
	_, err := os.Stat(file + ".wav")
	return err == nil
}

func (c *Call) music(ctx context.Context, a Music) error {
	if a.On {
		return c.phone.StartMusic(ctx, c.Channel, a.Class)
	}
	return c.phone.StopMusic(ctx, c.Channel)
}

// transfer rings, connects and parts the outside end.
func (c *Call) transfer(ctx context.Context, a Action) error {
	switch a := a.(type) {
	case Dial:
		err := c.engine.Dial(ctx, c.ID, a)
		if err != nil {
			c.box.Put(LegGone{ID: a.ID, Cause: causeFailed})
		}
		return err
	case HangLeg:
		return c.phone.Hangup(ctx, LegName(c.ID, a.ID), causeNormal)
	case Join:
		name := LegName(c.ID, a.ID)
		if err := c.phone.CreateBridge(ctx, name); err != nil {
			return err
		}
		return errors.Join(c.phone.AddChannel(ctx, name, c.Channel), c.phone.AddChannel(ctx, name, name))
	case Part:
		return c.phone.DeleteBridge(ctx, LegName(c.ID, a.ID))
	}
	return nil
}

// connect puts the caller into the agent's bridge and answers whoever accepted.
func (c *Call) connect(ctx context.Context, talk Talk) error {
	err := c.phone.AddChannel(ctx, c.bridge(talk.Agent), c.Channel)
	if err == nil {
		c.engine.Bridged(talk.Lease, nil)
		return nil
	}
	c.engine.Bridged(talk.Lease, ivr.NewError(ivr.CodeOfferOver, "the caller could not be connected"))
	c.box.Put(ConnectFailed{talk.Lease})
	return err
}

// action names an action for the log.
func action(a Action) slog.Attr { return slog.Any("action", a) }
