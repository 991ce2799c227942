package flow

import (
	"fmt"
	"time"
)

// MaxParting is how long a hang-up may wait for work under way, and how long
// handlers.hangup may run afterwards.
const MaxParting = 10 * time.Second

// work begins something outside: it gives the id of a Fetch, Casework or Book, which the
// node sends itself. Keys pressed meanwhile are kept for the next question. The answer
// with this id, and no other, comes to the node's input. After a restart the node's input
// gets Resume with Turn.Phase still Working: it sends the same effect again, with an id
// of a new work and the same visitKey.
func (r *run) work() int {
	r.s.Turn.Phase, r.s.Turn.Work = Working, r.next()
	return r.s.Turn.Work
}

// visitKey is the same for all that one visit of a node asks of the outside, also after
// a restart, and no other visit has it: the idempotency key.
func (r *run) visitKey() string {
	return fmt.Sprintf("%s.%s.%s.%d", r.s.Call.ID, r.s.Flow, r.s.Node, r.s.Entered)
}

// answers tells whether an answer is the awaited one, at a node that asks for such, and
// takes it off. The phase stays.
func answers[S Spec](r *run, id int) bool {
	n := r.node()
	if n == nil || id == 0 || id != r.s.Turn.Work {
		return false
	}
	if _, asks := n.Spec.(S); !asks {
		return false
	}
	r.s.Turn.Work = 0
	return true
}

// stopper is a Spec that may have more under way than playbacks, recordings and timers.
type stopper interface {
	// stop ends it, when the node is left or the caller is gone. It may find nothing to do.
	stop(r *run)
}

// keeper is a Spec that keeps what the caller gave before hanging up.
type keeper interface{ hungUp(r *run) }

// finisher is a Spec that works with the outside in ways that are finished for a caller
// who hung up.
type finisher interface {
	// mustFinish tells whether the answer awaited, of Turn.Work, is waited for.
	mustFinish(r *run) bool
	// finished keeps the answer. Nobody is there to hear anything, and no exit is taken.
	finished(r *run, n *Node, in Input)
}

// hungUp stops the node, lets it keep what it has, waits for the work that must be
// finished, and runs handlers.hangup: silent nodes only. A caller who is gone already is
// told again after a restart: then the work awaited is asked for again.
func (r *run) hungUp() {
	if r.s.Gone {
		r.resumeGone()
		return
	}
	r.s.Gone = true
	r.stopTimer(timerCall)
	n := r.node()
	if n == nil {
		r.part()
		return
	}
	if k, keeps := n.Spec.(keeper); keeps {
		k.hungUp(r)
	}
	if r.mustFinish(n) {
		r.quiet()
		r.setTimer(timerHangup, MaxParting)
		return
	}
	r.part()
}

func (r *run) mustFinish(n *Node) bool {
	f, finishes := n.Spec.(finisher)
	return finishes && r.s.Turn.Work != 0 && f.mustFinish(r)
}

// afterGone takes the inputs of a call whose caller is gone.
func (r *run) afterGone(in Input) {
	n := r.node()
	switch in := in.(type) {
	case Fired:
		if kindOf(in.Name) == timerHangup {
			r.fault(r.place(), "not finished when the caller had hung up")
			r.late()
			return
		}
	case Fetched, CaseDone, Booked:
		if n == nil {
			break
		}
		if r.s.Parting {
			r.followGone(n.Spec.input(r, n, in))
			return
		}
		if f, finishes := n.Spec.(finisher); finishes {
			f.finished(r, n, in)
		}
		r.part()
	}
}

// late gives up what took too long: the work of before, or handlers.hangup.
func (r *run) late() {
	r.s.Turn.Work = 0
	if r.s.Parting {
		r.end("caller")
		return
	}
	r.part()
}

// part runs the handlers.hangup that is nearest: of this flow, or of one that called it.
func (r *run) part() {
	r.s.Parting, r.taken = true, ""
	r.leave()
	for f := r.flow(); f != nil; f = r.flow() {
		if out, found := f.Handlers["hangup"]; found {
			r.setTimer(timerHangup, MaxParting)
			r.followGone(out)
			return
		}
		if !r.pop() {
			break
		}
	}
	r.end("caller")
}

// followGone takes ways out until a node waits for the outside, or the call is over.
func (r *run) followGone(out Out) {
	r.follow(out)
	if r.s.Turn.Work == 0 && !r.s.Ended {
		r.end("caller")
	}
}

// resumeGone asks again for what is awaited, or ends a call that awaits nothing.
func (r *run) resumeGone() {
	n := r.node()
	if n == nil || r.s.Turn.Work == 0 {
		r.end("caller")
		return
	}
	r.setTimer(timerHangup, MaxParting)
	out := n.Spec.input(r, n, Resume{})
	if !r.s.Parting && r.s.Turn.Work == 0 {
		r.part()
		return
	}
	r.followGone(out)
}
