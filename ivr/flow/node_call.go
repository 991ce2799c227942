package flow

import (
	"fmt"
	"maps"
	"slices"
)

// MaxFrames is how many flows may wait for one that they called, one inside the other.
const MaxFrames = 8

// SubFlow is the node type call: another flow runs, then this one goes on.
//
//	identify: {type: call, flow: identify, with: {lang_name: lang}, save: {mykad: number}, exits: {failed: offer_human}}
//
// The called flow declares inputs, outputs and outcomes. RETURN takes next; RETURN and an
// outcome take the exit of that name. Its variables begin unset at every call. A way out of
// it that is no RETURN does not come back: then nobody waits for it any more.
type SubFlow struct {
	Flow string            `flow:"flow,required" is:"flow"`
	With map[string]*Expr  `flow:"with" want:"input"`
	Save map[string]string `flow:"save" is:"saved"` // our variable: the flow's output

	called *Flow // set by Seal
}

func (x *SubFlow) enter(r *run, _ *Node) Out {
	called := r.p.Flows[x.Flow]
	if called == nil {
		r.fault(r.place(), fmt.Sprintf("no flow %q", x.Flow))
		return r.exit("error")
	}
	if len(r.s.Frames) >= MaxFrames {
		r.fault(r.place(), "limit of flows inside each other reached")
		return r.limit("loop")
	}
	inputs, err := x.inputs(r, called)
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	r.forget(called.ID)
	for name, text := range inputs {
		r.setVarOf(called.ID, name, text)
	}
	r.calling = true
	return Out{ToFlow, x.Flow}
}

// inputs gives the values that the called flow begins with.
func (x *SubFlow) inputs(r *run, called *Flow) (map[string]string, error) {
	values := make(map[string]string, len(x.With))
	for name, expression := range x.With {
		value, err := r.eval(expression)
		if err == nil {
			values[name], err = called.Vars[name].write(value)
		}
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", name, err)
		}
	}
	return values, nil
}

func (x *SubFlow) input(r *run, n *Node, in Input) Out { return resumed(r, n, in) }

// comeBack returns from a called flow: its outputs are kept, and the exit of the calling
// node is taken that the outcome names.
func (r *run) comeBack(outcome string) Out {
	called := r.flow()
	r.pop()
	r.arrive(r.s.Flow, r.s.Node)
	x, ok := r.node().Spec.(*SubFlow)
	if !ok {
		return r.exit("error")
	}
	err := x.outputs(r, called)
	r.forget(called.ID)
	switch {
	case err != nil:
		r.fault(r.place(), err.Error())
		return r.exit("error")
	case outcome == "":
		return r.exit("next")
	}
	return r.exit(outcome)
}

// outputs keeps what the called flow gives; what it left unset is unset.
func (x *SubFlow) outputs(r *run, called *Flow) error {
	for ours, theirs := range x.Save {
		text := r.s.Vars[called.ID+"."+theirs]
		if text == "" {
			text = called.Vars[theirs].Default
		}
		if _, err := r.flow().Vars[ours].Read(text); err != nil {
			return fmt.Errorf("output %s: %w", theirs, err)
		}
		r.setVar(ours, text)
	}
	return nil
}

// push notes where a called flow comes back to.
func (r *run) push() {
	r.s.Frames = append(r.s.Frames, Frame{Flow: r.s.Flow, Node: r.s.Node, Back: r.s.Back})
}

// pop goes back to the node that called the present flow; false when none did.
func (r *run) pop() bool {
	last := len(r.s.Frames) - 1
	if last < 0 {
		return false
	}
	frame := r.s.Frames[last]
	r.s.Frames = r.s.Frames[:last]
	r.s.Flow, r.s.Node, r.s.Back, r.s.Turn = frame.Flow, frame.Node, slices.Clone(frame.Back), Turn{}
	return true
}

// Speaks is false.
func (x *SubFlow) Speaks() bool { return false }

// Outs gives error, the outcomes that the called flow declares, and next when it returns
// without one.
func (x *SubFlow) Outs() ([]string, []Out) {
	exits := []string{"error"}
	if x.called == nil {
		return exits, nil
	}
	if x.called.returns() {
		exits = append(exits, "next")
	}
	return append(exits, x.called.Outcomes...), nil
}

// returns tells whether RETURN without an outcome is a way out of the flow.
func (f *Flow) returns() bool {
	plain := Out{Word: Return}
	all := slices.Concat(slices.Collect(maps.Values(f.Keys)), slices.Collect(maps.Values(f.Handlers)))
	for _, n := range f.Nodes {
		all = append(all, n.Next)
		all = slices.AppendSeq(all, maps.Values(n.Exits))
		if asker, asks := n.Spec.(Asker); asks {
			all = slices.AppendSeq(all, maps.Values(asker.Common().Keys))
		}
		if _, calls := n.Spec.(*SubFlow); !calls {
			_, own := n.Spec.Outs()
			all = append(all, own...)
		}
	}
	return slices.Contains(all, plain)
}
