package call

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
)

// Timers of the call itself; the flow's have names of their own with this prefix.
const (
	flowTimer   = "flow."
	timerMusic  = "line.music" // the agent's line is away: music for the caller
	timerGiveUp = "line.give_up"
	timerPlay   = "play.check" // Asterisk never says that some playbacks are over: look
	timerFailed = "play.failed"

	lineMusicAfter  = 3 * time.Second
	lineGiveUpAfter = 20 * time.Second
	playCheckAfter  = 30 * time.Second
	failedAfter     = 250 * time.Millisecond
)

// World is what a step may look at.
type World struct {
	Program *flow.Program
	Flow    flow.World
	Now     ivr.Stamp
	Silence func(time.Duration) string // file with so much silence
}

// step is one run of Step.
type step struct {
	s    *State
	w    World
	d    Decision
	gone bool // the caller's channel is no more
}

// Step decides what the call does about an event. It changes nothing but what it returns.
func Step(s State, e Event, w World) (State, Decision) {
	st := &step{s: &s, w: w}
	st.event(e)
	return s, st.d
}

func (st *step) fact(body ivr.Body) { st.agentFact("", body) }

func (st *step) agentFact(agent ivr.AgentID, body ivr.Body) {
	st.d.Facts = append(st.d.Facts, ivr.Fact{At: st.w.Now.At, Mono: st.w.Now.Mono, Call: st.s.ID, Agent: agent, Body: body})
}

func (st *step) do(a ...Action) { st.d.Actions = append(st.d.Actions, a...) }

func (st *step) event(e Event) {
	if st.s.Phase == Ended {
		st.afterEnd(e)
		return
	}
	switch e := e.(type) {
	case Arrived:
		st.arrive()
	case Digit:
		if st.s.Phase != Talking {
			st.flow(flow.Key{Key: e.Key})
		}
	case PlaybackDone:
		st.playbackDone(e)
	case RecordingDone:
		if e.ID == st.s.Record {
			st.s.Record = 0
		}
		st.flow(flow.Recorded{ID: e.ID, Length: e.Length, Failed: e.Failed})
	case TimerFired:
		st.timer(e.Name)
	case CallerGone:
		st.callerGone(e.Cause)
	case OfferAccepted:
		st.accepted(e)
	case ConnectFailed:
		st.connectFailed(e)
	case LineChanged:
		st.lineChanged(e)
	case Asked:
		st.asked(e)
	case Resumed:
		st.resumed(e)
	}
}

// afterEnd answers those who wait for an answer; all else is over.
func (st *step) afterEnd(e Event) {
	switch e := e.(type) {
	case Asked:
		st.do(Reply{e.Reply, ivr.NewError(ivr.CodeConflict, "the call is over")})
	case OfferAccepted:
		st.do(Release{Talk: Talk{Agent: e.Agent, Lease: e.Lease}})
	case Resumed: // a restart came before the end was carried out
		st.do(Hangup{})
		st.last()
	case CallerGone:
		st.last()
	case Arrived, Digit, PlaybackDone, RecordingDone, TimerFired, ConnectFailed, LineChanged:
	}
}

func (st *step) arrive() {
	st.s.Phase = InFlow
	arrived := ivr.Fact{At: st.s.Arrived.At, Mono: st.s.Arrived.Mono, Call: st.s.ID, Body: ivr.CallArrived{
		From: st.s.From, To: st.s.To, Flow: st.w.Program.Numbers[st.s.To].Flow, Revision: st.s.Revision,
		Channel: st.s.Channel, Waited: st.w.Now.Since(st.s.Arrived)}}
	st.d.Facts = append(st.d.Facts, arrived)
	st.fact(ivr.CallAnswered{})
	st.do(Answer{})
	st.flow(flow.Start{})
}

// playbackDone tells the flow. A hang-up ends the playback as failed, too, and is told
// next: so a failure waits a little for it.
func (st *step) playbackDone(e PlaybackDone) {
	if e.ID == st.s.Playing {
		st.s.Playing = 0
		st.do(StopTimer{timerPlay})
	}
	switch {
	case st.s.Phase == Talking:
	case e.Failed:
		st.s.Failed = e.ID
		st.do(SetTimer{timerFailed, failedAfter})
	default:
		st.flow(flow.Played{ID: e.ID})
	}
}

func (st *step) timer(name string) {
	if rest, ok := strings.CutPrefix(name, flowTimer); ok {
		if st.s.Phase != Talking {
			st.flow(flow.Fired{Name: rest})
		}
		return
	}
	if name == timerFailed {
		id := st.s.Failed
		st.s.Failed = 0
		if id != 0 && st.s.Phase != Talking {
			st.flow(flow.Played{ID: id, Failed: true})
		}
		return
	}
	if name == timerPlay {
		if st.s.Playing != 0 {
			st.do(CheckPlay{st.s.Playing}, SetTimer{timerPlay, playCheckAfter})
		}
		return
	}
	talk := st.s.Talk
	if talk == nil || !talk.LineLost {
		return
	}
	switch name {
	case timerMusic:
		st.do(Disconnect{talk.Agent})
		st.music(true)
	case timerGiveUp:
		st.requeue()
	}
}

