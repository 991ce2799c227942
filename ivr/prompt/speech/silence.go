package speech

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Silences makes WAV files of silence in dir, once, and gives the function that names
// the one nearest to a duration, as an absolute path without extension.
func Silences(dir string) (func(time.Duration) string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("silence: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("silence: %w", err)
	}
	name := func(d time.Duration) string { return filepath.Join(dir, fmt.Sprintf("%dms", d.Milliseconds())) }
	lengths := silenceLengths()
	for _, d := range lengths {
		path := name(d) + ".wav"
		if present(path) {
			continue
		}
		if err := writeWAV(path, make([]int16, count(d))); err != nil {
			return nil, fmt.Errorf("silence: %w", err)
		}
	}
	return func(d time.Duration) string {
		best := lengths[0]
		for _, l := range lengths {
			if (l - d).Abs() < (best - d).Abs() {
				best = l
			}
		}
		return name(best)
	}, nil
}

// silenceLengths are the silences that there are.
func silenceLengths() []time.Duration {
	var lengths []time.Duration
	for ms := 100; ms <= 1000; ms += 100 {
		lengths = append(lengths, time.Duration(ms)*time.Millisecond)
	}
	return append(lengths, 1500*time.Millisecond, 2*time.Second, 3*time.Second, 5*time.Second)
}
