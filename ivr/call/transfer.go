package call

import (
	"fmt"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// Leg is the outside end of a transfer.
type Leg struct {
	ID  int           `json:"id"` // of the flow's Dial
	Up  bool          `json:"up,omitempty"`
	Max time.Duration `json:"max"` // longest conversation
}

// timerLeg ends the longest conversation with an outside number.
const timerLeg = "leg.max"

// OutcomeLeft is how a transfer ends when the caller hangs up before anybody answers.
const OutcomeLeft = "left"

// LegName names the outside end of a transfer at Asterisk, and the bridge for it.
func LegName(call ivr.CallID, id int) string { return fmt.Sprintf("%s-x%d", call, id) }

func (st *step) dial(e flow.Dial) {
	st.s.Leg = &Leg{ID: e.ID, Max: e.Max}
	st.fact(ivr.TransferBegan{To: e.To})
	st.effect(flow.Music{On: true, Class: e.Music})
	callerID := e.CallerID
	if callerID == "" {
		callerID = st.s.To
	}
	st.do(Dial{ID: e.ID, To: e.To, CallerID: callerID, Ring: e.Ring})
}

func (st *step) legUp(e LegUp) {
	if st.s.Leg == nil || st.s.Leg.ID != e.ID || st.gone {
		st.do(HangLeg{e.ID})
		return
	}
	if !st.s.Leg.Up {
		st.fact(ivr.TransferAnswered{})
	}
	leg := *st.s.Leg
	leg.Up = true
	st.s.Leg = &leg
	st.music(false)
	st.do(Join{leg.ID}, SetTimer{timerLeg, leg.Max})
}

// legGone: nobody answered, or one of the two has hung up.
func (st *step) legGone(e LegGone) {
	if st.s.Leg == nil || st.s.Leg.ID != e.ID {
		return
	}
	outcome := outcomeOf(e.Cause)
	if st.s.Leg.Up {
		outcome = "ended"
	}
	st.endLeg(outcome)
	st.music(false)
	st.flow(flow.Dialled{ID: e.ID, Outcome: outcome})
}

func (st *step) endLeg(outcome string) {
	st.do(StopTimer{timerLeg}, Part{st.s.Leg.ID})
	st.fact(ivr.TransferEnded{Outcome: outcome})
	st.s.Parted, st.s.Leg = st.s.Leg.ID, nil
}

// outcomeOf tells the causes of ITU-T Q.850 that a flow can do something about apart.
func outcomeOf(cause int) string {
	switch cause {
	case 17:
		return "busy"
	case 0, 16, 18, 19, 102: // Asterisk gives up ringing with 0, 16 or 102
		return "no_answer"
	default:
		return "failed"
	}
}

// leaveLeg lets the outside end go when the caller is gone.
func (st *step) leaveLeg() {
	if st.s.Leg == nil {
		return
	}
	outcome := OutcomeLeft
	if st.s.Leg.Up {
		outcome = "ended"
	}
	st.do(HangLeg{st.s.Leg.ID})
	st.endLeg(outcome)
}

// resumeLeg takes a transfer up after we were away.
func (st *step) resumeLeg(ringing, up bool) {
	leg := st.s.Leg
	switch {
	case up:
		st.s.Music = true // it may still play, over whatever the other says
		st.legUp(LegUp{leg.ID})
	case !ringing:
		if !leg.Up {
			st.do(HangLeg{leg.ID}) // the request to ring may still be under way
		}
		st.legGone(LegGone{ID: leg.ID})
	default:
		st.effect(flow.Music{On: true})
	}
}
