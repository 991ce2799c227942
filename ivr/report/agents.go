package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// AgentRow is the figures of one agent: time in each state within the span asked for, and
// the offers that began in it.
type AgentRow struct {
	Agent     ivr.AgentID `json:"agent"`
	Ring      ivr.Millis  `json:"ring_ms"`
	Busy      ivr.Millis  `json:"busy_ms"` // talk and hold
	Wrap      ivr.Millis  `json:"wrap_ms"`
	Ready     ivr.Millis  `json:"ready_ms"`
	NotReady  ivr.Millis  `json:"not_ready_ms"`
	Occupancy *float64    `json:"occupancy"` // M10
	Offers    int         `json:"offers"`
	Accepted  int         `json:"accepted"`
	Missed    int         `json:"missed"` // M11
	Rejected  int         `json:"rejected"`
	Withdrawn int         `json:"withdrawn"`
	LineLost  int         `json:"line_lost"`
	RONA      *float64    `json:"rona"` // M11
}

// Agents gives the figures of the agents who were signed in or were offered a call from
// (included) to (not included). A state that lasts counts up to now.
func Agents(ctx context.Context, s *store.Store, from, to, now time.Time) ([]AgentRow, error) {
	states, err := s.AgentStates(ctx, from, to)
	if err != nil {
		return nil, err
	}
	offers, err := s.Offers(ctx, from, to)
	if err != nil {
		return nil, err
	}
	rows := map[ivr.AgentID]*AgentRow{}
	row := func(agent ivr.AgentID) *AgentRow {
		if rows[agent] == nil {
			rows[agent] = &AgentRow{Agent: agent}
		}
		return rows[agent]
	}
	for _, state := range states {
		row(state.Agent).addTime(state.State, within(state, from, to, now))
	}
	for _, offer := range offers {
		row(offer.Agent).addOffer(offer.How)
	}
	all := make([]AgentRow, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.shares())
	}
	slices.SortFunc(all, func(a, b AgentRow) int { return strings.Compare(string(a.Agent), string(b.Agent)) })
	return all, nil
}

// within gives the part of a stretch that lies in the span. A whole stretch counts by the
// boot-time clock; one that the span cuts, or that lasts, by the wall clock.
func within(a *store.AgentState, from, to, now time.Time) ivr.Millis {
	end := a.Ended
	if end.IsZero() {
		end = now
	} else if !a.Began.At.Before(from) && !end.After(to) {
		return *a.Length
	}
	begin := a.Began.At
	if begin.Before(from) {
		begin = from
	}
	if end.After(to) {
		end = to
	}
	return max(0, ivr.MillisOf(end.Sub(begin)))
}

func (r *AgentRow) addTime(state ivr.AgentState, d ivr.Millis) {
	switch state {
	case ivr.Reserved:
		r.Ring += d
	case ivr.Busy:
		r.Busy += d
	case ivr.WrapUp:
		r.Wrap += d
	case ivr.Ready:
		r.Ready += d
	case ivr.NotReady:
		r.NotReady += d
	case ivr.LoggedOut: // never on record
	}
}

func (r *AgentRow) addOffer(how ivr.OfferEnd) {
	r.Offers++
	switch how {
	case ivr.OfferAccepted:
		r.Accepted++
	case ivr.OfferMissed:
		r.Missed++
	case ivr.OfferRejected:
		r.Rejected++
	case ivr.OfferWithdrawn:
		r.Withdrawn++
	case ivr.OfferLineLost:
		r.LineLost++
	}
}

func (r *AgentRow) shares() AgentRow {
	working := int(r.Ring + r.Busy + r.Wrap)
	r.Occupancy = share(working, working+int(r.Ready))
	r.RONA = share(r.Missed, r.Offers)
	return *r
}
