package ivr

import (
	"encoding/json"
	"fmt"
	"time"
)

// Fact is one thing that happened. Facts stand in one order, the journal's; each is
// durable before anybody can see its effect.
type Fact struct {
	Seq   uint64    // place in the journal, from 1, without gaps; 0 = not yet written
	At    time.Time // wall clock, UTC, milliseconds: places the fact in an interval
	Mono  Millis    // the machine's boot-time clock: durations are differences of it
	Call  CallID    // "" when no call is concerned
	Agent AgentID   // "" when no agent is concerned
	Body  Body      // what happened; never nil
}

// Body is the particular part of a fact. The types in bodies.go implement it.
type Body interface{ Kind() string }

// Unknown is a fact of a kind that this version does not know: kept, passed on, not understood.
type Unknown struct {
	Name string
	Data json.RawMessage
}

// Kind gives the unknown kind's name.
func (u Unknown) Kind() string { return u.Name }

type wireFact struct {
	Seq   uint64          `json:"seq,omitempty"`
	At    time.Time       `json:"at"`
	Mono  Millis          `json:"mono"`
	Kind  string          `json:"kind"`
	Call  CallID          `json:"call,omitempty"`
	Agent AgentID         `json:"agent,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// MarshalJSON writes {"seq","at","mono","kind","call","agent","data"}.
func (f Fact) MarshalJSON() ([]byte, error) {
	var data json.RawMessage
	var err error
	switch body := f.Body.(type) {
	case nil:
		return nil, fmt.Errorf("fact %d has no body", f.Seq)
	case Unknown:
		data = body.Data
	default:
		if data, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("fact %s: %w", f.Body.Kind(), err)
		}
	}
	return json.Marshal(wireFact{Seq: f.Seq, At: f.At.UTC().Truncate(time.Millisecond), Mono: f.Mono,
		Kind: f.Body.Kind(), Call: f.Call, Agent: f.Agent, Data: data})
}

// UnmarshalJSON reads what MarshalJSON writes; a kind it does not know becomes Unknown.
func (f *Fact) UnmarshalJSON(b []byte) error {
	var w wireFact
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	body, err := decodeBody(w.Kind, w.Data)
	if err != nil {
		return err
	}
	*f = Fact{Seq: w.Seq, At: w.At, Mono: w.Mono, Call: w.Call, Agent: w.Agent, Body: body}
	return nil
}

func decodeBody(kind string, data json.RawMessage) (Body, error) {
	read, known := bodyTable[kind]
	if !known {
		return Unknown{Name: kind, Data: data}, nil
	}
	body, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("fact %s: %w", kind, err)
	}
	return body, nil
}

// Stamp is a moment on both clocks.
type Stamp struct {
	At   time.Time `json:"at"`   // wall clock
	Mono Millis    `json:"mono"` // boot-time clock
}

// Since gives the time from earlier to s by the boot-time clock, never below zero. When
// the machine was started anew between the two the wall clock decides.
func (s Stamp) Since(earlier Stamp) Millis {
	if d := s.Mono - earlier.Mono; d >= 0 {
		return d
	}
	return max(0, MillisOf(s.At.Sub(earlier.At)))
}

// Stamp gives the fact's moment.
func (f Fact) Stamp() Stamp { return Stamp{At: f.At, Mono: f.Mono} }
