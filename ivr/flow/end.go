package flow

import (
	"maps"
	"slices"

	"talian/ivr"
)

// leave puts an end to what the present node has under way.
func (r *run) leave() {
	if r.s.Turn.Play != 0 {
		r.do(StopPlay{r.s.Turn.Play})
		r.s.Turn.Play = 0
	}
	if r.s.Turn.Phase == Recording {
		r.do(StopRecord{r.s.Turn.Recording})
		r.s.Turn.Phase = ""
	}
	for _, kind := range slices.Sorted(maps.Keys(r.s.Timers)) {
		if kind != timerCall {
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

// keeper is a node that keeps what the caller gave before hanging up.
type keeper interface{ hungUp(r *run) }

// hungUp stops the node, lets it keep what it has, and runs handlers.hangup: silent nodes
// only, all within this step.
func (r *run) hungUp() {
	if r.s.Gone {
		return
	}
	r.s.Gone = true
	if n := r.node(); n != nil {
		if k, keeps := n.Spec.(keeper); keeps {
			k.hungUp(r)
		}
	}
	r.afterGone()
}

// afterGone runs the silent nodes of handlers.hangup and ends.
func (r *run) afterGone() {
	if f := r.flow(); f != nil {
		if out, found := f.Handlers["hangup"]; found {
			r.follow(out)
		}
	}
	if !r.s.Ended {
		r.end("caller")
	}
}

// tooLong deals with the limit on the length of a call.
func (r *run) tooLong() {
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
		r.afterGone()
	case r.s.Turn.Phase == Sorry:
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
