package call

import (
	"strings"
	"time"

	"talian/ivr"
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
	by, outcome := ivr.SideCaller, ivr.OutcomeAbandoned
	if cause == CauseRestart { // else the caller hung up, be it while we were away
		by, outcome = ivr.SideSystem, ivr.OutcomeFault
	}
	switch {
	case st.s.Talk != nil:
		st.release(by)
	case st.s.Stay != nil:
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
	CauseLost    = "lost"             // hung up while we were away: found gone afterwards
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
