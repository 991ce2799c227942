package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// parkedKind is the kind of the states that hold parked facts.
const parkedKind = "outbox_parked"

// Parked is a fact that the outside system refused for good.
type Parked struct {
	ID   string          `json:"-"`    // webhook-id, for Resend
	Kind string          `json:"kind"` // of the fact
	Call ivr.CallID      `json:"call,omitempty"`
	At   time.Time       `json:"at"`   // when it was parked
	Why  string          `json:"why"`  // the last answer
	Body json.RawMessage `json:"body"` // as it was sent; it holds personal data
}

// park puts a fact aside. A crash after it has the fact sent, and parked, once more.
func (x *Outbox) park(ctx context.Context, m message, why error) error {
	data, err := json.Marshal(Parked{Kind: m.Kind, Call: m.Call, At: x.clock().UTC(), Why: why.Error(), Body: m.Body})
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := x.journal.Append(nil, journal.State{Kind: parkedKind, ID: m.ID, Data: data}).Wait(ctx); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	x.log.Error("a fact was refused and is parked", "id", m.ID, "kind", m.Kind, "call", string(m.Call), "why", why)
	x.setFault(nil)
	return x.recount(ctx)
}

// Parked lists the facts that were put aside, the oldest first.
func (x *Outbox) Parked(ctx context.Context) ([]Parked, error) {
	states, err := x.journal.States(ctx, parkedKind)
	if err != nil {
		return nil, fmt.Errorf("outbox: parked facts: %w", err)
	}
	list := make([]Parked, 0, len(states))
	for id, data := range states {
		p := Parked{ID: id}
		if err := json.Unmarshal(data, &p); err != nil {
			return nil, fmt.Errorf("outbox: parked fact %s: %w", id, err)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Parked) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

// Resend sends a parked fact once, at once, with its old id and body; when it is taken it
// is no longer parked. The error has ivr.CodeNotFound when no fact of this id is parked,
// ivr.CodeUnavailable when it was not taken.
func (x *Outbox) Resend(ctx context.Context, id string) error {
	x.resend.Lock()
	defer x.resend.Unlock()
	list, err := x.Parked(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p Parked) bool { return p.ID == id })
	if i < 0 {
		return ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("no fact %s is parked", id))
	}
	p := list[i]
	if err := x.send(ctx, message{ID: id, Kind: p.Kind, Call: p.Call, Body: p.Body}); err != nil {
		return ivr.NewError(ivr.CodeUnavailable, fmt.Sprintf("%s was not taken: %v", id, err))
	}
	if err := x.journal.Append(nil, journal.State{Kind: parkedKind, ID: id}).Wait(ctx); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return x.recount(ctx)
}

// recount counts the parked facts for the figures.
func (x *Outbox) recount(ctx context.Context) error {
	states, err := x.journal.States(ctx, parkedKind)
	if err != nil {
		return fmt.Errorf("outbox: parked facts: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.parked = len(states)
	return nil
}
