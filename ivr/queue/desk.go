package queue

import (
	"fmt"
	"slices"
	"time"

	"talian/ivr"
)

// extension is how much one ExtendWrap adds.
const extension = time.Minute

// lineGrace is how long a ready agent whose line is lost stays ready, without offers: the
// desk restores a line by itself, after a reload, in another tab, after a restart of Asterisk.
const lineGrace = 20 * time.Second

// signIn begins a shift; a profile sent again replaces the old one.
func (p *pool) signIn(id ivr.AgentID, profile ivr.Profile, now ivr.Stamp) {
	p.fact(ivr.Fact{Agent: id, Body: ivr.AgentSignedIn{Profile: profile}})
	if a, known := p.agents[id]; known {
		a.Profile, a.present = profile, true
		p.keep(a)
		p.serve(a, now)
		return
	}
	a := &Agent{ID: id, Profile: profile, present: true}
	a.become(ivr.NotReady, ivr.ReasonSignedIn, now)
	p.agents[id] = a
	p.changed(a)
}

// signOut ends a shift. Wrap-up ends with it.
func (p *pool) signOut(id ivr.AgentID, now ivr.Stamp) *ivr.Error {
	a, known := p.agents[id]
	if !known {
		return nil
	}
	if a.occupied() {
		return ivr.NewError(ivr.CodeConflict, "a call is offered or in progress; end it first")
	}
	if a.State == ivr.WrapUp {
		p.fact(ivr.Fact{Call: a.Call, Agent: id, Body: ivr.CallWrapped{}})
	}
	a.become(ivr.LoggedOut, "", now)
	p.changed(a)
	p.fact(ivr.Fact{Agent: id, Body: ivr.AgentSignedOut{}})
	delete(p.agents, id)
	return nil
}

// setState: the agent chooses ready or not_ready; with a call it becomes the pending next state.
func (p *pool) setState(id ivr.AgentID, state ivr.AgentState, reason string, now ivr.Stamp) *ivr.Error {
	a, known := p.agents[id]
	if !known {
		return ivr.NewError(ivr.CodeNotSignedIn, "you are not signed in; start the shift first")
	}
	switch state {
	case ivr.Ready:
		reason = ""
	case ivr.NotReady:
		if !slices.Contains(ivr.NotReadyReasons(), reason) {
			return ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("reason %q is not one of %v", reason, ivr.NotReadyReasons()))
		}
	case ivr.LoggedOut, ivr.Reserved, ivr.Busy, ivr.WrapUp:
		return ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("state %q cannot be chosen; choose ready or not_ready", state))
	}
	if a.occupied() || a.State == ivr.WrapUp {
		a.Next = ivr.Next{State: state, Reason: reason}
		p.changed(a)
		return nil
	}
	if state == ivr.Ready && !a.Line {
		return ivr.NewError(ivr.CodeLineDown, "your audio line is down; restore it first")
	}
	if a.State == state && a.Reason == reason {
		return nil
	}
	a.become(state, reason, now)
	p.changed(a)
	p.serve(a, now)
	return nil
}

// inWrapUp gives the agent when in wrap-up.
func (p *pool) inWrapUp(id ivr.AgentID) (*Agent, *ivr.Error) {
	a, known := p.agents[id]
	if !known || a.State != ivr.WrapUp {
		return nil, ivr.NewError(ivr.CodeConflict, "there is no after-call work to do")
	}
	return a, nil
}

// extendWrap adds a minute to the wrap-up, once.
func (p *pool) extendWrap(id ivr.AgentID) *ivr.Error {
	a, err := p.inWrapUp(id)
	if err != nil {
		return err
	}
	if a.Extended {
		return ivr.NewError(ivr.CodeConflict, "the time was already extended once")
	}
	a.Extended, a.Until = true, later(a.Until, extension)
	p.changed(a)
	return nil
}

// dispose notes what a call was about: the present one, the one in wrap-up (which it
// ends), or a former one (late).
func (p *pool) dispose(id ivr.AgentID, call ivr.CallID, d ivr.Dispose, now ivr.Stamp) *ivr.Error {
	a, known := p.agents[id]
	if !known {
		return ivr.NewError(ivr.CodeNotSignedIn, "you are not signed in; start the shift first")
	}
	if call == "" {
		call = a.Call
	}
	if call == "" {
		return ivr.NewError(ivr.CodeInvalid, "name the call")
	}
	p.fact(ivr.Fact{Call: call, Agent: id, Body: ivr.CallDisposed{Disposition: d.Disposition, Note: d.Note}})
	if a.State == ivr.WrapUp && a.Call == call {
		p.endWrap(a, false, now)
	}
	return nil
}

// setLine: the agent's audio line is up, or not. An offer is lost, and a ready agent has a
// while to get the line back; a conversation goes on for the call to decide.
func (p *pool) setLine(id ivr.AgentID, up bool, now ivr.Stamp) {
	a, known := p.agents[id]
	if !known || a.Line && up {
		return
	}
	a.Line = up
	if a.State == ivr.Ready {
		a.await(now)
	}
	p.keep(a)
	switch {
	case up:
		p.serve(a, now)
	case a.State == ivr.Reserved:
		p.lose(a, ivr.OfferLineLost, "", now)
	}
}

// setPresent: the agent's desk is connected, or not.
func (p *pool) setPresent(id ivr.AgentID, present bool, now ivr.Stamp) {
	a, known := p.agents[id]
	if !known || a.present == present {
		return
	}
	a.present = present
	if present {
		p.serve(a, now)
	}
}
