package phone

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// speaker feeds an ear frame by frame, 20 ms apart, inside a synctest bubble.
type speaker struct {
	t   *testing.T
	ear *Ear
	law Law
	rng *rand.Rand
}

func newSpeaker(t *testing.T, cfg EarConfig) *speaker {
	t.Helper()
	ear, err := NewEar(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &speaker{t: t, ear: ear, law: ALaw, rng: rand.New(rand.NewPCG(1, 2))}
}

// frames sends n frames of payloads made by next.
func (s *speaker) frames(n int, next func() []byte) {
	for range n {
		time.Sleep(FrameTime) // the bubble's clock
		s.ear.Hear(s.law, next(), time.Now())
	}
}

// play runs a script beside the test, which ends after it.
func (s *speaker) play(script func()) {
	done := make(chan struct{})
	go func() { defer close(done); script() }()
	s.t.Cleanup(func() { <-done })
}

func (s *speaker) tone(hz, n int) {
	mouth, err := newMouth(hz)
	if err != nil {
		s.t.Fatal(err)
	}
	s.frames(n, func() []byte { return mouth.payload(s.law) })
}

func (s *speaker) noise(n int) {
	s.frames(n, func() []byte {
		payload := make([]byte, FrameSamples)
		for i := range payload {
			payload[i] = s.law.Encode(int16(s.rng.NormFloat64() * 3000))
		}
		return payload
	})
}

func (s *speaker) samples(samples []int16) {
	for chunk := range slices.Chunk(samples, FrameSamples) {
		payload := make([]byte, len(chunk))
		for i, x := range chunk {
			payload[i] = s.law.Encode(x)
		}
		s.frames(1, func() []byte { return payload })
	}
}

func (s *speaker) short() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Second)
}

func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{Tones: []int{1500, 1000}})
		begin := time.Now()
		s.tone(1000, 10)
		s.tone(0, 5)
		s.noise(8)
		s.law = MuLaw
		s.tone(1500, 20)
		got := s.ear.Timeline()
		want := []Stretch{
			{Kind: Tones, Hz: []int{1000}, Frames: 10}, {Kind: Silence, Frames: 5},
			{Kind: Other, Frames: 8}, {Kind: Tones, Hz: []int{1500}, Frames: 20},
		}
		at := begin
		for i, w := range want {
			if i >= len(got) || got[i].Kind != w.Kind || !slices.Equal(got[i].Hz, w.Hz) || got[i].Frames != w.Frames {
				t.Fatalf("timeline %v, want %v", got, want)
			}
			if from := at.Add(FrameTime); !got[i].From.Equal(from) {
				t.Errorf("%v begins %v late", got[i], got[i].From.Sub(from))
			}
			at = at.Add(time.Duration(w.Frames) * FrameTime)
		}
		if d := s.ear.Heard(1000, begin); d != 200*time.Millisecond {
			t.Errorf("1000 Hz heard for %v", d)
		}
		if d := s.ear.Heard(1000, begin.Add(100*time.Millisecond)); d < 80*time.Millisecond || d > 120*time.Millisecond {
			t.Errorf("1000 Hz heard for %v after its first 100 ms", d)
		}
		if d := s.ear.Heard(1500, begin.Add(time.Hour)); d != 0 {
			t.Errorf("1500 Hz heard for %v in the future", d)
		}
		if d := s.ear.HeardOther(begin); d != 160*time.Millisecond {
			t.Errorf("noise heard for %v", d)
		}
	})
}

// A conference: two voices at once are both heard, a third is not.
func TestTwoTonesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		a, b := toneFrame(400), toneFrame(1500)
		mix := make([]byte, FrameSamples)
		for i := range mix {
			mix[i] = ALaw.Encode(ALaw.Decode(a.aLaw[i]) + ALaw.Decode(b.aLaw[i])/2)
		}
		begin := time.Now()
		s.tone(400, 5)
		s.frames(10, func() []byte { return mix })
		ctx, cancel := s.short()
		defer cancel()
		from, err := s.ear.WaitTone(ctx, 400)
		if err != nil || !from.Equal(begin.Add(FrameTime)) {
			t.Errorf("400 Hz from %v: %v", from.Sub(begin), err)
		}
		from, err = s.ear.WaitTone(ctx, 1500)
		if err != nil || !from.Equal(begin.Add(6*FrameTime)) {
			t.Errorf("1500 Hz from %v: %v", from.Sub(begin), err)
		}
		if _, err := s.ear.WaitTone(ctx, 1000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("1000 Hz in 400 and 1500: %v", err)
		}
	})
}

func TestWaitToneLaterAndGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		ctx, cancel := s.short()
		defer cancel()
		s.play(func() {
			s.tone(1000, 2) // too short to count
			s.tone(0, 10)
			s.tone(1000, 4)
		})
		begin := time.Now()
		from, err := s.ear.WaitTone(ctx, 1000)
		if err != nil || !from.Equal(begin.Add(13*FrameTime)) {
			t.Errorf("1000 Hz from %v: %v", from.Sub(begin), err)
		}
		time.Sleep(staleAfter + FrameTime*2)
		if _, err := s.ear.WaitTone(ctx, 1000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a tone without packets is still heard: %v", err)
		}
		if _, err := s.ear.WaitTone(ctx, 950); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waited for a tone that the ear does not know: %v", err)
		}
	})
}

func TestWaitSpeech(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		ctx, cancel := s.short()
		defer cancel()
		s.tone(1000, 5)
		s.noise(2) // a change of tone looks like this
		s.tone(1500, 5)
		if from, err := s.ear.WaitSpeech(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("speech at %v: %v", from, err)
		}
		begin := time.Now()
		s.noise(6)
		ctx, cancel = s.short()
		defer cancel()
		if from, err := s.ear.WaitSpeech(ctx); err != nil || !from.Equal(begin.Add(FrameTime)) {
			t.Errorf("speech from %v: %v", from.Sub(begin), err)
		}
	})
}

func TestWaitSilence(t *testing.T) {
	tests := []struct {
		name string
		then func(s *speaker)
		want time.Duration // after the tone
	}{
		{"silent frames", func(s *speaker) { s.tone(0, 50) }, 300 * time.Millisecond},
		{"no packets", func(*speaker) {}, 300 * time.Millisecond},
		{"a click between", func(s *speaker) { s.tone(0, 5); s.noise(1); s.tone(0, 50) }, 420 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSpeaker(t, EarConfig{})
				s.tone(1000, 10)
				begin := time.Now()
				s.play(func() { tt.then(s) })
				ctx, cancel := s.short()
				defer cancel()
				if err := s.ear.WaitSilence(ctx, 300*time.Millisecond); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(begin); d != tt.want {
					t.Errorf("silence after %v, want %v", d, tt.want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		ctx, cancel := s.short()
		defer cancel()
		s.play(func() { s.tone(1000, 100) })
		if err := s.ear.WaitSilence(ctx, 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("silence in a tone: %v", err)
		}
	})
}

func TestGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		time.Sleep(time.Second)
		if got := s.ear.Gap(); got != time.Second {
			t.Errorf("no packet ever: gap %v", got)
		}
		s.tone(1000, 10)
		if got := s.ear.Gap(); got != FrameTime {
			t.Errorf("steady stream: gap %v", got)
		}
		time.Sleep(130 * time.Millisecond)
		s.tone(1000, 10)
		if got := s.ear.Gap(); got != 150*time.Millisecond {
			t.Errorf("pause of 150 ms: gap %v", got)
		}
		time.Sleep(400 * time.Millisecond)
		if got := s.ear.Gap(); got != 400*time.Millisecond {
			t.Errorf("open gap of 400 ms: gap %v", got)
		}
		s.ear.Reset()
		if got := s.ear.Gap(); got != 0 {
			t.Errorf("after Reset: gap %v", got)
		}
		time.Sleep(60 * time.Millisecond)
		s.tone(1000, 1)
		if got := s.ear.Gap(); got != 80*time.Millisecond {
			t.Errorf("80 ms after Reset: gap %v", got)
		}
		if s.ear.First().IsZero() || len(s.ear.Timeline()) != 1 {
			t.Errorf("first packet %v, timeline %v", s.ear.First(), s.ear.Timeline())
		}
	})
}

// The ear must not grow for ever, and packets of odd sizes must not be lost.
func TestKeepAndOddPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{Keep: time.Second})
		for range 100 {
			s.tone(1000, 3)
			s.tone(0, 3)
		}
		if n := len(s.ear.audio); n > 2*SampleRate {
			t.Errorf("%d samples kept, want at most two seconds", n)
		}
		if n := len(s.ear.Timeline()); n > 20 {
			t.Errorf("%d stretches kept of one second", n)
		}
		s.ear.Reset()
		third := toneFrame(1000).aLaw[:FrameSamples/2]
		for range 20 {
			time.Sleep(FrameTime / 2)
			s.ear.Hear(ALaw, third, time.Now())
		}
		if n := len(s.ear.audio); n != 10*FrameSamples {
			t.Errorf("%d samples of 20 half frames", n)
		}
	})
}

func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpeaker(t, EarConfig{})
		s.tone(1000, 25)
		path := filepath.Join(t.TempDir(), "heard.wav")
		if err := s.ear.Record(path); err != nil {
			t.Fatal(err)
		}
		samples, err := readWAV(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(samples) != 25*FrameSamples || goertzel(samples, 1000)/meanSquare(samples) < 0.99 {
			t.Errorf("%d samples, %.2f of them 1000 Hz", len(samples), goertzel(samples, 1000)/meanSquare(samples))
		}
	})
}
