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
	keyCallers = 10                     // of one side, at the same time
	keyPresses = 8                      // of a caller
	keyTurns   = 3                      // of each side
	keyAfter   = 150 * time.Millisecond // of the prompt that asks, and up to as much again
	keyWithin  = 10 * time.Second       // else the prompt counts as lost
)

// presses are what keys gave.
type presses struct {
	pressed, released figures
	cost              cost
	mu                sync.Mutex
	lost              []error
}

// add takes a key and when the next prompt began.
func (p *presses) add(key *press, heard time.Time) {
	p.pressed.add(heard.Sub(key.began))
	p.released.add(heard.Sub(key.ended))
}

func (p *presses) lose(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = append(p.lost, err)
}

// BenchmarkKey measures from a key to the first packet of the next prompt: a menu of ours
// whose choice says something, and Read and Playback of the same files in the dialplan.
// The key cuts the prompt short that asks for it. Times begin at the key's first packet and
// at the first packet that tells of its end: before that nobody knows that it was pressed.
func BenchmarkKey(b *testing.B) {
	s := open(b)
	s.callers.known = newPrints(b, sounds(b, s.Site, "choose", "chosen"))
	for b.Loop() {
		var ours, rival presses
		for _, warm := range []string{readNumber, keysNumber} {
			s.keys(&presses{}, warm, 2)
		}
		for range keyTurns {
			rival.cost.during(b, s.cpu, func() int { return s.keys(&rival, readNumber, keyPresses) })
			ours.cost.during(b, s.cpu, func() int { return s.keys(&ours, keysNumber, keyPresses) })
		}
		compare(b, "key's first packet to next prompt", &ours.pressed, "dialplan", &rival.pressed)
		compare(b, "key's end to next prompt", &ours.released, "dialplan", &rival.released)
		compareCost(s.cpu, "key", &ours.cost, "dialplan", &rival.cost)
		b.ReportMetric(milliseconds(ours.released.at(0.5)), "key-ms")
		b.ReportMetric(milliseconds(rival.released.at(0.5)), "dialplan-key-ms")
		if err := errors.Join(slices.Concat(ours.lost, rival.lost)...); err != nil {
			b.Fatalf("%d callers of ours lost a prompt, %d of the dialplan: %v", len(ours.lost), len(rival.lost), err)
		}
	}
}

// keys has some callers press keys at the same time, and gives the number of the keys.
func (s *scene) keys(to *presses, number string, each int) int {
	s.b.Helper()
	ctx, cancel := s.within(2 * time.Minute)
	defer cancel()
	var running sync.WaitGroup
	for n := range keyCallers {
		running.Go(func() {
			if err := s.keyCaller(ctx, to, number, fmt.Sprintf("05%08d", n), each); err != nil {
				to.lose(err)
			}
		})
	}
	running.Wait()
	return keyCallers * each
}

// keyCaller presses 1 each time that the caller is asked to.
func (s *scene) keyCaller(ctx context.Context, to *presses, number, from string, each int) error {
	c, err := s.callers.dial(ctx, number, from)
	if err != nil {
		return err
	}
	for n := range each {
		if err = c.confirmed(ctx, to); err != nil {
			err = fmt.Errorf("key %d of a call to %s: %w", n+1, number, err)
			break
		}
	}
	return errors.Join(err, c.hangup(ctx))
}

func (one *call) confirmed(ctx context.Context, to *presses) error {
	ctx, cancel := context.WithTimeout(ctx, keyWithin)
	defer cancel()
	if _, err := one.ear.next(ctx, "choose"); err != nil {
		return err
	}
	if err := rest(ctx, keyAfter+rand.N(keyAfter)); err != nil {
		return err
	}
	return one.presses(ctx, to, '1', "chosen")
}

// presses presses a key and waits for the prompt that follows it.
func (one *call) presses(ctx context.Context, to *presses, key byte, want string) error {
	pressed, err := one.sound.press(ctx, key)
	if err != nil {
		return err
	}
	heard, err := one.ear.next(ctx, want)
	if err != nil {
		return err
	}
	to.add(pressed, heard)
	return nil
}
