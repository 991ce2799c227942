package cases

import (
	"context"
	"encoding/json"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

const (
	visitKind  = "case_visit"   // of the states that hold what was answered to a key
	visitFor   = 48 * time.Hour // a visit whose call was never forgotten; no call lasts so long
	sweepEvery = time.Hour
)

// visit is one request and its answer. It stands for a change that is on its way to the
// journal, or there.
type visit struct {
	Key  string     `json:"-"` // "" = cannot be repeated
	Call ivr.CallID `json:"call,omitempty"`
	Case Case       `json:"case"`

	before *Case           // what recent held; nil = nothing
	ticket *journal.Ticket // nil = read back from the journal
}

// once gives the visit of this key, and makes it with act the first time. act runs under
// the mutex.
func (r *Registry) once(key string, act func(now ivr.Stamp) (*visit, error)) (*visit, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v := r.visits.byKey[key]; v != nil {
		return v, nil
	}
	now := r.clock()
	now.At = now.At.UTC().Truncate(time.Millisecond) // as the fact will have it
	return act(now)
}

// visited gives the visit of this key, or nil.
func (r *Registry) visited(key string) *visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.visits.byKey[key]
}

// write journals a change with all that belongs to it and takes note of it. r.mu is held.
func (r *Registry) write(now ivr.Stamp, v *visit, fact ivr.Fact, states []journal.State) *visit {
	fact.At, fact.Mono = now.At, now.Mono
	states = states[:len(states):len(states)] // the caller's own array stays as it is
	if v.Key != "" {
		states = append(states, v.state())
	}
	if now.At.Sub(r.visits.swept) >= sweepEvery {
		states = append(states, r.visits.sweep(now.At)...)
	}
	v.ticket = r.journal.Append([]ivr.Fact{fact}, states...)
	v.before = r.recent.put(v.Case, now)
	r.visits.add(v)
	return v
}

// settle waits until a visit is durable. A change that the journal refused is undone, so
// that it can be asked for again; one that is merely late stays.
func (r *Registry) settle(ctx context.Context, v *visit) (Case, error) {
	if v.ticket == nil {
		return v.Case, nil
	}
	err := v.ticket.Wait(ctx)
	if err == nil {
		return v.Case, nil
	}
	if ctx.Err() == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.visits.drop(v)
		r.recent.undo(v.Case, v.before)
	}
	return Case{}, err
}

// state is what the journal keeps of a visit.
func (v *visit) state() journal.State {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and times can always be written
	}
	return journal.State{Kind: visitKind, ID: v.Key, Data: data}
}

// visits are the requests that may be repeated.
type visits struct {
	byKey  map[string]*visit
	byCall map[ivr.CallID][]*visit
	swept  time.Time
}

func newVisits() visits {
	return visits{byKey: map[string]*visit{}, byCall: map[ivr.CallID][]*visit{}}
}

func (s *visits) add(v *visit) {
	if v.Key == "" {
		return
	}
	s.byKey[v.Key] = v
	s.byCall[v.Call] = append(s.byCall[v.Call], v)
}

func (s *visits) drop(v *visit) {
	if s.byKey[v.Key] != v {
		return
	}
	delete(s.byKey, v.Key)
	rest := s.byCall[v.Call][:0]
	for _, other := range s.byCall[v.Call] {
		if other != v {
			rest = append(rest, other)
		}
	}
	if s.byCall[v.Call] = rest; len(rest) == 0 {
		delete(s.byCall, v.Call)
	}
}

// forget drops the visits of a call and gives the states that drop them in the journal.
func (s *visits) forget(call ivr.CallID) (gone []journal.State) {
	if call == "" {
		return nil
	}
	for _, v := range s.byCall[call] {
		delete(s.byKey, v.Key)
		gone = append(gone, journal.State{Kind: visitKind, ID: v.Key})
	}
	delete(s.byCall, call)
	return gone
}

// sweep drops visits that are too old, as forget does.
func (s *visits) sweep(now time.Time) (gone []journal.State) {
	s.swept = now
	for key, v := range s.byKey {
		if now.Sub(v.Case.Changed) > visitFor {
			s.drop(v)
			gone = append(gone, journal.State{Kind: visitKind, ID: key})
		}
	}
	return gone
}
