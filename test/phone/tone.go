package phone

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// The one audio format of the test phones: 8000 samples a second, 20 ms a frame.
const (
	SampleRate   = 8000
	FrameSamples = 160
	FrameTime    = 20 * time.Millisecond
)

const (
	toneStep  = SampleRate / FrameSamples // 50 Hz: one whole wave more per frame
	toneMin   = 100
	toneMax   = 3800
	tonePeak  = 8192 // 12 dB under full scale
	fullScale = 32768
)

// checkTone refuses a frequency that is no multiple of 50 Hz. Only those have
// whole waves in one frame, so one frame repeated is an endless tone, and their
// Goertzel sums do not leak into each other, however the frames are cut.
func checkTone(hz int) error {
	if hz < toneMin || hz > toneMax || hz%toneStep != 0 {
		return fmt.Errorf("tone of %d Hz: want a multiple of %d from %d to %d", hz, toneStep, toneMin, toneMax)
	}
	return nil
}

// frame is one 20 ms frame in both laws.
type frame struct {
	aLaw, muLaw [FrameSamples]byte
}

// toneFrame makes the frame of a sine; 0 Hz is silence.
func toneFrame(hz int) *frame {
	f := new(frame)
	for i := range FrameSamples {
		s := int16(math.Round(tonePeak * math.Sin(2*math.Pi*float64(hz*i)/SampleRate)))
		f.aLaw[i] = ALaw.Encode(s)
		f.muLaw[i] = MuLaw.Encode(s)
	}
	return f
}

// Mouth is what a phone sends: one steady tone, or silence. It may be changed at
// any time, from any goroutine; the change is sent with the next frame.
type Mouth struct {
	frame atomic.Pointer[frame]
}

// newMouth makes a mouth that sends hz; 0 is silence.
func newMouth(hz int) (*Mouth, error) {
	m := new(Mouth)
	if hz == 0 {
		m.Silence()
		return m, nil
	}
	return m, m.Tone(hz)
}

// Tone sends a sine of hz, 12 dB under full scale. The frequency must be a
// multiple of 50 from 100 to 3800.
func (m *Mouth) Tone(hz int) error {
	if err := checkTone(hz); err != nil {
		return err
	}
	m.frame.Store(toneFrame(hz))
	return nil
}

// Silence sends frames of digital silence.
func (m *Mouth) Silence() { m.frame.Store(toneFrame(0)) }

// payload is the frame to send now. The caller must not change it.
func (m *Mouth) payload(law Law) []byte {
	f := m.frame.Load()
	if law == MuLaw {
		return f.muLaw[:]
	}
	return f.aLaw[:]
}

// goertzel gives the part of the mean square of samples that lies at hz.
func goertzel(samples []int16, hz int) float64 {
	w := 2 * math.Pi * float64(hz) / SampleRate
	k := 2 * math.Cos(w)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+k*s1-s2, s1
	}
	n := float64(len(samples))
	return 2 * (s1*s1 + s2*s2 - k*s1*s2) / (n * n)
}

// meanSquare is the mean power of samples, in squared sample units.
func meanSquare(samples []int16) float64 {
	var sum float64
	for _, x := range samples {
		sum += float64(x) * float64(x)
	}
	return sum / float64(max(len(samples), 1))
}

// decibels turns a mean square into dB against a full-scale sine.
func decibels(power float64) float64 {
	return 10 * math.Log10(max(power, 1)*2/(fullScale*fullScale))
}
