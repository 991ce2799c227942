package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	flushGrace = 2 * time.Second  // for what is left when Run is told to stop; a write under way may add busyTimeout
	flushFacts = 512
	gather     = 100 * time.Millisecond // between two writes: many facts, one fsync, seldom beside the journal's
)

// errOldCopy is what Run cannot mend by trying again: facts to come have places that the
// records take for written.
var errOldCopy = errors.New("it is an old copy")

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

// setHealth keeps err and gives what stood before.
func (s *Store) setHealth(err error) (before error) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	before, s.health.err = s.health.err, err
	return before
}

// follower is one Run.
type follower struct {
	store   *Store
	journal *journal.Journal
	log     *slog.Logger
	begun   bool      // the database is open and reached is known
	reached uint64    // applied
	noted   time.Time // when the journal was told last
}

// Run turns the journal's facts into rows as they come, from the place that the records
// have reached. What fails is tried again, were it opening the database: Healthy tells
// meanwhile, and log when it begins and when it is over. When ctx ends it writes what the
// journal still has, as far as that can be done in a few seconds, and returns nil; so
// stop it before the journal is closed. What it leaves is written by the next Run. It
// ends before ctx only when the journal is an old copy or closed.
func (s *Store) Run(ctx context.Context, j *journal.Journal, log *slog.Logger) error {
	f := &follower{store: s, journal: j, log: log}
	if err := f.retry(ctx, f.follow); ctx.Err() == nil {
		return err
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushGrace)
	defer cancel()
	err := f.retry(late, f.flush)
	if late.Err() == nil {
		return err
	}
	if f.begun && f.reached == j.Last() {
		return nil // all is written; the journal was not told and keeps the facts longer
	}
	log.Warn("the records lack the last facts; nothing is lost: the journal has them and the next start writes them",
		"error", errors.Join(err, s.Healthy()))
	return nil
}

// retry does work until it is done, ctx ends, or trying again is of no use.
func (f *follower) retry(ctx context.Context, work func(context.Context) error) error {
	wait := firstRetry
	for {
		before := f.reached
		err := work(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, errOldCopy) || errors.Is(err, journal.ErrClosed) {
			return err
		}
		f.fail(err)
		if f.reached != before {
			wait = firstRetry
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, lastRetry)
	}
}

// fail notes that the records cannot be written; the log hears of the first failure.
func (f *follower) fail(err error) {
	err = f.store.Plain(err)
	if f.store.setHealth(err) == nil {
		f.log.Error("the records cannot be written; calls go on, and the journal keeps the facts", "error", err)
	}
}

// mend notes that they can.
func (f *follower) mend() {
	if f.store.setHealth(nil) != nil {
		f.log.Info("the records can be written again")
	}
}

// begin opens the database and reads where the records stand.
func (f *follower) begin(ctx context.Context) error {
	if f.begun {
		return nil
	}
	if err := f.store.prepare(ctx); err != nil {
		return err
	}
	reached, err := cursor(ctx, f.store.db, f.journal.ID())
	if err != nil {
		return err
	}
	if last := f.journal.Last(); reached > last {
		return fmt.Errorf("records stand at fact %d, but the journal ends at %d: %w", reached, last, errOldCopy)
	}
	f.begun, f.reached = true, reached
	f.mend()
	return nil
}

// follow applies facts as they come.
func (f *follower) follow(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	return f.journal.Follow(ctx, f.reached, func(facts []ivr.Fact) error {
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
}

// deliver applies facts.
func (f *follower) deliver(ctx context.Context, facts []ivr.Fact) error {
	if err := f.store.apply(ctx, f.journal.ID(), facts); err != nil {
		return err
	}
	f.mend()
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
	if err := f.begin(ctx); err != nil {
		return err
	}
	for {
		facts, err := f.journal.After(ctx, f.reached, flushFacts)
		if err != nil {
			return err
		}
		if len(facts) == 0 {
			return f.note(ctx)
		}
		if err := f.deliver(ctx, facts); err != nil {
			return err
		}
	}
}
