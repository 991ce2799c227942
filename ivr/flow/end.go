package flow

import (
	"maps"
	"slices"

	"talian/ivr"
)

// leave puts an end to what the present node has under way.
func (r *run) leave() {
	if n := r.node(); n != nil {
		if s, more := n.Spec.(stopper); more {
			s.stop(r)
		}
	}
	r.quiet()
	r.s.Turn.Work = 0
}

// quiet ends what the caller hears or says, and the node's alarms.
func (r *run) quiet() {
	r.stopPlay()
	if r.s.Turn.Phase == Recording {
		r.do(StopRecord{r.s.Turn.Recording})
		r.s.Turn.Phase = ""
	}
	for _, kind := range slices.Sorted(maps.Keys(r.s.Timers)) {
		if kind != timerCall && kind != timerHangup {
			r.stopTimer(kind)
		}
	}
}

func (r *run) end(cause string) {
	r.leave()
	for _, kind := range slices.Sorted(maps.Keys(r.s.Timers)) {
		r.stopTimer(kind)
	}
	r.s.Turn, r.s.Ended = Turn{}, true
	r.do(Hangup{Cause: cause})
}

// tooLong deals with the limit on the length of a call. It cuts nobody off who talks with
// an outside number; the transfer looks at it when it is over.
func (r *run) tooLong() {
	if r.s.Turn.Phase == Dialling {
		return
	}
	r.fault(r.place(), "limit of the call's length reached")
	if r.s.Turn.Phase == Queued {
		r.leaveQueue("too_long", ivr.OutcomeTimeout)
		return
	}
	r.follow(r.limit("too_long"))
}

// resume picks a call up after a restart: timers, playbacks and recordings are gone.
func (r *run) resume() {
	switch n := r.node(); {
	case r.s.Gone:
		r.resumeGone()
	case r.s.Turn.Phase == Sorry:
		r.rearm(timerCall)
		r.s.Turn.Play = 0
		r.sorry()
	case n == nil:
		r.begin()
	default:
		r.rearm(timerCall)
		r.s.Turn.Play = 0
		r.follow(n.Spec.input(r, n, Resume{}))
	}
}
