package speech

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// The form and loudness of made speech.
const (
	rate      = 8000 // samples a second
	frame     = rate / 50
	fullScale = 32768.0

	targetLevel = -20.0 // dBFS, RMS over the frames in which somebody speaks
	peakLevel   = -3.0  // dBFS, never exceeded
	quietLevel  = -45.0 // dBFS; a quieter frame is no speech

	leadTime     = 20 * time.Millisecond
	wordTail     = 60 * time.Millisecond  // after a word that more words follow
	sentenceTail = 300 * time.Millisecond // after the end of a sentence
)

// decibels gives the level of an amplitude from 0 to fullScale in dBFS.
func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude/fullScale) }

func factor(decibels float64) float64 { return math.Pow(10, decibels/20) }

// rms is the root of the mean square of samples; 0 for none.
func rms(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

// peak is the largest amplitude.
func peak(samples []int16) float64 {
	highest := 0.0
	for _, s := range samples {
		highest = max(highest, math.Abs(float64(s)))
	}
	return highest
}

// spoken calls visit for each 20 ms frame that is not quiet, with its start and end.
func spoken(samples []int16, visit func(start, end int)) {
	for start := 0; start < len(samples); start += frame {
		end := min(start+frame, len(samples))
		if decibels(rms(samples[start:end])) > quietLevel {
			visit(start, end)
		}
	}
}

// trim cuts the quiet off both ends; nothing is left of a sound that is all quiet.
func trim(samples []int16) []int16 {
	from, to := len(samples), 0
	spoken(samples, func(start, end int) {
		from, to = min(from, start), end
	})
	if from >= to {
		return nil
	}
	return samples[from:to]
}

// level brings speech to the target level, or as near to it as the peak allows.
func level(samples []int16) []int16 {
	var active []int16
	spoken(samples, func(start, end int) { active = append(active, samples[start:end]...) })
	loudness, highest := rms(active), peak(samples)
	if loudness == 0 || highest == 0 {
		return samples
	}
	gain := min(factor(targetLevel)*fullScale/loudness, factor(peakLevel)*fullScale/highest)
	out := make([]int16, len(samples))
	for i, s := range samples {
		out[i] = int16(float64(s) * gain)
	}
	return out
}

// tail is the silence that follows a text: longer after a sentence than after a word.
func tail(text string) time.Duration {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(text))
	if strings.ContainsRune(".?!。？！", last) {
		return sentenceTail
	}
	return wordTail
}

// pad puts a short silence before and the given one after.
func pad(samples []int16, after time.Duration) []int16 {
	out := make([]int16, count(leadTime), count(leadTime)+len(samples)+count(after))
	out = append(out, samples...)
	return append(out, make([]int16, count(after))...)
}

// count is the number of samples in a length of time.
func count(d time.Duration) int { return int(d * rate / time.Second) }
