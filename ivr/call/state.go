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
	Leaving Phase = "leaving" // the caller is gone, the flow still keeps something
	Ended   Phase = "ended"
)

// State is all that is known of a call. It is kept in the journal after every step, so
// that a restart can go on from it.
type State struct {
	ID       ivr.CallID  `json:"id"`
	Channel  string      `json:"channel"`
	From     string      `json:"from"`
	To       string      `json:"to"`
	Revision string      `json:"revision"`
	Arrived  ivr.Stamp   `json:"arrived"`
	Phase    Phase       `json:"phase"`
	Flow     flow.State  `json:"flow"`
	Lang     string      `json:"lang,omitempty"`
	Stay     *Stay       `json:"stay,omitempty"`   // in a queue, talking included
	Talk     *Talk       `json:"talk,omitempty"`   // with an agent
	Leg      *Leg        `json:"leg,omitempty"`    // outside end of a transfer
	Parted   int         `json:"parted,omitempty"` // outside end that was let go last
	Music    bool        `json:"music,omitempty"`  // plays on the caller's channel
	Playing  int         `json:"playing,omitempty"`
	Stopped  int         `json:"stopped,omitempty"` // playback that was cut short last
	Failed   int         `json:"failed,omitempty"`  // playback that failed, not yet told to the flow
	Record   int         `json:"record,omitempty"`
	Recorded *Recorded   `json:"recorded,omitempty"` // a recording that ended, not yet told to the flow
	Unkept   []int       `json:"unkept,omitempty"`   // recordings that are no message (yet)
	Left     ivr.Token   `json:"left,omitempty"`     // lease of the last conversation that is over
	Last     ivr.AgentID `json:"last,omitempty"`     // agent of the last conversation
	Gone     *Gone       `json:"gone,omitempty"`     // how the caller left, while Leaving
}

// Recorded is how a recording ended.
type Recorded struct {
	ID     int           `json:"id"`
	Length time.Duration `json:"length"`
	Failed bool          `json:"failed,omitempty"`
}

// Gone is how and when the caller left.
type Gone struct {
	By    ivr.Side  `json:"by"`
	Cause string    `json:"cause"`
	At    ivr.Stamp `json:"at"`
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
	Bridged  bool        `json:"bridged,omitempty"` // the two have heard each other
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
	// WorkDone: an answer to a Work has come.
	WorkDone struct{ Answer flow.Input }
	// TimerFired: a timer that a SetTimer started ran out.
	TimerFired struct{ Name string }
	// CallerGone: the channel left our application for good.
	CallerGone struct{ Cause string }
	// OfferAccepted: an agent took the offer.
	OfferAccepted struct {
		Agent ivr.AgentID
		Lease ivr.Token
	}
	// ConnectDone: caller and agent are bridged, or could not be.
	ConnectDone struct {
		Lease  ivr.Token
		Failed bool
	}
	// LineChanged: the audio line of the agent in the talk came or went.
	LineChanged struct {
		Agent  ivr.AgentID
		Up     bool
		Silent time.Duration // how long the caller has heard nothing already
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
		Ringing  bool        // the outside end of the transfer is still there
		LegUp    bool        // and has answered
	}
	// LegUp: the outside end of a transfer answered.
	LegUp struct{ ID int }
	// LegGone: it hung up, or was never reached.
	LegGone struct {
		ID    int
		Cause int // ITU-T Q.850; 0 = unknown
	}
)

func (Arrived) event()       {}
func (Digit) event()         {}
func (PlaybackDone) event()  {}
func (RecordingDone) event() {}
func (WorkDone) event()      {}
func (TimerFired) event()    {}
func (CallerGone) event()    {}
func (OfferAccepted) event() {}
func (ConnectDone) event()   {}
func (LineChanged) event()   {}
func (Asked) event()         {}
func (Resumed) event()       {}
func (LegUp) event()         {}
func (LegGone) event()       {}

// Action is one thing to do after the decision is durable, in order; timers and what the
// queue is told of the waiting call (Enqueue, Relax, Leave, Bridged) need not wait for that.
type Action interface{ action() }

// The actions of a call.
type (
	// Answer answers the channel.
	Answer struct{}
	// Play plays sounds as playback ID; PlaybackDone follows.
	Play struct {
		ID     int
		Sounds []Sound
	}
	// StopPlay cuts a playback short.
	StopPlay struct{ ID int }
	// Skip moves a playback under way, forward or back.
	Skip struct {
		ID      int
		Forward bool
	}
	// Pause halts a playback, or lets it go on.
	Pause struct {
		ID int
		On bool
	}
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
	// Work has something done outside of the call: a Fetch, Casework, Book or Remember of the
	// flow. WorkDone follows for all but Remember.
	Work struct {
		Effect flow.Effect
		Audio  string // file that the Casework's recording becomes
		Lang   string
	}
	// File fetches a finished recording and files it.
	File struct{ Message Message }
	// Discard removes recordings that nobody keeps.
	Discard struct{ IDs []int }
	// Connect puts the caller into the agent's bridge.
	Connect struct{ Talk Talk }
	// Disconnect takes the caller out of the agent's bridge.
	Disconnect struct{ Agent ivr.AgentID }
	// Dial rings an outside number; LegUp or LegGone follows.
	Dial struct {
		ID       int
		To       string
		CallerID string
		Ring     time.Duration
	}
	// HangLeg hangs the outside end up; LegGone follows.
	HangLeg struct{ ID int }
	// Join connects caller and outside end.
	Join struct{ ID int }
	// Part removes what connected them.
	Part struct{ ID int }
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
func (Skip) action()       {}
func (Pause) action()      {}
func (CheckPlay) action()  {}
func (Music) action()      {}
func (Record) action()     {}
func (StopRecord) action() {}
func (Work) action()       {}
func (File) action()       {}
func (Discard) action()    {}
func (Connect) action()    {}
func (Disconnect) action() {}
func (Dial) action()       {}
func (HangLeg) action()    {}
func (Join) action()       {}
func (Part) action()       {}
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

// Sound is one sound in order of preference: the file, the speech for it, the language's
// apology. The first that is there is played.
type Sound []string

// Decision is what a step decided.
type Decision struct {
	Facts   []ivr.Fact
	Actions []Action
	Files   []Message // recordings to be filed: kept in the journal until they are
	Trace   []Traced  // the flow's steps, for people
	Last    bool      // nothing follows: the call can be forgotten when this is done
}

// Traced is one step of the flow.
type Traced struct {
	At            time.Time
	Before, After flow.State
	Input         flow.Input
	Effects       []flow.Effect
	Way           []flow.Passage
}

// Message is a recording that is to be kept, and whose audio is still with Asterisk.
type Message struct {
	Call      ivr.CallID `json:"call"`
	Recording string     `json:"recording"`     // Asterisk's name of it
	File      string     `json:"file"`          // to become, below the recordings folder
	Box       string     `json:"box,omitempty"` // "" = it belongs to a case
	Length    ivr.Millis `json:"length"`
	Lang      string     `json:"lang,omitempty"`
	Filed     bool       `json:"filed,omitempty"` // only Asterisk's own copy is still to be removed
}
