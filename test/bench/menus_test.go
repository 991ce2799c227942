package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	walkers  = 100              // calls in menus at the same time
	walkTime = 20 * time.Second // of one side
	thinkMin = time.Second      // from a prompt's beginning to the key
	thinkMax = 3 * time.Second
	late     = time.Second           // from a key's end to the prompt: the caller wonders
	apart    = 20 * time.Millisecond // from call to call
)

// BenchmarkMenus measures 100 callers who press their way through four menus, one key every
// two seconds or so: from each key to the first packet of the prompt that it leads to. The
// rival is a dialplan with a Read of the same files for each menu.
func BenchmarkMenus(b *testing.B) {
	s := open(b)
	s.callers.known = newPrints(b, sounds(b, s.Site, topics()...))
	daemons := s.cpu.daemons()
	for b.Loop() {
		must(b, rest(s.ctx, settle))
		idle := daemons.sizes(b)
		var ours, rival presses
		full := s.walk(&ours, topicsNumber, daemons)
		s.walk(&rival, mazeNumber, daemons)
		compare(b, fmt.Sprintf("key's first packet to next prompt, %d calls", walkers), &ours.pressed, "dialplan", &rival.pressed)
		compare(b, fmt.Sprintf("key's end to next prompt, %d calls", walkers), &ours.released, "dialplan", &rival.released)
		fmt.Printf("  %-42s talian %d, dialplan %d\n", fmt.Sprintf("later than %v", late), ours.released.above(late), rival.released.above(late))
		compareCost(s.cpu, "key", &ours.cost, "dialplan", &rival.cost)
		compareShare(s.cpu, &ours.cost, "dialplan", &rival.cost)
		printMemory(daemons, idle, full, walkers)
		b.ReportMetric(milliseconds(ours.released.at(0.95)), "key-p95-ms")
		b.ReportMetric(float64(ours.released.above(late)), "late")
		if err := errors.Join(slices.Concat(ours.lost, rival.lost)...); err != nil {
			b.Fatalf("%d callers of ours lost a prompt, %d of the dialplan: %v", len(ours.lost), len(rival.lost), err)
		}
	}
}

// walk has all callers walk at the same time. It gives the daemons' memory at the end, when
// all are still there.
func (s *scene) walk(to *presses, number string, daemons processor) []int {
	s.b.Helper()
	ctx, cancel := s.within(2*walkTime + time.Minute)
	defer cancel()
	calls := make([]*call, walkers)
	for n := range calls {
		var err error
		calls[n], err = s.callers.dial(ctx, number, fmt.Sprintf("06%08d", n))
		must(s.b, err)
		must(s.b, rest(ctx, apart))
	}
	to.cost.during(s.b, s.cpu, func() int {
		over := time.Now().Add(walkTime)
		var running sync.WaitGroup
		for _, c := range calls {
			running.Go(func() {
				if err := c.walks(ctx, to, over); err != nil {
					to.lose(err)
				}
			})
		}
		running.Wait()
		return to.pressed.count()
	})
	full := daemons.sizes(s.b)
	s.disperse(calls)
	return full
}

// walks goes from menu to menu by keys until the time is over.
func (one *call) walks(ctx context.Context, to *presses, over time.Time) error {
	menus := topics()
	at := 0
	if _, err := one.ear.next(ctx, menus[at]); err != nil {
		return err
	}
	for {
		if err := rest(ctx, thinkMin+rand.N(thinkMax-thinkMin)); err != nil {
			return err
		}
		if time.Now().After(over) {
			return nil
		}
		at = (at + 1 + rand.N(len(menus)-1)) % len(menus) // never the one that is heard
		if err := one.leads(ctx, to, at); err != nil {
			return err
		}
	}
}

// leads presses the key that leads to a menu.
func (one *call) leads(ctx context.Context, to *presses, menu int) error {
	ctx, cancel := context.WithTimeout(ctx, keyWithin)
	defer cancel()
	return one.presses(ctx, to, byte('1'+menu), topics()[menu])
}
