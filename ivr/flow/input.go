package flow

import (
	"time"

	"talian/ivr"
	"talian/ivr/hours"
)

// Input is something that happened to the call, as far as the flow is concerned.
type Input interface{ input() }

// Start begins the call at its entry flow.
type Start struct{}

// Resume follows a restart of the engine: timers and playbacks are gone, music may
// still play, the queue knows the call. The current question is asked again.
type Resume struct{}

// Key is one key that the caller pressed: 0-9 * #.
type Key struct{ Key byte }

// Played says that a playback is over, to its end or cut short.
type Played struct {
	ID     int
	Failed bool // nothing was audible
}

// Fired says that a timer ran out.
type Fired struct{ Name string }

// Recorded says that a recording is over.
type Recorded struct {
	ID     int
	Length time.Duration
	Failed bool
}

// Requeued says that the agent who talked with the caller is lost: the call waits again,
// at its old place.
type Requeued struct{}

// QueueLeft says that the stay in the queue is over.
type QueueLeft struct{ Outcome ivr.Outcome }

// Fetched brings an outside service's answer.
type Fetched struct {
	ID      int
	Status  int    // of HTTP; 0 when there was no answer
	Body    []byte // at most MaxReply bytes
	Failure string // "", timeout, or error with the reason behind a colon
}

// MaxReply is the longest answer of a service that is looked at, in bytes.
const MaxReply = 64 << 10

// CaseDone brings the case desk's answer.
type CaseDone struct {
	ID     int
	Found  bool              // false: no case has this number
	Fields map[string]string // as CaseResults names them
	Failed bool
}

// Booked brings the answer to Book.
type Booked struct {
	ID     int
	Full   bool // somebody else was quicker
	Failed bool
}

// Dialled says that a Dial is over.
type Dialled struct {
	ID      int
	Outcome string // ended, busy, no_answer or failed
}

// HungUp says that the caller is gone. Only silent nodes run afterwards.
type HungUp struct{}

func (Start) input()     {}
func (Resume) input()    {}
func (Key) input()       {}
func (Played) input()    {}
func (Fired) input()     {}
func (Recorded) input()  {}
func (Requeued) input()  {}
func (QueueLeft) input() {}
func (Fetched) input()   {}
func (CaseDone) input()  {}
func (Booked) input()    {}
func (Dialled) input()   {}
func (HungUp) input()    {}

// World is what a flow may look at while it takes a step; it must not change during one.
type World struct {
	Now   time.Time
	Hours func(calendar string) (hours.Status, error)
	Queue func(queue string) QueueView
	// Able tells whether an agent on shift has these skills; nil = whoever is on shift has them.
	Able func(skills map[string]string) bool
	// BoxFull tells that a voicemail box takes no more messages; nil = no box is ever full.
	BoxFull func(box string) bool
	// Slots gives the next free slots for a callback; nil = there are none.
	Slots func(queue string, by SlotRule) []Slot
	// Remembered gives the language that a caller's number chose last; nil or "" = none.
	Remembered func(number string) string
}

// Slot is a time in which somebody may be called back.
type Slot struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// SlotRule says which slots there are.
type SlotRule struct {
	Calendar string
	Each     time.Duration // length of one
	Capacity int           // callbacks in one, over all callers of the queue
	Ahead    int           // how many free ones are wanted
}

// QueueView is what a flow may know of a queue.
type QueueView struct {
	Waiting  int           // callers waiting, this one included
	Agents   int           // agents on shift, whatever their skills
	Position int           // of this call, from 1; 0 = not in the queue
	Wait     time.Duration // reckoned for a caller who joins now
}
