package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"talian/ivr"
)

// atOnce is how many requests are answered at the same time; an accept may take seconds.
const atOnce = 512

// Serve answers for the engine on conn and publishes its facts until ctx ends or the
// engine's Follow fails. Each Serve is a new boot: followers of an earlier one are told
// to take a snapshot.
func Serve(ctx context.Context, conn *nats.Conn, engine Engine) error {
	board, err := engine.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	s := &answering{conn: conn, engine: engine, boot: ivr.NewSecret(), slots: make(chan struct{}, atOnce)}
	s.last.Store(board.Seq)
	defer s.busy.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	subs, err := s.subscribe(ctx)
	defer unsubscribe(subs)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.publishFacts(ctx, board.Seq) })
	g.Go(func() error { return s.announce(ctx) })
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

type answering struct {
	conn   *nats.Conn
	engine Engine
	boot   string
	last   atomic.Uint64 // last published
	slots  chan struct{}
	busy   sync.WaitGroup
}

func (s *answering) subscribe(ctx context.Context) ([]*nats.Subscription, error) {
	answers := map[string]func(context.Context, []byte) any{
		subjectDo: s.do, subjectSnapshot: s.snapshot, subjectAfter: s.after,
	}
	var subs []*nats.Subscription
	for subject, answer := range answers {
		sub, err := s.conn.Subscribe(subject, func(msg *nats.Msg) { s.spawn(ctx, msg, answer) })
		if err != nil {
			return subs, fmt.Errorf("link: %s: %w", subject, err)
		}
		subs = append(subs, sub)
	}
	return subs, s.conn.Flush()
}

func unsubscribe(subs []*nats.Subscription) {
	for _, sub := range subs {
		_ = sub.Unsubscribe() // the connection may be closed already, which does the same
	}
}

// spawn answers one request in its own goroutine, as far as there is a free slot.
func (s *answering) spawn(ctx context.Context, msg *nats.Msg, answer func(context.Context, []byte) any) {
	select {
	case s.slots <- struct{}{}:
	default:
		s.respond(msg, ivr.Reply{Err: unavailable("too many requests at once")})
		return
	}
	s.busy.Add(1)
	go func() {
		defer s.busy.Done()
		defer func() { <-s.slots }()
		s.respond(msg, answer(ctx, msg.Data))
	}()
}

func (s *answering) respond(msg *nats.Msg, reply any) {
	data, err := json.Marshal(reply)
	if err != nil {
		data, _ = json.Marshal(ivr.Reply{Err: ivr.AsError(err)}) // two strings always marshal
	}
	_ = msg.Respond(data) // a closed connection has nobody waiting
}

func (s *answering) do(ctx context.Context, data []byte) any {
	var intent ivr.Intent
	if err := json.Unmarshal(data, &intent); err != nil {
		var known *ivr.Error
		if !errors.As(err, &known) {
			known = ivr.NewError(ivr.CodeInvalid, err.Error())
		}
		return ivr.Reply{Err: known}
	}
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	reply, err := answer(ctx, s.engine, intent)
	if err != nil {
		reply.Err = ivr.AsError(err)
	}
	return reply
}

func (s *answering) snapshot(ctx context.Context, _ []byte) any {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	board, err := s.engine.Snapshot(ctx)
	return snapshotReply{Boot: s.boot, Board: board, Err: ivr.AsError(err)}
}

func (s *answering) after(ctx context.Context, data []byte) any {
	reply := afterReply{Boot: s.boot, Last: s.last.Load()}
	var request afterRequest
	if err := json.Unmarshal(data, &request); err != nil {
		reply.Err = ivr.NewError(ivr.CodeInvalid, err.Error())
		return reply
	}
	if request.After >= reply.Last {
		reply.Gone = request.After > reply.Last
		return reply
	}
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	facts, err := page(ctx, s.engine, request.After, reply.Last)
	switch {
	case errors.Is(err, ErrSnapshot):
		reply.Gone = true
	case err != nil:
		reply.Err = ivr.AsError(err)
	default:
		reply.Facts = facts
	}
	return reply
}

// page collects at most pageFacts facts behind after; there are facts up to last.
func page(ctx context.Context, engine Engine, after, last uint64) ([]ivr.Fact, error) {
	var facts []ivr.Fact
	err := engine.Follow(ctx, after, func(batch []ivr.Fact) error {
		facts = append(facts, batch...)
		if !joins(facts, after) {
			return ErrSnapshot
		}
		if len(facts) >= pageFacts || after+uint64(len(facts)) >= last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		return nil, err
	}
	return facts[:min(len(facts), pageFacts)], nil
}

func (s *answering) publishFacts(ctx context.Context, after uint64) error {
	err := s.engine.Follow(ctx, after, func(facts []ivr.Fact) error {
		for len(facts) > 0 {
			n := min(len(facts), pageFacts)
			if err := s.publishBatch(facts[:n]); err != nil {
				return err
			}
			facts = facts[n:]
		}
		return nil
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("link: following the engine: %w", err)
}

func (s *answering) publishBatch(facts []ivr.Fact) error {
	message := factsMessage{Boot: s.boot, Prev: s.last.Load(), Seq: facts[len(facts)-1].Seq, Facts: facts}
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if err := s.conn.Publish(subjectFacts, data); err != nil {
		return err
	}
	s.last.Store(message.Seq)
	return nil
}

func (s *answering) announce(ctx context.Context) error {
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		data, err := json.Marshal(aliveMessage{Boot: s.boot, Seq: s.last.Load()})
		if err != nil {
			return err
		}
		if err := s.conn.Publish(subjectAlive, data); err != nil {
			return fmt.Errorf("link: sign of life: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
