package link

import (
	"context"
	"errors"

	"talian/ivr"
)

// Engine is what owns the live calls, as others see it.
type Engine interface {
	// Do carries out an intent within ivr.IntentDeadline. A refusal is in Reply.Err; the
	// error is an *ivr.Error and says that no answer could be had.
	Do(ctx context.Context, intent ivr.Intent) (ivr.Reply, error)

	// Snapshot gives a copy of the board that is the caller's own.
	Snapshot(ctx context.Context) (*ivr.Board, error)

	// Follow delivers all facts after the given sequence number, in order and in batches,
	// until ctx or deliver ends it. It fails with ErrSnapshot when it cannot begin, or go
	// on, without a gap.
	Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error
}

// ErrSnapshot says that the facts asked for are gone: begin with a Snapshot again.
var ErrSnapshot = errors.New("facts are missing: a new snapshot is needed")

// errEnough ends a Follow that has collected what it needs.
var errEnough = errors.New("enough")

func unavailable(what string) *ivr.Error { return ivr.NewError(ivr.CodeUnavailable, what) }

// joins tells whether facts begin right after the given place and have no gap among them.
func joins(facts []ivr.Fact, after uint64) bool {
	for i, fact := range facts {
		if fact.Seq != after+uint64(i)+1 {
			return false
		}
	}
	return true
}
