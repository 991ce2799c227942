package flow

import (
	"fmt"

	"talian/ivr/prompt"
)

// limit gives the way out for a limit that was reached; a second one ends the call.
func (r *run) limit(name string) Out {
	first := !r.s.Limited
	r.s.Limited = true
	for _, handlers := range []map[string]Out{r.flow().Handlers, r.p.Exits} {
		if out, found := handlers[name]; found && first {
			r.s.Steps, r.s.Silent, r.s.Visits = 0, 0, nil
			r.limitLength()
			return out
		}
	}
	r.sorry()
	return Out{}
}

// limitLength starts the limit on the call's length anew when it has run out.
func (r *run) limitLength() {
	if _, running := r.s.Timers[timerCall]; !running && !r.s.Gone {
		r.setTimer(timerCall, r.p.Limits.Call)
	}
}

// exit gives the way out of the present node for an exit by name.
func (r *run) exit(name string) Out {
	r.taken = name
	n := r.node()
	if n == nil {
		return r.failed()
	}
	if name == "error" {
		return r.errorExit(n)
	}
	if out, found := r.p.Exit(r.flow(), n, name); found {
		return out
	}
	r.fault(r.place(), fmt.Sprintf("exit %q leads nowhere", name))
	return r.errorExit(n)
}

// errorExit is the node's own error exit, else the handler's; an error on the way out of
// a handled error plays the built-in apology.
func (r *run) errorExit(n *Node) Out {
	r.taken = "error"
	if out, own := n.Exits["error"]; own {
		return out
	}
	if out, found := r.p.Exit(r.flow(), n, "error"); found && !r.s.Failing {
		r.s.Failing = true
		return out
	}
	return r.failed()
}

// failed is the end of all handling: the built-in apology.
func (r *run) failed() Out {
	r.sorry()
	return Out{}
}

// sorry plays words that come with Asterisk, in need of no bundle, network or speech.
func (r *run) sorry() {
	r.leave()
	if r.s.Gone {
		r.end("error")
		return
	}
	r.s.Node, r.s.Turn = "", Turn{Phase: Sorry}
	r.play([]prompt.Item{{Prompt: "sorry", Lang: "en", Text: "We're sorry.", File: "sorry"}})
}

// sorryOver goes on after the built-in apology: once to the operator, else hangs up.
func (r *run) sorryOver(in Input) {
	if _, over := in.(Played); !over {
		return
	}
	if f := r.p.Flows[r.p.Operator]; f != nil && !r.s.Operated && !r.s.Limited {
		r.s.Operated = true
		r.follow(Out{Word: Operator})
		return
	}
	r.end("error")
}

// heard notes that the caller took part: errors before that are dealt with.
func (r *run) heard() { r.s.Failing, r.s.Silent = false, 0 }
