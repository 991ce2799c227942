package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// Journal is what a registry needs of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
	After(ctx context.Context, seq uint64, limit int) ([]ivr.Fact, error)
	Last() uint64
}

// Find looks a case up in the records; false when they do not have it, which may be
// because they are a moment behind.
type Find func(ctx context.Context, number ivr.CaseNumber) (Case, bool, error)

// Registry opens cases and keeps their numbers. All methods are safe for concurrent use.
// What they return is durable.
type Registry struct {
	journal     Journal
	clock       func() ivr.Stamp
	zone        *time.Location
	find        Find
	first, last int // sequences of a day that are ours

	mu     sync.Mutex
	days   map[string]int // last sequence given, by day
	visits visits
	recent recent
}

// Option changes a setting of New.
type Option func(*Registry)

// Range sets which sequences of each day this registry gives (default 1 to
// ivr.MaxCases), so that several nodes can number cases without asking each other. A
// range may only be moved to numbers that no other node has had on the same day.
func Range(first, last int) Option {
	return func(r *Registry) { r.first, r.last = first, last }
}

// New makes a registry; Restore must follow. zone says when a day ends.
func New(j Journal, clock func() ivr.Stamp, zone *time.Location, find Find, options ...Option) (*Registry, error) {
	r := &Registry{journal: j, clock: clock, zone: zone, find: find, first: 1, last: ivr.MaxCases,
		days: map[string]int{}, visits: newVisits(), recent: newRecent()}
	for _, option := range options {
		option(r)
	}
	if r.first < 1 || r.last > ivr.MaxCases || r.first > r.last {
		return nil, fmt.Errorf("case numbers %d to %d: a range lies within 1 to %d", r.first, r.last, ivr.MaxCases)
	}
	return r, nil
}

