package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

const (
	readerName = "records" // of our cursor in the journal
	firstRetry = 50 * time.Millisecond
	lastRetry  = 2 * time.Second
	noteEvery  = 10 * time.Second // how often the journal is told what it may forget
	flushGrace = 10 * time.Second // for what is left when Run is told to stop
	flushFacts = 512
	gather     = 100 * time.Millisecond // between two writes: many facts, one fsync, seldom beside the journal's
)

// health is the last failure of Run while it retries.
type health struct {
	mu  sync.Mutex
	err error
}

// Healthy gives the failure of the last write while Run retries it, else nil.
func (s *Store) Healthy() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.err
}

func (s *Store) setHealth(err error) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	s.health.err = err
}

// follower is one Run.
type follower struct {
	store   *Store
	journal *journal.Journal
	reached uint64    // applied
	noted   time.Time // when the journal was told last
}

// Run turns the journal's facts into rows as they come, from the place that the records
// have reached. A write that fails is tried again. When ctx ends it writes what the
// journal still has and returns nil; so stop it before the journal is closed.
func (s *Store) Run(ctx context.Context, j *journal.Journal) error {
	// Read to the end even when ctx is over already: the flush starts from here.
	begin, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushGrace)
	reached, err := cursor(begin, s.db, j.ID())
	cancel()
	if err != nil {
		return fmt.Errorf("records: %w", err)
	}
	if last := j.Last(); reached > last {
		return fmt.Errorf("records stand at fact %d, but the journal ends at %d: it is an old copy", reached, last)
	}
	f := &follower{store: s, journal: j, reached: reached}
	err = j.Follow(ctx, reached, func(facts []ivr.Fact) error {
		if err := f.deliver(ctx, facts); err != nil {
			return err
		}
		select {
		case <-time.After(gather):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if ctx.Err() == nil {
		return err
	}
	return f.flush(context.WithoutCancel(ctx))
}

// deliver applies facts, trying again until it works or ctx ends.
func (f *follower) deliver(ctx context.Context, facts []ivr.Fact) error {
	wait := firstRetry
	for {
		err := f.store.apply(ctx, f.journal.ID(), facts)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.store.setHealth(err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, lastRetry)
	}
	f.store.setHealth(nil)
	f.reached = facts[len(facts)-1].Seq
	if time.Since(f.noted) < noteEvery {
		return nil
	}
	return f.note(ctx)
}

// note tells the journal what it may forget.
func (f *follower) note(ctx context.Context) error {
	if err := f.journal.SetCursor(ctx, readerName, f.reached); err != nil {
		return err
	}
	f.noted = time.Now()
	return nil
}

// flush writes the rest.
func (f *follower) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushGrace)
	defer cancel()
	for {
		facts, err := f.journal.After(ctx, f.reached, flushFacts)
		if err != nil {
			return fmt.Errorf("records: last facts: %w", err)
		}
		if len(facts) == 0 {
			break
		}
		if err := f.deliver(ctx, facts); err != nil {
			return errors.Join(fmt.Errorf("records: last facts: %w", err), f.store.Healthy())
		}
	}
	if err := f.note(ctx); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	return nil
}
