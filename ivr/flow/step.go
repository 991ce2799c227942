package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"talian/ivr"
	"talian/ivr/prompt"
)

// maxKeys is how many keys are remembered while nothing asks for them.
const maxKeys = 30

// run is one step under way.
type run struct {
	p   *Program
	s   State
	w   World
	out []Effect

	way   []Passage // ways out taken so far
	taken string    // exit that the next way out belongs to

	calling bool // the next way out comes back by RETURN
}

// Step takes one input and gives the state after it and the effects to carry out, in
// order. The state given is not changed. A failure inside a node, even a programming
// fault, takes the node's `error` exit and is told as ivr.CallFault. After the Hangup
// effect nothing follows: every further input gives the same state and no effect.
func Step(p *Program, s State, in Input, w World) (State, []Effect) {
	if s.Ended {
		return s, nil
	}
	r := step(p, s, in, w)
	return r.s, r.out
}

// step runs the step of a call that has not ended, whatever happens inside.
func step(p *Program, s State, in Input, w World) *run {
	r := &run{p: p, s: s.clone(), w: w}
	if fault := r.guard(func() { r.take(in) }); fault == "" {
		return r
	}
	r = &run{p: p, s: s.clone(), w: w}
	if fault := r.guard(func() { r.failedInside(in) }); fault == "" {
		return r
	}
	r = &run{p: p, s: s.clone(), w: w}
	r.fault("flow", "failed inside, and again in its error exit")
	r.end("error")
	return r
}

// failedInside takes the error exit, unless nobody is there to hear what follows.
func (r *run) failedInside(in Input) {
	r.fault("flow", "failed inside")
	if _, hungUp := in.(HungUp); hungUp || r.s.Gone {
		r.end("error")
		return
	}
	r.follow(r.exit("error"))
}

// guard runs f and gives the text of its panic, if any.
func (r *run) guard(f func()) (fault string) {
	defer func() {
		if cause := recover(); cause != nil {
			fault = fmt.Sprint(cause)
		}
	}()
	f()
	return ""
}

// take deals with what any node deals with alike, and hands the rest to the node.
func (r *run) take(in Input) {
	switch in.(type) {
	case Start:
		if r.s.Node == "" && r.s.Turn.Phase == "" {
			r.begin()
		}
	case Resume:
		r.resume()
	case HungUp:
		r.hungUp()
	default:
		if r.awaited(in) {
			r.pass(in)
		}
	}
}

// awaited tells whether an input belongs to something that is under way, and takes that off.
func (r *run) awaited(in Input) bool {
	switch in := in.(type) {
	case Fired:
		return r.fired(in.Name)
	case Played:
		if in.ID != r.s.Turn.Play || in.ID == 0 {
			return false
		}
		r.s.Turn.Play = 0
	case Recorded:
		return in.ID == r.s.Turn.Recording && r.s.Turn.Phase == Recording
	case Key:
		return validKey(in.Key) && !r.excess(in.Key)
	case Fetched:
		return answers[*HTTP](r, in.ID)
	case CaseDone:
		return answers[*CaseNode](r, in.ID)
	case Booked:
		return answers[*CallBack](r, in.ID)
	case Dialled:
		return answers[*Transfer](r, in.ID)
	}
	return true
}

// pass hands an input to whom it is for: mostly the present node.
func (r *run) pass(in Input) {
	if r.s.Gone {
		r.afterGone(in)
		return
	}
	if alarm, fired := in.(Fired); fired && kindOf(alarm.Name) == timerCall {
		r.tooLong()
		return
	}
	if key, pressed := in.(Key); pressed && r.s.Turn.Phase == Working {
		r.buffer(string(key.Key))
		return
	}
	if r.s.Turn.Phase == Sorry {
		r.sorryOver(in)
		return
	}
	if n := r.node(); n != nil {
		r.follow(n.Spec.input(r, n, in))
	}
}

func (r *run) begin() {
	r.s.Keys = ""
	r.setTimer(timerCall, r.p.Limits.Call)
	r.follow(Out{ToFlow, r.s.Flow})
}

func (r *run) flow() *Flow { return r.p.Flows[r.s.Flow] }

func (r *run) node() *Node {
	if f := r.flow(); f != nil {
		return f.Nodes[r.s.Node]
	}
	return nil
}

// follow takes ways out until a node waits for input or the call is over.
func (r *run) follow(out Out) {
	for !out.Zero() && !r.s.Ended {
		r.leave()
		r.depart(out)
		out = r.turn(out)
	}
}

