package call

import (
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// Timers of the call itself; the flow's have names of their own with this prefix.
const (
	flowTimer     = "flow."
	timerMusic    = "line.music" // the agent's line is away: music for the caller
	timerGiveUp   = "line.give_up"
	timerPlay     = "play.check" // Asterisk never says that some playbacks are over: look
	timerFailed   = "play.failed"
	timerRecorded = "record.done"

	lineMusicAfter  = 3 * time.Second
	lineGiveUpAfter = 20 * time.Second
	playCheckAfter  = 5 * time.Second
	failedAfter     = 250 * time.Millisecond
	recordedAfter   = 150 * time.Millisecond
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
	st := &step{s: &s, w: w, gone: s.Phase == Leaving}
	st.event(e)
	return s, st.d
}

func (st *step) fact(body ivr.Body) { st.agentFact("", body) }

func (st *step) agentFact(agent ivr.AgentID, body ivr.Body) {
	st.d.Facts = append(st.d.Facts, ivr.Fact{At: st.w.Now.At, Mono: st.w.Now.Mono, Call: st.s.ID, Agent: agent, Body: body})
}

func (st *step) do(a ...Action) { st.d.Actions = append(st.d.Actions, a...) }

func (st *step) event(e Event) {
	switch e := e.(type) {
	case Resumed:
		st.again(true)
	case CallerGone:
		if e.Cause == CauseRestart || e.Cause == CauseLost {
			st.again(false)
		}
	}
	switch st.s.Phase {
	case Ended:
		st.afterEnd(e)
		return
	case Leaving:
		st.afterGone(e)
		return
	case InFlow, Waiting, Talking:
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
		st.recordingDone(e)
	case WorkDone:
		if st.s.Phase != Talking {
			st.flow(e.Answer)
		}
	case TimerFired:
		st.timer(e.Name)
	case CallerGone:
		st.callerGone(e.Cause)
	case OfferAccepted:
		st.accepted(e)
	case ConnectDone:
		st.connectDone(e)
	case LineChanged:
		st.lineChanged(e)
	case Asked:
		st.asked(e)
	case Resumed:
		st.resumed(e)
	case LegUp:
		st.legUp(e)
	case LegGone:
		st.legGone(e)
	}
}

// afterGone passes what a caller who is gone may still be waiting for; the rest is over.
func (st *step) afterGone(e Event) {
	switch e := e.(type) {
	case WorkDone:
		st.flow(e.Answer)
	case TimerFired:
		if rest, ok := strings.CutPrefix(e.Name, flowTimer); ok {
			st.flow(flow.Fired{Name: rest})
		}
	case CallerGone:
		if e.Cause != CauseNormal { // told once more after a restart
			st.flow(flow.HungUp{})
		}
	case Resumed: // the channel lingers: nobody is on it any more
		st.do(Hangup{})
		st.flow(flow.HungUp{})
	default:
		st.afterEnd(e)
	}
}

// afterEnd answers those who wait for an answer; all else is over.
func (st *step) afterEnd(e Event) {
	switch e := e.(type) {
	case Asked:
		st.do(Reply{e.Reply, ivr.NewError(ivr.CodeConflict, "the call is over")})
	case OfferAccepted:
		st.do(Release{Talk: Talk{Agent: e.Agent, Lease: e.Lease}})
	case LegUp:
		st.do(HangLeg{e.ID})
	case Resumed: // a restart came before the end was carried out
		st.do(Hangup{})
		st.last()
	case CallerGone:
		st.last()
	case Arrived, Digit, PlaybackDone, RecordingDone, WorkDone, TimerFired, ConnectDone, LineChanged, LegGone:
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
	present := e.ID == st.s.Playing
	if present {
		st.s.Playing = 0
		st.do(StopTimer{timerPlay})
	}
	if e.ID == st.s.Stopped {
		st.s.Stopped = 0
	}
	switch {
	case st.s.Phase == Talking:
	case e.Failed && !present: // nobody waits for it, or it was told already
	case e.Failed:
		st.s.Failed = e.ID
		st.do(SetTimer{timerFailed, failedAfter})
	default:
		st.flow(flow.Played{ID: e.ID})
	}
}

// recordingDone tells the flow. A hang-up ends the recording as well, and is told next: so
// the end of a recording waits a little for it, and who hangs up while speaking is known to
// have done so.
func (st *step) recordingDone(e RecordingDone) {
	if e.ID != st.s.Record {
		return
	}
	st.s.Record = 0
	st.s.Recorded = &Recorded{ID: e.ID, Length: e.Length, Failed: e.Failed}
	st.do(SetTimer{timerRecorded, recordedAfter})
}

func (st *step) tellRecorded() {
	if done := st.s.Recorded; done != nil {
		st.s.Recorded = nil
		st.flow(flow.Recorded{ID: done.ID, Length: done.Length, Failed: done.Failed})
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
	if name == timerRecorded {
		st.tellRecorded()
		return
	}
	if name == timerPlay {
		if st.s.Playing != 0 {
			st.do(CheckPlay{st.s.Playing}, SetTimer{timerPlay, playCheckAfter})
		}
		return
	}
	if name == timerLeg && st.s.Leg != nil {
		st.do(HangLeg{st.s.Leg.ID})
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
	by, outcome := ivr.SideCaller, ivr.OutcomeAbandoned
	switch cause {
	case CauseRestart:
		by, outcome = ivr.SideSystem, ivr.OutcomeFault
	case CauseDropped: // nobody knows when the caller left: who waited has given up
		by = ivr.SideSystem
	} // else the caller hung up, be it while we were away
	switch {
	case st.s.Talk != nil:
		st.release(by)
	case st.s.Stay != nil:
		st.fact(ivr.CallDequeued{Outcome: outcome})
		st.do(Leave{})
		st.s.Stay = nil
	}
	st.leaveLeg()
	st.s.Phase, st.gone = Leaving, true
	st.s.Gone = &Gone{By: by, Cause: cause, At: st.w.Now}
	st.s.Playing, st.s.Music, st.s.Recorded = 0, false, nil
	st.flow(flow.HungUp{})
}

// left ends a call whose flow has kept what there was to keep. The end is when the caller left.
func (st *step) left() {
	gone := *st.s.Gone
	st.s.Phase, st.s.Gone = Ended, nil
	st.d.Facts = append(st.d.Facts, ivr.Fact{At: gone.At.At, Mono: gone.At.Mono, Call: st.s.ID,
		Body: ivr.CallEnded{By: gone.By, Cause: gone.Cause}})
	st.last()
}

// Causes of a call's end.
const (
	CauseNormal  = "normal"
	CauseLost    = "lost"             // hung up while we were away: found gone afterwards
	CauseRestart = "asterisk_restart" // Asterisk was started anew
	CauseDropped = "dropped"          // given up by Asterisk: no sound came, or SIP was not answered
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
