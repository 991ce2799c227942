package phone

import (
	"log/slog"
	"math"
	"testing"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func TestLawsKnownValues(t *testing.T) {
	tests := []struct {
		law    Law
		octet  byte
		sample int16
	}{
		{ALaw, 0xd5, 8}, {ALaw, 0x55, -8}, {ALaw, 0xaa, 32256}, {ALaw, 0x2a, -32256}, {ALaw, 0x80, 5504},
		{MuLaw, 0xff, 0}, {MuLaw, 0x80, 32124}, {MuLaw, 0x00, -32124}, {MuLaw, 0xf0, 120}, {MuLaw, 0x70, -120},
	}
	for _, tt := range tests {
		if got := tt.law.Decode(tt.octet); got != tt.sample {
			t.Errorf("%v decodes %#02x to %d, want %d", tt.law, tt.octet, got, tt.sample)
		}
		if got := tt.law.Encode(tt.sample); got != tt.octet {
			t.Errorf("%v encodes %d to %#02x, want %#02x", tt.law, tt.sample, got, tt.octet)
		}
	}
}

// Every octet must come back from its own sample; mu-law has two zeros.
func TestLawsRoundTrip(t *testing.T) {
	for _, law := range []Law{ALaw, MuLaw} {
		for octet := range 256 {
			got := law.Encode(law.Decode(byte(octet)))
			if got != byte(octet) && (law != MuLaw || octet != 0x7f) {
				t.Errorf("%v: %#02x comes back as %#02x", law, octet, got)
			}
		}
	}
}

// Companding must pick the nearest step, for every sample there is.
func TestLawsError(t *testing.T) {
	for _, law := range []Law{ALaw, MuLaw} {
		for x := math.MinInt16; x <= math.MaxInt16; x++ {
			got := int(law.Decode(law.Encode(int16(x))))
			limit := 16 + math.Abs(float64(x))/16
			if d := math.Abs(float64(got - x)); d > limit {
				t.Fatalf("%v: %d becomes %d", law, x, got)
			}
		}
	}
}

func TestGoertzel(t *testing.T) {
	tests := []struct {
		name    string
		sounds  []int // Hz, all at the same level
		phase   int   // samples cut off the first frame
		hz      int
		want    float64 // share of the power
		law     Law
		withLaw bool
	}{
		{name: "the tone", sounds: []int{1000}, hz: 1000, want: 1},
		{name: "the tone, cut elsewhere", sounds: []int{1000}, phase: 77, hz: 1000, want: 1},
		{name: "the next tone", sounds: []int{1000}, phase: 13, hz: 1050, want: 0},
		{name: "its double", sounds: []int{400}, hz: 800, want: 0},
		{name: "one of two", sounds: []int{400, 1500}, phase: 50, hz: 1500, want: 0.5},
		{name: "one of three", sounds: []int{400, 1000, 1500}, phase: 31, hz: 400, want: 1.0 / 3},
		{name: "highest", sounds: []int{3800}, phase: 3, hz: 3800, want: 1},
		{name: "lowest", sounds: []int{100}, phase: 159, hz: 100, want: 1},
		{name: "A-law", sounds: []int{1000}, hz: 1000, want: 1, law: ALaw, withLaw: true},
		{name: "mu-law", sounds: []int{1500}, hz: 1500, want: 1, law: MuLaw, withLaw: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			samples := make([]int16, FrameSamples)
			for i := range samples {
				var x float64
				for _, hz := range tt.sounds {
					x += 4000 * math.Sin(2*math.Pi*float64(hz*(i+tt.phase))/SampleRate)
				}
				samples[i] = int16(x)
				if tt.withLaw {
					samples[i] = tt.law.Decode(tt.law.Encode(samples[i]))
				}
			}
			if got := goertzel(samples, tt.hz) / meanSquare(samples); math.Abs(got-tt.want) > 0.01 {
				t.Errorf("share of %d Hz = %.3f, want %.3f", tt.hz, got, tt.want)
			}
		})
	}
}

func TestDecibels(t *testing.T) {
	sine := make([]int16, FrameSamples)
	for i := range sine {
		sine[i] = int16(math.Round(tonePeak * math.Sin(2*math.Pi*1000*float64(i)/SampleRate)))
	}
	if got := decibels(meanSquare(sine)); math.Abs(got+12.04) > 0.05 {
		t.Errorf("a sine at a quarter of full scale has %.2f dB, want -12.04", got)
	}
}

func TestToneRefused(t *testing.T) {
	mouth, err := newMouth(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, hz := range []int{-1000, 0, 50, 440, 1001, 3850, 8000} {
		if mouth.Tone(hz) == nil {
			t.Errorf("mouth sends %d Hz", hz)
		}
		if _, err := NewEar(EarConfig{Tones: []int{1000, hz}}); err == nil {
			t.Errorf("ear listens for %d Hz", hz)
		}
	}
}
