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
	From    string     `json:"from"` // caller's number; "" when withheld, or when it is none
	To      string     `json:"to"`   // the number dialled
	Started time.Time  `json:"started"`
}

// State is where one call stands. It is plain data: JSON keeps all of it.
type State struct {
	Call        CallInfo          `json:"call"`
	Revision    string            `json:"revision"` // of the Program; a call never changes it
	Entry       string            `json:"entry"`    // flow that the call began in
	Flow        string            `json:"flow"`
	Node        string            `json:"node,omitempty"` // "" = not begun, or an apology outside of all flows
	Lang        string            `json:"lang"`
	Vars        map[string]string `json:"vars,omitempty"`   // "flow.name": the value's text; unset ones are absent
	Visits      map[string]int    `json:"visits,omitempty"` // "flow.node": times entered
	Back        []string          `json:"back,omitempty"`   // input nodes of this flow on the way here, the present one last
	Frames      []Frame           `json:"frames,omitempty"` // flows that called the present one, outermost first
	Keys        string            `json:"keys,omitempty"`   // pressed, not yet used
	Excess      string            `json:"excess,omitempty"` // end key that means nothing, since the entry was full
	ExcessUntil time.Time         `json:"excess_until,omitzero"`
	Entered     int               `json:"entered,omitempty"` // nodes entered in all
	Seq         int               `json:"seq,omitempty"`     // last id given to a playback, recording or timer
	Steps       int               `json:"steps,omitempty"`
	Silent      int               `json:"silent,omitempty"`
	Timers      map[string]Alarm  `json:"timers,omitempty"` // set ones, by what they are for
	Turn        Turn              `json:"turn"`
	Limited     bool              `json:"limited,omitempty"`  // a limit was reached and handled
	Failing     bool              `json:"failing,omitempty"`  // on the way out of an error, the caller not yet heard
	Operated    bool              `json:"operated,omitempty"` // the operator's flow was tried after failed errors
	Gone        bool              `json:"gone,omitempty"`     // caller hung up
	Parting     bool              `json:"parting,omitempty"`  // handlers.hangup runs
	Ended       bool              `json:"ended,omitempty"`    // nothing follows
}

// Frame is a flow that waits for one that it called.
type Frame struct {
	Flow string   `json:"flow"`
	Node string   `json:"node"`
	Back []string `json:"back,omitempty"`
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
	Since     time.Time     `json:"since,omitzero"`      // when the recording, or the hub, began
	Offered   bool          `json:"offered,omitempty"`   // the queue's offer was spoken
	Leave     string        `json:"leave,omitempty"`     // exit planned, once the queue is left
	Work      int           `json:"work,omitempty"`      // id of the Fetch, Casework, Book or Dial awaited; 0 = none
	Typed     string        `json:"typed,omitempty"`     // digits entered so far, or to be confirmed
	At        int           `json:"at,omitempty"`        // question of a survey, page of a hub, slot offered
	Topic     string        `json:"topic,omitempty"`     // of a hub: ids on the way down, joined by "/"
	Part      string        `json:"part,omitempty"`      // which of several questions of one node is asked; "" = the first
	ReadBack  bool          `json:"read_back,omitempty"` // Typed is read back
	Retyped   int           `json:"retyped,omitempty"`   // times that what was read back was wrong
	Paused    bool          `json:"paused,omitempty"`    // the playback halts
	Slots     []Slot        `json:"slots,omitempty"`     // offered for a callback
	Number    string        `json:"number,omitempty"`    // to call back
	Missed    int           `json:"missed,omitempty"`    // questions of a survey, in a row, that had no answer
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
	Working   Phase = "working"  // an answer from outside is awaited; keys are kept for later
	Dialling  Phase = "dialling" // an outside number is rung, or talks with the caller; keys are not ours
	Pausing   Phase = "pausing"  // a wait runs
	Sorry     Phase = "sorry"    // the built-in apology plays
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
	if !dialable(call.From) { // a phone in a browser, or a name
		call.From = ""
	}
	return State{Call: call, Revision: p.Revision, Entry: flow, Flow: flow, Lang: p.Default}, nil
}

// clone gives a state that shares nothing that a step changes.
func (s State) clone() State {
	s.Vars, s.Visits, s.Timers = maps.Clone(s.Vars), maps.Clone(s.Visits), maps.Clone(s.Timers)
	s.Back, s.Frames = slices.Clone(s.Back), slices.Clone(s.Frames)
	return s
}
