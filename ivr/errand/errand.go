// Package errand runs a flow's errands in the world beyond its call: to services, to the
// case registry, to the book of callbacks. It translates between the flow's effects and
// the packages that do the work, and decides nothing itself.
package errand

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/callback"
	"talian/ivr/cases"
	"talian/ivr/dip"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/outbox"
)

// Errands are what flows ask. Asked again with the same key, nothing is done twice.
type Errands struct {
	Cases *cases.Registry
	Book  *callback.Book
	Dips  *dip.Client
	CRM   *outbox.Outbox // nil = there is none
	Zone  *time.Location // of dates that are said
	Log   *slog.Logger
}

// Restore takes up what the journal knows of cases and callbacks.
func (e *Errands) Restore(ctx context.Context) error {
	return errors.Join(e.Cases.Restore(ctx), e.Book.Restore(ctx))
}

// Services gives the services of a program as the client wants them.
func Services(program *flow.Program) map[string]dip.Service {
	services := map[string]dip.Service{}
	for name, s := range program.Services {
		services[name] = dip.Service{Base: s.Base, Networks: s.Networks, Header: s.Header, Prefix: s.Prefix, Secret: s.Secret,
			AtOnce: s.AtOnce, Failures: s.Failures, Rest: s.Rest}
	}
	return services
}

// Fetch asks a service.
func (e *Errands) Fetch(ctx context.Context, f flow.Fetch) flow.Fetched {
	r := e.Dips.Do(ctx, dip.Request{Service: f.Service, Method: f.Method, Path: f.Path, Body: f.Body,
		Timeout: f.Timeout, Retries: f.Retries, Key: f.Key})
	return flow.Fetched{ID: f.ID, Status: r.Status, Body: r.Body, Failure: r.Failure}
}

// Casework asks the case registry. Audio is the file that the recording becomes.
func (e *Errands) Casework(ctx context.Context, call ivr.CallID, desk flow.Desk, c flow.Casework, audio, lang string) flow.CaseDone {
	found, is, err := e.casework(ctx, call, desk, c, audio, lang)
	if err != nil {
		e.Log.Error("the case registry failed", "call", string(call), "do", c.Do, "error", err)
		return flow.CaseDone{ID: c.ID, Failed: true}
	}
	if !is {
		return flow.CaseDone{ID: c.ID}
	}
	return flow.CaseDone{ID: c.ID, Found: true, Fields: e.fields(found)}
}

func (e *Errands) casework(ctx context.Context, call ivr.CallID, desk flow.Desk, c flow.Casework, audio, lang string) (cases.Case, bool, error) {
	switch c.Do {
	case "find":
		return e.Cases.Find(ctx, c.Number)
	case "append":
		done, err := e.Cases.Append(ctx, cases.Addition{Call: call, Key: c.Key, Number: c.Number, Note: c.Fields["note"],
			Audio: audio, Length: ivr.MillisOf(c.Audio.Length)})
		if known := new(ivr.Error); errors.As(err, &known) && known.Code == ivr.CodeNotFound {
			return cases.Case{}, false, nil
		}
		return done, err == nil, err
	}
	wanted := opening(call, desk, c, lang)
	wanted.Audio = audio
	register := e.Cases.Open
	if c.Do == "draft" {
		register = e.Cases.Draft
	}
	done, err := register(ctx, wanted)
	return done, err == nil, err
}

func opening(call ivr.CallID, desk flow.Desk, c flow.Casework, lang string) cases.Opening {
	o := cases.Opening{Call: call, Key: c.Key, Desk: c.Desk, Type: desk.Kind, Category: c.Fields["category"],
		Cluster: c.Fields["cluster"], Caller: c.Fields["caller"], Identity: c.Fields["identity"],
		Lang: lang, Note: c.Fields["note"], Length: ivr.MillisOf(c.Audio.Length)}
	if kind := c.Fields["kind"]; kind != "" {
		o.Type = ivr.CaseKind(kind)
	}
	if given := c.Fields["language"]; given != "" {
		o.Lang = given
	}
	days, named := desk.Due[o.Category]
	if !named {
		days = desk.DueElse
	}
	o.Days = days
	return o
}

// fields gives what flow.CaseResults names.
func (e *Errands) fields(c cases.Case) map[string]string {
	return map[string]string{"number": string(c.Number), "status": string(c.Status), "category": c.Category, "kind": string(c.Type),
		"cluster": c.Cluster, "opened": c.Opened.In(e.Zone).Format(time.RFC3339), "due": c.Due}
}

// slotsAhead is how many slots are looked for when the flow does not say.
const slotsAhead = 3

// Free gives the next free slots for callbacks of a queue.
func (e *Errands) Free(calendar *hours.Calendar, queue string, by flow.SlotRule, now time.Time) []flow.Slot {
	ahead := by.Ahead
	if ahead <= 0 {
		ahead = slotsAhead
	}
	var slots []flow.Slot
	for _, s := range e.Book.Free(queue, callback.Rule{Calendar: calendar, Each: by.Each, Capacity: by.Capacity, Ahead: ahead}, now) {
		slots = append(slots, flow.Slot(s))
	}
	return slots
}

// Take books a slot.
func (e *Errands) Take(ctx context.Context, call ivr.CallID, b flow.Book, lang string) flow.Booked {
	err := e.Book.Book(ctx, callback.Booking{Call: call, Key: b.Key, Queue: b.Queue, Skills: b.Skills, Number: b.Number, Lang: lang,
		Slot: callback.Slot(b.Slot), Capacity: b.Capacity})
	full := errors.Is(err, callback.ErrFull)
	if err != nil && !full {
		e.Log.Error("the book of callbacks failed", "call", string(call), "error", err)
	}
	return flow.Booked{ID: b.ID, Full: full, Failed: err != nil && !full}
}

// Move gives a case another status.
func (e *Errands) Move(ctx context.Context, m ivr.CaseMove) error {
	if strings.TrimSpace(m.Why) == "" {
		return ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("say why case %s becomes %s", m.Number, m.Status))
	}
	_, err := e.Cases.Move(ctx, cases.Moving{Number: m.Number, To: m.Status, Why: m.Why, Who: m.Who})
	return err
}

// Parked lists what the outside CRM refused for good.
func (e *Errands) Parked(ctx context.Context) ([]ivr.Parked, error) {
	if e.CRM == nil {
		return nil, errNoCRM()
	}
	all, err := e.CRM.Parked(ctx)
	parked := make([]ivr.Parked, 0, len(all))
	for _, p := range all {
		parked = append(parked, ivr.Parked{ID: p.ID, Kind: p.Kind, Call: p.Call, At: p.At, Why: p.Why})
	}
	return parked, err
}

// Resend sends something parked once more.
func (e *Errands) Resend(ctx context.Context, id string) error {
	if e.CRM == nil {
		return errNoCRM()
	}
	return e.CRM.Resend(ctx, id)
}

func errNoCRM() error {
	return ivr.NewError(ivr.CodeNotFound, "no outside CRM is configured: set crm in ivrd.yaml")
}

// Over says that a call has ended: its keys are not needed any more.
func (e *Errands) Over(call ivr.CallID) { e.Cases.Forget(call) }
