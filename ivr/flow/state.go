package flow

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"talian/ivr"
)

// CallInfo is what is known of a call before its flow begins.
type CallInfo struct {
	ID      ivr.CallID `json:"id"`
	From    string     `json:"from"` // caller's number; "" when withheld
	To      string     `json:"to"`   // the number dialled
	Started time.Time  `json:"started"`
}

// State is where one call stands. It is plain data: JSON keeps all of it.
type State struct {
	Call     CallInfo          `json:"call"`
	Revision string            `json:"revision"` // of the Program; a call never changes it
	Entry    string            `json:"entry"`    // flow that the call began in
	Flow     string            `json:"flow"`
	Node     string            `json:"node,omitempty"` // "" = not begun, or an apology outside of all flows
	Lang     string            `json:"lang"`
	Vars     map[string]string `json:"vars,omitempty"`   // "flow.name": the value's text; unset ones are absent
	Visits   map[string]int    `json:"visits,omitempty"` // "flow.node": times entered
	Back     []string          `json:"back,omitempty"`   // input nodes of this flow on the way here, the present one last
	Keys     string            `json:"keys,omitempty"`   // pressed, not yet used
	Seq      int               `json:"seq,omitempty"`    // last id given to a playback, recording or timer
	Steps    int               `json:"steps,omitempty"`
	Silent   int               `json:"silent,omitempty"`
	Timers   map[string]Alarm  `json:"timers,omitempty"` // set ones, by what they are for
	Turn     Turn              `json:"turn"`
	Limited  bool              `json:"limited,omitempty"`  // a limit was reached and handled
	Failing  bool              `json:"failing,omitempty"`  // on the way out of an error, the caller not yet heard
	Operated bool              `json:"operated,omitempty"` // the operator's flow was tried after failed errors
	Gone     bool              `json:"gone,omitempty"`     // caller hung up
	Ended    bool              `json:"ended,omitempty"`    // nothing follows
}

// Turn is what the present node is doing.
type Turn struct {
	Phase     Phase         `json:"phase,omitempty"`
	Play      int           `json:"play,omitempty"` // playback awaited; 0 = none
	Round     int           `json:"round,omitempty"`
	Tries     int           `json:"tries,omitempty"` // failures so far
	NoInput   int           `json:"no_input,omitempty"`
	NoMatch   int           `json:"no_match,omitempty"`
	Recording int           `json:"recording,omitempty"` // awaited, or kept for review
	Length    time.Duration `json:"length,omitempty"`    // of the finished recording
	Since     time.Time     `json:"since,omitzero"`      // when the recording began
	Offered   bool          `json:"offered,omitempty"`   // the queue's offer was spoken
	Leave     string        `json:"leave,omitempty"`     // exit planned, once the queue is left
}

// Phase is the part of a node's work that is going on.
type Phase string

// The phases.
const (
	Speaking  Phase = "speaking"  // a prompt plays, and nothing is asked
	Asking    Phase = "asking"    // the question plays
	Listening Phase = "listening" // the question was heard, a key is awaited
	Queued    Phase = "queued"
	Recording Phase = "recording"
	Sorry     Phase = "sorry" // the built-in apology plays
)

// Alarm is a timer that was asked for.
type Alarm struct {
	ID  int       `json:"id"`
	Due time.Time `json:"due"`
}

// Begin gives the state of a call before its first step. It fails when nothing answers
// the dialled number.
func (p *Program) Begin(call CallInfo) (State, error) {
	entry, known := p.Numbers[call.To]
	if !known {
		return State{}, fmt.Errorf("no flow answers the number %q", call.To)
	}
	return p.BeginAt(entry.Flow, call)
}

// BeginAt is Begin with a flow of the caller's choice, for example to try a flow out.
func (p *Program) BeginAt(flow string, call CallInfo) (State, error) {
	if p.Flows[flow] == nil {
		return State{}, fmt.Errorf("there is no flow %q", flow)
	}
	return State{Call: call, Revision: p.Revision, Entry: flow, Flow: flow, Lang: p.Default}, nil
}

// clone gives a state that shares nothing that a step changes.
func (s State) clone() State {
	s.Vars, s.Visits, s.Timers = maps.Clone(s.Vars), maps.Clone(s.Visits), maps.Clone(s.Timers)
	s.Back = slices.Clone(s.Back)
	return s
}
