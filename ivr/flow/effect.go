package flow

import (
	"time"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Effect is something that the call must do for the flow. The call carries effects out
// in the order given, after the facts among them are in the journal.
type Effect interface{ effect() }

// Play plays pieces one after the other as one playback. Exactly one Played with the
// same ID follows, also after StopPlay and when nothing could be played.
type Play struct {
	ID    int // counts up within the call
	Items []prompt.Item
}

// StopPlay cuts a playback short; its Played still comes.
type StopPlay struct{ ID int }

// Music starts waiting music on the caller's channel, or stops it. A Play interrupts
// music for good: Music is asked for again after Played.
type Music struct {
	On    bool
	Class string // "" = the default class
}

// SetTimer asks for a Fired with the same name after a while. Setting a name again moves it.
type SetTimer struct {
	Name  string
	After time.Duration
}

// StopTimer takes a timer back; a Fired under way is told apart by the interpreter.
type StopTimer struct{ Name string }

// Record records the caller. Exactly one Recorded with the same ID follows.
type Record struct {
	ID         int // shares the count of Play
	Max        time.Duration
	MaxSilence time.Duration // 0 = no limit
	EndKey     string        // one of * # any none
	Beep       bool
}

// StopRecord ends a recording; its Recorded still comes.
type StopRecord struct{ ID int }

// Enqueue puts the call into a queue. One QueueLeft follows when an agent's conversation
// is over, or after Dequeue.
type Enqueue struct {
	Queue    string
	Skills   map[string]string // kind to value; "" asks for nothing
	Priority int
}

// TurnAway puts on record that the caller asked for a queue and was not let in: a stay that
// was over as it began. Neither queue nor agents hear of it, and nothing follows.
type TurnAway struct {
	Asked   Enqueue
	Outcome ivr.Outcome // full, no_agents, or fault when it cannot be told what to ask for
}

// Relax drops a required skill of a waiting call.
type Relax struct{ Skill string }

// Dequeue takes the call out of its queue. When an agent was quicker it has no effect.
type Dequeue struct{ Outcome ivr.Outcome }

// Voicemail files a finished recording as a message in a box.
type Voicemail struct {
	Recording int // Record.ID
	Box       string
	Length    time.Duration
	Lang      string
}

// Fetch asks an outside service. Exactly one Fetched with the same ID follows. A restart
// may ask again with the same Key.
type Fetch struct {
	ID      int // shares the count of Play
	Service string
	Method  string // GET, POST or PUT
	Path    string // escaped, with a leading slash; may hold a query
	Body    string // JSON; "" = none
	Timeout time.Duration
	Retries int
	Key     string // idempotency key of this visit: call, node and visit
}

// Casework has the case desk do something. Exactly one CaseDone with the same ID follows. A
// restart may ask again with the same Key, and nothing is done twice.
type Casework struct {
	ID     int    // shares the count of Play
	Do     string // open, find, append or draft
	Desk   string
	Number ivr.CaseNumber    // of find and append
	Fields map[string]string // the rest, by the names of CaseFields
	Audio  Clip              // zero = none
	Key    string
}

// Book asks for a callback in a slot. Exactly one Booked with the same ID follows.
type Book struct {
	ID       int
	Queue    string
	Skills   map[string]string // as in Enqueue
	Number   string
	Slot     Slot
	Capacity int // callbacks that one slot of this queue takes
	Key      string
}

// Dial rings an outside number and connects the caller with whoever answers. Exactly one
// Dialled with the same ID follows, when both are parted again or nobody answered.
type Dial struct {
	ID       int
	To       string
	CallerID string // "" = the number dialled by our caller
	Ring     time.Duration
	Max      time.Duration // longest conversation
	Music    string        // class, until somebody answers
}

// Skip moves a playback under way: forward, or back when By is below zero.
type Skip struct {
	ID int
	By time.Duration
}

// Pause halts a playback, or lets it go on.
type Pause struct {
	ID int
	On bool
}

// Remember keeps the caller's language for later calls from the same number.
type Remember struct {
	Lang string
	For  time.Duration
}

// Tell puts a fact about the call on record (call.chose, call.language, call.marked, call.fault,
// survey.begun, survey.answered, survey.ended).
type Tell struct{ Body ivr.Body }

// Hangup ends the call; nothing follows.
type Hangup struct{ Cause string }

func (Play) effect()       {}
func (StopPlay) effect()   {}
func (Music) effect()      {}
func (SetTimer) effect()   {}
func (StopTimer) effect()  {}
func (Record) effect()     {}
func (StopRecord) effect() {}
func (Enqueue) effect()    {}
func (TurnAway) effect()   {}
func (Relax) effect()      {}
func (Dequeue) effect()    {}
func (Voicemail) effect()  {}
func (Fetch) effect()      {}
func (Casework) effect()   {}
func (Book) effect()       {}
func (Dial) effect()       {}
func (Skip) effect()       {}
func (Pause) effect()      {}
func (Remember) effect()   {}
func (Tell) effect()       {}
func (Hangup) effect()     {}
