package report

import (
	"slices"

	"talian/ivr"
	"talian/ivr/store"
)

// tally counts stays.
type tally struct {
	offered, answered, abandoned, short int
	other                               map[string]int
	answeredIn, abandonedIn, leftIn     int          // within T
	waits                               []ivr.Millis // answered, without transfers
	fromArrival                         ivr.Millis   // sum over the same
	finished                            int          // conversations
	talk, hold, wrap                    ivr.Millis   // sums over the same
	held                                int
}

func (t *tally) add(s *store.Stay) {
	target, short := ivr.MillisOf(ServiceTarget), ivr.MillisOf(ShortAbandon)
	t.offered++
	within := s.Wait != nil && *s.Wait <= target
	if within {
		t.leftIn++
	}
	switch o, _ := outcome(s); o {
	case ivr.OutcomeAnswered:
		t.answered++
		if within {
			t.answeredIn++
		}
		t.addAnswered(s)
	case ivr.OutcomeAbandoned:
		t.abandoned++
		if within {
			t.abandonedIn++
		}
		if *s.Wait <= short {
			t.short++
		}
	default:
		if t.other == nil {
			t.other = map[string]int{}
		}
		t.other[string(o)]++
	}
}

func (t *tally) addAnswered(s *store.Stay) {
	if !s.Transferred {
		t.waits = append(t.waits, *s.Wait)
		t.fromArrival += *s.ArrivalWait
	}
	if s.Hold > 0 || !s.HeldSince.At.IsZero() {
		t.held++
	}
	if s.Talk == nil {
		return
	}
	t.finished++
	t.talk += *s.Talk
	t.hold += s.Hold
	if s.Wrap != nil {
		t.wrap += *s.Wrap
	}
}

func (t *tally) row(cluster string) Row {
	other := t.other
	if other == nil {
		other = map[string]int{}
	}
	slices.Sort(t.waits)
	late := t.answered - t.answeredIn
	return Row{
		Cluster: cluster, Offered: t.offered, Answered: t.answered, Abandoned: t.abandoned, ShortAbandoned: t.short, Other: other,
		ASA: mean(sum(t.waits), len(t.waits)), ASAMedian: median(t.waits), ASAP90: percentile(t.waits, 90),
		ASAArrived: mean(t.fromArrival, len(t.waits)),
		AHT:        mean(t.talk+t.hold+t.wrap, t.finished),
		Talk:       mean(t.talk, t.finished), Hold: mean(t.hold, t.finished), Wrap: mean(t.wrap, t.finished),
		SL:          share(t.answeredIn, t.answered+t.abandoned-t.short),
		SLSeconds:   int(ServiceTarget.Seconds()),
		SLAsterisk:  share(t.answeredIn, t.answered),
		SLAsterisk2: share(t.answeredIn+t.abandonedIn, t.answered+t.abandoned),
		SLConnect:   share(t.leftIn, t.offered),
		SLGenesys:   share(t.answered-late, t.answered+t.abandoned),
		Abandonment: share(t.abandoned, t.offered),
		Held:        t.held, HoldRate: share(t.held, t.answered),
	}
}

func sum(all []ivr.Millis) ivr.Millis {
	var total ivr.Millis
	for _, v := range all {
		total += v
	}
	return total
}

// mean gives total / n, rounded to the nearest millisecond; nil over nothing.
func mean(total ivr.Millis, n int) *ivr.Millis {
	if n == 0 {
		return nil
	}
	m := (2*total + ivr.Millis(n)) / (2 * ivr.Millis(n))
	return &m
}

// median gives the middle of sorted, or the mean of the two in the middle.
func median(sorted []ivr.Millis) *ivr.Millis {
	n := len(sorted)
	if n == 0 {
		return nil
	}
	return mean(sorted[(n-1)/2]+sorted[n/2], 2)
}

// percentile gives the smallest of sorted that p percent of them do not exceed.
func percentile(sorted []ivr.Millis, p int) *ivr.Millis {
	n := len(sorted)
	if n == 0 {
		return nil
	}
	rank := (n*p + 99) / 100 // rounded up
	return &sorted[rank-1]
}

// share gives part / whole; nil over nothing.
func share(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}
