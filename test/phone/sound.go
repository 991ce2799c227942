package phone

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A sound file is found in what was heard by normalised cross-correlation. The
// first half second of the file, leading silence cut off, is slid over the audio;
// where it fits, the rest of the file must fit too, block by block.
//
// The rest matters: prompts of one voice often begin alike. Ten Malay prompts
// spoken by a formant synthesiser gave 1.00 between the first half seconds of
// "sila tekan satu" and "sila tekan dua", and 0.93 over the first two seconds of
// two queue positions. By blocks of a quarter second the worst block of every such
// pair falls to zero or below, while a file against itself after A-law, mu-law or
// both stays over 0.99. One short word reached 0.63 within another prompt.
const (
	soundOpening  = SampleRate / 2
	soundBlock    = SampleRate / 4
	soundMinimum  = SampleRate / 10
	soundMatch    = 0.80
	coarseStep    = 8 // the first look takes every eighth sample
	coarseMatch   = 0.55
	soundSilence  = -40.0 // dBFS; softer blocks have no shape to compare
	soundLoudness = -30.0 // dBFS; a block this loud is no silence
)

var errSoundShort = errors.New("less than 0.1 s of sound")

// WaitSound waits until the sound file, 8000 Hz, 16 bit, mono, was heard from its
// beginning to its end, silence at both ends aside. It looks at everything since
// the last Reset or the last sound found, so sounds waited for in turn must be
// heard in that order.
//
// Every quarter second must correlate by 0.8 or more. Two files are told apart
// when they differ in one such block. Lost packets and other voices on top make a
// sound unrecognisable.
func (e *Ear) WaitSound(ctx context.Context, path string) error {
	return e.waitSound(ctx, path, math.MaxInt)
}

// WaitOpening is WaitSound for the first part of the file only, d after the
// leading silence. It suits a prompt that will be interrupted, and cannot tell it
// from another with the same beginning.
func (e *Ear) WaitOpening(ctx context.Context, path string, d time.Duration) error {
	return e.waitSound(ctx, path, int(d*SampleRate/time.Second))
}

func (e *Ear) waitSound(ctx context.Context, path string, limit int) error {
	samples, err := readWAV(path)
	if err != nil {
		return err
	}
	sound := trimSilence(samples)
	sound = sound[:min(limit, len(sound))]
	if len(sound) < soundMinimum {
		return fmt.Errorf("%s: %w", path, errSoundShort)
	}
	for i, x := range sound {
		sound[i] = ALaw.Decode(ALaw.Encode(x))
	}
	return e.findSound(ctx, path, &soundSearch{sound: sound})
}

// findSound searches after every packet, outside the lock: a first look through
// minutes of audio must not hold up the packets that arrive meanwhile.
func (e *Ear) findSound(ctx context.Context, name string, search *soundSearch) error {
	for {
		e.mu.Lock()
		search.at = max(search.at, e.foundTo, e.dropped)
		audio := slices.Clone(e.audio[min(search.at-e.dropped, len(e.audio)):]) // a sound found may end with silence still to come
		changed := e.nextChange()
		e.mu.Unlock()
		if search.look(audio) {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return e.missed(ctx, name)
		}
	}
	e.mu.Lock()
	e.foundTo = max(e.foundTo, search.at+len(search.sound))
	e.mu.Unlock()
	return nil
}

// soundSearch is one sound and how far the audio has been searched for it.
type soundSearch struct {
	sound []int16
	at    int // sample number at which the sound may still begin
}

// look searches audio, whose first sample has the number s.at. When it returns
// true, s.at is where the sound begins; otherwise it is the first place that more
// audio could still prove.
func (s *soundSearch) look(audio []int16) bool {
	opening := s.sound[:min(soundOpening, len(s.sound))]
	for len(audio) >= len(opening) {
		if correlation(opening, audio, coarseStep) >= coarseMatch && correlation(opening, audio, 1) >= soundMatch {
			switch fits, known := s.fits(audio); {
			case fits && known:
				return true
			case fits:
				return false
			}
		}
		audio = audio[1:]
		s.at++
	}
	return false
}

// fits compares the blocks of the sound with audio, as far as it goes. known is
// false when all that is there fits but more must come.
func (s *soundSearch) fits(audio []int16) (fits, known bool) {
	for block := range slices.Chunk(s.sound, soundBlock) {
		if len(block) < soundMinimum {
			break // too short to judge, and after a full block that fitted
		}
		if len(audio) < len(block) {
			return true, false
		}
		if !sameBlock(block, audio[:len(block)]) {
			return false, true
		}
		audio = audio[len(block):]
	}
	return true, true
}

func sameBlock(want, got []int16) bool {
	if decibels(meanSquare(want)) < soundSilence {
		return decibels(meanSquare(got)) < soundLoudness
	}
	return correlation(want, got, 1) >= soundMatch
}

// correlation is the normalised cross-correlation of want with the beginning of
// got, over every step-th sample: 1 is the same shape, 0 nothing in common. Very
// soft audio is drawn towards 0.
func correlation(want, got []int16, step int) float64 {
	var cross, power, heard int64
	for i := 0; i < len(want); i += step {
		a, b := int64(want[i]), int64(got[i])
		cross += a * b
		power += a * a
		heard += b * b
	}
	softest := fullScale * math.Pow(10, silenceLevel/20)
	floor := softest * softest * float64(len(want)/step)
	return float64(cross) / math.Sqrt(max(float64(power), 1)*max(float64(heard), floor))
}

// trimSilence cuts off the frames before the first and after the last that are
// louder than soundSilence.
func trimSilence(samples []int16) []int16 {
	from, to := len(samples), len(samples)
	for i := 0; i+FrameSamples <= len(samples); i += FrameSamples {
		if decibels(meanSquare(samples[i:i+FrameSamples])) >= soundSilence {
			from = min(from, i)
			to = i + FrameSamples
		}
	}
	return slices.Clone(samples[from:to])
}
