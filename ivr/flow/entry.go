package flow

import (
	"strings"
	"time"
)

// typing asks for several digits. They are in Turn.Typed while the caller types, and
// while they are read back.
type typing interface {
	asked
	// entry gives the rules.
	entry() entry
	// fits tells whether digits of an allowed number are a good value.
	fits(r *run, digits string) bool
	// typed takes good digits, confirmed where they are read back; "" = skipped.
	typed(r *run, n *Node, digits string) Out
}

// entry says how digits are typed.
type entry struct {
	min, max int // digits; min is at least 1
	endKey   string
	gap      time.Duration // longest pause between two keys
	optional bool          // the end key alone skips
	readBack bool          // the caller hears the digits and says whether they are right
}

const (
	clearKey = "*" // clears what was typed; with nothing typed it leads back
	noKey    = "none"
)

// typeKey takes a key that is typed; over means that no further key is waited for.
func (r *run) typeKey(n *Node, t typing, key string) (out Out, over bool) {
	e := t.entry()
	switch {
	case key >= "0" && key <= "9":
		r.heard()
		r.s.Turn.Typed += key
		if len(r.s.Turn.Typed) < e.max {
			r.setTimer(timerGap, e.gap)
			return Out{}, false
		}
		r.full(e)
		return r.entered(n, t), true
	case key == e.endKey:
		r.heard()
		return r.entered(n, t), true
	case key == clearKey && r.s.Turn.Typed == "":
		r.heard()
		return Out{Word: Back}, true
	case key == clearKey:
		r.heard()
		r.untype(t)
		return Out{}, false
	}
	return r.fail(n, t, "no_match"), true
}

// useful tells whether a key from before the question means anything to it.
func (r *run) useful(t typing, key string) bool {
	e := t.entry()
	if key == e.endKey {
		return r.s.Turn.Typed != "" || e.optional
	}
	return key != "#" // digits, and * where it is not the end key
}

// entered looks at what was typed, at its end.
func (r *run) entered(n *Node, t typing) Out {
	r.stopTimer(timerGap)
	e, digits := t.entry(), r.s.Turn.Typed
	switch {
	case digits == "" && e.optional:
		return t.typed(r, n, "")
	case digits == "", len(digits) < e.min, !t.fits(r, digits):
		return r.fail(n, t, "no_match")
	case e.readBack:
		turn := &r.s.Turn
		turn.ReadBack, turn.Tries, turn.NoInput, turn.NoMatch = true, 0, 0, 0
		return r.beginAsk(n, r.readBack(t))
	}
	return t.typed(r, n, digits)
}

// begun tells whether some, but not all digits were typed.
func (r *run) begun(q asked) bool {
	_, several := q.(typing)
	return several && r.s.Turn.Typed != ""
}

// untype forgets what was typed so far; what is read back stays.
func (r *run) untype(q asked) {
	if _, several := q.(typing); several {
		r.s.Turn.Typed = ""
		r.stopTimer(timerGap)
	}
}

// full notes that an entry ended at its last digit: callers often press the end key all
// the same. Within the gap it means nothing, whatever is asked next.
func (r *run) full(e entry) {
	if e.endKey == noKey {
		return
	}
	if rest, pressed := strings.CutPrefix(r.s.Keys, e.endKey); pressed {
		r.s.Keys = rest
		return
	}
	r.s.Excess, r.s.ExcessUntil = e.endKey, r.w.Now.Add(e.gap)
}

// excess tells whether a key is such an end key.
func (r *run) excess(key byte) bool {
	excess := r.s.Excess == string(key) && r.w.Now.Before(r.s.ExcessUntil)
	r.s.Excess, r.s.ExcessUntil = "", time.Time{}
	return excess
}

const (
	keyRight = "1"
	keyWrong = "2"
)

// readBack asks whether what was typed is right: 1 takes it, 2 (or the key that clears)
// begins the entry again, as often as the node has tries. No other key leads away, and
// silence takes nothing: what nobody confirmed is not kept.
func (r *run) readBack(t typing) question {
	try := *t.Common()
	try.TypeAhead, try.Keys, try.only = Flush, nil, true
	return &aside{
		prompt: PromptReadBack, slots: map[string]any{"n": r.s.Turn.Typed}, try: &try,
		keys: keyRight + keyWrong + clearKey,
		chosen: func(r *run, n *Node, key string) Out {
			if key == keyRight {
				return t.typed(r, n, r.s.Turn.Typed)
			}
			return r.typeAgain(n, t)
		},
		failed: func(r *run, n *Node, failure string) Out { return t.given(r, n, failure) },
	}
}

// typeAgain begins an entry again that the caller found wrong.
func (r *run) typeAgain(n *Node, t typing) Out {
	turn := &r.s.Turn
	turn.Retyped++
	if turn.Retyped >= t.Common().Tries {
		return t.given(r, n, "no_match")
	}
	turn.ReadBack, turn.Tries, turn.NoInput, turn.NoMatch = false, 0, 0, 0
	r.untype(t)
	return r.ask(n, t, []string{})
}
