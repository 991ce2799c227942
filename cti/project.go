package cti

import (
	"time"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// Dispositions are what a call can be about.
func Dispositions() []string {
	return []string{"enquiry", "complaint", "suggestion", "feedback", "compliment", "put_through"}
}

func meOf(user auth.User) wire.Me {
	skills := user.Skills
	if skills == nil {
		skills = map[string][]string{}
	}
	return wire.Me{ID: user.ID, Name: user.Name, Role: string(user.Role), Skills: skills,
		Reasons: ivr.NotReadyReasons(), Dispositions: Dispositions()}
}

// project gives what the desk of an agent shows. LineView's Epoch and Mine are the
// desk's and the tab's own and stay zero here.
func project(p *picture, me wire.Me, link bool) wire.Self {
	self := wire.Self{Me: me, Link: link,
		Agent: wire.AgentView{State: string(ivr.LoggedOut)}, Line: wire.LineView{Status: string(ivr.LineDown)}}
	agent := p.board.Agents[ivr.AgentID(me.ID)]
	if agent == nil {
		return self
	}
	now := agent.Now
	self.Agent = wire.AgentView{State: string(now.State), Reason: now.Reason, Since: unixMs(agent.Since.At),
		Until: unixMs(now.Until), NextState: string(now.Next.State), NextReason: now.Next.Reason}
	self.Line.Status, self.Line.Why = string(agent.Line), agent.LineWhy
	self.Call = cardOf(p, agent)
	return self
}

// cardOf gives the call that the agent is offered, talks to or wraps up.
func cardOf(p *picture, agent *ivr.BoardAgent) *wire.Card {
	call := p.board.Calls[agent.Call]
	if call == nil {
		return nil
	}
	card := &wire.Card{ID: string(call.ID), Lease: string(agent.Now.Lease), From: call.From, Lang: call.Lang,
		Cluster: call.Skills["cluster"], Queue: call.Queue, Path: append([]string{}, call.Path...), Earlier: []wire.Earlier{}}
	switch agent.Now.State {
	case ivr.Reserved:
		card.Phase = "offered"
		card.AnswerBy = unixMs(agent.Now.Until)
	case ivr.Busy:
		card.Phase = "talking"
		if call.Phase == ivr.PhaseHeld {
			card.Phase = "held"
			card.HeldAt = unixMs(call.HeldSince.At)
		}
	case ivr.WrapUp:
		card.Phase = "wrap_up"
		card.EndedAt = unixMs(agent.Since.At)
	case ivr.LoggedOut, ivr.NotReady, ivr.Ready:
		return nil
	}
	if card.Phase != "offered" && call.Agent == agent.ID {
		card.ConnectedAt, card.HeldMs = unixMs(call.Connected.At), int64(call.Held)
	}
	card.Disposition, card.Note = call.About.Disposition, call.About.Note
	card.OfferedAt, card.WaitedMs = unixMs(call.Offered.At), int64(call.Offered.Since(call.Queued))
	if notes := p.notes[call.ID]; notes != nil {
		card.Earlier = append(card.Earlier, notes.earlier...)
	}
	return card
}

func unixMs(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
