package flow

import (
	"fmt"
	"time"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Ask holds the fields that every node has that asks by prompts of its own.
type Ask struct {
	Prompt []string         `flow:"prompt,required" is:"prompt"`
	With   map[string]*Expr `flow:"with" want:"slot"`
	Short  []string         `flow:"short" is:"prompt"` // played instead of Prompt from the second time on
	Try
}

// Try holds the fields that every node has that asks for keys.
type Try struct {
	Wait      time.Duration  `flow:"wait" default:"7s" min:"3s" max:"30s" code:"E306"`
	WaitMore  time.Duration  `flow:"wait_more" default:"3s" min:"0s" max:"15s" code:"E306"` // added on each further try
	Tries     int            `flow:"tries" default:"3" min:"1" max:"5" code:"E306"`
	NoInput   []string       `flow:"no_input" is:"prompt"` // first, second ... silence; the last repeats
	NoMatch   []string       `flow:"no_match" is:"prompt"`
	BargeIn   string         `flow:"barge_in" default:"interrupt" oneof:"interrupt hold ignore"`
	TypeAhead string         `flow:"type_ahead" default:"keep" oneof:"keep flush"`
	Keys      map[string]Out `flow:"keys" is:"key"` // beside the flow's; NONE switches one off

	only bool // no global keys: leaving would lose what the caller gave
}

// Common gives the fields that every node has that asks for keys.
func (t *Try) Common() *Try { return t }

// Asker is a Spec that asks for keys.
type Asker interface {
	Spec
	Common() *Try
}

// Said are prompts as one field of a node has them.
type Said struct {
	Field string // as written, for example "prompt"
	IDs   []string
	With  map[string]*Expr // values of their slots; nil = they can have none
}

// Prompter is a Spec with prompts of its own; those of Try are not among them.
type Prompter interface{ Prompts() []Said }

// Prompts gives the question, long and short.
func (a *Ask) Prompts() []Said { return []Said{{"prompt", a.Prompt, a.With}, {"short", a.Short, a.With}} }

// Keyed is a Spec that names keys for what the caller may choose.
type Keyed interface {
	// OwnKeys gives the field that holds the keys, and the keys, sorted.
	OwnKeys() (field string, keys []string)
}

// Defaulter is a Spec whose defaults for common fields differ from their tags: the text
// of the default by the field's name.
type Defaulter interface{ Defaults() map[string]string }

// Ways that keys are treated while a prompt plays, and before a node begins.
const (
	Interrupt = "interrupt"
	Hold      = "hold"
	Ignore    = "ignore"
	Keep      = "keep"
	Flush     = "flush"
)

// question is a node that asks for one key, or the part of a node that does.
type question interface {
	// Common gives the common fields.
	Common() *Try
	// words gives what is played to ask; short from the second time on.
	words(r *run, n *Node, short bool) ([]prompt.Item, error)
	// valid tells whether choose would take the key.
	valid(key string) bool
	// choose takes a valid key.
	choose(r *run, n *Node, key string) Out
	// given gives the way out after the last try failed with no_input or no_match.
	given(r *run, n *Node, failure string) Out
}

// begin enters a question: a valid key from before answers it unheard.
func (r *run) beginAsk(n *Node, q question) Out {
	if q.Common().TypeAhead == Flush {
		r.s.Keys = ""
	}
	for r.s.Keys != "" {
		key := r.s.Keys[:1]
		r.s.Keys = r.s.Keys[1:]
		if out, taken := r.tryKey(n, q, key); taken {
			return out
		}
	}
	return r.ask(n, q, nil)
}

// ask plays the words after a failure, if any, and the question.
func (r *run) ask(n *Node, q question, failure []string) Out {
	again := failure != nil || r.s.Visits[r.place()] > 1
	items, err := r.words(failure, nil)
	if err == nil {
		var more []prompt.Item
		more, err = q.words(r, n, again)
		items = append(items, more...)
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
func (r *run) listen(n *Node, q question) Out {
	if r.s.Keys != "" && q.Common().BargeIn == Hold {
		key := r.s.Keys[:1]
		r.s.Keys = r.s.Keys[1:]
		return r.pressed(n, q, key)
	}
	r.s.Turn.Phase = Listening
	a := q.Common()
	r.setTimer(timerWait, a.Wait+time.Duration(r.s.Turn.Tries)*a.WaitMore)
	return Out{}
}

// answer goes on with a question.
func (r *run) answer(n *Node, q question, in Input) Out {
	switch in := in.(type) {
	case Resume:
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
		if r.s.Turn.Phase == Listening && kindOf(in.Name) == timerWait {
			return r.fail(n, q, "no_input")
		}
	case Key:
		return r.key(n, q, string(in.Key))
	}
	return Out{}
}

func (r *run) key(n *Node, q question, key string) Out {
	if r.s.Turn.Phase == Asking {
		switch q.Common().BargeIn {
		case Hold:
			r.buffer(key)
			return Out{}
		case Ignore:
			return Out{}
		}
	}
	return r.pressed(n, q, key)
}

func (r *run) pressed(n *Node, q question, key string) Out {
	r.stopPlay()
	r.stopTimer(timerWait)
	if out, taken := r.tryKey(n, q, key); taken {
		return out
	}
	return r.fail(n, q, "no_match")
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
func (r *run) fail(n *Node, q question, failure string) Out {
	r.s.Keys = ""
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

// words resolves prompts to what is played, in the caller's language.
func (r *run) words(ids []string, with map[string]*Expr) ([]prompt.Item, error) {
	var items []prompt.Item
	values, err := r.slots(with)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		said, err := r.p.Prompts.Say(r.s.Lang, id, values)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", id, err)
		}
		items = append(items, said...)
	}
	return items, nil
}

func (r *run) slots(with map[string]*Expr) (map[string]any, error) {
	if len(with) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(with))
	for name, expression := range with {
		value, err := r.eval(expression)
		if err != nil {
			return nil, fmt.Errorf("slot %s: %w", name, err)
		}
		values[name] = value
	}
	return values, nil
}

// Prompts that every bundle has.
const (
	PromptApology       = "apology"        // something cannot be said
	PromptKeepRecording = "keep_recording" // keep 1, again 2
	PromptPosition      = "queue_position" // slot n: number
	PromptWait          = "queue_wait"     // slot n: minutes
)

// apology is the language's own.
func (r *run) apology() ([]prompt.Item, error) {
	return r.p.Prompts.Say(r.s.Lang, PromptApology, nil)
}

// audible resolves prompts; what cannot be said becomes the language's apology.
func (r *run) audible(ids []string, with map[string]*Expr) ([]prompt.Item, error) {
	items, err := r.words(ids, with)
	if err == nil {
		return items, nil
	}
	r.fault(r.place(), err.Error())
	return r.apology()
}

func (r *run) chose(n *Node, key, choice, words string) {
	r.setVar(n.ID, choice)
	r.do(Tell{ivr.CallChose{Flow: r.s.Flow, Node: n.ID, Key: key, Choice: choice, Words: words}})
}
