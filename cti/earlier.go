package cti

import (
	"context"
	"time"

	"talian/cti/wire"
	"talian/ivr"
)

// EarlierCalls finds a caller's former calls, newest first.
type EarlierCalls interface {
	EarlierCalls(ctx context.Context, from string, limit int) ([]wire.Earlier, error)
}

const (
	earlierShown  = 3
	lookupsAtOnce = 2
	lookupLimit   = 2 * time.Second
)

type lookup struct {
	call ivr.CallID
	from string
}

// askEarlier has the earlier calls of a new card looked up. The card does not wait: they
// come as call.data.
func (f *Floor) askEarlier(card *wire.Card) {
	if card == nil || card.From == "" {
		return
	}
	notes := f.picture.notesOf(ivr.CallID(card.ID))
	if notes == nil || notes.asked {
		return
	}
	notes.asked = true
	select {
	case f.lookups <- lookup{ivr.CallID(card.ID), card.From}:
	default:
		f.metrics.lookups.WithLabelValues("left_out").Inc()
	}
}

func (f *Floor) lookUp(ctx context.Context) error {
	for {
		select {
		case job := <-f.lookups:
			f.lookUpOne(ctx, job)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Floor) lookUpOne(ctx context.Context, job lookup) {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	found, err := f.earlier.EarlierCalls(ctx, job.from, earlierShown)
	if err != nil {
		f.metrics.lookups.WithLabelValues("failed").Inc()
		f.log.Warn("earlier calls", "call", job.call, "error", err)
		return
	}
	f.metrics.lookups.WithLabelValues("ok").Inc()
	f.mu.Lock()
	defer f.mu.Unlock()
	notes := f.picture.notes[job.call]
	if notes == nil {
		return
	}
	notes.earlier = found[:min(len(found), earlierShown)]
	for _, d := range f.desks {
		if d.self.Call != nil && d.self.Call.ID == string(job.call) {
			f.showDesk(d)
		}
	}
}
