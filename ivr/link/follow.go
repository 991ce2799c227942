package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"talian/ivr"
)

// backlog is how many live messages may wait for a slow follower; beyond it they are
// dropped, noticed as a gap and asked for again.
const backlog = 4096

// Follow implements Engine. While the engine is away it waits; it goes on by itself when
// the same engine is heard again.
func (c *Client) Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error {
	live := make(chan *nats.Msg, backlog)
	for _, subject := range []string{subjectFacts, subjectAlive} {
		sub, err := c.conn.ChanSubscribe(subject, live) // one channel: the order of the two is kept
		if err != nil {
			return fmt.Errorf("link: %s: %w", subject, err)
		}
		defer func() { _ = sub.Unsubscribe() }()
	}
	f := &following{client: c, boot: c.bootOfSnapshot(), seq: after, deliver: deliver}
	if err := f.catchUp(ctx); err != nil {
		return err
	}
	for {
		select {
		case msg := <-live:
			if err := f.take(ctx, msg); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-c.stopped:
			return unavailable("the link was closed")
		}
	}
}

// following is one Follow: the place reached and where the facts go.
type following struct {
	client  *Client
	boot    string
	seq     uint64
	deliver func([]ivr.Fact) error
}

func (f *following) take(ctx context.Context, msg *nats.Msg) error {
	var message factsMessage // an aliveMessage is one without facts
	if err := json.Unmarshal(msg.Data, &message); err != nil {
		return fmt.Errorf("link: %s: %w", msg.Subject, err)
	}
	if err := f.sameBoot(message.Boot); err != nil {
		return err
	}
	if message.Seq <= f.seq {
		return nil
	}
	if msg.Subject != subjectFacts || message.Prev > f.seq {
		return f.catchUp(ctx)
	}
	return f.pass(message.Facts)
}

func (f *following) sameBoot(boot string) error {
	if f.boot == "" {
		f.boot = boot
	}
	if f.boot != boot {
		return ErrSnapshot
	}
	return nil
}

// pass hands on the facts that are new.
func (f *following) pass(facts []ivr.Fact) error {
	for len(facts) > 0 && facts[0].Seq <= f.seq {
		facts = facts[1:]
	}
	if len(facts) == 0 {
		return nil
	}
	if !joins(facts, f.seq) {
		return ErrSnapshot
	}
	if err := f.deliver(facts); err != nil {
		return err
	}
	f.seq = facts[len(facts)-1].Seq
	return nil
}

// catchUp asks for what is missing. When nobody answers it leaves it at that: the next
// sign of life shows the gap again.
func (f *following) catchUp(ctx context.Context) error {
	for {
		reply, err := f.page(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if ivr.CodeOf(err) == ivr.CodeUnavailable && err != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.sameBoot(reply.Boot); err != nil {
			return err
		}
		if reply.Gone {
			return ErrSnapshot
		}
		if err := f.pass(reply.Facts); err != nil {
			return err
		}
		if len(reply.Facts) == 0 || f.seq >= reply.Last {
			return nil
		}
	}
}

func (f *following) page(ctx context.Context) (afterReply, error) {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	var reply afterReply
	if err := f.client.ask(ctx, subjectAfter, afterRequest{After: f.seq}, &reply); err != nil {
		return reply, err
	}
	if reply.Err != nil && reply.Err.Code != ivr.CodeUnavailable {
		return reply, errors.Join(errors.New("link: page of facts"), reply.Err)
	}
	if reply.Err != nil {
		return reply, reply.Err
	}
	return reply, nil
}