// callerGone ends the call: whoever is with it is let go, the flow may tidy up silently.
func (st *step) callerGone(cause string) {
	by := ivr.SideCaller
	if cause != CauseNormal {
		by = ivr.SideSystem
	}
	switch {
	case st.s.Talk != nil:
		st.release(by)
	case st.s.Stay != nil:
		outcome := ivr.OutcomeAbandoned
		if cause != CauseNormal {
			outcome = ivr.OutcomeFault
		}
		st.fact(ivr.CallDequeued{Outcome: outcome})
		st.do(Leave{})
		st.s.Stay = nil
	}
	st.s.Phase, st.gone = InFlow, true
	st.s.Playing, st.s.Music = 0, false
	st.flow(flow.HungUp{})
	st.end(by, cause)
	st.last()
}

// Causes of a call's end.
const (
	CauseNormal  = "normal"
	CauseLost    = "lost"             // found gone after we were away
	CauseRestart = "asterisk_restart" // Asterisk was started anew
)

func (st *step) end(by ivr.Side, cause string) {
	st.s.Phase = Ended
	st.fact(ivr.CallEnded{By: by, Cause: cause})
}

// last tidies up after the call.
func (st *step) last() {
	st.d.Last = true
	if len(st.s.Unkept) > 0 {
		st.do(Discard{st.s.Unkept})
	}
}

