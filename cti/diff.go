package cti

import (
	"reflect"

	"talian/cti/wire"
	"talian/ivr"
)

// diff gives the events that lead from one view to the next. how says why an offer is
// over, where that is known. Seq and TS are not set.
func diff(before, after wire.Self, how ivr.OfferEnd) []wire.Event {
	var events []wire.Event
	if before.Link != after.Link {
		events = append(events, wire.Event{Type: wire.EventLink, Link: &after.Link})
	}
	if before.Line != after.Line {
		events = append(events, wire.Event{Type: wire.EventLine, Line: &after.Line})
	}
	if before.Agent != after.Agent {
		events = append(events, wire.Event{Type: wire.EventAgent, Agent: &after.Agent})
	}
	return append(events, diffCall(before.Call, after, how)...)
}

func diffCall(before *wire.Card, after wire.Self, how ivr.OfferEnd) []wire.Event {
	now := after.Call
	switch {
	case before == nil && now == nil:
		return nil
	case before == nil:
		return []wire.Event{{Type: arrival(now.Phase), Call: now}}
	case now == nil:
		return departure(before, after.Agent, how)
	case before.ID != now.ID || before.Lease != now.Lease:
		return append(departure(before, after.Agent, how), wire.Event{Type: arrival(now.Phase), Call: now})
	case before.Phase != now.Phase:
		return []wire.Event{{Type: change(before.Phase, now.Phase), Call: now}}
	case !reflect.DeepEqual(before, now):
		return []wire.Event{{Type: wire.EventUpdated, Call: now}}
	default:
		return nil
	}
}

// arrival names the event by which a card in that phase appears.
func arrival(phase string) string {
	switch phase {
	case "offered":
		return wire.EventOffered
	case "held":
		return wire.EventHeld
	case "wrap_up":
		return wire.EventReleased
	default:
		return wire.EventConnected
	}
}

func change(before, now string) string {
	if before == "held" && now == "talking" {
		return wire.EventRetrieved
	}
	return arrival(now)
}

// departure tells that a card goes; a conversation ends before its card does.
func departure(card *wire.Card, agent wire.AgentView, how ivr.OfferEnd) []wire.Event {
	switch card.Phase {
	case "offered":
		return []wire.Event{{Type: wire.EventDiverted, How: string(howDiverted(agent, how))}}
	case "wrap_up":
		return []wire.Event{{Type: wire.EventCleared}}
	default:
		ended := *card
		ended.Phase, ended.EndedAt = "wrap_up", agent.Since
		return []wire.Event{{Type: wire.EventReleased, Call: &ended}, {Type: wire.EventCleared}}
	}
}

// howDiverted falls back on the agent's new reason.
func howDiverted(agent wire.AgentView, how ivr.OfferEnd) ivr.OfferEnd {
	if how != "" {
		return how
	}
	switch agent.Reason {
	case ivr.ReasonMissed:
		return ivr.OfferMissed
	case ivr.ReasonRejected:
		return ivr.OfferRejected
	case ivr.ReasonLineLost:
		return ivr.OfferLineLost
	default:
		return ivr.OfferWithdrawn
	}
}
