package bench

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

const (
	slice = 10 * time.Second // of one side, before it is the other's turn
	turns = 2                // slices of each side
	hold  = time.Second      // from the answer to the hang-up
)

// answers are what calls to one number gave.
type answers struct {
	number          string
	answered, heard figures
	cost            cost
	mu              sync.Mutex
	lost            []error
}

// BenchmarkAnswer measures INVITE to 200 OK and INVITE to the first RTP packet of the
// first prompt: a menu of ours, and Answer and Playback of the same file in the dialplan.
// Calls come at fixed times, whether earlier ones were answered or not.
func BenchmarkAnswer(b *testing.B) {
	for _, rate := range []int{20, 50} {
		b.Run(fmt.Sprintf("%dps", rate), func(b *testing.B) {
			s := open(b)
			for b.Loop() {
				ours, rival := &answers{number: menuNumber}, &answers{number: playNumber}
				for _, warm := range []*answers{{number: playNumber}, {number: menuNumber}} {
					s.flood(warm, rate, time.Second)
				}
				for range turns {
					for _, side := range []*answers{rival, ours} {
						side.cost.during(b, s.cpu, func() int { return s.flood(side, rate, slice) })
					}
				}
				at := fmt.Sprintf(" at %d calls/s", rate)
				compare(b, "INVITE to 200 OK"+at, &ours.answered, "dialplan", &rival.answered)
				compare(b, "INVITE to first prompt packet"+at, &ours.heard, "dialplan", &rival.heard)
				compareCost(s.cpu, "call", &ours.cost, "dialplan", &rival.cost)
				b.ReportMetric(milliseconds(ours.answered.at(0.5)), "answer-ms")
				b.ReportMetric(milliseconds(rival.answered.at(0.5)), "dialplan-answer-ms")
				if err := errors.Join(append(ours.lost, rival.lost...)...); err != nil {
					b.Fatalf("%d calls of ours lost, %d of the dialplan: %v", len(ours.lost), len(rival.lost), err)
				}
			}
		})
	}
}

// flood makes calls for a time, and gives their number when the last one has ended.
func (s *scene) flood(to *answers, rate int, lasting time.Duration) int {
	s.b.Helper()
	calls := int(lasting.Seconds() * float64(rate))
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var running sync.WaitGroup
	for n := range calls {
		<-tick.C
		running.Go(func() {
			if err := s.oneAnswer(to, fmt.Sprintf("01%08d", n)); err != nil {
				to.mu.Lock()
				to.lost = append(to.lost, err)
				to.mu.Unlock()
			}
		})
	}
	running.Wait()
	return calls
}

func (s *scene) oneAnswer(to *answers, from string) error {
	ctx, cancel := s.within(20 * time.Second)
	defer cancel()
	c, err := s.callers.dial(ctx, to.number, from)
	if err != nil {
		return err
	}
	heard, err := c.sound.waitFirst(ctx)
	if err == nil {
		to.answered.add(c.answered.Sub(c.invited))
		to.heard.add(heard.Sub(c.invited))
		err = rest(ctx, time.Until(c.answered.Add(hold)))
	}
	return errors.Join(err, c.hangup(ctx))
}
