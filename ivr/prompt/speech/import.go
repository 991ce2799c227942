package speech

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"time"
)

// Limits of a recording that is taken in.
const (
	MaxTake   = 5 * time.Minute
	minTake   = 100 * time.Millisecond
	fullRow   = 4    // samples in a row at full scale that make a clip
	clipLimit = 3    // clips a recording may have
	fullShare = 1000 // one sample of so many may be at full scale
)

// Studio brings recordings into the form of made speech: 8 kHz, mono, 16 bit, silence
// trimmed, the loudness that speech has, so that both sound like one.
type Studio struct{ sox string }

// NewStudio finds the program it needs. The error says which one to install.
func NewStudio() (*Studio, error) {
	sox, err := find("sox")
	if err != nil {
		return nil, err
	}
	return &Studio{sox: sox}, nil
}

// Take tells what became of a recording.
type Take struct {
	Length time.Duration // of the result
	Cut    time.Duration // silence that was cut off
	Gain   float64       // dB by which it was made louder; below 0 quieter
}

// Import reads a recording of any form that sox knows and writes it to a WAV file, which
// appears only when it is whole. It refuses recordings that clip, are empty or too long.
func (s *Studio) Import(ctx context.Context, from, to string) (Take, error) {
	take, samples, err := s.read(ctx, from)
	if err != nil {
		return Take{}, fmt.Errorf("%s: %w", from, err)
	}
	if err := writeWAV(to, samples); err != nil {
		return Take{}, err
	}
	return take, nil
}

// Check is Import without a result in a file.
func (s *Studio) Check(ctx context.Context, from string) (Take, error) {
	take, _, err := s.read(ctx, from)
	if err != nil {
		return Take{}, fmt.Errorf("%s: %w", from, err)
	}
	return take, nil
}

func (s *Studio) read(ctx context.Context, from string) (Take, []int16, error) {
	if info, err := os.Stat(from); err != nil {
		return Take{}, nil, errors.New("there is no such file")
	} else if !info.Mode().IsRegular() || info.Size() == 0 {
		return Take{}, nil, errors.New("the recording is empty")
	}
	original, err := s.raw(ctx, from, nil, "remix", "1") // at its own rate and gain: others hide clips
	if err != nil {
		return Take{}, nil, err
	}
	if clips, full := clipped(original); clips > clipLimit || full*fullShare > len(original) {
		return Take{}, nil, fmt.Errorf("the recording clips: %d samples are at full scale; record it with less gain", full)
	}
	samples, err := s.raw(ctx, from, []string{"-G"}, "remix", "-", "rate", strconv.Itoa(rate))
	if err != nil {
		return Take{}, nil, err
	}
	spoken := trim(samples)
	switch length := duration(len(spoken)); {
	case length < minTake:
		return Take{}, nil, errors.New("the recording is empty or silent")
	case length > MaxTake:
		return Take{}, nil, fmt.Errorf("the recording is %s long; at most %s", length.Round(time.Second), MaxTake)
	}
	louder := level(spoken)
	done := pad(louder, sentenceTail)
	gain := decibels(rms(louder)) - decibels(rms(spoken))
	return Take{Length: duration(len(done)), Cut: duration(len(samples) - len(spoken)), Gain: gain}, done, nil
}

// raw has sox decode a file to 16 bit samples of one channel.
func (s *Studio) raw(ctx context.Context, from string, options []string, effects ...string) ([]int16, error) {
	args := slices.Concat([]string{"-V1", "-D"}, options, []string{from, "-t", "raw", "-b", "16", "-e", "signed-integer", "-L", "-"}, effects)
	out, err := run(ctx, nil, s.sox, args...)
	if err != nil {
		return nil, fmt.Errorf("sox cannot read it: %w", err)
	}
	return decode(out), nil
}

// clipped counts the places where a recording stays at full scale, and the samples that are
// there: what was clipped and then resampled touches it often and stays nowhere.
func clipped(samples []int16) (clips, full int) {
	row, before := 0, int16(0)
	for _, s := range samples {
		if s != before {
			row, before = 0, s
		}
		if max(int(s), -int(s)) < math.MaxInt16-1 {
			continue
		}
		full++
		if row++; row == fullRow {
			clips++
		}
	}
	return clips, full
}

func duration(samples int) time.Duration { return time.Duration(samples) * time.Second / rate }
