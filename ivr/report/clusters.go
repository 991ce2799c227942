package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// Dictionary is the version of the metric dictionary.
const Dictionary = 1

// The settings of the dictionary.
const (
	ServiceTarget = 20 * time.Second // T of M7 and M8
	ShortAbandon  = 5 * time.Second  // S of M3
)

// Open is the outcome of a stay that still goes on.
const Open ivr.Outcome = "open"

// Report is the figures of a span of time, per cluster and in all.
type Report struct {
	Dictionary int       `json:"dictionary"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // not included
	Rows       []Row     `json:"rows"`
	Total      Row       `json:"total"` // its Cluster is ""
}

// Row is the figures of one cluster. Means are rounded to the nearest millisecond, shares
// are from 0 to 1; a figure over nothing is nil.
type Row struct {
	Cluster        string         `json:"cluster"`         // skill "cluster" of the stay
	Offered        int            `json:"offered"`         // M1
	Answered       int            `json:"answered"`        // M2
	Abandoned      int            `json:"abandoned"`       // M3, short ones included
	ShortAbandoned int            `json:"short_abandoned"` // M3
	Other          map[string]int `json:"other"`           // M4
	ASA            *ivr.Millis    `json:"asa_ms"`          // M5, and the next three
	ASAMedian      *ivr.Millis    `json:"asa_median_ms"`
	ASAP90         *ivr.Millis    `json:"asa_p90_ms"`
	ASAArrived     *ivr.Millis    `json:"asa_arrived_ms"`
	AHT            *ivr.Millis    `json:"aht_ms"` // M6, and its three parts
	Talk           *ivr.Millis    `json:"talk_ms"`
	Hold           *ivr.Millis    `json:"hold_ms"`
	Wrap           *ivr.Millis    `json:"wrap_ms"`
	SL             *float64       `json:"sl"` // M7
	SLSeconds      int            `json:"sl_seconds"`
	SLAsterisk     *float64       `json:"sl_asterisk"` // M8, and the next three
	SLAsterisk2    *float64       `json:"sl_asterisk2"`
	SLConnect      *float64       `json:"sl_connect"`
	SLGenesys      *float64       `json:"sl_genesys"`
	Abandonment    *float64       `json:"abandonment"` // M9
	Held           int            `json:"held"`        // M12
	HoldRate       *float64       `json:"hold_rate"`   // M12
}

// Clusters gives the figures of the stays that began from (included) to (not included).
// It refuses, naming the interval, when outcomes do not add up to what was offered.
func Clusters(ctx context.Context, s *store.Store, from, to time.Time) (Report, error) {
	stays, err := s.Stays(ctx, from, to)
	if err != nil {
		return Report{}, err
	}
	if err := checkSums(stays); err != nil {
		return Report{}, err
	}
	total, byCluster := &tally{}, map[string]*tally{}
	for _, stay := range stays {
		t := byCluster[stay.Cluster]
		if t == nil {
			t = &tally{}
			byCluster[stay.Cluster] = t
		}
		t.add(stay)
		total.add(stay)
	}
	report := Report{Dictionary: Dictionary, From: from.In(Zone()), To: to.In(Zone()), Rows: []Row{}, Total: total.row("")}
	for cluster, t := range byCluster {
		report.Rows = append(report.Rows, t.row(cluster))
	}
	slices.SortFunc(report.Rows, func(a, b Row) int { return strings.Compare(a.Cluster, b.Cluster) })
	return report, nil
}

// outcome gives the outcome that the stay counts under; ok is false when the row
// contradicts itself and so counts under none.
func outcome(s *store.Stay) (o ivr.Outcome, ok bool) {
	left := !s.Left.IsZero() && s.Wait != nil
	switch s.Outcome {
	case "":
		return Open, s.Left.IsZero()
	case ivr.OutcomeAnswered:
		return s.Outcome, left && !s.Connected.At.IsZero()
	default:
		return s.Outcome, left && s.Connected.At.IsZero()
	}
}

// checkSums is the check of M4.
func checkSums(stays []*store.Stay) error {
	type sums struct {
		offered, outcomes int
		odd               ivr.CallID
	}
	intervals := map[time.Time]sums{}
	var order []time.Time
	for _, stay := range stays {
		begin := stay.Queued.At.Truncate(Interval)
		sum, known := intervals[begin]
		if !known {
			order = append(order, begin)
		}
		sum.offered++
		if _, ok := outcome(stay); ok {
			sum.outcomes++
		} else {
			sum.odd = stay.Call
		}
		intervals[begin] = sum
	}
	for _, begin := range order {
		if sum := intervals[begin]; sum.offered != sum.outcomes {
			local := begin.In(Zone())
			return fmt.Errorf("interval %s to %s: %d offered, but the outcomes add up to %d (look at call %s)",
				local.Format("2006-01-02 15:04"), local.Add(Interval).Format("15:04"), sum.offered, sum.outcomes, sum.odd)
		}
	}
	return nil
}
