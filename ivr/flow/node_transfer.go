package flow

import (
	"errors"
	"strings"
	"time"
)

// Transfer rings an outside number and connects the caller with it.
//
//	hospital: {type: transfer, to: '"0388883888"', ring: 30s, next: thanks, exits: {busy: sorry, no_answer: sorry, failed: sorry}}
type Transfer struct {
	To       *Expr         `flow:"to,required" want:"text"`
	CallerID *Expr         `flow:"caller_id" want:"text"`
	Ring     time.Duration `flow:"ring" default:"30s" min:"5s" max:"2m"`
	Max      time.Duration `flow:"max" default:"2h" min:"1m" max:"8h"`
	Music    string        `flow:"music"`
}

func (x *Transfer) enter(r *run, _ *Node) Out {
	to, err := r.number(x.To)
	from := ""
	if err == nil && x.CallerID != nil {
		from, err = r.number(x.CallerID)
	}
	if !dialable(from) { // nobody could call it back
		from = ""
	}
	if err == nil && !dialable(to) {
		err = errNoNumber
	}
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	r.s.Keys = ""
	id := r.work()
	r.s.Turn.Phase = Dialling
	r.do(Dial{ID: id, To: to, CallerID: from, Ring: x.Ring, Max: x.Max, Music: x.Music})
	return Out{}
}

var errNoNumber = errors.New("to: not a number that can be dialled") //nolint:gochecknoglobals // a constant error

// number gives the text of an expression; "" when it is unset.
func (r *run) number(x *Expr) (string, error) {
	value, err := r.eval(x)
	if err != nil {
		return "", err
	}
	text, _ := value.(string)
	return text, nil
}

// dialable tells whether a number can be dialled: 3 to 15 digits, the most that ITU-T
// E.164 allows, with or without a plus before them.
func dialable(number string) bool {
	digits := strings.TrimPrefix(number, "+")
	return len(digits) >= 3 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// input waits for the end. A restart changes nothing: the call finds out whether the two
// still talk.
func (x *Transfer) input(r *run, _ *Node, in Input) Out {
	if in, over := in.(Dialled); over {
		return x.dialled(r, in.Outcome)
	}
	return Out{}
}

// dialled takes the exit. After a conversation the limit on the call's length begins anew;
// one that ran out meanwhile holds for a caller whom nobody talked to.
func (x *Transfer) dialled(r *run, outcome string) Out {
	_, limited := r.s.Timers[timerCall]
	switch {
	case outcome == "ended":
		r.heard()
		r.setTimer(timerCall, r.p.Limits.Call)
		return r.exit("next")
	case !limited:
		r.fault(r.place(), "limit of the call's length reached")
		return r.limit("too_long")
	case outcome == "busy" || outcome == "no_answer":
		return r.exit(outcome)
	}
	r.fault(r.place(), "transfer: "+outcome)
	return r.exit("failed")
}

// Speaks is false: the caller hears music, then somebody else.
func (x *Transfer) Speaks() bool { return false }

// Outs gives next, for a conversation that the caller stayed on for, busy, no_answer,
// failed and error.
func (x *Transfer) Outs() ([]string, []Out) {
	return []string{"next", "busy", "no_answer", "failed", "error"}, nil
}
