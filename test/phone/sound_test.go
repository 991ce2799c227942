package phone

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// syllable is a fifth of a second of something like a voice: a falling pitch
// through three resonances. The same seed is the same syllable.
func syllable(seed uint64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 7))
	pitch := 90 + 40*rng.Float64()
	formants := [3]float64{300 + 500*rng.Float64(), 900 + 1200*rng.Float64(), 2300 + 600*rng.Float64()}
	const n = SampleRate / 5
	out := make([]float64, n)
	for _, hz := range formants {
		r := math.Exp(-math.Pi * 80 / SampleRate)
		k := 2 * r * math.Cos(2*math.Pi*hz/SampleRate)
		var y1, y2, phase float64
		for i := range n {
			phase += pitch * (1 - 0.2*float64(i)/n) / SampleRate
			pulse := 0.02 * rng.NormFloat64()
			if phase >= 1 {
				phase, pulse = phase-1, 1
			}
			y1, y2 = pulse+k*y1-r*r*y2, y1
			out[i] += y1 * math.Sin(math.Pi*float64(i)/n)
		}
	}
	samples := make([]int16, n)
	for i, x := range out {
		samples[i] = int16(max(-1, min(1, x/6)) * 12000)
	}
	return samples
}

// prompt writes a sound file of syllables; 0 is a pause of the same length.
func prompt(t *testing.T, seeds ...uint64) (path string, samples []int16) {
	t.Helper()
	samples = make([]int16, 700) // leading silence, no whole number of frames
	for _, seed := range seeds {
		if seed == 0 {
			samples = append(samples, make([]int16, SampleRate/5)...)
			continue
		}
		samples = append(samples, syllable(seed)...)
	}
	samples = append(samples, make([]int16, 900)...)
	path = filepath.Join(t.TempDir(), "prompt.wav")
	if err := writeWAV(path, samples); err != nil {
		t.Fatal(err)
	}
	return path, samples
}

// hears tells whether the sound is found in what is played. The audio is shifted
// by part of a frame, as a real one is.
func hears(t *testing.T, wait func(context.Context, *Ear) error, law Law, played ...[]int16) bool {
	t.Helper()
	var err error
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		s.law = law
		s.play(func() {
			s.samples(make([]int16, 3*FrameSamples+61))
			for _, p := range played {
				s.samples(p)
			}
		})
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		err = wait(ctx, s.ear)
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return err == nil
}

func TestWaitSound(t *testing.T) {
	welcome, welcomePlayed := prompt(t, 1, 2, 3, 4, 0, 5, 6, 7)
	one, onePlayed := prompt(t, 11, 12, 13, 14, 15, 16, 17)
	two, twoPlayed := prompt(t, 11, 12, 13, 24, 15, 16, 17) // differs in one syllable
	short, shortPlayed := prompt(t, 14)
	tests := []struct {
		name   string
		want   string
		law    Law
		played [][]int16
		heard  bool
	}{
		{"itself in A-law", welcome, ALaw, [][]int16{welcomePlayed}, true},
		{"itself in mu-law", welcome, MuLaw, [][]int16{welcomePlayed}, true},
		{"another of the same voice", welcome, ALaw, [][]int16{onePlayed}, false},
		{"same beginning, first", one, ALaw, [][]int16{twoPlayed}, false},
		{"same beginning, second", two, ALaw, [][]int16{onePlayed}, false},
		{"after another with the same beginning", one, ALaw, [][]int16{twoPlayed, onePlayed}, true},
		{"cut short", one, ALaw, [][]int16{onePlayed[:len(onePlayed)/2], make([]int16, 2*SampleRate)}, false},
		{"cut short, then whole", one, ALaw, [][]int16{onePlayed[:len(onePlayed)/2], onePlayed}, true},
		{"one syllable", short, ALaw, [][]int16{shortPlayed}, true},
		{"one syllable, not in others", short, ALaw, [][]int16{welcomePlayed, twoPlayed}, false},
		{"silence", welcome, ALaw, [][]int16{make([]int16, SampleRate)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wait := func(ctx context.Context, e *Ear) error { return e.WaitSound(ctx, tt.want) }
			if got := hears(t, wait, tt.law, tt.played...); got != tt.heard {
				t.Errorf("heard = %v, want %v", got, tt.heard)
			}
		})
	}
}

func TestWaitSoundInNoise(t *testing.T) {
	path, played := prompt(t, 1, 2, 3, 4, 0, 5, 6, 7)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range played {
		played[i] += int16(rng.NormFloat64() * 100)
	}
	wait := func(ctx context.Context, e *Ear) error { return e.WaitSound(ctx, path) }
	if !hears(t, wait, ALaw, played) {
		t.Error("not heard with soft noise on the line")
	}
}

// Sounds waited for in turn must come in that order.
func TestWaitSoundOrder(t *testing.T) {
	first, firstPlayed := prompt(t, 1, 2, 3)
	second, secondPlayed := prompt(t, 4, 5, 6)
	inOrder := func(paths ...string) func(context.Context, *Ear) error {
		return func(ctx context.Context, e *Ear) error {
			for _, path := range paths {
				if err := e.WaitSound(ctx, path); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if !hears(t, inOrder(first, second, first), ALaw, firstPlayed, secondPlayed, firstPlayed) {
		t.Error("three sounds in order not heard")
	}
	if hears(t, inOrder(first, second, first), ALaw, firstPlayed, secondPlayed) {
		t.Error("the first sound was found twice, though played once")
	}
	if hears(t, inOrder(second, first), ALaw, firstPlayed, secondPlayed) {
		t.Error("sounds found in the wrong order")
	}
}

func TestWaitOpening(t *testing.T) {
	path, played := prompt(t, 11, 12, 13, 14, 15, 16, 17)
	_, like := prompt(t, 11, 12, 13, 24, 15)
	_, unlike := prompt(t, 11, 22, 13, 14)
	wait := func(ctx context.Context, e *Ear) error { return e.WaitOpening(ctx, path, 500*time.Millisecond) }
	cut := played[:700+SampleRate*6/10]
	if !hears(t, wait, ALaw, cut) || !hears(t, wait, ALaw, like) {
		t.Error("the opening was not heard")
	}
	if hears(t, wait, ALaw, unlike) {
		t.Error("the opening was heard in a prompt that begins otherwise")
	}
}

func TestWaitSoundRefusesFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, change func([]byte) []byte) string {
		path, _ := prompt(t, 1, 2)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(dir, name)
		if err := os.WriteFile(path, change(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files := map[string]string{
		"missing":     filepath.Join(dir, "none.wav"),
		"no WAV":      write("text.wav", func([]byte) []byte { return []byte("hello, caller") }),
		"16 kHz":      write("wide.wav", func(b []byte) []byte { b[24], b[25] = 0x80, 0x3e; return b }),
		"stereo":      write("stereo.wav", func(b []byte) []byte { b[22] = 2; return b }),
		"header only": write("header.wav", func(b []byte) []byte { return b[:36] }),
		"silent":      write("silent.wav", func(b []byte) []byte { clear(b[wavHeaderSize:]); return b }),
	}
	ear, err := NewEar(EarConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range files {
		if err := ear.WaitSound(t.Context(), path); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
