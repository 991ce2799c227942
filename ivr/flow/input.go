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

// QueueLeft says that the stay in the queue is over.
type QueueLeft struct{ Outcome ivr.Outcome }

// HungUp says that the caller is gone. Only silent nodes run afterwards.
type HungUp struct{}

func (Start) input()     {}
func (Resume) input()    {}
func (Key) input()       {}
func (Played) input()    {}
func (Fired) input()     {}
func (Recorded) input()  {}
func (QueueLeft) input() {}
func (HungUp) input()    {}

// World is what a flow may look at while it takes a step; it must not change during one.
type World struct {
	Now   time.Time
	Hours func(calendar string) (hours.Status, error)
	Queue func(queue string) QueueView
	// BoxFull tells that a voicemail box takes no more messages; nil = no box is ever full.
	BoxFull func(box string) bool
}

// QueueView is what a flow may know of a queue.
type QueueView struct {
	Waiting  int           // callers waiting, this one included
	Agents   int           // signed-in agents who could take this call (before it is queued: any call)
	Position int           // of this call, from 1; 0 = not in the queue
	Wait     time.Duration // reckoned for a caller who joins now
}
