package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/journal"
)

// Do carries an intent out and answers it; the error is ctx's alone, refusals are in the
// Reply. An intent with an ID is done once: a repeat within ten minutes waits for, or
// gets, the first answer.
func (e *Engine) Do(ctx context.Context, i ivr.Intent) (ivr.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	if err := e.taken(ctx); err != nil {
		return ivr.Reply{}, err
	}
	if i.ID == "" {
		return e.answer(ctx, i), nil
	}
	return e.once.answer(ctx, string(i.Agent)+"/"+i.ID, func() ivr.Reply { return e.answer(ctx, i) })
}

// Snapshot gives the live picture.
func (e *Engine) Snapshot(ctx context.Context) (*ivr.Board, error) {
	if err := e.taken(ctx); err != nil {
		return nil, err
	}
	return e.board.snapshot(), nil
}

// taken waits until what the journal knows is taken up.
func (e *Engine) taken(ctx context.Context) error {
	select {
	case <-e.restored:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Follow gives all facts after a place in the journal until ctx ends.
func (e *Engine) Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error {
	return e.journal.Follow(ctx, after, deliver)
}

func (e *Engine) answer(ctx context.Context, i ivr.Intent) ivr.Reply {
	result, err := e.carryOut(ctx, i)
	if err != nil {
		return ivr.Reply{Err: ivr.AsError(err)}
	}
	if result == nil {
		return ivr.Reply{}
	}
	data, err := json.Marshal(result)
	if err != nil {
		return ivr.Reply{Err: ivr.AsError(err)}
	}
	return ivr.Reply{Data: data}
}

func (e *Engine) carryOut(ctx context.Context, i ivr.Intent) (any, error) {
	switch want := i.Want.(type) {
	case ivr.SignIn:
		if !ivr.ValidAgentID(string(i.Agent)) {
			return nil, ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("agent id %q: use a-z, 0-9, - and _", i.Agent))
		}
		return nil, e.queue.SignIn(ctx, i.Agent, want.Profile)
	case ivr.SignOut:
		if err := e.queue.SignOut(ctx, i.Agent); err != nil {
			return nil, err
		}
		e.lines.Release(i.Agent)
		return nil, nil
	case ivr.SetState:
		return nil, e.queue.SetState(ctx, i.Agent, want)
	case ivr.ExtendWrap:
		return nil, e.queue.ExtendWrap(ctx, i.Agent)
	case ivr.EndWrap:
		return nil, e.queue.EndWrap(ctx, i.Agent)
	case ivr.Dispose:
		return nil, e.queue.Dispose(ctx, i.Agent, i.Call, want)
	case ivr.Presence:
		e.queue.Present(want.Agents)
		return nil, nil
	case ivr.Accept:
		return nil, e.accept(ctx, i.Agent, want.Lease)
	case ivr.Reject:
		return nil, e.queue.Reject(ctx, i.Agent, want.Lease)
	case ivr.Hold, ivr.Retrieve, ivr.SendDigits, ivr.EndCall:
		return nil, e.askCall(ctx, i)
	case ivr.LineClaim, ivr.LineBeat, ivr.LineFail, ivr.LineRelease:
		return e.aboutLine(ctx, i)
	case ivr.GuestClaim:
		return e.guest(ctx)
	case ivr.GuestRelease:
		return nil, e.ari.DeleteEndpoint(ctx, want.User)
	case ivr.SetHours:
		return nil, e.setHours(ctx, want.HoursSet)
	case ivr.CaseMove:
		return nil, e.outside.Move(ctx, want)
	case ivr.OutboxShow:
		return e.outside.Parked(ctx)
	case ivr.OutboxResend:
		return nil, e.outside.Resend(ctx, want.ID)
	case ivr.BundlePublish:
		pending, err := e.bundles.Publish(ctx, want.BundleSet)
		return ivr.BundlePublished{Pending: pending}, err
	case ivr.BundleApprove:
		return nil, e.bundles.Approve(ctx, want.Revision, want.Who)
	case ivr.BundleShow:
		return e.bundles.Log(), nil
	}
	return nil, ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("intent %q is not known", i.Want.Kind()))
}

// accept takes an offer; it returns when caller and agent are bridged.
func (e *Engine) accept(ctx context.Context, agent ivr.AgentID, lease ivr.Token) error {
	waiter := make(chan error, 1)
	e.mu.Lock()
	_, twice := e.accepts[lease]
	if !twice {
		e.accepts[lease] = waiter
	}
	e.mu.Unlock()
	if twice {
		return ivr.NewError(ivr.CodeConflict, "the call is being connected already")
	}
	err := e.queue.Accept(ctx, agent, lease)
	if err == nil {
		select {
		case err = <-waiter:
			return err
		case <-ctx.Done():
			err = ivr.NewError(ivr.CodeUnavailable, "the telephone system did not answer in time")
		}
	}
	e.mu.Lock()
	delete(e.accepts, lease)
	e.mu.Unlock()
	return err
}

