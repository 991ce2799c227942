package engine

import (
	"context"
	"encoding/json"
	"time"

	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/journal"
)

// Outside does what flows ask of the world beyond the call. Asked again with the same key,
// it does nothing twice. *errand.Errands are such.
type Outside interface {
	// Restore takes up what the journal knows, before any call goes on.
	Restore(ctx context.Context) error
	// Fetch asks a service; it takes no longer than the timeout of the request.
	Fetch(ctx context.Context, f flow.Fetch) flow.Fetched
	// Casework asks the case desk; audio is the file that the recording becomes.
	Casework(ctx context.Context, call ivr.CallID, desk flow.Desk, c flow.Casework, audio, lang string) flow.CaseDone
	// Free gives the next free slots for callbacks of a queue.
	Free(calendar *hours.Calendar, queue string, by flow.SlotRule, now time.Time) []flow.Slot
	// Take books a slot.
	Take(ctx context.Context, call ivr.CallID, b flow.Book, lang string) flow.Booked
	// Move gives a case another status.
	Move(ctx context.Context, m ivr.CaseMove) error
	// Parked lists what the outside CRM refused for good; Resend sends one of it again.
	Parked(ctx context.Context) ([]ivr.Parked, error)
	Resend(ctx context.Context, id string) error
	// Over says that a call has ended: its keys are not needed any more.
	Over(call ivr.CallID)
}

// Trace notes what a call's flow did, for people.
func (s *surroundings) Trace(program *flow.Program, steps []call.Traced) {
	if s.trace == nil {
		return
	}
	for _, step := range steps {
		s.trace(program, step)
	}
}

// languageKind is the kind of remembered languages in the journal, by the caller's number.
const languageKind = "language"

// remembered is a language that a caller's number chose.
type remembered struct {
	Lang  string    `json:"lang"`
	Until time.Time `json:"until"`
}

// Work has something done outside of the call, beside it.
func (s *surroundings) Work(id ivr.CallID, program *flow.Program, w call.Work) {
	e := s.engine()
	e.running.Go(func() {
		answer := e.work(id, program, w)
		if c := e.byID(id); c != nil && answer != nil && e.ctx.Err() == nil {
			c.Tell(call.WorkDone{Answer: answer})
		}
	})
}

// work gives the answer; nil when there is none.
func (e *Engine) work(id ivr.CallID, program *flow.Program, w call.Work) flow.Input {
	switch effect := w.Effect.(type) {
	case flow.Fetch:
		return e.outside.Fetch(e.ctx, effect)
	case flow.Casework:
		return e.outside.Casework(e.ctx, id, program.Desks[effect.Desk], effect, w.Audio, w.Lang)
	case flow.Book:
		return e.outside.Take(e.ctx, id, effect, w.Lang)
	case flow.Remember:
		e.remember(id, effect)
	}
	return nil
}

func (e *Engine) freeSlots(program *flow.Program, queue string, by flow.SlotRule, now time.Time) []flow.Slot {
	calendar := e.calendar(program, by.Calendar)
	if calendar == nil {
		return nil
	}
	return e.outside.Free(calendar, queue, by, now)
}

// remember keeps the caller's language for later calls from the same number.
func (e *Engine) remember(id ivr.CallID, r flow.Remember) {
	c := e.byID(id)
	if c == nil || c.From == "" {
		return
	}
	kept := remembered{Lang: r.Lang, Until: e.clock().At.Add(r.For)}
	data, err := json.Marshal(kept)
	if err != nil {
		return // plain data: cannot fail
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.langs[c.From] = kept
	states := append(e.forgetLanguages(), journal.State{Kind: languageKind, ID: c.From, Data: data})
	e.journal.Append([]ivr.Fact{{Call: id, Body: ivr.LanguageRemembered(kept)}}, states...)
}

// forgetEvery is how often languages are dropped whose time is over.
const forgetEvery = time.Hour

// forgetLanguages drops the languages whose time is over, once in a while, and gives the
// states that drop them in the journal. e.mu is held.
func (e *Engine) forgetLanguages() (gone []journal.State) {
	now := e.clock().At
	if now.Sub(e.forgot) < forgetEvery {
		return nil
	}
	e.forgot = now
	for number, kept := range e.langs {
		if !now.Before(kept.Until) {
			delete(e.langs, number)
			gone = append(gone, journal.State{Kind: languageKind, ID: number})
		}
	}
	return gone
}

// remembered gives the language that a number chose last, while it is to be remembered.
func (e *Engine) remembered(number string) string {
	now := e.clock().At
	e.mu.Lock()
	defer e.mu.Unlock()
	if kept, found := e.langs[number]; found && now.Before(kept.Until) {
		return kept.Lang
	}
	return ""
}

// restoreLanguages takes up the remembered languages, but for those whose time is over.
func (e *Engine) restoreLanguages(ctx context.Context) error {
	states, err := e.journal.States(ctx, languageKind)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for number, data := range states {
		var kept remembered
		if err := json.Unmarshal(data, &kept); err != nil {
			kept = remembered{} // unreadable: its time is over
		}
		e.langs[number] = kept
	}
	if gone := e.forgetLanguages(); len(gone) > 0 {
		e.journal.Append(nil, gone...)
	}
	return nil
}
