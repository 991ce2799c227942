package e2e

import (
	"context"
	"math/rand/v2"
	"time"

	"talian/cti/wire"
	"talian/test/desk"
)

const (
	robotLooks    = 150 * time.Millisecond
	robotPatience = 3 * time.Second // for the result of a command
)

// robot is an agent who takes every call. It goes by what the desk shows, so a command
// that a kill has swallowed is given again.
type robot struct {
	crowd  *crowd
	desk   *desk.Desk
	id     string
	random *rand.Rand

	call    string    // these are about this call, in this phase
	phase   string    //
	actAt   time.Time // when to do what the phase asks for
	holds   bool      // will hold before the end
	refuses bool
}

func linked(s wire.Self) bool { return s.Link }

// work works until ctx ends.
func (r *robot) work(ctx context.Context) {
	for ctx.Err() == nil {
		if self := r.desk.Self(); self.Link {
			r.look(ctx, self)
		}
		look, cancel := context.WithTimeout(ctx, robotLooks)
		r.desk.Wait(look, "anything new", func(s wire.Self) bool { //nolint:errcheck // or it is time to look again
			return s.Link && s.Call != nil && (s.Call.ID != r.call || s.Call.Phase != r.phase)
		})
		cancel()
	}
}

// look does what is to be done now.
func (r *robot) look(ctx context.Context, self wire.Self) {
	if self.Call == nil {
		r.crowd.quiet(r, nil)
		if self.Agent.State == "not_ready" {
			r.ready(ctx, self)
		}
		return
	}
	g := r.crowd.guest(self.Call.From)
	if g == nil {
		r.crowd.problem("%s has a call of nobody: %+v", r.id, *self.Call)
		return
	}
	if self.Call.ID != r.call || self.Call.Phase != r.phase {
		r.plan(self.Call)
	}
	r.show(g, self.Call)
	if time.Now().Before(r.actAt) {
		return
	}
	g.still.Lock()
	defer g.still.Unlock()
	r.crowd.quiet(r, nil)
	r.act(ctx, self)
}

// plan decides how long the new phase is going to last.
func (r *robot) plan(call *wire.Card) {
	between := func(low, high time.Duration) time.Time {
		return time.Now().Add(low + time.Duration(r.random.Int64N(int64(high-low))))
	}
	again := r.call == call.ID && r.phase == "held"
	r.call, r.phase = call.ID, call.Phase
	switch call.Phase {
	case "offered":
		r.actAt, r.refuses = between(50*time.Millisecond, 700*time.Millisecond), r.random.IntN(25) == 0
	case "talking":
		r.actAt, r.holds = between(2*time.Second, 6*time.Second), !again && r.random.IntN(4) == 0
		if again || r.holds {
			r.actAt = between(time.Second, 3*time.Second)
		}
	case "held":
		r.actAt = between(500*time.Millisecond, 2*time.Second)
	case "wrap_up":
		r.actAt = between(100*time.Millisecond, time.Second)
		if r.random.IntN(4) == 0 {
			r.actAt = time.Now().Add(time.Hour) // its time runs out
		}
	}
}

// show lets the caller know what the agent sees.
func (r *robot) show(g *guest, call *wire.Card) {
	switch call.Phase {
	case "offered":
		g.offer.Do(func() { close(g.offered) })
	case "wrap_up":
		g.part.Do(func() { close(g.parted) })
	case "talking":
		g.meet.Do(func() { close(g.met) })
		r.crowd.mu.Lock()
		if _, known := r.crowd.talks[r]; !known && !g.over() {
			r.crowd.talks[r] = talking{g, time.Now()}
		}
		r.crowd.mu.Unlock()
	}
}

// quiet forgets the conversation of an agent or of a caller: somebody acts.
func (c *crowd) quiet(r *robot, g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for who, talk := range c.talks {
		if who == r || talk.guest == g {
			delete(c.talks, who)
		}
	}
}

func (r *robot) act(ctx context.Context, self wire.Self) {
	switch self.Call.Phase {
	case "offered":
		kind := wire.CmdAnswer
		if r.refuses {
			kind = wire.CmdReject
		}
		r.command(ctx, kind, wire.LeaseRef{Lease: self.Call.Lease})
	case "talking":
		if r.holds {
			r.command(ctx, wire.CmdHold, nil)
			return
		}
		r.command(ctx, wire.CmdEnd, nil)
	case "held":
		r.command(ctx, wire.CmdRetrieve, nil)
	case "wrap_up":
		r.command(ctx, wire.CmdDispose, wire.Dispose{Disposition: self.Me.Dispositions[0]})
	}
}

func (r *robot) ready(ctx context.Context, self wire.Self) {
	if self.Line.Status == "down" {
		r.crowd.problem("%s has lost the line: %+v", r.id, self.Line)
		claiming, cancel := context.WithTimeout(ctx, robotPatience)
		defer cancel()
		r.desk.ClaimLine(claiming) //nolint:errcheck // tried again at the next look
		return
	}
	r.command(ctx, wire.CmdSetState, wire.SetState{State: "ready"})
}

// command gives a command. A refusal, or no answer from a daemon that was killed, shows in
// what the desk shows next.
func (r *robot) command(ctx context.Context, kind string, data any) {
	ctx, cancel := context.WithTimeout(ctx, robotPatience)
	defer cancel()
	r.desk.Command(ctx, kind, data) //nolint:errcheck // see above
}
