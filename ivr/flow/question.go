package flow

import (
	"errors"
	"strings"
	"time"

	"talian/ivr/prompt"
)

// asked is what a node asks the caller, or one of several such things. It is a question,
// which ends at its first key, or a typing, which takes several. beginAsk puts it, answer
// goes on with it.
type asked interface {
	// Common gives the common fields.
	Common() *Try
	// words gives what is played to ask; short from the second time on.
	words(r *run, n *Node, short bool) ([]prompt.Item, error)
	// given gives the way out after the last try failed with no_input or no_match.
	given(r *run, n *Node, failure string) Out
}

// question asks for one key.
type question interface {
	asked
	// valid tells whether choose would take the key.
	valid(key string) bool
	// choose takes a valid key.
	choose(r *run, n *Node, key string) Out
}

// aside is a question that a node puts beside its own: the words of a reserved prompt and
// a few fixed keys.
type aside struct {
	prompt string
	slots  map[string]any
	keys   string // valid ones, for example "12"
	try    *Try
	chosen func(r *run, n *Node, key string) Out
	failed func(r *run, n *Node, failure string) Out
}

func (a *aside) Common() *Try                              { return a.try }
func (a *aside) valid(key string) bool                     { return strings.Contains(a.keys, key) }
func (a *aside) choose(r *run, n *Node, key string) Out    { return a.chosen(r, n, key) }
func (a *aside) given(r *run, n *Node, failure string) Out { return a.failed(r, n, failure) }

func (a *aside) words(r *run, _ *Node, _ bool) ([]prompt.Item, error) {
	return r.p.Prompts.Say(r.s.Lang, a.prompt, a.slots)
}

// alone are the common fields of an aside at a node that has none, or whose keys would
// lead away from what the caller gave.
func alone() *Try {
	return &Try{Wait: 7 * time.Second, WaitMore: 3 * time.Second, Tries: 2, BargeIn: Interrupt, TypeAhead: Flush, only: true}
}

// put goes on to another question of the same node. Turn.Part names it, so that the node
// knows whom the next inputs are for; its tries start at 0, what the node knows besides
// stays.
func (r *run) put(n *Node, part string, q asked) Out {
	r.quiet()
	t := &r.s.Turn
	t.Part, t.Phase, t.Typed, t.ReadBack = part, "", "", false
	t.Retyped, t.Tries, t.NoInput, t.NoMatch = 0, 0, 0, 0
	return r.beginAsk(n, q)
}

// beginAsk enters a question: a valid key from before answers it unheard.
func (r *run) beginAsk(n *Node, q asked) Out {
	if q.Common().TypeAhead == Flush {
		r.s.Keys = ""
	}
	for r.s.Keys != "" {
		if out, over := r.early(n, q, r.nextKey()); over {
			return out
		}
	}
	if r.begun(q) {
		return r.listen(n, q)
	}
	return r.ask(n, q, nil)
}

// early gives a question a key from before it was asked; over means that it is answered.
// A key that means nothing to it is dropped.
func (r *run) early(n *Node, q asked, key string) (out Out, over bool) {
	switch q := q.(type) {
	case typing:
		if r.useful(q, key) {
			return r.typeKey(n, q, key)
		}
	case question:
		return r.tryKey(n, q, key)
	}
	return Out{}, false
}

// hear gives a question a key; over means that it waits no longer.
func (r *run) hear(n *Node, q asked, key string) (out Out, over bool) {
	switch q := q.(type) {
	case typing:
		return r.typeKey(n, q, key)
	case question:
		if out, taken := r.tryKey(n, q, key); taken {
			return out, true
		}
	}
	return r.fail(n, q, "no_match"), true
}

// ask plays the words after a failure, if any, and the question.
func (r *run) ask(n *Node, q asked, failure []string) Out {
	again := failure != nil || r.s.Visits[r.place()] > 1
	items, err := r.words(failure, nil)
	if err == nil {
		var more []prompt.Item
		more, err = q.words(r, n, again)
		items = append(items, more...)
	}
	if errors.Is(err, errWithheld) {
		return q.given(r, n, "no_match")
	}
	if err != nil {
		r.fault(r.place(), err.Error())
		if items, err = r.apology(); err != nil {
			return r.exit("error")
		}
	}
	r.s.Turn.Phase = Asking
	if len(items) == 0 {
		return r.listen(n, q)
	}
	r.play(items)
	return Out{}
}

// listen begins the wait for a key; keys held back while the question played come first.
func (r *run) listen(n *Node, q asked) Out {
	r.s.Turn.Phase = Listening
	a := q.Common()
	for a.BargeIn == Hold && r.s.Keys != "" {
		if out, over := r.hear(n, q, r.nextKey()); over {
			return out
		}
	}
	if !r.begun(q) {
		r.setTimer(timerWait, a.Wait+time.Duration(r.s.Turn.Tries)*a.WaitMore)
	}
	return Out{}
}

// answer goes on with a question.
func (r *run) answer(n *Node, q asked, in Input) Out {
	if t, several := q.(typing); several && r.s.Turn.ReadBack {
		q = r.readBack(t)
	}
	switch in := in.(type) {
	case Resume:
		r.untype(q)
		return r.ask(n, q, nil)
	case Played:
		if r.s.Turn.Phase != Asking {
			return Out{}
		}
		if in.Failed {
			r.fault(r.place(), "nothing was audible")
			return r.exit("error")
		}
		return r.listen(n, q)
	case Fired:
		return r.silence(n, q, kindOf(in.Name))
	case Key:
		return r.key(n, q, string(in.Key))
	}
	return Out{}
}

// silence deals with the end of the wait for a first or a further key.
func (r *run) silence(n *Node, q asked, timer string) Out {
	if r.s.Turn.Phase != Listening {
		return Out{}
	}
	if t, several := q.(typing); several && timer == timerGap {
		return r.entered(n, t)
	}
	if timer == timerWait {
		return r.fail(n, q, "no_input")
	}
	return Out{}
}

func (r *run) key(n *Node, q asked, key string) Out {
	if r.s.Turn.Phase == Asking {
		switch q.Common().BargeIn {
		case Hold:
			r.buffer(key)
			return Out{}
		case Ignore:
			return Out{}
		}
	}
	r.stopPlay()
	r.stopTimer(timerWait)
	r.s.Turn.Phase = Listening
	out, over := r.hear(n, q, key)
	if !over && !r.begun(q) { // cleared
		return r.ask(n, q, []string{})
	}
	return out
}

// tryKey takes a key that the node or the flow knows.
func (r *run) tryKey(n *Node, q question, key string) (Out, bool) {
	if q.valid(key) {
		r.heard()
		return q.choose(r, n, key), true
	}
	out, own := q.Common().Keys[key]
	if !own && !q.Common().only {
		out, own = r.flow().Keys[key]
	}
	if !own || out.Word == None {
		return Out{}, false
	}
	r.heard()
	return out, true
}

// fail counts a failed try and asks again, or gives up.
func (r *run) fail(n *Node, q asked, failure string) Out {
	r.s.Keys = ""
	r.untype(q)
	a, turn := q.Common(), &r.s.Turn
	turn.Tries++
	if turn.Tries >= a.Tries {
		return q.given(r, n, failure)
	}
	prompts, count := a.NoInput, &turn.NoInput
	if failure == "no_match" {
		prompts, count = a.NoMatch, &turn.NoMatch
	}
	*count++
	if len(prompts) == 0 {
		return r.ask(n, q, []string{})
	}
	return r.ask(n, q, prompts[min(*count, len(prompts))-1:][:1])
}
