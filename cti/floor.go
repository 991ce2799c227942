package cti

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
	"talian/ivr/link"
)

// Times of the floor.
const (
	presenceEvery = 2 * time.Second
	graceIdle     = 15 * time.Second // after the last socket closed an agent is still present
	graceInCall   = 30 * time.Second
	deskKept      = repliesAge // a desk without sockets; its replies are over by then
	sweepEvery    = time.Minute
	retryAfter    = 500 * time.Millisecond
	snapshotAfter = 20 * time.Millisecond
)

// Floor is all the desks and their copy of the board.
type Floor struct {
	engine  link.Engine
	signIns *auth.SignIns
	earlier EarlierCalls
	metrics *Metrics
	log     *slog.Logger
	now     func() time.Time

	lookups chan lookup
	kick    chan struct{} // presence changed
	rejects chan ivr.Intent
	sockets sync.WaitGroup // readers at work

	mu       sync.Mutex
	picture  *picture
	up       bool // engine heard
	synced   bool // a snapshot was had
	desks    map[ivr.AgentID]*desk
	closing  bool
	lineOver func(agent ivr.AgentID) // the SIP sockets of an older claim are to be cut
}

// FloorOptions are what a Floor needs; all but Now must be set.
type FloorOptions struct {
	Engine  link.Engine
	SignIns *auth.SignIns
	Earlier EarlierCalls
	Metrics *Metrics
	Log     *slog.Logger
	Now     func() time.Time // nil = time.Now
}

// NewFloor makes a floor without desks. Run keeps it alive.
func NewFloor(opts FloorOptions) *Floor {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Floor{engine: opts.Engine, signIns: opts.SignIns, earlier: opts.Earlier, metrics: opts.Metrics,
		log: opts.Log, now: opts.Now, lookups: make(chan lookup, 256), kick: make(chan struct{}, 1),
		rejects: make(chan ivr.Intent, 64), picture: newPicture(), desks: map[ivr.AgentID]*desk{},
		lineOver: func(ivr.AgentID) {}}
}

// Run follows the engine, tells it who is present and looks up earlier calls, until ctx ends.
func (f *Floor) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return f.follow(ctx) })
	g.Go(func() error { return f.tellPresence(ctx) })
	g.Go(func() error { return f.refuse(ctx) })
	g.Go(func() error { return f.sweep(ctx) })
	for range lookupsAtOnce {
		g.Go(func() error { return f.lookUp(ctx) })
	}
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// onLineOver has f called, under the floor's mutex, when the SIP sockets that an agent has
// are those of an older claim.
func (f *Floor) onLineOver(cut func(agent ivr.AgentID)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lineOver = cut
}

// SetLink tells whether the engine is heard; see link.ClientOptions.OnChange.
func (f *Floor) SetLink(up bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = up
	f.showAll()
}

// Synced tells whether the engine is heard and its board known.
func (f *Floor) Synced() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.up && f.synced
}

func (f *Floor) follow(ctx context.Context) error {
	for {
		err := f.followOnce(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait := retryAfter
		switch {
		case errors.Is(err, link.ErrSnapshot):
			wait = snapshotAfter
		case ivr.CodeOf(err) != ivr.CodeUnavailable:
			f.log.Warn("following the engine", "error", err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (f *Floor) followOnce(ctx context.Context) error {
	board, err := f.engine.Snapshot(ctx)
	if err != nil {
		return err
	}
	f.reset(board)
	return f.engine.Follow(ctx, board.Seq, func(facts []ivr.Fact) error {
		f.take(facts)
		return nil
	})
}

func (f *Floor) reset(board *ivr.Board) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.picture.reset(board)
	f.synced = true
	f.showAll()
}

// take applies facts and shows each one's effect on the desks that it concerns.
func (f *Floor) take(facts []ivr.Fact) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fact := range facts {
		if !f.picture.apply(fact) {
			f.refuseOffer(fact)
			continue
		}
		for id, d := range f.desks {
			if f.concerns(fact, id, d) {
				f.showDesk(d)
			}
		}
	}
}

func (f *Floor) concerns(fact ivr.Fact, id ivr.AgentID, d *desk) bool {
	if fact.Agent == id {
		return true
	}
	if fact.Call == "" {
		return false
	}
	agent := f.picture.board.Agents[id]
	return agent != nil && agent.Call == fact.Call || d.self.Call != nil && d.self.Call.ID == string(fact.Call)
}

func (f *Floor) showAll() {
	link := f.up && f.synced
	f.metrics.linkUp.Set(map[bool]float64{true: 1}[link])
	for _, d := range f.desks {
		f.showDesk(d)
	}
}

func (f *Floor) showDesk(d *desk) {
	for _, event := range d.show(f.picture, f.up && f.synced, f.now()) {
		if event.Type == wire.EventOffered {
			f.metrics.offers.Inc()
			f.metrics.offerToCard.Observe(f.now().Sub(time.UnixMilli(event.Call.OfferedAt)).Seconds())
		}
	}
	f.askEarlier(d.self.Call)
}

// refuseOffer answers a second open offer at one agent, which never shows.
func (f *Floor) refuseOffer(fact ivr.Fact) {
	offered, ok := fact.Body.(ivr.CallOffered)
	if !ok {
		return
	}
	f.metrics.doubleOffers.Inc()
	f.log.Error("second open offer refused", "agent", fact.Agent, "call", fact.Call, "lease", offered.Lease)
	intent := ivr.Intent{ID: "refuse-" + string(offered.Lease), Agent: fact.Agent, Call: fact.Call, Want: ivr.Reject{Lease: offered.Lease}}
	select {
	case f.rejects <- intent:
	default: // the offer then ends by its own deadline
	}
}

func (f *Floor) refuse(ctx context.Context) error {
	for {
		select {
		case intent := <-f.rejects:
			if reply, err := f.engine.Do(ctx, intent); err != nil || reply.Err != nil {
				f.log.Warn("refusing a second offer", "agent", intent.Agent, "call", intent.Call, "error", errors.Join(err, problemOf(reply)))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func problemOf(reply ivr.Reply) error {
	if reply.Err == nil {
		return nil
	}
	return reply.Err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
