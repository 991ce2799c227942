package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"talian/ivr"
	"talian/ivr/journal"
)

const (
	boardKind  = "board"
	boardEvery = 1000 // facts between two copies in the journal
)

// board keeps the live picture by following the journal. A copy is kept in the journal
// now and then, so that a start need not read all facts.
type board struct {
	journal Journal

	mu   sync.Mutex
	now  *ivr.Board
	kept uint64
}

func newBoard(j Journal) *board { return &board{journal: j, now: ivr.NewBoard()} }

// load takes the last copy and the facts since.
func (b *board) load(ctx context.Context) error {
	copies, err := b.journal.States(ctx, boardKind)
	if err != nil {
		return fmt.Errorf("board: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if data, found := copies["now"]; found {
		if err := json.Unmarshal(data, b.now); err != nil {
			return fmt.Errorf("board: %w", err)
		}
	}
	b.kept = b.now.Seq
	for {
		facts, err := b.journal.After(ctx, b.now.Seq, boardEvery)
		if err != nil {
			return fmt.Errorf("board: %w", err)
		}
		if len(facts) == 0 {
			return nil
		}
		for _, f := range facts {
			b.now.Apply(f)
		}
	}
}

func (b *board) run(ctx context.Context) error {
	b.mu.Lock()
	after := b.now.Seq
	b.mu.Unlock()
	err := b.journal.Follow(ctx, after, func(facts []ivr.Fact) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range facts {
			b.now.Apply(f)
		}
		if b.now.Seq-b.kept >= boardEvery {
			b.keepLocked()
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// keep puts a copy into the journal.
func (b *board) keep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keepLocked()
}

func (b *board) keepLocked() {
	data, err := json.Marshal(b.now)
	if err != nil {
		return // plain data: cannot fail
	}
	b.kept = b.now.Seq
	b.journal.Append(nil, journal.State{Kind: boardKind, ID: "now", Data: data})
}

func (b *board) snapshot() *ivr.Board {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Clone()
}

func (b *board) last() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Seq
}
