package phone

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	toneProof   = 3 // frames; fewer may be chance
	speechProof = 4 // frames; a change of tone gives at most two
	staleAfter  = 200 * time.Millisecond
	errorTail   = 6 // stretches told in an error
)

// wait calls check after every packet until it is true. check runs with the ear
// locked.
func (e *Ear) wait(ctx context.Context, what string, check func() bool) error {
	for {
		e.mu.Lock()
		ok := check()
		changed := e.nextChange()
		e.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return e.missed(ctx, what)
		}
	}
}

// nextChange is closed when the next packet has been heard. The ear must be locked.
func (e *Ear) nextChange() <-chan struct{} {
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.changed
}

func (e *Ear) missed(ctx context.Context, what string) error {
	heard := e.Timeline()
	if n := len(heard); n > errorTail {
		heard = heard[n-errorTail:]
	}
	return fmt.Errorf("%s not heard, but %v: %w", what, heard, context.Cause(ctx))
}

// WaitTone waits until the tone is heard, and gives the arrival time of its first
// frame. A tone that is sounding already counts; one that has ended does not.
// 60 ms without a break are asked for.
func (e *Ear) WaitTone(ctx context.Context, hz int) (time.Time, error) {
	if !slices.Contains(e.tones, hz) {
		return time.Time{}, fmt.Errorf("this ear does not listen for %d Hz", hz)
	}
	var from time.Time
	err := e.wait(ctx, fmt.Sprintf("%d Hz", hz), func() bool {
		start, frames := e.run(func(s Stretch) bool { return slices.Contains(s.Hz, hz) })
		from = start
		return frames >= toneProof
	})
	return from, err
}

// WaitSpeech waits until something is heard that is neither silence nor one of
// the tones, for 80 ms without a break, and gives the arrival time of its first
// frame. Music counts as speech.
func (e *Ear) WaitSpeech(ctx context.Context) (time.Time, error) {
	var from time.Time
	err := e.wait(ctx, "speech", func() bool {
		start, frames := e.run(func(s Stretch) bool { return s.Kind == Other })
		from = start
		return frames >= speechProof
	})
	return from, err
}

// run measures what is sounding now: the unbroken run of matching stretches at
// the end of the timeline.
func (e *Ear) run(match func(Stretch) bool) (from time.Time, frames int) {
	if time.Since(e.last) > staleAfter {
		return time.Time{}, 0
	}
	for i := len(e.timeline) - 1; i >= 0; i-- {
		s := e.timeline[i]
		if !match(s) || frames > 0 && from.Sub(s.To) > stretchBreak {
			break
		}
		from, frames = s.From, frames+s.Frames
	}
	return from, frames
}

// WaitSilence waits until nothing was heard for d: silent frames, or no packets.
// Silence before the last Reset does not count.
func (e *Ear) WaitSilence(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return e.missed(ctx, fmt.Sprintf("%v of silence", d))
		case <-timer.C:
		}
		e.mu.Lock()
		left := d - time.Since(e.lastSound)
		e.mu.Unlock()
		if left <= 0 {
			return nil
		}
		timer.Reset(left)
	}
}
