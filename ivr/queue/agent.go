package queue

import (
	"talian/ivr"
)

// Agent is an agent's routing state as it is kept in the journal.
type Agent struct {
	ID       ivr.AgentID    `json:"id"`
	Profile  ivr.Profile    `json:"profile"`
	State    ivr.AgentState `json:"state"`
	Reason   string         `json:"reason,omitempty"`
	Next     ivr.Next       `json:"next,omitzero"`
	Idle     ivr.Stamp      `json:"idle"`            // ready since: the longest idle is served first
	Until    ivr.Stamp      `json:"until,omitzero"`  // deadline of reserved and wrap_up; of ready, for the lost line to come back
	Call     ivr.CallID     `json:"call,omitempty"`  // reserved, busy, wrap_up
	Lease    ivr.Token      `json:"lease,omitempty"` // reserved, busy, wrap_up
	Extended bool           `json:"extended,omitempty"`
	Taken    ivr.Stamp      `json:"taken,omitzero"`  // busy, wrap_up: when the call was taken
	Queue    string         `json:"queue,omitempty"` // reserved, busy, wrap_up: the call's
	Line     bool           `json:"line,omitempty"`  // the audio line is up, as far as known

	present bool // the desk is connected
}

// routable tells whether the agent may be offered a call now.
func (a *Agent) routable() bool { return a.State == ivr.Ready && a.Line && a.present }

// fact tells the agent's present state.
func (a *Agent) fact() ivr.Fact {
	body := ivr.AgentChanged{State: a.State, Reason: a.Reason, Next: a.Next, Lease: a.Lease}
	if a.State == ivr.Reserved || a.State == ivr.WrapUp {
		body.Until = a.Until.At
	}
	return ivr.Fact{Agent: a.ID, Call: a.Call, Body: body}
}

// free leaves whatever call the agent had and takes the state that follows: the pending
// one if the agent chose one, else the profile's.
func (a *Agent) free(now ivr.Stamp) {
	next := a.Next
	if next.State == "" {
		next = ivr.Next{State: ivr.Ready}
		if a.Profile.Manual {
			next = ivr.Next{State: ivr.NotReady, Reason: ivr.ReasonAfterCall}
		}
	}
	a.become(next.State, next.Reason, now)
	if a.State == ivr.Ready {
		a.await(now)
	}
}

// become sets a state without a call.
func (a *Agent) become(state ivr.AgentState, reason string, now ivr.Stamp) {
	a.State, a.Reason = state, reason
	a.Next, a.Until, a.Call, a.Lease, a.Extended = ivr.Next{}, ivr.Stamp{}, "", "", false
	a.Taken, a.Queue = ivr.Stamp{}, ""
	if state == ivr.Ready {
		a.Idle = now
	}
}

// await sets, for a ready agent, until when the line is waited for; a time that runs goes on.
func (a *Agent) await(now ivr.Stamp) {
	switch {
	case a.Line:
		a.Until = ivr.Stamp{}
	case a.Until.Mono == 0:
		a.Until = later(now, lineGrace)
	}
}

// working tells whether the agent serves callers at the moment, or would.
func (a *Agent) working() bool {
	return a.State == ivr.Ready || a.State == ivr.WrapUp || a.occupied()
}

// occupied tells whether the agent has a call offered or in progress.
func (a *Agent) occupied() bool { return a.State == ivr.Reserved || a.State == ivr.Busy }
