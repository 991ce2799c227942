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

// Tell puts a fact about the call on record (call.chose, call.language, call.marked, call.fault).
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
func (Relax) effect()      {}
func (Dequeue) effect()    {}
func (Voicemail) effect()  {}
func (Tell) effect()       {}
func (Hangup) effect()     {}
