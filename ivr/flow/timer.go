package flow

import (
	"strings"
	"time"
)

// What timers are for. Relaxing a skill has one timer each, "relax0" and so on.
const (
	timerCall     = "call"     // length of the call
	timerWait     = "wait"     // end of the question to the first key
	timerGap      = "gap"      // between two keys of an entry
	timerHangup   = "hangup"   // what may still happen after the caller hung up
	timerPause    = "pause"    // a wait, or a prompt that halts
	timerMaxWait  = "max_wait" // stay in the queue
	timerAnnounce = "announce" // next announcement while waiting
	timerOffer    = "offer"    // offer of another way while waiting
	timerRelax    = "relax"
)

// setTimer asks for an alarm; a kind that is set is moved.
func (r *run) setTimer(kind string, after time.Duration) {
	r.stopTimer(kind)
	id := r.next()
	if r.s.Timers == nil {
		r.s.Timers = map[string]Alarm{}
	}
	r.s.Timers[kind] = Alarm{ID: id, Due: r.w.Now.Add(after)}
	r.do(SetTimer{Name: timerName(kind, id), After: after})
}

func (r *run) stopTimer(kind string) {
	alarm, set := r.s.Timers[kind]
	if !set {
		return
	}
	delete(r.s.Timers, kind)
	r.do(StopTimer{Name: timerName(kind, alarm.ID)})
}

// rearm asks again for an alarm that a restart lost, with what is left of its time.
func (r *run) rearm(kind string) {
	alarm, set := r.s.Timers[kind]
	if !set {
		return
	}
	r.do(SetTimer{Name: timerName(kind, alarm.ID), After: max(0, alarm.Due.Sub(r.w.Now))})
}

// fired tells whether an alarm is one that is set, and takes it off.
func (r *run) fired(name string) bool {
	kind := kindOf(name)
	alarm, set := r.s.Timers[kind]
	if !set || timerName(kind, alarm.ID) != name {
		return false
	}
	delete(r.s.Timers, kind)
	return true
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	return kind
}