// turn takes one way out and gives the next, if the node there does not wait.
func (r *run) turn(out Out) Out {
	switch out.Word {
	case Hang:
		r.end("normal")
		return Out{}
	case ToNode:
		return r.enter(r.s.Flow, out.Target)
	case ToFlow:
		return r.jump(out.Target)
	case Repeat:
		return r.enter(r.s.Flow, r.s.Node)
	case Back:
		return r.back()
	case Home:
		if f := r.p.Flows[r.s.Entry]; f != nil && f.Home != "" {
			r.s.Flow, r.s.Back, r.s.Frames = f.ID, nil, nil
			return r.enter(f.ID, f.Home)
		}
	case Operator:
		return r.jump(r.p.Operator)
	case Return:
		if len(r.s.Frames) > 0 {
			return r.comeBack(out.Target)
		}
	case None: // leads nowhere
	}
	r.fault(r.place(), fmt.Sprintf("no way out %q", out))
	return r.failed()
}

func (r *run) jump(flow string) Out {
	f := r.p.Flows[flow]
	if f == nil {
		r.fault(r.place(), fmt.Sprintf("no flow %q", flow))
		return r.failed()
	}
	if r.calling {
		r.push()
	} else {
		r.s.Frames = nil
	}
	r.calling, r.s.Flow, r.s.Back = false, flow, nil
	return r.enter(flow, f.Start)
}

// back goes to the input node before the present one; from the first one it repeats.
func (r *run) back() Out {
	trail := r.s.Back
	if n := r.node(); n != nil && n.Type.Input && len(trail) > 1 {
		trail = trail[:len(trail)-1]
	}
	if len(trail) == 0 {
		return r.enter(r.s.Flow, r.s.Node)
	}
	r.s.Back = trail[:len(trail)-1]
	return r.enter(r.s.Flow, trail[len(trail)-1])
}

// enter begins a node, unless a limit forbids it.
func (r *run) enter(flow, id string) Out {
	f := r.p.Flows[flow]
	n := f.Nodes[id]
	if n == nil {
		r.fault(r.place(), fmt.Sprintf("no node %q", id))
		return r.failed()
	}
	if r.s.Gone && !n.Silent() {
		r.end("caller")
		return Out{}
	}
	r.s.Steps++
	r.s.Entered++
	visit := flow + "." + id
	if r.s.Visits == nil {
		r.s.Visits = map[string]int{}
	}
	r.s.Visits[visit]++
	if n.Silent() {
		r.s.Silent++
	} else {
		r.s.Silent = 0
	}
	r.s.Node, r.s.Turn = id, Turn{}
	r.arrive(flow, id)
	if r.s.Visits[visit] > n.Visits || r.s.Steps > r.p.Limits.Steps || r.s.Silent > r.p.Limits.Silent {
		r.fault(r.place(), "limit of visits or steps reached")
		return r.limit("loop")
	}
	if n.Type.Input {
		r.trail(id)
	}
	if n.Mark != "" {
		r.do(Tell{ivr.CallMarked{Mark: n.Mark}})
	}
	return n.Spec.enter(r, n)
}

// trail remembers an input node for BACK.
func (r *run) trail(id string) {
	if len(r.s.Back) > 0 && r.s.Back[len(r.s.Back)-1] == id {
		return
	}
	if len(r.s.Back) == maxTrail {
		r.s.Back = r.s.Back[1:]
	}
	r.s.Back = append(r.s.Back, id)
}

// maxTrail is how far BACK can lead.
const maxTrail = 16

func (r *run) do(e Effect) { r.out = append(r.out, e) }

// play starts a playback; it is over when Turn.Play is 0 again.
func (r *run) play(items []prompt.Item) {
	r.s.Turn.Play = r.next()
	r.do(Play{ID: r.s.Turn.Play, Items: items})
}

func (r *run) stopPlay() {
	if r.s.Turn.Play != 0 {
		r.do(StopPlay{r.s.Turn.Play})
		r.s.Turn.Play = 0
	}
}

func (r *run) next() int {
	r.s.Seq++
	return r.s.Seq
}

func (r *run) fault(where, what string) {
	r.do(Tell{ivr.CallFault{Where: where, What: r.impersonal(what)}})
}

// impersonal gives a text with *** in the place of personal values that the call knows.
// Shorter ones than four characters would stand in it by chance.
func (r *run) impersonal(text string) string {
	values := []string{r.s.Call.From, r.s.Turn.Typed}
	for name, value := range r.s.Vars {
		flow, own, _ := strings.Cut(name, ".")
		if f := r.p.Flows[flow]; f != nil && f.Vars[own].PII {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, value := range values {
		if len(value) >= 4 {
			text = strings.ReplaceAll(text, value, "***")
		}
	}
	return text
}

func (r *run) place() string { return strings.TrimSuffix(r.s.Flow+"."+r.s.Node, ".") }

// nextKey takes the first of the keys pressed before.
func (r *run) nextKey() string {
	key := r.s.Keys[:1]
	r.s.Keys = r.s.Keys[1:]
	return key
}

func (r *run) buffer(key string) {
	if len(r.s.Keys) < maxKeys {
		r.s.Keys += key
	}
}

func validKey(key byte) bool { return strings.IndexByte("0123456789*#", key) >= 0 }

// timerName gives the name under which a timer is asked for; it is never used twice.
func timerName(kind string, id int) string { return kind + "." + strconv.Itoa(id) }
