package report

import (
	"context"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// IVRReport is the figures of what callers did without our agents in a span of time.
type IVRReport struct {
	Dictionary   int            `json:"dictionary"`
	From         time.Time      `json:"from"`
	To           time.Time      `json:"to"`        // not included
	Answered     int            `json:"answered"`  // calls that we answered and that are over
	Contained    int            `json:"contained"` // M22
	Containment  *float64       `json:"containment"`
	Transferred  int            `json:"transferred"` // M23: calls
	TransferRate *float64       `json:"transfer_rate"`
	Rung         int            `json:"rung"` // M23: outside numbers; the next four are over them
	Outcomes     map[string]int `json:"outcomes"`
	Reached      *float64       `json:"reached"`
	Ring         *ivr.Millis    `json:"ring_ms"` // mean
	Talk         *ivr.Millis    `json:"talk_ms"` // mean, of those reached
}

// IVR gives the figures of the calls that arrived from (included) to (not included).
func IVR(ctx context.Context, s *store.Store, from, to time.Time) (IVRReport, error) {
	calls, err := s.Calls(ctx, from, to)
	if err != nil {
		return IVRReport{}, err
	}
	figures := IVRReport{Dictionary: Dictionary, From: from.In(Zone()), To: to.In(Zone()), Outcomes: map[string]int{}}
	var ring, talk ivr.Millis
	reached := 0
	for _, call := range calls {
		if call.Answered.IsZero() || call.Gone.IsZero() {
			continue
		}
		figures.Answered++
		if len(call.Transfers) > 0 {
			figures.Transferred++
		} else if len(call.Stays) == 0 {
			figures.Contained++
		}
		for _, t := range call.Transfers {
			if t.Ring == nil {
				continue // told after the end of its call
			}
			figures.Rung++
			figures.Outcomes[t.Outcome]++
			ring += *t.Ring
			if t.Talk != nil {
				reached++
				talk += *t.Talk
			}
		}
	}
	figures.Containment = share(figures.Contained, figures.Answered)
	figures.TransferRate = share(figures.Transferred, figures.Answered)
	figures.Reached = share(reached, figures.Rung)
	figures.Ring, figures.Talk = mean(ring, figures.Rung), mean(talk, reached)
	return figures, nil
}
