package call

import (
	"fmt"
	"strings"

	"talian/ivr"
	"talian/ivr/flow"
)

// release ends the conversation; the queue is told.
func (st *step) release(by ivr.Side) {
	talk := *st.s.Talk
	st.agentFact(talk.Agent, ivr.CallReleased{By: by, Unbridged: !talk.Bridged})
	st.do(StopTimer{timerMusic}, StopTimer{timerGiveUp}, Release{Talk: talk, Talked: talk.Bridged})
	st.s.Talk, st.s.Stay, st.s.Left, st.s.Last = nil, nil, talk.Lease, talk.Agent
}

// accepted connects the caller with the agent who took the offer.
func (st *step) accepted(e OfferAccepted) {
	talk := Talk{Agent: e.Agent, Lease: e.Lease}
	if st.s.Phase == Talking && st.s.Talk.Lease == e.Lease {
		return // told once more after a restart
	}
	if st.s.Left == e.Lease {
		st.do(Release{Talk: talk, Talked: true}) // was over before the restart
		return
	}
	if st.s.Phase != Waiting {
		st.do(Release{Talk: talk})
		return
	}
	st.s.Phase, st.s.Talk = Talking, &talk
	st.agentFact(talk.Agent, ivr.CallConnected{Lease: talk.Lease})
	if st.s.Playing != 0 {
		st.do(StopPlay{st.s.Playing})
	}
	st.music(false)
	st.do(Connect{talk}, Bridged{})
}

// connectDone: the two hear each other. Or the agent's bridge is gone, and the caller waits on
// at the old place.
func (st *step) connectDone(e ConnectDone) {
	if st.s.Talk == nil || st.s.Talk.Lease != e.Lease {
		return
	}
	if !e.Failed {
		st.changeTalk().Bridged = true
		return
	}
	st.fact(ivr.CallFault{Where: "connect", What: "the caller could not be put into the bridge of " + string(st.s.Talk.Agent)})
	st.requeue()
}

// requeue takes the caller from an agent who cannot be reached back to the old place.
func (st *step) requeue() {
	stay := *st.s.Stay
	talk := *st.s.Talk
	st.agentFact(talk.Agent, ivr.CallReleased{By: ivr.SideSystem, Unbridged: !talk.Bridged})
	st.do(StopTimer{timerMusic}, StopTimer{timerGiveUp}, Disconnect{talk.Agent}, Release{Talk: talk, Talked: talk.Bridged})
	st.s.Talk, st.s.Stay, st.s.Phase, st.s.Left = nil, &stay, Waiting, talk.Lease
	st.fact(ivr.CallQueued{Queue: stay.Queue, Skills: stay.Skills, Priority: stay.Priority})
	st.do(Enqueue{stay})
	st.flow(flow.Requeued{})
}

// lineChanged: the agent's audio went away in mid-call, or came back.
func (st *step) lineChanged(e LineChanged) {
	talk := st.s.Talk
	if talk == nil || talk.Agent != e.Agent || talk.LineLost == !e.Up {
		return
	}
	talk = st.changeTalk()
	talk.LineLost = !e.Up
	if talk.LineLost {
		st.do(SetTimer{timerMusic, max(0, lineMusicAfter-e.Silent)}, SetTimer{timerGiveUp, lineGiveUpAfter})
		return
	}
	st.do(StopTimer{timerMusic}, StopTimer{timerGiveUp})
	if !talk.Held && st.s.Music { // else the caller never left the bridge
		st.music(false)
		st.do(Connect{*talk})
	}
}

// changeTalk gives a talk that may be changed without touching the state stepped from.
func (st *step) changeTalk() *Talk {
	talk := *st.s.Talk
	st.s.Talk = &talk
	return &talk
}

// music keeps track of what plays, so that nothing is started twice.
func (st *step) music(on bool) {
	if st.s.Music == on {
		return
	}
	st.s.Music = on
	st.do(Music{On: on})
}

// asked: the agent wants something done with the call.
func (st *step) asked(e Asked) {
	if st.s.Talk == nil || st.s.Talk.Agent != e.Agent {
		st.do(Reply{e.Reply, ivr.NewError(ivr.CodeForbidden, "you are not in conversation with this call")})
		return
	}
	var err error
	switch want := e.Want.(type) {
	case ivr.Hold:
		st.hold()
	case ivr.Retrieve:
		st.retrieve()
	case ivr.SendDigits:
		err = st.digits(want.Digits)
	case ivr.EndCall:
		st.endTalk()
	default:
		err = ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("a call cannot do %s", want.Kind()))
	}
	st.do(Reply{e.Reply, err})
}

func (st *step) hold() {
	if st.s.Talk.Held {
		return
	}
	talk := st.changeTalk()
	talk.Held = true
	st.agentFact(talk.Agent, ivr.CallHeld{})
	st.do(Disconnect{talk.Agent})
	st.music(true)
}

func (st *step) retrieve() {
	if !st.s.Talk.Held {
		return
	}
	talk := st.changeTalk()
	talk.Held = false
	st.agentFact(talk.Agent, ivr.CallRetrieved{})
	st.music(false)
	st.do(Connect{*talk})
}

func (st *step) digits(digits string) error {
	if digits == "" || len(digits) > 32 || strings.Trim(digits, "0123456789*#ABCD") != "" {
		return ivr.NewError(ivr.CodeInvalid, "keys are 1 to 32 of 0-9 * # A-D")
	}
	st.do(SendDigits{digits})
	return nil
}

// endTalk: the agent is done; the caller goes on in the flow.
func (st *step) endTalk() {
	agent := st.s.Talk.Agent
	held := st.s.Talk.Held
	if !held {
		st.do(Disconnect{agent}) // before the agent is free for the next caller
	}
	st.release(ivr.SideAgent)
	st.music(false)
	st.s.Phase = InFlow
	st.flow(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
}