// Restore takes up what the journal keeps, and has it forget visits that are too old.
func (r *Registry) Restore(ctx context.Context) error {
	days, err := r.journal.States(ctx, dayKind)
	if err != nil {
		return fmt.Errorf("case numbers: %w", err)
	}
	kept, err := r.journal.States(ctx, visitKind)
	if err != nil {
		return fmt.Errorf("case visits: %w", err)
	}
	last := r.journal.Last()
	facts, err := r.journal.After(ctx, last-min(last, recentFacts), recentFacts)
	if err != nil {
		return fmt.Errorf("cases of the last minutes: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recent.restore(facts, r.clock())
	for day, data := range days {
		var last int
		if err := json.Unmarshal(data, &last); err != nil {
			return fmt.Errorf("case numbers of %s: %w", day, err)
		}
		r.days[day] = max(r.days[day], last)
	}
	for key, data := range kept {
		v := &visit{Key: key}
		if err := json.Unmarshal(data, v); err != nil {
			return fmt.Errorf("case visit %s: %w", key, err)
		}
		r.visits.add(v)
	}
	if old := r.visits.sweep(r.clock().At); len(old) > 0 {
		r.journal.Append(nil, old...) // what is not written is swept again
	}
	return nil
}

// Open opens a case. States become durable together with it, or not at all; a repeated
// Open writes neither.
func (r *Registry) Open(ctx context.Context, o Opening, states ...journal.State) (Case, error) {
	return r.register(ctx, o, ivr.CaseNew, states)
}

// Draft keeps what a caller left who hung up before the case was opened.
func (r *Registry) Draft(ctx context.Context, o Opening, states ...journal.State) (Case, error) {
	return r.register(ctx, o, ivr.CaseDraft, states)
}

func (r *Registry) register(ctx context.Context, o Opening, status ivr.CaseStatus, states []journal.State) (Case, error) {
	if err := o.check(); err != nil {
		return Case{}, err
	}
	v, err := r.once(o.Key, func(now ivr.Stamp) (*visit, error) {
		number, day, err := r.number(now.At)
		if err != nil {
			return nil, err
		}
		c := Case{Number: number, Desk: o.Desk, Type: o.Type, Status: status, Category: o.Category, Cluster: o.Cluster,
			Opened: now.At, Due: now.At.In(r.zone).AddDate(0, 0, o.Days).Format(time.DateOnly), Changed: now.At}
		fact := ivr.Fact{Call: o.Call, Agent: o.Agent, Body: ivr.CaseOpened{Number: number, Key: o.Key, Desk: o.Desk, Type: o.Type,
			Status: status, Category: o.Category, Cluster: o.Cluster, Caller: o.Caller, Identity: o.Identity, Lang: o.Lang,
			Note: o.Note, Audio: o.Audio, Length: o.Length, Due: c.Due}}
		return r.write(now, &visit{Key: o.Key, Call: o.Call, Case: c}, fact, append(states[:len(states):len(states)], day)), nil
	})
	if err != nil {
		return Case{}, err
	}
	return r.settle(ctx, v)
}

// Append adds something to a case. States are those of Open. The error has
// ivr.CodeNotFound when there is no such case.
func (r *Registry) Append(ctx context.Context, a Addition, states ...journal.State) (Case, error) {
	if err := a.check(); err != nil {
		return Case{}, err
	}
	if v := r.visited(a.Key); v != nil {
		return r.settle(ctx, v)
	}
	seen := r.look(ctx, a.Number)
	v, err := r.once(a.Key, func(now ivr.Stamp) (*visit, error) {
		c, err := r.must(seen)
		if err != nil {
			return nil, err
		}
		c.Changed = now.At
		fact := ivr.Fact{Call: a.Call, Agent: a.Agent,
			Body: ivr.CaseAppended{Number: a.Number, Key: a.Key, Note: a.Note, Audio: a.Audio, Length: a.Length}}
		return r.write(now, &visit{Key: a.Key, Call: a.Call, Case: c}, fact, states), nil
	})
	if err != nil {
		return Case{}, err
	}
	return r.settle(ctx, v)
}

// Move gives a case another status. The error has ivr.CodeConflict when the present
// status does not allow it, ivr.CodeNotFound when there is no such case.
func (r *Registry) Move(ctx context.Context, m Moving) (Case, error) {
	seen := r.look(ctx, m.Number)
	v, err := r.once("", func(now ivr.Stamp) (*visit, error) {
		c, err := r.must(seen)
		if err == nil {
			err = m.check(c.Status)
		}
		if err != nil {
			return nil, err
		}
		c.Status, c.Changed = m.To, now.At
		fact := ivr.Fact{Call: m.Call, Agent: m.Agent,
			Body: ivr.CaseMoved{Number: m.Number, Status: m.To, Why: m.Why, Who: m.Who}}
		return r.write(now, &visit{Case: c}, fact, nil), nil
	})
	if err != nil {
		return Case{}, err
	}
	return r.settle(ctx, v)
}

// Find gives a case; false when there is none of this number. What happened here a
// moment ago is known even if the records do not have it yet, or cannot be read.
func (r *Registry) Find(ctx context.Context, number ivr.CaseNumber) (Case, bool, error) {
	seen := r.look(ctx, number)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present(seen)
}

// look is what the records said a moment ago.
type look struct {
	number ivr.CaseNumber
	Case
	found bool
	err   error
}

// look asks the records; they may take their time, so r.mu is not held.
func (r *Registry) look(ctx context.Context, number ivr.CaseNumber) look {
	if !number.Valid() {
		return look{number: number}
	}
	c, found, err := r.find(ctx, number)
	return look{number, c, found, err}
}

// present gives the case as it stands, with what happened here since. r.mu is held.
func (r *Registry) present(seen look) (Case, bool, error) {
	known, here := r.recent.get(seen.number)
	switch {
	case here && known.whole() && (seen.err != nil || !seen.found):
		return known, true, nil
	case seen.err != nil:
		return Case{}, false, fmt.Errorf("find case %s: %w", seen.number, seen.err)
	case !seen.found:
		return Case{}, false, nil
	}
	return r.recent.newer(seen.Case), true, nil
}

// must is present for a case that has to be there.
func (r *Registry) must(seen look) (Case, error) {
	c, found, err := r.present(seen)
	if err == nil && !found {
		err = ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("no case has the number %s", seen.number))
	}
	return c, err
}

// Forget drops the keys of a call that is over; nobody repeats a request for it.
func (r *Registry) Forget(call ivr.CallID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if gone := r.visits.forget(call); len(gone) > 0 {
		r.journal.Append(nil, gone...) // a crash before it is written leaves them to sweep
	}
}
