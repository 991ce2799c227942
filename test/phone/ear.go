package phone

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind says what a stretch of audio is.
type Kind uint8

// The kinds of audio that an Ear tells apart.
const (
	Silence Kind = iota // softer than -50 dBFS, or nothing received
	Tones               // one or more of the tones that the Ear listens for
	Other               // anything else: speech, music
)

// String names the kind in the words of a test log.
func (k Kind) String() string {
	return [...]string{"silence", "tones", "other"}[k]
}

const (
	silenceLevel = -50.0 // dBFS; companded silence decodes to about -72
	toneShare    = 0.10  // a tone counts with this share of the frame's power
	tonesPurity  = 0.80  // all tones together must hold this share
	stretchBreak = 100 * time.Millisecond
	defaultKeep  = 2 * time.Minute
)

// Stretch is a run of frames that sounded alike.
type Stretch struct {
	// From and To are the arrival times of the first and the last frame. A frame
	// arrives when its 20 ms are over.
	From, To time.Time
	Kind     Kind
	Hz       []int   // the tones heard, ascending; nil unless Kind is Tones
	Level    float64 // of the loudest frame, dB against a full-scale sine
	Frames   int
}

// String gives a stretch in a form short enough for an error message.
func (s Stretch) String() string {
	what := s.Kind.String()
	if s.Kind == Tones {
		what = strings.Trim(fmt.Sprint(s.Hz), "[]") + " Hz"
	}
	return fmt.Sprintf("%s %v %.0f dB", what, time.Duration(s.Frames)*FrameTime, s.Level)
}

// EarConfig says what an Ear listens for.
type EarConfig struct {
	// Tones are the frequencies to tell apart, each a multiple of 50 from 100 to
	// 3800 Hz. Empty means 400, 600, 800, 1000, 1200, 1500, 1800 and 2100.
	Tones []int
	// Keep is how much audio and timeline is remembered. Zero means two minutes;
	// a minute of audio takes 1 MB.
	Keep time.Duration
}

// Ear collects what one party hears. All its methods may be called from any
// goroutine. A wait returns when the thing waited for is heard or its context is
// done; then its error says what was heard instead.
type Ear struct {
	tones []int
	keep  time.Duration

	mu        sync.Mutex
	since     time.Time // of the last Reset
	first     time.Time // first packet ever
	last      time.Time // last packet
	gap       time.Duration
	lastSound time.Time
	pending   []int16 // samples short of a whole frame
	timeline  []Stretch
	audio     []int16
	dropped   int // samples forgotten in front of audio
	foundTo   int // sample up to which WaitSound has found its sounds
	changed   chan struct{}
}

// NewEar makes an ear. It fails when a tone cannot be told apart from others.
func NewEar(cfg EarConfig) (*Ear, error) {
	tones := slices.Clone(cfg.Tones)
	if len(tones) == 0 {
		tones = []int{400, 600, 800, 1000, 1200, 1500, 1800, 2100}
	}
	for _, hz := range tones {
		if err := checkTone(hz); err != nil {
			return nil, err
		}
	}
	slices.Sort(tones)
	e := &Ear{tones: slices.Compact(tones), keep: cfg.Keep}
	if e.keep <= 0 {
		e.keep = defaultKeep
	}
	e.Reset()
	return e, nil
}

// Reset forgets everything heard so far, and starts Gap anew.
func (e *Ear) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.since = time.Now()
	e.lastSound = e.since
	e.gap = 0
	e.pending = e.pending[:0]
	e.timeline = nil
	e.dropped += len(e.audio)
	e.foundTo = e.dropped
	e.audio = nil
}

// Hear takes the payload of one RTP packet that arrived at the given time.
func (e *Ear) Hear(law Law, payload []byte, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.countGap(at)
	for _, octet := range payload {
		e.pending = append(e.pending, law.Decode(octet))
		if len(e.pending) == FrameSamples {
			e.addFrame(e.pending, at)
			e.pending = e.pending[:0]
		}
	}
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

func (e *Ear) countGap(at time.Time) {
	if e.first.IsZero() {
		e.first = at
	} else {
		e.gap = max(e.gap, at.Sub(e.gapBase()))
	}
	e.last = at
}

// gapBase is the time from which the gap that is open now counts.
func (e *Ear) gapBase() time.Time {
	if e.last.After(e.since) {
		return e.last
	}
	return e.since
}

func (e *Ear) addFrame(samples []int16, at time.Time) {
	e.audio = append(e.audio, samples...)
	if limit := int(e.keep/FrameTime) * FrameSamples; len(e.audio) > 2*limit {
		cut := len(e.audio) - limit
		e.audio = append(e.audio[:0], e.audio[cut:]...)
		e.dropped += cut
	}
	next := e.classify(samples, at)
	if next.Kind != Silence {
		e.lastSound = at
	}
	for len(e.timeline) > 0 && at.Sub(e.timeline[0].To) > e.keep {
		e.timeline = e.timeline[1:]
	}
	if n := len(e.timeline); n > 0 && e.timeline[n-1].continues(next) {
		s := &e.timeline[n-1]
		s.To, s.Frames, s.Level = at, s.Frames+1, max(s.Level, next.Level)
		return
	}
	e.timeline = append(e.timeline, next)
}

func (s Stretch) continues(next Stretch) bool {
	return s.Kind == next.Kind && slices.Equal(s.Hz, next.Hz) && next.From.Sub(s.To) <= stretchBreak
}

// classify tells what one frame is. Its result is a stretch of that frame only.
func (e *Ear) classify(samples []int16, at time.Time) Stretch {
	power := meanSquare(samples)
	s := Stretch{From: at, To: at, Level: decibels(power), Frames: 1}
	if s.Level < silenceLevel {
		return s
	}
	var pure float64
	for _, hz := range e.tones {
		if share := goertzel(samples, hz) / power; share >= toneShare {
			s.Hz = append(s.Hz, hz)
			pure += share
		}
	}
	if pure >= tonesPurity {
		s.Kind = Tones
		return s
	}
	s.Kind, s.Hz = Other, nil
	return s
}

// Timeline gives what was heard since the last Reset, oldest first. Time without
// packets is not in it, only between its stretches.
func (e *Ear) Timeline() []Stretch {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.timeline)
}

// First gives the arrival time of the first packet ever; zero when none came.
func (e *Ear) First() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.first
}

// Gap gives the longest time without a packet since the last Reset, the time
// since the last packet included. The wait for the very first packet of a stream
// counts only while that packet is still missing.
func (e *Ear) Gap() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return max(e.gap, time.Since(e.gapBase()))
}

// Heard tells for how long the tone was heard since the given time, alone or
// together with other tones. It is exact to one frame.
func (e *Ear) Heard(hz int, since time.Time) time.Duration {
	return e.total(since, func(s Stretch) bool { return slices.Contains(s.Hz, hz) })
}

// HeardOther tells for how long speech or music was heard since the given time.
func (e *Ear) HeardOther(since time.Time) time.Duration {
	return e.total(since, func(s Stretch) bool { return s.Kind == Other })
}

func (e *Ear) total(since time.Time, counts func(Stretch) bool) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	var sum time.Duration
	for _, s := range e.timeline {
		if !counts(s) || s.To.Before(since) {
			continue
		}
		all := time.Duration(s.Frames) * FrameTime
		sum += min(all, s.To.Sub(since)+FrameTime)
	}
	return sum
}
