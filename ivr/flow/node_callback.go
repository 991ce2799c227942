package flow

import (
	"maps"
	"time"

	"talian/ivr/prompt"
)

// CallBack asks when and where to call back.
//
//	call_back: {type: callback, queue: citizens, skills: {language: lang}, slots: {calendar: office, each: 30m, capacity: 40}, next: more}
//
// The caller confirms the number that they call from, or enters another, then accepts one
// of the next free slots. Its words are the prompts that Needs names.
type CallBack struct {
	Try
	Queue  string           `flow:"queue,required" is:"queue"`
	Skills map[string]*Expr `flow:"skills" is:"skill" want:"text"`
	Slots  SlotFields       `flow:"slots,required"`
}

// SlotFields say which slots a callback may have.
type SlotFields struct {
	Calendar string        `flow:"calendar,required" is:"calendar"`
	Each     time.Duration `flow:"each" default:"30m" min:"5m" max:"12h"`
	Capacity int           `flow:"capacity" default:"10" min:"1" max:"10000"`
}

// Parts of a callback.
const (
	partNumber = "number" // is it the caller's own
	partEnter  = "enter"
	partSlot   = "slot"
	partBooked = "booked"
)

// slotsOffered is how many free slots are asked for at once.
const slotsOffered = 6

func (x *CallBack) enter(r *run, n *Node) Out {
	if len(x.free(r)) == 0 {
		return r.exit("full")
	}
	part := partNumber
	if !Dialable(r.s.Call.From) {
		part = partEnter
	}
	return r.put(n, part, x.asks(r, part))
}

func (x *CallBack) free(r *run) []Slot {
	if r.w.Slots == nil {
		return nil
	}
	return r.w.Slots(x.Queue, SlotRule{Calendar: x.Slots.Calendar, Each: x.Slots.Each, Capacity: x.Slots.Capacity, Ahead: slotsOffered})
}

func (x *CallBack) input(r *run, n *Node, in Input) Out {
	switch {
	case r.s.Turn.Phase == Working:
		return x.working(r, n, in)
	case r.s.Turn.Part == partBooked:
		return x.speaking(r, in)
	}
	return r.answer(n, x.asks(r, r.s.Turn.Part), in)
}

func (x *CallBack) asks(r *run, part string) asked {
	switch part {
	case partNumber:
		return x.aside(PromptCallbackNumber, map[string]any{"n": r.s.Call.From}, keySame+keyOther, x.chooseNumber)
	case partEnter:
		return &numberEntry{x}
	default: // partSlot
		return x.aside(PromptCallbackSlot, r.slotWords(r.s.Turn.Slots[r.s.Turn.At]), keyAccept+keyLater+keyNever, x.chooseSlot)
	}
}

func (x *CallBack) aside(id string, slots map[string]any, keys string, chosen func(*run, *Node, string) Out) *aside {
	return &aside{prompt: id, slots: slots, keys: keys, try: &x.Try, chosen: chosen,
		failed: func(r *run, _ *Node, failure string) Out { return r.exit(failure) }}
}

// slotWords gives the values that say when a slot is, in the site's zone.
func (r *run) slotWords(s Slot) map[string]any {
	zone := r.now().Location()
	from, until := s.From.In(zone), s.Until.In(zone)
	return map[string]any{"d": from, "t": from, "u": until}
}

const (
	keySame  = "1"
	keyOther = "2"

	keyAccept = "1"
	keyLater  = "2"
	keyNever  = "3"
)

func (x *CallBack) chooseNumber(r *run, n *Node, key string) Out {
	if key == keyOther {
		return r.put(n, partEnter, x.asks(r, partEnter))
	}
	return x.offer(r, n, r.s.Call.From)
}

// numberEntry asks for the number to call back.
type numberEntry struct{ *CallBack }

func (e *numberEntry) words(r *run, _ *Node, _ bool) ([]prompt.Item, error) {
	return r.words([]string{PromptCallbackEnter}, nil)
}

