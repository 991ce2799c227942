// Package linktest holds an engine for tests: it keeps a board, gives facts their order
// and answers intents by the agent's states, with no telephone behind it. Tests put
// offers to agents themselves.
package linktest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/link"
)

// Engine is a link.Engine in memory. Make it by New.
type Engine struct {
	mu      sync.Mutex
	start   time.Time
	board   *ivr.Board
	facts   []ivr.Fact // behind first
	first   uint64     // facts up to here are pruned
	grown   chan struct{}
	seen    []ivr.Intent
	replies map[string]ivr.Reply
	epochs  map[ivr.AgentID]uint64
	here    []ivr.AgentID
	hook    func(context.Context, ivr.Intent) *ivr.Reply
}

var _ link.Engine = (*Engine)(nil)

// New gives an engine without calls and agents.
func New() *Engine {
	return &Engine{start: time.Now(), board: ivr.NewBoard(), grown: make(chan struct{}),
		replies: map[string]ivr.Reply{}, epochs: map[ivr.AgentID]uint64{}}
}

// OnDo puts hook before every intent: a reply that is not nil is the answer.
func (e *Engine) OnDo(hook func(context.Context, ivr.Intent) *ivr.Reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hook = hook
}

// Seen gives the intents asked so far, but for Presence and LineBeat.
func (e *Engine) Seen() []ivr.Intent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

// Here gives the agents of the last Presence.
func (e *Engine) Here() []ivr.AgentID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.here)
}

// Append writes facts as one batch and gives the last sequence number.
func (e *Engine) Append(facts ...ivr.Fact) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.append(facts...)
}

func (e *Engine) append(facts ...ivr.Fact) uint64 {
	now := time.Now()
	for _, fact := range facts {
		fact.Seq = e.first + uint64(len(e.facts)) + 1
		fact.At, fact.Mono = now.UTC(), ivr.MillisOf(now.Sub(e.start))
		e.facts = append(e.facts, fact)
		e.board.Apply(fact)
	}
	close(e.grown)
	e.grown = make(chan struct{})
	return e.board.Seq
}

// Prune forgets all facts so far, as a journal does with old ones.
func (e *Engine) Prune() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.first += uint64(len(e.facts))
	e.facts = nil
}

// Snapshot implements link.Engine.
func (e *Engine) Snapshot(ctx context.Context) (*ivr.Board, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.board.Clone(), nil
}

// Follow implements link.Engine.
func (e *Engine) Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error {
	for {
		batch, grown, err := e.behind(after)
		if err != nil {
			return err
		}
		if len(batch) > 0 {
			if err := deliver(batch); err != nil {
				return err
			}
			after = batch[len(batch)-1].Seq
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *Engine) behind(after uint64) ([]ivr.Fact, <-chan struct{}, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if after < e.first || after > e.board.Seq {
		return nil, nil, link.ErrSnapshot
	}
	return slices.Clone(e.facts[after-e.first:]), e.grown, nil
}

// Do implements link.Engine.
func (e *Engine) Do(ctx context.Context, intent ivr.Intent) (ivr.Reply, error) {
	e.mu.Lock()
	hook := e.hook
	e.mu.Unlock()
	if hook != nil {
		if reply := hook(ctx, intent); reply != nil {
			return *reply, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return ivr.Reply{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if reply, known := e.replies[intent.ID]; known && intent.ID != "" {
		return reply, nil
	}
	data, err := e.carryOut(intent)
	reply := ivr.Reply{Err: ivr.AsError(err), Data: data}
	if intent.ID != "" {
		e.replies[intent.ID] = reply
	}
	return reply, nil
}

func (e *Engine) carryOut(intent ivr.Intent) (json.RawMessage, error) {
	switch want := intent.Want.(type) {
	case ivr.Presence:
		e.here = slices.Clone(want.Agents)
		return nil, nil
	case ivr.LineBeat:
		if want.Epoch != e.epochs[intent.Agent] {
			return nil, ivr.NewError(ivr.CodeConflict, "another claim is in force")
		}
		return nil, nil
	}
	e.seen = append(e.seen, intent)
	switch want := intent.Want.(type) {
	case ivr.SignIn:
		e.signIn(intent.Agent, want)
		return nil, nil
	case ivr.GuestClaim:
		return json.Marshal(ivr.LineGrant{User: "guest-" + ivr.NewSecret()[:8], Secret: ivr.NewSecret()})
	case ivr.GuestRelease, ivr.SetHours:
		return nil, nil
	case ivr.CaseMove:
		e.append(ivr.Fact{Body: ivr.CaseMoved{Number: want.Number, Status: want.Status, Why: want.Why, Who: want.Who}})
		return nil, nil
	}
	agent, known := e.board.Agents[intent.Agent]
	if !known {
		return nil, ivr.NewError(ivr.CodeNotSignedIn, "the shift has not begun")
	}
	return e.carryOutFor(agent, intent)
}

func (e *Engine) carryOutFor(agent *ivr.BoardAgent, intent ivr.Intent) (json.RawMessage, error) {
	switch want := intent.Want.(type) {
	case ivr.SignOut:
		e.append(ivr.Fact{Agent: agent.ID, Body: ivr.AgentSignedOut{}})
	case ivr.SetState:
		return nil, e.setState(agent, want)
	case ivr.LineClaim:
		return e.claimLine(agent.ID)
	case ivr.LineFail, ivr.LineRelease:
		e.append(ivr.Fact{Agent: agent.ID, Body: ivr.LineChanged{Status: ivr.LineDown}})
	case ivr.Accept:
		return nil, e.accept(agent, intent.Call, want.Lease)
	case ivr.Reject:
		return nil, e.endOffer(agent, want.Lease, ivr.OfferRejected)
	case ivr.Hold:
		return nil, e.inCall(agent, intent.Call, ivr.CallHeld{})
	case ivr.Retrieve:
		return nil, e.inCall(agent, intent.Call, ivr.CallRetrieved{})
	case ivr.SendDigits:
		return nil, e.inCall(agent, intent.Call, nil)
	case ivr.EndCall:
		return nil, e.release(agent, intent.Call)
	case ivr.EndWrap, ivr.ExtendWrap:
		return nil, e.endWrap(agent)
	case ivr.Dispose:
		e.append(ivr.Fact{Call: agent.Call, Agent: agent.ID, Body: ivr.CallDisposed{Disposition: want.Disposition, Note: want.Note}})
		return nil, e.endWrap(agent)
	default:
		return nil, ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("intent %s is not played", intent.Want.Kind()))
	}
	return nil, nil
}

// Agents gives the ids of the signed-in agents, sorted.
func (e *Engine) Agents() []ivr.AgentID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.board.Agents))
}
