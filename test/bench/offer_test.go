package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/test/desk"
)

const offers = 200 // of each side

// offered is an offer at an agent's websocket.
type offered struct {
	from string
	at   time.Time
	desk *desk.Desk
}

// BenchmarkOffer measures from the INVITE of a call that goes straight into the queue to
// the moment at which an agent is told, with 50 agents ready: ours to the offer with the
// caller's card at the agent's websocket, app_queue to the INVITE at its member. Both
// answer the caller first. The sides take turns call by call; Talian's 50 audio lines are
// up for both.
func BenchmarkOffer(b *testing.B) {
	s := open(b)
	told := make(chan offered, agents)
	for n := range agents {
		d := s.desk(n, 1500)
		go watch(s.ctx, d, told) // ends with the benchmark
	}
	phones := newMembers(b)
	for b.Loop() {
		var ours, rival figures
		for n := range offers {
			must(b, s.rungOnce(phones, &rival, fmt.Sprintf("02%08d", n)))
			must(b, s.offeredOnce(told, &ours, fmt.Sprintf("03%08d", n)))
			must(b, rest(s.ctx, 50*time.Millisecond))
		}
		compare(b, "INVITE to an agent being told, 50 ready", &ours, "app_queue, rrmemory", &rival)
		b.ReportMetric(milliseconds(ours.at(0.5)), "offer-ms")
		b.ReportMetric(milliseconds(rival.at(0.5)), "app_queue-ms")
	}
}

// watch tells of every offer at a desk.
func watch(ctx context.Context, d *desk.Desk, told chan<- offered) {
	for {
		card, err := d.Offer(ctx)
		if err != nil {
			return
		}
		told <- offered{card.From, time.Now(), d}
		if _, err := d.Wait(ctx, "the offer's end", func(x wire.Self) bool { return x.Call == nil }); err != nil {
			return
		}
	}
}

// offeredOnce calls, waits for the offer, and hangs up again.
func (s *scene) offeredOnce(told <-chan offered, to *figures, from string) error {
	ctx, cancel := s.within(10 * time.Second)
	defer cancel()
	c, err := s.callers.dial(ctx, straightNumber, from)
	if err != nil {
		return err
	}
	var o offered
	select {
	case o = <-told:
	case <-ctx.Done():
		return fmt.Errorf("no offer: %w", ctx.Err())
	}
	if o.from != from {
		return fmt.Errorf("the offer is of %s, want %s", o.from, from)
	}
	to.add(o.at.Sub(c.invited))
	if err := c.hangup(ctx); err != nil {
		return err
	}
	_, err = o.desk.Wait(ctx, "ready", func(x wire.Self) bool { return x.Call == nil && x.Agent.State == "ready" })
	return err
}

// rungOnce is offeredOnce for app_queue.
func (s *scene) rungOnce(phones *members, to *figures, from string) error {
	ctx, cancel := s.within(10 * time.Second)
	defer cancel()
	c, err := s.callers.dial(ctx, queueNumber, from)
	if err != nil {
		return err
	}
	leg, err := phones.ring(ctx)
	if err != nil {
		return err
	}
	if leg.caller != from {
		return fmt.Errorf("the member is rung by %s, want %s", leg.caller, from)
	}
	to.add(leg.at.Sub(c.invited))
	if err := c.hangup(ctx); err != nil {
		return err
	}
	return phones.free(ctx, leg)
}
