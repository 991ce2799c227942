package cti

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"talian/cti/wire"
	"talian/ivr"
)

// tellPresence tells the engine who has a live desk, every two seconds and at each change.
func (f *Floor) tellPresence(ctx context.Context) error {
	tick := time.NewTicker(presenceEvery)
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, presenceEvery)
		_, err := f.engine.Do(asking, ivr.Intent{Want: ivr.Presence{Agents: f.present()}})
		cancel()
		if err != nil && ivr.CodeOf(err) != ivr.CodeUnavailable {
			f.log.Warn("presence", "error", err)
		}
		select {
		case <-tick.C:
		case <-f.kick:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Floor) present() []ivr.AgentID {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, agents := f.now(), []ivr.AgentID{}
	for id, d := range f.desks {
		if d.here(now) {
			agents = append(agents, id)
		}
	}
	slices.Sort(agents)
	return agents
}

func (f *Floor) presenceChanged() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// sweep ends sockets whose sign-in is over and forgets desks that nobody came back to.
func (f *Floor) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := f.signIns.Sweep(ctx); err != nil {
				f.log.Warn("forgetting old sign-ins", "error", err)
			}
			f.sweepDesks()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Floor) sweepDesks() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, d := range f.desks {
		for s := range d.sockets {
			if _, _, ok := f.signIns.Valid(s.signIn.Hash); !ok {
				s.bye(wire.Bye{Code: wire.CloseAuth, RetryMs: -1, Why: "sign in again"})
			}
		}
		if len(d.sockets) == 0 && f.now().Sub(d.left) > deskKept {
			delete(f.desks, id)
		}
	}
	f.metrics.desks.Set(float64(len(f.desks)))
}

// EndSignIn closes the sockets of a sign-in that is over. Nobody of that browser counts as
// present any more.
func (f *Floor) EndSignIn(hash string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.desks {
		for s := range d.sockets {
			if s.signIn.Hash == hash {
				s.bye(wire.Bye{Code: wire.CloseAuth, RetryMs: -1, Why: "signed out"})
				delete(d.sockets, s)
			}
		}
		if len(d.sockets) == 0 && d.lastSignIn == hash {
			d.left = time.Time{}
		}
	}
	f.presenceChanged()
}

// drainSpread is how far apart pages come back after a stop.
const drainSpread = 10 * time.Second

// Drain sends every page away, to come back at a random moment in the next ten seconds,
// and waits until the sockets are closed. New ones are refused.
func (f *Floor) Drain(ctx context.Context) error {
	f.mu.Lock()
	f.closing = true
	for _, d := range f.desks {
		for s := range d.sockets {
			retry := rand.N(drainSpread) //nolint:gosec // spreads load, guards nothing
			s.bye(wire.Bye{Code: wire.CloseDrain, RetryMs: retry.Milliseconds(), Why: "the server goes away for a moment"})
		}
	}
	f.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		f.sockets.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