func (e *numberEntry) entry() entry {
	phone, _ := CheckNamed(CheckPhone)
	return entry{min: phone.Min, max: phone.Max, endKey: "#", gap: 5 * time.Second, readBack: true}
}

func (e *numberEntry) fits(_ *run, digits string) bool { return Dialable(digits) }

func (e *numberEntry) typed(r *run, n *Node, digits string) Out { return e.offer(r, n, digits) }

func (e *numberEntry) given(r *run, _ *Node, failure string) Out { return r.exit(failure) }

// offer offers the slots that are free now, from the first one.
func (x *CallBack) offer(r *run, n *Node, number string) Out {
	turn := &r.s.Turn
	turn.Number, turn.Slots, turn.At = number, x.free(r), 0
	if len(turn.Slots) == 0 {
		return r.exit("full")
	}
	return r.put(n, partSlot, x.asks(r, partSlot))
}

func (x *CallBack) chooseSlot(r *run, n *Node, key string) Out {
	switch key {
	case keyAccept:
		return x.book(r)
	case keyNever:
		return r.exit("declined")
	}
	r.s.Turn.At = (r.s.Turn.At + 1) % len(r.s.Turn.Slots)
	return r.put(n, partSlot, x.asks(r, partSlot))
}

// book books the slot. After a restart it books the same again, under the same key.
func (x *CallBack) book(r *run) Out {
	skills, err := r.skills(x.Skills)
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	r.quiet()
	turn := r.s.Turn
	r.do(Book{ID: r.work(), Queue: x.Queue, Skills: skills, Number: turn.Number, Slot: turn.Slots[turn.At],
		Capacity: x.Slots.Capacity, Key: r.visitKey()})
	return Out{}
}

// working goes on when the booking is answered.
func (x *CallBack) working(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return x.book(r)
	case Booked:
		switch {
		case in.Failed:
			r.fault(r.place(), "the callback could not be booked")
			return r.exit("error")
		case in.Full:
			return x.offer(r, n, r.s.Turn.Number)
		}
		return x.confirm(r)
	}
	return Out{}
}

// confirm says what was booked.
func (x *CallBack) confirm(r *run) Out {
	r.s.Turn.Part, r.s.Turn.Phase = partBooked, Speaking
	items, err := r.p.Prompts.Say(r.s.Lang, PromptCallbackBooked, r.slotWords(r.s.Turn.Slots[r.s.Turn.At]))
	if err != nil {
		r.fault(r.place(), err.Error())
		items, err = r.apology()
	}
	if err != nil {
		return r.exit("error")
	}
	r.play(items)
	return Out{}
}

func (x *CallBack) speaking(r *run, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return x.confirm(r)
	case Key:
		r.buffer(string(in.Key))
	case Played:
		if in.Failed {
			r.fault(r.place(), "nothing was audible")
			return r.exit("error")
		}
		return r.exit("next")
	}
	return Out{}
}

// mustFinish is true: the caller was offered the slot.
func (x *CallBack) mustFinish(*run) bool { return true }

// finished finds nothing to keep.
func (x *CallBack) finished(*run, *Node, Input) {}

// Speaks is true: it asks.
func (x *CallBack) Speaks() bool { return true }

// Outs gives next, declined, full, no_input, no_match and error.
func (x *CallBack) Outs() ([]string, []Out) {
	return []string{"next", "declined", "full", "no_input", "no_match", "error"}, nil
}

// Needs gives all that it says.
func (x *CallBack) Needs() map[string]map[string]prompt.SlotType {
	when := map[string]prompt.SlotType{"d": prompt.Date, "t": prompt.Time, "u": prompt.Time}
	return map[string]map[string]prompt.SlotType{
		PromptCallbackNumber: {"n": prompt.Phone},
		PromptCallbackEnter:  {},
		PromptReadBack:       {"n": prompt.Digits},
		PromptCallbackSlot:   when,
		PromptCallbackBooked: maps.Clone(when),
	}
}
