package store

import (
	"time"

	"talian/ivr"
)

// Overflowed is the outcome of a stay that ended because the call entered another queue.
const Overflowed ivr.Outcome = "overflowed"

// Call is the record of one call. Zero times and "" mean: not yet, or never.
type Call struct {
	ID       ivr.CallID
	From     string // caller's number; "" when withheld
	To       string // number dialled
	Flow     string
	Revision string
	Lang     string
	Path     []string // the way through the menus, in words

	Arrived   ivr.Stamp // first INVITE seen
	Answered  time.Time
	Queued    time.Time // Queued, Offered, Connected: the first time
	Offered   time.Time
	Connected time.Time
	Held      ivr.Millis // sum of finished holds
	Ended     time.Time  // the last conversation over
	EndedBy   ivr.Side   // who ended it
	Wrapped   time.Time
	Gone      time.Time // the caller is gone
	GoneBy    ivr.Side
	Cause     string
}

func (c *Call) fields() []any {
	return []any{&c.ID, &c.From, &c.To, &c.Flow, &c.Revision, &c.Lang, text[[]string]{&c.Path},
		wall{&c.Arrived.At}, &c.Arrived.Mono, wall{&c.Answered}, wall{&c.Queued}, wall{&c.Offered}, wall{&c.Connected},
		&c.Held, wall{&c.Ended}, &c.EndedBy, wall{&c.Wrapped}, wall{&c.Gone}, &c.GoneBy, &c.Cause}
}

// Stay is the record of one stay of a call in a queue, with the conversation that came
// of it. nil durations mean: not yet, or never.
type Stay struct {
	Call        ivr.CallID
	N           int // 1, 2 ... within the call
	Queue       string
	Cluster     string
	Lang        string
	Transferred bool // the caller had spoken to an agent before

	Queued      ivr.Stamp
	Left        time.Time
	Outcome     ivr.Outcome // "" while the caller waits
	Wait        *ivr.Millis // from Queued to Left
	ArrivalWait *ivr.Millis // from the call's arrival to Connected

	Agent     ivr.AgentID
	Lease     ivr.Token
	Connected ivr.Stamp
	HeldSince ivr.Stamp  // of the hold in progress
	Hold      ivr.Millis // sum of finished holds
	Ended     ivr.Stamp  // conversation over
	EndedBy   ivr.Side
	Talk      *ivr.Millis // from Connected to Ended, without Hold
	Wrapped   time.Time
	Wrap      *ivr.Millis // from Ended to the disposition or the end of wrap-up

	Disposition string
	Note        string
}

func (s *Stay) fields() []any {
	return []any{&s.Call, &s.N, &s.Queue, &s.Cluster, &s.Lang, &s.Transferred, wall{&s.Queued.At}, &s.Queued.Mono,
		wall{&s.Left}, &s.Outcome, &s.Wait, &s.ArrivalWait, &s.Agent, &s.Lease, wall{&s.Connected.At}, &s.Connected.Mono,
		wall{&s.HeldSince.At}, &s.HeldSince.Mono, &s.Hold, wall{&s.Ended.At}, &s.Ended.Mono, &s.EndedBy, &s.Talk,
		wall{&s.Wrapped}, &s.Wrap, &s.Disposition, &s.Note}
}

func (s *Stay) waiting() bool { return s.Outcome == "" }
func (s *Stay) talking() bool { return !s.Connected.At.IsZero() && s.Ended.At.IsZero() }

// Offer is the record of one offer of a call to an agent.
type Offer struct {
	Lease   ivr.Token
	Call    ivr.CallID
	Stay    int // Stay.N; 0 = none
	Agent   ivr.AgentID
	Offered ivr.Stamp
	Until   time.Time
	How     ivr.OfferEnd // "" while it rings
	Ended   time.Time
	Ring    *ivr.Millis // from Offered to Ended
}

func (o *Offer) fields() []any {
	return []any{&o.Lease, &o.Call, &o.Stay, &o.Agent, wall{&o.Offered.At}, &o.Offered.Mono, wall{&o.Until},
		&o.How, wall{&o.Ended}, &o.Ring}
}

// Voicemail is the record of one message.
type Voicemail struct {
	ID     string
	Call   ivr.CallID
	Box    string
	File   string // below run/recordings
	Length ivr.Millis
	Lang   string
	At     time.Time
	From   string
}

func (v *Voicemail) fields() []any {
	return []any{&v.ID, &v.Call, &v.Box, &v.File, &v.Length, &v.Lang, wall{&v.At}, &v.From}
}

// AgentState is a stretch of time that an agent spent in one state for one reason.
type AgentState struct {
	Source string // journal
	Seq    uint64 // of the fact that began it
	Agent  ivr.AgentID
	State  ivr.AgentState
	Reason string
	Call   ivr.CallID
	Began  ivr.Stamp
	Ended  time.Time   // zero while it lasts
	Length *ivr.Millis // nil while it lasts
}

func (a *AgentState) fields() []any {
	return []any{&a.Source, &a.Seq, &a.Agent, &a.State, &a.Reason, &a.Call, wall{&a.Began.At}, &a.Began.Mono,
		wall{&a.Ended}, &a.Length}
}
