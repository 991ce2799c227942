package cti

import (
	"time"

	"talian/cti/wire"
)

// How much of its stream a desk can play again.
const (
	ringEvents = 512
	ringAge    = 120 * time.Second
)

// ring keeps the latest events of one desk, the newest last.
type ring struct {
	last    uint64 // sequence number of the newest event ever
	entries []entry
}

// entry is one event and whom it names: tabs see it differently.
type entry struct {
	event  wire.Event
	at     time.Time
	holder string // tab that holds the line at that moment
	taker  string // sign-in that took the line, for EventReplaced
}

// add numbers the event and keeps it.
func (r *ring) add(e entry) entry {
	r.last++
	e.event.T, e.event.Seq, e.event.TS = wire.KindEvent, r.last, e.at.UnixMilli()
	r.entries = append(r.entries, e)
	r.prune(e.at)
	return e
}

func (r *ring) prune(now time.Time) {
	drop := max(0, len(r.entries)-ringEvents)
	for drop < len(r.entries) && now.Sub(r.entries[drop].at) > ringAge {
		drop++
	}
	if drop > 0 {
		r.entries = append([]entry(nil), r.entries[drop:]...)
	}
}

// after gives all events behind seq, or false when some are gone or seq was never given.
func (r *ring) after(seq uint64, now time.Time) ([]entry, bool) {
	r.prune(now)
	missed := r.last - seq
	if seq > r.last || missed > uint64(len(r.entries)) {
		return nil, false
	}
	return r.entries[uint64(len(r.entries))-missed:], true
}

// view gives the event as one tab sees it.
func (e entry) view(tab, signIn string) wire.Event {
	event := e.event
	if event.Type == wire.EventReplaced {
		if signIn != e.taker {
			event.Line = nil
			return event
		}
		event.Type, event.Epoch = wire.EventLine, 0
	}
	if event.Line != nil {
		line := *event.Line
		line.Mine = e.holder != "" && e.holder == tab
		event.Line = &line
	}
	return event
}
