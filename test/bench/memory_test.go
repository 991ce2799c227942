package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"talian/cti/wire"
)

const (
	menuCalls    = 100
	waitingCalls = 100
	settle       = 5 * time.Second
)

// BenchmarkMemory measures the daemons' memory at rest, and what 200 calls add: half of
// them hear a menu, half wait for an agent.
func BenchmarkMemory(b *testing.B) {
	s := open(b)
	daemons := s.cpu.daemons()
	ctx, cancel := s.within(30 * time.Second)
	defer cancel()
	_, err := s.desk(0, 0).Command(ctx, wire.CmdSetState, wire.SetState{State: "not_ready", Reason: "break"})
	must(b, err)
	for b.Loop() {
		must(b, rest(s.ctx, settle))
		idle := daemons.sizes(b)
		calls := s.crowd()
		must(b, rest(s.ctx, settle))
		full := daemons.sizes(b)
		s.disperse(calls)
		printMemory(daemons, idle, full, len(calls))
		b.ReportMetric(float64(full[1]-idle[1])/float64(len(calls)), "ivrd-KiB/call")
	}
}

// crowd makes the calls and waits until each hears something.
func (s *scene) crowd() []*call {
	s.b.Helper()
	ctx, cancel := s.within(time.Minute)
	defer cancel()
	var calls []*call
	for n := range menuCalls + waitingCalls {
		number := menuNumber
		if n%2 == 1 {
			number = straightNumber
		}
		c, err := s.callers.dial(ctx, number, fmt.Sprintf("04%08d", n))
		must(s.b, err)
		calls = append(calls, c)
		must(s.b, rest(ctx, 20*time.Millisecond))
	}
	for _, c := range calls {
		_, err := c.sound.waitFirst(ctx)
		must(s.b, err)
	}
	return calls
}

func (s *scene) disperse(calls []*call) {
	s.b.Helper()
	ctx, cancel := s.within(time.Minute)
	defer cancel()
	var running sync.WaitGroup
	for _, c := range calls {
		running.Go(func() {
			if err := c.hangup(ctx); err != nil {
				s.b.Error(err)
			}
		})
	}
	running.Wait()
}
