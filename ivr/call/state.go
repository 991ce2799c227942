package call

import (
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
)

// StateKind is the kind of the calls' states in the journal.
const StateKind = "call"

// Phase says where a call is.
type Phase string

// The phases of a call.
const (
	InFlow  Phase = "ivr"
	Waiting Phase = "waiting"
	Talking Phase = "talking"
	Ended   Phase = "ended"
)

// State is all that is known of a call. It is kept in the journal after every step, so
// that a restart can go on from it.
type State struct {
	ID       ivr.CallID `json:"id"`
	Channel  string     `json:"channel"`
	From     string     `json:"from"`
	To       string     `json:"to"`
	Revision string     `json:"revision"`
	Arrived  ivr.Stamp  `json:"arrived"`
	Phase    Phase      `json:"phase"`
	Flow     flow.State `json:"flow"`
	Lang     string     `json:"lang,omitempty"`
	Stay     *Stay      `json:"stay,omitempty"`  // in a queue, talking included
	Talk     *Talk      `json:"talk,omitempty"`  // with an agent
	Music    bool       `json:"music,omitempty"` // plays on the caller's channel
	Playing  int        `json:"playing,omitempty"`
	Failed   int        `json:"failed,omitempty"` // playback that failed, not yet told to the flow
	Record   int        `json:"record,omitempty"`
	Unkept   []int      `json:"unkept,omitempty"` // recordings that are no message (yet)
	Left     ivr.Token  `json:"left,omitempty"`   // lease of the last conversation that is over
}

// Stay is a stay in a queue.
type Stay struct {
	Queue    string            `json:"queue"`
	Skills   map[string]string `json:"skills,omitempty"`
	Priority int               `json:"priority,omitempty"`
	Queued   ivr.Stamp         `json:"queued"`
}

// Talk is a conversation with an agent.
type Talk struct {
	Agent    ivr.AgentID `json:"agent"`
	Lease    ivr.Token   `json:"lease"`
	Held     bool        `json:"held,omitempty"`
	LineLost bool        `json:"line_lost,omitempty"` // the agent's audio is away
}

// Event is something that happened to the call.
type Event interface{ event() }

// The events of a call.
type (
	// Arrived: the channel entered our application.
	Arrived struct{}
	// Digit: the caller pressed a key.
	Digit struct{ Key byte }
	// PlaybackDone: a playback ended, or could not begin.
	PlaybackDone struct {
		ID     int
		Failed bool
	}
	// RecordingDone: a recording ended, or could not begin.
	RecordingDone struct {
		ID     int
		Length time.Duration
		Failed bool
	}
	// TimerFired: a timer that a SetTimer started ran out.
	TimerFired struct{ Name string }
	// CallerGone: the channel left our application for good.
	CallerGone struct{ Cause string }
	// OfferAccepted: an agent took the offer.
	OfferAccepted struct {
		Agent ivr.AgentID
		Lease ivr.Token
	}
	// ConnectFailed: caller and agent could not be bridged.
	ConnectFailed struct{ Lease ivr.Token }
	// LineChanged: the audio line of the agent in the talk came or went.
	LineChanged struct {
		Agent ivr.AgentID
		Up    bool
	}
	// Asked: the agent wants hold, retrieve, digits or end. Exactly one Reply follows.
	Asked struct {
		Agent ivr.AgentID
		Want  ivr.Want
		Reply func(error)
	}
	// Resumed: we were away (a restart, or the events were cut), and the channel is still
	// there. What was decided last may not have been carried out.
	Resumed struct {
		With     ivr.AgentID // whose bridge the channel is in; "" = none
		Answered bool        // the channel is up
	}
)

func (Arrived) event()       {}
func (Digit) event()         {}
func (PlaybackDone) event()  {}
func (RecordingDone) event() {}
func (TimerFired) event()    {}
func (CallerGone) event()    {}
func (OfferAccepted) event() {}
func (ConnectFailed) event() {}
func (LineChanged) event()   {}
func (Asked) event()         {}
func (Resumed) event()       {}

// Action is one thing to do after the decision is durable, in order; timers and what the
// queue is told of the waiting call (Enqueue, Relax, Leave, Bridged) need not wait for that.
type Action interface{ action() }

// The actions of a call.
type (
	// Answer answers the channel.
	Answer struct{}
	// Play plays files as playback ID; PlaybackDone follows.
	Play struct {
		ID    int
		Files []string
	}
	// StopPlay cuts a playback short.
	StopPlay struct{ ID int }
	// CheckPlay asks whether a playback is still there; PlaybackDone follows when it is not.
	CheckPlay struct{ ID int }
	// Music starts or stops music on the caller's channel.
	Music struct {
		On    bool
		Class string
	}
	// Record records the caller; RecordingDone follows.
	Record struct {
		ID  int
		How asterisk.Recording
	}
	// StopRecord ends a recording.
	StopRecord struct{ ID int }
	// File fetches a finished recording and files it as voicemail.
	File struct{ Message Message }
	// Discard removes recordings that nobody keeps.
	Discard struct{ IDs []int }
	// Connect puts the caller into the agent's bridge.
	Connect struct{ Talk Talk }
	// Disconnect takes the caller out of the agent's bridge.
	Disconnect struct{ Agent ivr.AgentID }
	// SendDigits sends keys to the caller's side.
	SendDigits struct{ Digits string }
	// Enqueue takes the call into the queue.
	Enqueue struct{ Stay Stay }
	// Relax drops a required skill.
	Relax struct{ Skill string }
	// Leave takes the call out of the queue.
	Leave struct{}
	// Bridged tells the queue that the caller is with the agent.
	Bridged struct{}
	// Release tells the queue that the agent is done with the call.
	Release struct {
		Talk   Talk
		Talked bool
	}
	// Reply answers an Asked.
	Reply struct {
		To  func(error)
		Err error
	}
	// Hangup ends the caller's channel.
	Hangup struct{}
	// SetTimer and StopTimer are done at once, not after the journal.
	SetTimer struct {
		Name  string
		After time.Duration
	}
	// StopTimer takes a timer back.
	StopTimer struct{ Name string }
)

func (Answer) action()     {}
func (Play) action()       {}
func (StopPlay) action()   {}
func (CheckPlay) action()  {}
func (Music) action()      {}
func (Record) action()     {}
func (StopRecord) action() {}
func (File) action()       {}
func (Discard) action()    {}
func (Connect) action()    {}
func (Disconnect) action() {}
func (SendDigits) action() {}
func (Enqueue) action()    {}
func (Relax) action()      {}
func (Leave) action()      {}
func (Bridged) action()    {}
func (Release) action()    {}
func (Reply) action()      {}
func (Hangup) action()     {}
func (SetTimer) action()   {}
func (StopTimer) action()  {}

// Decision is what a step decided.
type Decision struct {
	Facts   []ivr.Fact
	Actions []Action
	Files   []Message // voicemails to be filed: kept in the journal until they are
	Last    bool      // nothing follows: the call can be forgotten when this is done
}

// Message is a voicemail whose audio is still with Asterisk.
type Message struct {
	Call      ivr.CallID `json:"call"`
	Recording string     `json:"recording"` // Asterisk's name of it
	Box       string     `json:"box"`
	Length    ivr.Millis `json:"length"`
	Lang      string     `json:"lang,omitempty"`
	Filed     bool       `json:"filed,omitempty"` // only Asterisk's own copy is still to be removed
}