// release ends the conversation; the queue is told, the caller is still there.
func (st *step) release(by ivr.Side) {
	talk := *st.s.Talk
	st.agentFact(talk.Agent, ivr.CallReleased{By: by})
	st.do(StopTimer{timerMusic}, StopTimer{timerGiveUp}, Release{Talk: talk, Talked: true})
	st.s.Talk, st.s.Stay, st.s.Left = nil, nil, talk.Lease
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

// connectFailed: the agent's bridge is gone. The caller waits on at the old place.
func (st *step) connectFailed(e ConnectFailed) {
	if st.s.Talk != nil && st.s.Talk.Lease == e.Lease {
		st.fact(ivr.CallFault{Where: "connect", What: "the caller could not be put into the bridge of " + string(st.s.Talk.Agent)})
		st.requeue()
	}
}

// requeue takes the caller from an agent who cannot be reached back to the old place.
func (st *step) requeue() {
	stay := *st.s.Stay
	talk := *st.s.Talk
	st.agentFact(talk.Agent, ivr.CallReleased{By: ivr.SideSystem})
	st.do(StopTimer{timerMusic}, StopTimer{timerGiveUp}, Disconnect{talk.Agent}, Release{Talk: talk, Talked: true})
	st.s.Talk, st.s.Stay, st.s.Phase, st.s.Left = nil, &stay, Waiting, talk.Lease
	st.fact(ivr.CallQueued{Queue: stay.Queue, Skills: stay.Skills, Priority: stay.Priority})
	st.do(Enqueue{stay})
	st.flow(flow.Resume{})
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
		st.do(SetTimer{timerMusic, lineMusicAfter}, SetTimer{timerGiveUp, lineGiveUpAfter})
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
	st.release(ivr.SideAgent)
	if !held {
		st.do(Disconnect{agent})
	}
	st.music(false)
	st.s.Phase = InFlow
	st.flow(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
}

// resumed takes the call up again after we were away. The state says what should be; what
// is may lag behind it by the actions of the last decision, so they are done once more.
func (st *step) resumed(e Resumed) {
	st.s.Failed = 0
	if st.s.Playing != 0 {
		st.do(StopPlay{st.s.Playing})
		st.s.Playing = 0
	}
	if st.s.Record != 0 {
		st.do(StopRecord{st.s.Record})
		st.s.Record = 0
	}
	if !e.Answered {
		st.do(Answer{})
	}
	if st.s.Phase == Talking {
		st.resumeTalk(e.With)
		return
	}
	if e.With != "" {
		st.do(Disconnect{e.With})
	}
	if st.s.Phase == Waiting {
		st.do(Enqueue{*st.s.Stay})
	}
	st.s.Music = false // starting it twice does no harm
	st.flow(flow.Resume{})
}

// resumeTalk puts the caller where the talk wants it: in the agent's bridge, or on hold.
func (st *step) resumeTalk(with ivr.AgentID) {
	talk := *st.s.Talk
	st.do(Bridged{})
	if talk.LineLost {
		st.do(SetTimer{timerMusic, lineMusicAfter}, SetTimer{timerGiveUp, lineGiveUpAfter})
	}
	switch away := talk.Held || talk.LineLost && st.s.Music; {
	case away && with != "":
		st.do(Disconnect{with}, Music{On: true})
	case away:
		st.do(Music{On: true})
	case with != talk.Agent:
		st.do(Music{}, Connect{talk})
	}
	st.s.Music = talk.Held || talk.LineLost && st.s.Music
}

// flow steps the interpreter and turns its effects into actions.
func (st *step) flow(in flow.Input) {
	next, effects := flow.Step(st.w.Program, st.s.Flow, in, st.w.Flow)
	st.s.Flow = next
	for _, e := range effects {
		st.effect(e)
	}
}

func (st *step) effect(e flow.Effect) {
	if st.gone && !silent(e) {
		return
	}
	switch e := e.(type) {
	case flow.Play:
		st.play(e)
	case flow.StopPlay:
		st.do(StopPlay{e.ID})
	case flow.Music:
		if e.On != st.s.Music {
			st.s.Music = e.On
			st.do(Music{On: e.On, Class: e.Class})
		}
	case flow.SetTimer:
		st.do(SetTimer{flowTimer + e.Name, e.After})
	case flow.StopTimer:
		st.do(StopTimer{flowTimer + e.Name})
	case flow.Record:
		st.s.Record, st.s.Music = e.ID, false
		st.s.Unkept = append(slices.Clone(st.s.Unkept), e.ID)
		st.do(Record{e.ID, asterisk.Recording{Name: recordingName(st.s.ID, e.ID), Max: e.Max,
			MaxSilence: e.MaxSilence, EndKey: e.EndKey, Beep: e.Beep}})
	case flow.StopRecord:
		st.do(StopRecord{e.ID})
	case flow.Enqueue:
		st.leaveStay()
		stay := Stay{Queue: e.Queue, Skills: e.Skills, Priority: e.Priority, Queued: st.w.Now}
		st.s.Stay, st.s.Phase = &stay, Waiting
		st.fact(ivr.CallQueued{Queue: e.Queue, Skills: e.Skills, Priority: e.Priority})
		st.do(Enqueue{stay})
	case flow.Relax:
		st.relax(e.Skill)
	case flow.Dequeue:
		st.dequeue(e.Outcome)
	case flow.Voicemail:
		st.s.Unkept = slices.DeleteFunc(slices.Clone(st.s.Unkept), func(id int) bool { return id == e.Recording })
		m := Message{Call: st.s.ID, Recording: recordingName(st.s.ID, e.Recording), Box: e.Box,
			Length: ivr.MillisOf(e.Length), Lang: e.Lang}
		st.d.Files = append(st.d.Files, m)
		st.do(File{m})
	case flow.Tell:
		if lang, ok := e.Body.(ivr.CallLanguage); ok {
			st.s.Lang = lang.Lang
		}
		st.fact(e.Body)
	case flow.Hangup:
		if st.s.Phase != Ended {
			st.leaveStay()
			st.end(ivr.SideSystem, e.Cause)
			st.do(Hangup{})
			st.last()
		}
	}
}

// silent tells whether an effect needs no caller.
func silent(e flow.Effect) bool {
	switch e.(type) {
	case flow.Tell, flow.Voicemail:
		return true
	}
	return false
}

// dequeue: the flow gives up waiting. The call's word counts: an agent who accepted in
// this very moment is told that the offer is over.
func (st *step) dequeue(outcome ivr.Outcome) {
	if st.s.Phase != Waiting {
		return
	}
	st.s.Stay, st.s.Phase = nil, InFlow
	st.fact(ivr.CallDequeued{Outcome: outcome})
	st.do(Leave{})
	st.flow(flow.QueueLeft{Outcome: outcome})
}

// leaveStay ends a stay that the flow went away from without saying so.
func (st *step) leaveStay() {
	if st.s.Stay == nil || st.s.Talk != nil {
		return
	}
	st.s.Stay, st.s.Phase = nil, InFlow
	st.fact(ivr.CallDequeued{Outcome: ivr.OutcomeFault})
	st.do(Leave{})
}

// relax drops a required skill, here and in the queue.
func (st *step) relax(skill string) {
	if st.s.Stay == nil {
		return
	}
	stay := *st.s.Stay
	stay.Skills = maps.Clone(stay.Skills)
	delete(stay.Skills, skill)
	st.s.Stay = &stay
	st.do(Relax{skill})
}

func (st *step) play(e flow.Play) {
	var files []string
	for _, item := range e.Items {
		switch {
		case item.File != "":
			files = append(files, item.File)
		case item.Silence > 0:
			files = append(files, st.w.Silence(item.Silence))
		}
	}
	st.s.Playing, st.s.Music = e.ID, false
	st.do(Play{e.ID, files}, SetTimer{timerPlay, playCheckAfter})
}

func recordingName(call ivr.CallID, id int) string { return fmt.Sprintf("%s/r%d", call, id) }

func playbackName(call ivr.CallID, id int) string { return fmt.Sprintf("%s-p%d", call, id) }
