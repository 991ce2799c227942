package store

import (
	"strconv"
	"time"

	"talian/ivr"
)

// life is all records of one call. apply is pure: the same facts give the same records,
// in whatever portions they come.
type life struct {
	call       Call
	stays      []*Stay
	offers     []*Offer
	voicemails []*Voicemail
	transfers  []*Transfer
}

// newLife begins the records of a call with its first known fact. That is CallArrived,
// unless the journal no longer has it.
func newLife(f ivr.Fact) *life {
	return &life{call: Call{ID: f.Call, Path: []string{}, Arrived: f.Stamp()}}
}

func (l *life) apply(f ivr.Fact) {
	now := f.Stamp()
	switch body := f.Body.(type) {
	case ivr.CallArrived:
		l.arrived(now, body)
	case ivr.CallAnswered:
		first(&l.call.Answered, now)
	case ivr.CallLanguage:
		l.call.Lang = body.Lang
	case ivr.CallChose:
		if body.Words != "" {
			l.call.Path = append(l.call.Path, body.Words)
		}
	case ivr.CallQueued:
		l.queued(now, body)
	case ivr.CallDequeued:
		l.leave(now, body.Outcome)
	case ivr.CallOffered:
		l.offered(now, f.Agent, body)
	case ivr.CallOfferEnded:
		l.offerEnded(now, body)
	case ivr.CallConnected:
		l.connected(now, f.Agent, body)
	case ivr.CallHeld:
		if s := l.talk(); s != nil && s.HeldSince.At.IsZero() {
			s.HeldSince = now
		}
	case ivr.CallRetrieved:
		l.endHold(now)
	case ivr.CallReleased:
		if body.Unbridged {
			l.unanswered()
			break
		}
		l.endTalk(now, body.By)
	case ivr.CallEnded:
		l.ended(now, body)
	case ivr.CallWrapped:
		l.wrapped(now, l.latestOf(f.Agent))
	case ivr.CallDisposed:
		l.disposed(now, f.Agent, body)
	case ivr.VoicemailLeft:
		l.voicemail(now, body)
	default:
		l.transferred(now, f.Body)
	}
}

func first(clock *time.Time, now ivr.Stamp) {
	if clock.IsZero() {
		*clock = now.At
	}
}

// arrived goes back by the time that the call waited for us before the fact.
func (l *life) arrived(now ivr.Stamp, body ivr.CallArrived) {
	c := &l.call
	c.From, c.To, c.Flow, c.Revision = body.From, body.To, body.Flow, body.Revision
	c.Arrived = ivr.Stamp{At: now.At.Add(-body.Waited.Duration()), Mono: now.Mono - body.Waited}
}

func (l *life) queued(now ivr.Stamp, body ivr.CallQueued) {
	l.endTalk(now, ivr.SideSystem)
	if s := l.last(); s != nil && s.waiting() && s.Queue == body.Queue {
		return // still at the same place: the agent who took the offer could not be bridged
	}
	l.leave(now, Overflowed)
	first(&l.call.Queued, now)
	lang := body.Skills["language"]
	if lang == "" {
		lang = l.call.Lang
	}
	l.stays = append(l.stays, &Stay{Call: l.call.ID, N: len(l.stays) + 1, Queue: body.Queue,
		Cluster: body.Skills["cluster"], Lang: lang, Queued: now, Transferred: !l.call.Connected.IsZero()})
}

// last gives the latest stay, or nil.
func (l *life) last() *Stay {
	if len(l.stays) == 0 {
		return nil
	}
	return l.stays[len(l.stays)-1]
}

// talk gives the stay whose conversation is going on, or nil.
func (l *life) talk() *Stay {
	if s := l.last(); s != nil && s.talking() {
		return s
	}
	return nil
}

// latestOf gives the latest stay that the agent answered, or nil.
func (l *life) latestOf(agent ivr.AgentID) *Stay {
	for i := len(l.stays) - 1; i >= 0; i-- {
		if s := l.stays[i]; s.Agent == agent && !s.Connected.At.IsZero() {
			return s
		}
	}
	return nil
}

// leave ends the wait, if the caller waits.
func (l *life) leave(now ivr.Stamp, outcome ivr.Outcome) {
	s := l.last()
	if s == nil || !s.waiting() {
		return
	}
	wait := now.Since(s.Queued)
	s.Left, s.Outcome, s.Wait = now.At, outcome, &wait
}

