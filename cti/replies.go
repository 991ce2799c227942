package cti

import (
	"context"
	"sync"
	"time"

	"talian/cti/wire"
)

// How long, and how many, answers are kept for a repeated command.
const (
	repliesAge  = 10 * time.Minute
	repliesKept = 2048
)

// replies remembers the answers to one agent's commands.
type replies struct {
	mu    sync.Mutex
	byID  map[string]*reply
	order []*reply // oldest first
}

type reply struct {
	id     string
	at     time.Time
	done   chan struct{}
	result wire.Result
}

func newReplies() *replies { return &replies{byID: map[string]*reply{}} }

// once runs do for the first command of that id; a repeat gets the same answer, marked as
// replayed, and waits for it if need be.
func (r *replies) once(ctx context.Context, id string, now time.Time, do func() wire.Result) (wire.Result, error) {
	kept, first := r.begin(id, now)
	if first {
		kept.result = do()
		close(kept.done)
		return kept.result, nil
	}
	select {
	case <-kept.done:
		again := kept.result
		again.Replayed = true
		return again, nil
	case <-ctx.Done():
		return wire.Result{}, ctx.Err()
	}
}

func (r *replies) begin(id string, now time.Time) (kept *reply, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.order) > 0 && (now.Sub(r.order[0].at) > repliesAge || len(r.order) >= repliesKept) {
		delete(r.byID, r.order[0].id)
		r.order = r.order[1:]
	}
	if kept, known := r.byID[id]; known {
		return kept, false
	}
	kept = &reply{id: id, at: now, done: make(chan struct{})}
	r.byID[id] = kept
	r.order = append(r.order, kept)
	return kept, true
}
