package flow

// Passage is one way that a call took from node to node.
type Passage struct {
	Flow, Node     string // left; no node = the call began, or an apology was over
	Exit           string // name of the exit; "" = a choice, a case, a key or a limit
	Out            Out    // the way out taken
	ToFlow, ToNode string // entered; "" = none: the way out leads to no node
	After          int    // effects of the step that came before it
}

// Trace is Step, and gives the passages of the step in order. A step that failed inside
// has those of its error exit only.
func Trace(p *Program, s State, in Input, w World) (State, []Effect, []Passage) {
	if s.Ended {
		return s, nil, nil
	}
	r := step(p, s, in, w)
	return r.s, r.out, r.way
}

// depart notes that a way out is taken.
func (r *run) depart(out Out) {
	r.way = append(r.way, Passage{Flow: r.s.Flow, Node: r.s.Node, Exit: r.taken, Out: out, After: len(r.out)})
	r.taken = ""
}

// arrive notes where it led.
func (r *run) arrive(flow, node string) {
	if last := len(r.way) - 1; last >= 0 {
		r.way[last].ToFlow, r.way[last].ToNode = flow, node
	}
}
