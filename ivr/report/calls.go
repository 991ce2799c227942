package report

import (
	"context"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// CallRow is one call. Cluster, Agent, Outcome, Wait and Disposition are those of its
// last stay in a queue ("" and nil without one); Talk, Hold and Wrap are sums over its
// conversations (nil without one that is over).
type CallRow struct {
	Call        ivr.CallID  `json:"call"`
	ArrivedAt   time.Time   `json:"arrived_at"`
	From        string      `json:"from"`
	To          string      `json:"to"`
	Lang        string      `json:"lang"`
	Cluster     string      `json:"cluster"`
	Agent       ivr.AgentID `json:"agent"`
	Outcome     ivr.Outcome `json:"outcome"`
	Wait        *ivr.Millis `json:"wait_ms"`
	Talk        *ivr.Millis `json:"talk_ms"`
	Hold        *ivr.Millis `json:"hold_ms"`
	Wrap        *ivr.Millis `json:"wrap_ms"`
	EndedBy     ivr.Side    `json:"ended_by"` // the conversation, or without one the call
	Cause       string      `json:"cause"`    // "" while the caller is here
	Disposition string      `json:"disposition"`
}

// Calls gives the calls that arrived from (included) to (not included), in that order;
// also those that still go on.
func Calls(ctx context.Context, s *store.Store, from, to time.Time) ([]CallRow, error) {
	records, err := s.Calls(ctx, from, to)
	if err != nil {
		return nil, err
	}
	rows := make([]CallRow, len(records))
	for i, record := range records {
		rows[i] = callRow(record)
	}
	return rows, nil
}

func callRow(c store.CallRecord) CallRow {
	row := CallRow{Call: c.ID, ArrivedAt: c.Arrived.At.In(Zone()), From: c.From, To: c.To, Lang: c.Lang,
		EndedBy: c.EndedBy, Cause: c.Cause}
	if row.EndedBy == "" {
		row.EndedBy = c.GoneBy
	}
	for _, stay := range c.Stays {
		row.Cluster, row.Agent, row.Wait, row.Disposition = stay.Cluster, stay.Agent, stay.Wait, stay.Disposition
		row.Outcome, _ = outcome(stay)
		if stay.Talk == nil {
			continue
		}
		row.Talk, row.Hold = plus(row.Talk, *stay.Talk), plus(row.Hold, stay.Hold)
		if stay.Wrap != nil {
			row.Wrap = plus(row.Wrap, *stay.Wrap)
		}
	}
	return row
}

func plus(total *ivr.Millis, more ivr.Millis) *ivr.Millis {
	if total != nil {
		more += *total
	}
	return &more
}