// askCall passes an intent to the call that the agent is in.
func (e *Engine) askCall(ctx context.Context, i ivr.Intent) error {
	a, known := e.queue.Agent(i.Agent)
	if !known || a.State != ivr.Busy || (i.Call != "" && i.Call != a.Call) {
		return ivr.NewError(ivr.CodeConflict, "you are not in this call")
	}
	c := e.byID(a.Call)
	if c == nil {
		return ivr.NewError(ivr.CodeConflict, "the call is over")
	}
	reply := make(chan error, 1)
	c.Tell(call.Asked{Agent: i.Agent, Want: i.Want, Reply: func(err error) { reply <- err }})
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ivr.NewError(ivr.CodeUnavailable, "the telephone system did not answer in time")
	}
}

func (e *Engine) aboutLine(ctx context.Context, i ivr.Intent) (any, error) {
	if _, known := e.queue.Agent(i.Agent); !known {
		return nil, ivr.NewError(ivr.CodeNotSignedIn, "you are not signed in; start the shift first")
	}
	switch want := i.Want.(type) {
	case ivr.LineClaim:
		return e.lines.Claim(ctx, i.Agent)
	case ivr.LineBeat:
		if !want.OK {
			e.lines.Fail(i.Agent, want.Epoch)
		}
	case ivr.LineFail:
		e.lines.Fail(i.Agent, want.Epoch)
	case ivr.LineRelease:
		e.lines.Release(i.Agent)
	}
	return nil, nil
}

// guest makes a one-time endpoint that may only dial our numbers.
func (e *Engine) guest(ctx context.Context) (ivr.LineGrant, error) {
	g := ivr.LineGrant{User: guestPrefix + ivr.NewSecret()[:12], Secret: ivr.NewSecret()}
	err := e.ari.PutEndpoint(ctx, asterisk.Endpoint{ID: g.User, Secret: g.Secret, Context: "phone-guest", Codecs: "alaw"})
	if err != nil {
		e.log.Error("the guest's endpoint could not be made", "err", err)
		return ivr.LineGrant{}, ivr.NewError(ivr.CodeUnavailable, "the telephone system is away; trying again helps")
	}
	return g, nil
}

func (e *Engine) setHours(ctx context.Context, h ivr.HoursSet) error {
	switch {
	case e.bundles.Current().Calendars[h.Calendar] == nil:
		return ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("no calendar %q", h.Calendar))
	case h.Why == "" && h.Mode != ivr.HoursAuto:
		return ivr.NewError(ivr.CodeInvalid, "say why")
	case h.Mode != ivr.HoursOpen && h.Mode != ivr.HoursClosed && h.Mode != ivr.HoursAuto:
		return ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("mode %q: use open, closed or auto", h.Mode))
	}
	state := journal.State{Kind: hoursKind, ID: h.Calendar}
	if h.Mode != ivr.HoursAuto {
		state.Data, _ = json.Marshal(h) // plain data: cannot fail
	}
	return e.putHours(h, state).Wait(ctx)
}

// putHours lets hours count in the order in which the journal has them.
func (e *Engine) putHours(h ivr.HoursSet, state journal.State) *journal.Ticket {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h.Mode == ivr.HoursAuto {
		delete(e.hours, h.Calendar)
	} else {
		e.hours[h.Calendar] = h
	}
	return e.journal.Append([]ivr.Fact{{Body: h}}, state)
}

// answersFor is how long an answer is kept for a repeat.
const answersFor = 10 * time.Minute

// answers remembers what intents were answered.
type answers struct {
	mu   sync.Mutex
	kept map[string]*answer
}

type answer struct {
	done  chan struct{}
	reply ivr.Reply
	at    time.Time
}

func newAnswers() *answers { return &answers{kept: map[string]*answer{}} }

// answer runs do for a new key, and waits for the first answer otherwise.
func (a *answers) answer(ctx context.Context, key string, do func() ivr.Reply) (ivr.Reply, error) {
	a.mu.Lock()
	first, known := a.kept[key]
	if !known {
		a.sweep()
		first = &answer{done: make(chan struct{}), at: time.Now()}
		a.kept[key] = first
	}
	a.mu.Unlock()
	if !known {
		first.reply = do()
		close(first.done)
	}
	select {
	case <-first.done:
		return first.reply, nil
	case <-ctx.Done():
		return ivr.Reply{}, ctx.Err()
	}
}

// sweep forgets old answers, each time the memory has doubled or so.
func (a *answers) sweep() {
	if len(a.kept)%1024 != 1023 {
		return
	}
	for key, old := range a.kept {
		if time.Since(old.at) > answersFor {
			delete(a.kept, key)
		}
	}
}
