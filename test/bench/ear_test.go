package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
	"time"

	"talian/test/phone"
)

const (
	printFrames = 50 // of each prompt, from its beginning: one second
	sampleBytes = 2  // of a sound file: 16 bit, little endian
	dataHeader  = 8  // of the chunk that holds a WAV file's samples: name and length
	came        = 64 // packets whose arrival is remembered; more than printFrames
)

// print is where in a prompt a packet comes from.
type print struct {
	prompt string
	frame  int
}

// prints tell by the octets of a packet which prompt it is from. A frame that occurs twice,
// silence for one, is in none.
type prints map[string]print

// newPrints reads the sound files of prompts, by prompt, and codes their frames as Asterisk
// sends them.
func newPrints(b *testing.B, files map[string]string) prints {
	b.Helper()
	known, twice := prints{}, map[string]bool{}
	for prompt, file := range files {
		raw, err := os.ReadFile(file + ".wav")
		must(b, err)
		_, samples, found := bytes.Cut(raw, []byte("data"))
		if !found {
			b.Fatalf("%s has no samples", file)
		}
		samples = samples[dataHeader-len("data"):]
		for n := 0; n < printFrames && len(samples) >= sampleBytes*phone.FrameSamples; n++ {
			var frame [phone.FrameSamples]byte
			for i := range frame {
				frame[i] = phone.ALaw.Encode(int16(binary.LittleEndian.Uint16(samples[sampleBytes*i:])))
			}
			samples = samples[sampleBytes*phone.FrameSamples:]
			_, before := known[string(frame[:])]
			twice[string(frame[:])] = twice[string(frame[:])] || before
			known[string(frame[:])] = print{prompt, n}
		}
	}
	for frame := range twice {
		if twice[frame] {
			delete(known, frame)
		}
	}
	return known
}

// onset is the beginning of a prompt: its first packet came.
type onset struct {
	prompt string
	at     time.Time
}

// ear notices which prompt begins when.
type ear struct {
	known  prints
	came   [came]arrival // by the low bits of the packet's number
	now    string        // prompt that is heard
	onsets chan onset
}

// arrival is when a packet came.
type arrival struct {
	number uint16
	at     time.Time
}

func newEar(known prints) *ear { return &ear{known: known, onsets: make(chan onset, 16)} }

// hear takes a packet. A prompt is known by the first of its frames that is like no other;
// the packet with which it began is so many before.
func (e *ear) hear(packet []byte, at time.Time) {
	number := binary.BigEndian.Uint16(packet[2:])
	e.came[number%came] = arrival{number, at}
	from, found := e.known[string(packet[rtpHeader:])]
	if !found || from.prompt == e.now {
		return
	}
	e.now = from.prompt
	first := number - uint16(from.frame)
	begun := e.came[first%came]
	if begun.number != first {
		begun.at = at // it did not begin at its beginning: what is heard counts
	}
	select {
	case e.onsets <- onset{from.prompt, begun.at}:
	default: // nobody listens to the prompts of this call
	}
}

// next waits for the next prompt, and fails when it is another than the one wanted.
func (e *ear) next(ctx context.Context, want string) (time.Time, error) {
	select {
	case o := <-e.onsets:
		if o.prompt != want {
			return o.at, fmt.Errorf("heard the prompt %s, want %s", o.prompt, want)
		}
		return o.at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("the prompt %s was not heard: %w", want, ctx.Err())
	}
}
