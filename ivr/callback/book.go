package callback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// stateKind is the kind of the bookings' states in the journal.
const stateKind = "callback"

// ErrFull is what Book answers when the slot takes no more, or has begun.
var ErrFull = errors.New("the slot is taken")

// Journal is what a book needs of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
}

// Book is the callbacks booked and not yet past. All methods are safe for concurrent use.
type Book struct {
	journal Journal
	clock   func() ivr.Stamp

	mu    sync.Mutex
	byKey map[string]*entry
	slots map[string]map[span]int // bookings by queue
}

// span is a Slot that can be compared.
type span struct{ from, until int64 } // Unix milliseconds

func (s Slot) span() span { return span{s.From.UnixMilli(), s.Until.UnixMilli()} }

// entry is a booking as the journal keeps it: nothing personal.
type entry struct {
	Queue string `json:"queue"`
	Slot
	ticket *journal.Ticket // nil = read back from the journal
}

// Booking asks for a callback.
type Booking struct {
	Call     ivr.CallID
	Key      string // of the visit that asks; the same key books once
	Queue    string
	Skills   map[string]string
	Number   string // to call
	Lang     string
	Slot     Slot // one that Free gave
	Capacity int  // callbacks that the slot takes
}

// New makes a book; Restore must follow.
func New(j Journal, clock func() ivr.Stamp) *Book {
	return &Book{journal: j, clock: clock, byKey: map[string]*entry{}, slots: map[string]map[span]int{}}
}

// Restore takes up the bookings that the journal keeps.
func (b *Book) Restore(ctx context.Context) error {
	states, err := b.journal.States(ctx, stateKind)
	if err != nil {
		return fmt.Errorf("callbacks: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, data := range states {
		e := new(entry)
		if err := json.Unmarshal(data, e); err != nil {
			return fmt.Errorf("callback %s: %w", key, err)
		}
		b.add(key, e)
	}
	if past := b.sweep(b.clock().At); len(past) > 0 {
		b.journal.Append(nil, past...) // what is not written is swept again
	}
	return nil
}

// Book books a callback and returns when that is durable. It answers ErrFull when somebody
// was quicker; fresh slots can then be asked for.
func (b *Book) Book(ctx context.Context, w Booking) error {
	if err := w.check(); err != nil {
		return err
	}
	b.mu.Lock()
	e := b.byKey[w.Key]
	if e == nil {
		var err error
		if e, err = b.enter(w); err != nil {
			b.mu.Unlock()
			return err
		}
	}
	b.mu.Unlock()
	if e.ticket == nil {
		return nil
	}
	err := e.ticket.Wait(ctx)
	if err != nil && ctx.Err() == nil { // refused for good, not late
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.byKey[w.Key] == e {
			b.remove(w.Key)
		}
	}
	return err
}

func (w Booking) check() error {
	problem := ""
	switch {
	case w.Key == "":
		problem = "a callback needs the key of the visit that books it"
	case w.Queue == "":
		problem = "a callback needs a queue"
	case w.Number == "":
		problem = "a callback needs a number"
	case !w.Slot.From.Before(w.Slot.Until):
		problem = "a callback needs a slot that ends after it begins"
	}
	if problem != "" {
		return ivr.NewError(ivr.CodeInvalid, problem)
	}
	return nil
}

// enter writes a booking. b.mu is held.
func (b *Book) enter(w Booking) (*entry, error) {
	now := b.clock()
	if !w.Slot.From.After(now.At) || b.taken(w.Queue, w.Slot) >= w.Capacity {
		return nil, ErrFull
	}
	e := &entry{Queue: w.Queue, Slot: Slot{w.Slot.From.UTC(), w.Slot.Until.UTC()}}
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("callback: %w", err)
	}
	fact := ivr.Fact{Call: w.Call, Body: ivr.CallbackBooked{Key: w.Key, Queue: w.Queue, Skills: w.Skills,
		Number: w.Number, From: e.From, Until: e.Until, Lang: w.Lang}}
	states := append(b.sweep(now.At), journal.State{Kind: stateKind, ID: w.Key, Data: data})
	e.ticket = b.journal.Append([]ivr.Fact{fact}, states...)
	b.add(w.Key, e)
	return e, nil
}

// taken counts the bookings of a queue that share time with a slot; slots of another
// length from before a change of the rule count too. b.mu is held.
func (b *Book) taken(queue string, s Slot) (n int) {
	want := s.span()
	for have, count := range b.slots[queue] {
		if have.from < want.until && want.from < have.until {
			n += count
		}
	}
	return n
}

func (b *Book) add(key string, e *entry) {
	b.byKey[key] = e
	if b.slots[e.Queue] == nil {
		b.slots[e.Queue] = map[span]int{}
	}
	b.slots[e.Queue][e.span()]++
}

func (b *Book) remove(key string) {
	e := b.byKey[key]
	delete(b.byKey, key)
	if b.slots[e.Queue][e.span()]--; b.slots[e.Queue][e.span()] == 0 {
		delete(b.slots[e.Queue], e.span())
	}
}

// sweep drops the bookings that are past and gives the states that drop them in the journal.
func (b *Book) sweep(now time.Time) (past []journal.State) {
	for key, e := range b.byKey {
		if !e.Until.After(now) {
			b.remove(key)
			past = append(past, journal.State{Kind: stateKind, ID: key})
		}
	}
	return past
}