func (l *life) offered(now ivr.Stamp, agent ivr.AgentID, body ivr.CallOffered) {
	for _, o := range l.offers {
		if o.Lease == body.Lease {
			return // a lease is one offer
		}
	}
	first(&l.call.Offered, now)
	stay := 0
	if s := l.last(); s != nil {
		stay = s.N
	}
	l.offers = append(l.offers, &Offer{Lease: body.Lease, Call: l.call.ID, Stay: stay, Agent: agent,
		Offered: now, Until: body.Until})
}

func (l *life) offerEnded(now ivr.Stamp, body ivr.CallOfferEnded) {
	for _, o := range l.offers {
		if o.Lease == body.Lease {
			o.end(now, body.How)
		}
	}
}

func (o *Offer) end(now ivr.Stamp, how ivr.OfferEnd) {
	if o.How != "" {
		return
	}
	ring := now.Since(o.Offered)
	o.How, o.Ended, o.Ring = how, now.At, &ring
}

func (l *life) connected(now ivr.Stamp, agent ivr.AgentID, body ivr.CallConnected) {
	first(&l.call.Connected, now)
	s := l.last()
	if s == nil || !s.waiting() {
		return // connected without a queue: no stay to answer
	}
	l.leave(now, ivr.OutcomeAnswered)
	sinceArrival := now.Since(l.call.Arrived)
	s.Agent, s.Lease, s.Connected, s.ArrivalWait = agent, body.Lease, now, &sinceArrival
}

// unanswered takes connected back: the caller waits as before.
func (l *life) unanswered() {
	s := l.talk()
	if s == nil {
		return
	}
	if l.call.Connected.Equal(s.Connected.At) {
		l.call.Connected = time.Time{}
	}
	s.Agent, s.Lease, s.Connected, s.ArrivalWait = "", "", ivr.Stamp{}, nil
	s.Left, s.Outcome, s.Wait = time.Time{}, "", nil
}

func (l *life) endHold(now ivr.Stamp) {
	s := l.talk()
	if s == nil || s.HeldSince.At.IsZero() {
		return
	}
	held := now.Since(s.HeldSince)
	s.Hold += held
	l.call.Held += held
	s.HeldSince = ivr.Stamp{}
}

func (l *life) endTalk(now ivr.Stamp, by ivr.Side) {
	s := l.talk()
	if s == nil {
		return
	}
	l.endHold(now)
	talk := max(0, now.Since(s.Connected)-s.Hold)
	s.Ended, s.EndedBy, s.Talk = now, by, &talk
	l.call.Ended, l.call.EndedBy = now.At, by
}

// ended closes all that the end of a call closes; only wrap-up and disposition may
// follow. A caller who hangs up while waiting has abandoned; any other end is a fault.
func (l *life) ended(now ivr.Stamp, body ivr.CallEnded) {
	l.endTalk(now, body.By)
	if body.By == ivr.SideCaller {
		l.leave(now, ivr.OutcomeAbandoned)
	} else {
		l.leave(now, ivr.OutcomeFault)
	}
	for _, o := range l.offers {
		o.end(now, ivr.OfferWithdrawn)
	}
	l.endTransfer(now, body.By)
	if l.call.Gone.IsZero() {
		l.call.Gone, l.call.GoneBy, l.call.Cause = now.At, body.By, body.Cause
	}
}

// wrapped ends the after-call work of s, once.
func (l *life) wrapped(now ivr.Stamp, s *Stay) {
	if s == nil || s.Ended.At.IsZero() || s.Wrap != nil {
		return
	}
	wrap := now.Since(s.Ended)
	s.Wrapped, s.Wrap = now.At, &wrap
	l.call.Wrapped = now.At
}

// disposed notes the disposition; after the conversation it also ends the after-call work.
func (l *life) disposed(now ivr.Stamp, agent ivr.AgentID, body ivr.CallDisposed) {
	s := l.latestOf(agent)
	if s == nil {
		return
	}
	s.Disposition, s.Note = body.Disposition, body.Note
	l.wrapped(now, s)
}

func (l *life) voicemail(now ivr.Stamp, body ivr.VoicemailLeft) {
	id := string(l.call.ID) + "-" + strconv.Itoa(len(l.voicemails)+1)
	lang := body.Lang
	if lang == "" {
		lang = l.call.Lang
	}
	l.voicemails = append(l.voicemails, &Voicemail{ID: id, Call: l.call.ID, Box: body.Box, File: body.File,
		Length: body.Length, Lang: lang, At: now.At, From: l.call.From})
}
