package queue

import (
	"context"
	"encoding/json"
	"fmt"

	"talian/ivr"
)

// Talk is a conversation that a call believes in after a restart.
type Talk struct {
	Agent ivr.AgentID
	Lease ivr.Token
}

// Restore takes the agents' states back from the journal after a restart and settles
// them with what the calls know: waiting holds the calls in queues, talking the
// conversations. Until they report, lines are as they were and desks are absent.
//
//	agent     call                      becomes
//	reserved  waiting                   the offer stands, and its time begins anew
//	reserved  otherwise                 free
//	busy      talking under the lease   busy
//	busy      waiting                   Accepted is told once more
//	busy      otherwise                 wrap_up
func (q *Queue) Restore(ctx context.Context, waiting []Waiting, talking map[ivr.CallID]Talk) error {
	states, err := q.journal.States(ctx, StateKind)
	if err != nil {
		return fmt.Errorf("agents' states: %w", err)
	}
	agents := make([]*Agent, 0, len(states))
	for id, data := range states {
		a := new(Agent)
		if err := json.Unmarshal(data, a); err != nil {
			return fmt.Errorf("state of agent %s: %w", id, err)
		}
		agents = append(agents, a)
	}
	q.step(func(p *pool, now ivr.Stamp) {
		q.heard = now.Mono
		p.restore(agents, waiting, talking, now)
	})
	return nil
}

func (p *pool) restore(agents []*Agent, waiting []Waiting, talking map[ivr.CallID]Talk, now ivr.Stamp) {
	for _, a := range agents {
		p.agents[a.ID] = a
	}
	for _, w := range waiting {
		p.enqueue(w, now) // nobody is routable yet: no offer is made here
	}
	for _, a := range agents {
		p.settle(a, talking, now)
	}
}

func (p *pool) settle(a *Agent, talking map[ivr.CallID]Talk, now ivr.Stamp) {
	if !a.occupied() {
		if a.State == ivr.Ready && a.Until.Mono > 0 {
			a.Until = later(now, lineGrace) // no line could come back while we were away
			p.keep(a)
		}
		return
	}
	entry := p.calls[a.Call]
	free := entry != nil && entry.agent == ""
	switch {
	case free && a.State == ivr.Reserved:
		entry.agent = a.ID
		a.Until = later(now, entry.Answer) // nobody could answer while we were away
		p.changed(a)
	case free && a.State == ivr.Busy:
		entry.agent = a.ID
		p.out.tell = append(p.out.tell, Accepted{Call: a.Call, Agent: a.ID, Lease: a.Lease})
	case a.State == ivr.Reserved:
		p.endOffer(a, ivr.OfferWithdrawn)
		a.free(now)
		p.changed(a)
	case talking[a.Call] == Talk{Agent: a.ID, Lease: a.Lease}:
	default:
		p.release(a.ID, a.Lease, true, now)
	}
}
