package cti

import (
	"talian/cti/wire"
	"talian/ivr"
)

// picture is the board with the earlier calls that the cards show beside it. But for those,
// which are looked up, it is a pure fold over facts.
type picture struct {
	board   *ivr.Board
	notes   map[ivr.CallID]*callNotes
	ended   map[ivr.AgentID]endedOffer // the last offer of each agent that ended
	refused map[ivr.Token]bool         // second offers that are never shown
}

// callNotes are the parts of a card that the board does not keep.
type callNotes struct {
	asked   bool // earlier calls are being looked up, or were
	earlier []wire.Earlier
}

type endedOffer struct {
	lease ivr.Token
	how   ivr.OfferEnd
}

func newPicture() *picture {
	return &picture{board: ivr.NewBoard(), notes: map[ivr.CallID]*callNotes{},
		ended: map[ivr.AgentID]endedOffer{}, refused: map[ivr.Token]bool{}}
}

// reset begins anew from a snapshot; notes of calls that are still there stay.
func (p *picture) reset(board *ivr.Board) {
	p.board = board
	p.refused = map[ivr.Token]bool{}
	p.sweep()
}

// apply takes one fact in. It gives false for a second open offer at one agent, which
// then never shows.
func (p *picture) apply(f ivr.Fact) bool {
	if f.Seq != 0 && f.Seq <= p.board.Seq {
		return true
	}
	shown := true
	switch body := f.Body.(type) {
	case ivr.CallOffered:
		if p.taken(f.Agent, body.Lease) {
			p.refused[body.Lease] = true
			shown = false
		}
	case ivr.CallOfferEnded:
		if !p.refused[body.Lease] {
			p.ended[f.Agent] = endedOffer{body.Lease, body.How}
		}
	case ivr.AgentSignedOut:
		delete(p.ended, f.Agent)
	}
	if p.hidden(f) {
		f.Body = ivr.Unknown{Name: f.Body.Kind()} // only the sequence number counts
	}
	p.board.Apply(f)
	p.after(f)
	return shown
}

func (p *picture) after(f ivr.Fact) {
	switch f.Body.(type) {
	case ivr.CallEnded, ivr.AgentChanged, ivr.AgentSignedOut: // the board may have forgotten a call
		p.sweep()
	}
}

func (p *picture) sweep() {
	for id := range p.notes {
		if p.board.Calls[id] == nil {
			delete(p.notes, id)
		}
	}
}

// taken tells whether the agent has another open offer, or is in conversation.
func (p *picture) taken(id ivr.AgentID, lease ivr.Token) bool {
	agent := p.board.Agents[id]
	if agent == nil || agent.Now.Lease == lease {
		return false
	}
	switch agent.Now.State {
	case ivr.Reserved:
		return p.ended[id].lease != agent.Now.Lease
	case ivr.Busy:
		call := p.board.Calls[agent.Call]
		return call != nil && call.Agent == id && (call.Phase == ivr.PhaseTalking || call.Phase == ivr.PhaseHeld)
	case ivr.LoggedOut, ivr.NotReady, ivr.Ready, ivr.WrapUp:
	}
	return false
}

// hidden tells whether the fact belongs to a refused offer.
func (p *picture) hidden(f ivr.Fact) bool {
	switch body := f.Body.(type) {
	case ivr.CallOffered:
		return p.refused[body.Lease]
	case ivr.CallOfferEnded:
		hidden := p.refused[body.Lease]
		delete(p.refused, body.Lease)
		return hidden
	case ivr.AgentChanged:
		return body.Lease != "" && p.refused[body.Lease]
	}
	return false
}

// notesOf gives the notes of a call on the board, made when needed; nil without the call.
func (p *picture) notesOf(id ivr.CallID) *callNotes {
	if p.board.Calls[id] == nil {
		return nil
	}
	if p.notes[id] == nil {
		p.notes[id] = &callNotes{}
	}
	return p.notes[id]
}
