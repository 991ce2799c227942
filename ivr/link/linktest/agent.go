package linktest

import (
	"encoding/json"
	"time"

	"talian/ivr"
)

const offerTime = 20 * time.Second

func (e *Engine) signIn(id ivr.AgentID, want ivr.SignIn) {
	fresh := e.board.Agents[id] == nil
	facts := []ivr.Fact{{Agent: id, Body: ivr.AgentSignedIn{Profile: want.Profile}}}
	if fresh {
		facts = append(facts, ivr.Fact{Agent: id, Body: ivr.AgentChanged{State: ivr.NotReady, Reason: ivr.ReasonSignedIn}})
	}
	e.append(facts...)
}

func (e *Engine) setState(agent *ivr.BoardAgent, want ivr.SetState) error {
	switch agent.Now.State {
	case ivr.NotReady, ivr.Ready:
		e.append(ivr.Fact{Agent: agent.ID, Body: ivr.AgentChanged{State: want.State, Reason: want.Reason}})
	case ivr.Reserved, ivr.Busy, ivr.WrapUp:
		next := agent.Now
		next.Next = ivr.Next{State: want.State, Reason: want.Reason}
		e.append(ivr.Fact{Call: agent.Call, Agent: agent.ID, Body: next})
	case ivr.LoggedOut:
		return ivr.NewError(ivr.CodeNotSignedIn, "the shift has not begun")
	}
	return nil
}

func (e *Engine) claimLine(id ivr.AgentID) (json.RawMessage, error) {
	e.epochs[id]++
	e.append(ivr.Fact{Agent: id, Body: ivr.LineChanged{Status: ivr.LineStarting}},
		ivr.Fact{Agent: id, Body: ivr.LineChanged{Status: ivr.LineUp}})
	return json.Marshal(ivr.LineGrant{User: string(id), Secret: ivr.NewSecret(), Leg: ivr.NewSecret(), Epoch: e.epochs[id]})
}

// Waiting describes a call that Offer or Queue makes.
type Waiting struct {
	From, Lang, Cluster string
	Path                []string
}

// Queue lets a call arrive, pass the menus and wait.
func (e *Engine) Queue(call Waiting) ivr.CallID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queue(call)
}

func (e *Engine) queue(call Waiting) ivr.CallID {
	id := ivr.NewCallID(time.Now())
	facts := []ivr.Fact{
		{Call: id, Body: ivr.CallArrived{From: call.From, To: "0380008000", Flow: "main"}},
		{Call: id, Body: ivr.CallAnswered{}},
		{Call: id, Body: ivr.CallLanguage{Lang: call.Lang}},
	}
	for _, words := range call.Path {
		facts = append(facts, ivr.Fact{Call: id, Body: ivr.CallChose{Flow: "main", Node: "menu", Words: words}})
	}
	skills := map[string]string{"cluster": call.Cluster, "language": call.Lang}
	e.append(append(facts, ivr.Fact{Call: id, Body: ivr.CallQueued{Queue: "agents", Skills: skills}})...)
	return id
}

// Offer puts a new call to an agent, whatever the agent's state.
func (e *Engine) Offer(agent ivr.AgentID, call Waiting) (ivr.CallID, ivr.Token) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id, lease, until := e.queue(call), ivr.NewToken(time.Now()), time.Now().Add(offerTime).UTC()
	e.append(
		ivr.Fact{Call: id, Agent: agent, Body: ivr.CallOffered{Lease: lease, Until: until}},
		ivr.Fact{Call: id, Agent: agent, Body: ivr.AgentChanged{State: ivr.Reserved, Until: until, Lease: lease}})
	return id, lease
}

// Withdraw takes the open offer back because the caller hung up.
func (e *Engine) Withdraw(agent ivr.AgentID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	board, known := e.board.Agents[agent]
	if !known {
		return ivr.NewError(ivr.CodeNotSignedIn, "the shift has not begun")
	}
	call := board.Call
	if err := e.endOffer(board, board.Now.Lease, ivr.OfferWithdrawn); err != nil {
		return err
	}
	e.append(ivr.Fact{Call: call, Body: ivr.CallDequeued{Outcome: ivr.OutcomeAbandoned}},
		ivr.Fact{Call: call, Body: ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"}})
	return nil
}

func (e *Engine) endOffer(agent *ivr.BoardAgent, lease ivr.Token, how ivr.OfferEnd) error {
	if agent.Now.State != ivr.Reserved || agent.Now.Lease != lease {
		return ivr.NewError(ivr.CodeOfferOver, "the offer is over")
	}
	after := ivr.AgentChanged{State: ivr.Ready}
	if how == ivr.OfferRejected {
		after = ivr.AgentChanged{State: ivr.NotReady, Reason: ivr.ReasonRejected}
	}
	e.append(ivr.Fact{Call: agent.Call, Agent: agent.ID, Body: ivr.CallOfferEnded{Lease: lease, How: how}},
		ivr.Fact{Agent: agent.ID, Body: after})
	return nil
}

func (e *Engine) accept(agent *ivr.BoardAgent, call ivr.CallID, lease ivr.Token) error {
	if agent.Now.State != ivr.Reserved || agent.Call != call || agent.Now.Lease != lease {
		return ivr.NewError(ivr.CodeOfferOver, "the offer is over")
	}
	e.append(ivr.Fact{Call: call, Agent: agent.ID, Body: ivr.CallOfferEnded{Lease: lease, How: ivr.OfferAccepted}},
		ivr.Fact{Call: call, Agent: agent.ID, Body: ivr.CallConnected{Lease: lease}},
		ivr.Fact{Call: call, Agent: agent.ID, Body: ivr.AgentChanged{State: ivr.Busy, Lease: lease}})
	return nil
}

// inCall writes body, or nothing when it is nil, if the agent talks in that call.
func (e *Engine) inCall(agent *ivr.BoardAgent, call ivr.CallID, body ivr.Body) error {
	if agent.Now.State != ivr.Busy || agent.Call != call {
		return ivr.NewError(ivr.CodeConflict, "not in this call")
	}
	if body != nil {
		e.append(ivr.Fact{Call: call, Agent: agent.ID, Body: body})
	}
	return nil
}

func (e *Engine) release(agent *ivr.BoardAgent, call ivr.CallID) error {
	if err := e.inCall(agent, call, ivr.CallReleased{By: ivr.SideAgent}); err != nil {
		return err
	}
	lease := agent.Now.Lease
	if agent.Profile.WrapUp == 0 {
		e.append(ivr.Fact{Agent: agent.ID, Body: ivr.AgentChanged{State: ivr.Ready}})
	} else {
		until := time.Now().Add(agent.Profile.WrapUp.Duration()).UTC()
		e.append(ivr.Fact{Call: call, Agent: agent.ID, Body: ivr.AgentChanged{State: ivr.WrapUp, Until: until, Lease: lease}})
	}
	e.append(ivr.Fact{Call: call, Body: ivr.CallEnded{By: ivr.SideAgent, Cause: "normal"}})
	return nil
}

func (e *Engine) endWrap(agent *ivr.BoardAgent) error {
	if agent.Now.State != ivr.WrapUp {
		return nil
	}
	e.append(ivr.Fact{Call: agent.Call, Agent: agent.ID, Body: ivr.CallWrapped{}},
		ivr.Fact{Agent: agent.ID, Body: ivr.AgentChanged{State: ivr.Ready}})
	return nil
}
