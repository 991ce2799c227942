package flow

import (
	"time"

	"talian/ivr/prompt"
)

// Collect asks for several digits.
//
//	number: {type: collect, prompt: enter_case_number, length: 11, check: case_number, save: case_no, next: status}
//
// It ends at the last digit that fits, at the end key, or when the caller makes a pause.
// Of the global keys it obeys only * : it clears what was typed, then leads back. A check
// narrows the number of digits to what it can be. A day that date has checked is saved as
// such in a variable of type date.
type Collect struct {
	Ask
	Length   int           `flow:"length" min:"1" max:"30" code:"E304"`
	Digits   Span          `flow:"digits"` // instead of length
	EndKey   string        `flow:"end_key" default:"#" oneof:"* # none"`
	Gap      time.Duration `flow:"gap" default:"5s" min:"1s" max:"15s" code:"E306"` // between two keys
	Check    string        `flow:"check" oneof:"mykad phone_my date luhn case_number regex"`
	Pattern  string        `flow:"pattern"` // of check regex; must match all that was typed
	Optional bool          `flow:"optional" default:"false"`
	ReadBack bool          `flow:"read_back" default:"false"`
	Save     string        `flow:"save,required" is:"var"`
}

// Span is how many digits may be typed.
type Span struct {
	Min int `flow:"min" default:"1" min:"1" max:"30" code:"E304"`
	Max int `flow:"max" default:"30" min:"1" max:"30" code:"E304"`
}

func (x *Collect) enter(r *run, n *Node) Out                 { return r.beginAsk(n, x) }
func (x *Collect) input(r *run, n *Node, in Input) Out       { return r.answer(n, x, in) }
func (x *Collect) given(r *run, _ *Node, failure string) Out { return r.exit(failure) }

func (x *Collect) words(r *run, _ *Node, short bool) ([]prompt.Item, error) { return x.said(r, short) }

func (x *Collect) entry() entry {
	span := x.Span()
	return entry{min: span.Min, max: span.Max, endKey: x.EndKey, gap: x.Gap, optional: x.Optional, readBack: x.ReadBack}
}

// Span gives how many digits end the entry at the earliest and at the latest, as length,
// digits and check say together.
func (x *Collect) Span() Span {
	span := x.Digits
	if x.Length > 0 {
		span = Span{x.Length, x.Length}
	}
	if check, plain := CheckNamed(x.Check); plain {
		span = Span{max(span.Min, check.Min), min(span.Max, check.Max)}
	}
	return span
}

func (x *Collect) fits(r *run, digits string) bool {
	if x.Check == CheckRegex {
		form, err := Pattern(x.Pattern)
		if err != nil || !form.MatchString(digits) {
			return false
		}
	}
	if check, plain := CheckNamed(x.Check); plain && !check.Good(digits) {
		return false
	}
	_, err := x.value(r, digits)
	return err == nil
}

// value gives the text that the variable holds.
func (x *Collect) value(r *run, digits string) (string, error) {
	v := r.flow().Vars[x.Save]
	if x.Check == CheckDate && v.Type == Date {
		day, err := dateTyped(digits)
		if err != nil {
			return "", err
		}
		digits = day.Format(time.DateOnly)
	}
	return v.write(digits)
}

// typed keeps the digits; a caller who skips takes back what an earlier visit gave.
func (x *Collect) typed(r *run, _ *Node, digits string) Out {
	if digits == "" {
		r.setVar(x.Save, "")
		return r.exit("skipped")
	}
	text, err := x.value(r, digits)
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	r.setVar(x.Save, text)
	return r.exit("next")
}

// Speaks is true: it asks.
func (x *Collect) Speaks() bool { return true }

// Outs gives skipped only when the caller may skip, and BACK unless * ends the entry.
func (x *Collect) Outs() ([]string, []Out) {
	exits := []string{"next", "no_input", "no_match", "error"}
	if x.Optional {
		exits = append(exits, "skipped")
	}
	if x.EndKey == clearKey {
		return exits, nil
	}
	return exits, []Out{{Word: Back}}
}

// Needs gives the words that read back.
func (x *Collect) Needs() map[string]map[string]prompt.SlotType {
	if !x.ReadBack {
		return nil
	}
	return map[string]map[string]prompt.SlotType{PromptReadBack: {"n": prompt.Digits}}
}

// Defaults gives more time than a single key needs.
func (x *Collect) Defaults() map[string]string { return map[string]string{"wait": "10s"} }
