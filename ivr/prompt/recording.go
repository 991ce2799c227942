package prompt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// What a recording has to be, and the limits beyond which it is refused.
const (
	sampleRate  = 8000 // Hz; Asterisk plays a .wav file at no other rate
	maxLead     = time.Second
	quietLevel  = 328 // amplitude below which a sample counts as silence: 1 % of full scale
	clippedRow  = 4   // samples in a row at full scale that make a clip
	maxClips    = 3   // clips a recording may have
	wavOverhead = 44
)

// checkRecording reads a recorded WAV file and tells what is wrong with it.
func checkRecording(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("cannot read the recording: %w", err)
	}
	samples, err := wavSamples(data)
	if err != nil {
		return err
	}
	lead, clips := listen(samples)
	switch {
	case lead == len(samples):
		return errors.New("the recording is empty or silent")
	case time.Duration(lead)*time.Second/sampleRate > maxLead:
		return fmt.Errorf("the recording begins with %.1f s of silence; at most 1 s", float64(lead)/sampleRate)
	case clips > maxClips:
		return fmt.Errorf("the recording clips in %d places; record it with less gain", clips)
	}
	return nil
}

// listen counts the quiet samples at the start of a recording and its clips.
func listen(samples []int16) (lead, clips int) {
	lead = len(samples)
	row, before := 0, int16(0)
	for i, s := range samples {
		loud := max(int(s), -int(s))
		if loud > quietLevel && lead == len(samples) {
			lead = i
		}
		if s != before {
			row, before = 0, s
		}
		if row++; row == clippedRow && loud >= math.MaxInt16-1 {
			clips++
		}
	}
	return lead, clips
}

// wavSamples reads the samples of a RIFF WAVE file: PCM, 8 kHz, mono, 16 bit.
func wavSamples(data []byte) ([]int16, error) {
	if len(data) < wavOverhead || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, errors.New("not a WAV file")
	}
	formatSeen := false
	for at := 12; at+8 <= len(data); {
		name, size := string(data[at:at+4]), int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8 : min(at+8+size, len(data))]
		switch {
		case name == "fmt ":
			if err := checkFormat(body); err != nil {
				return nil, err
			}
			formatSeen = true
		case name == "data" && formatSeen:
			samples := make([]int16, len(body)/2)
			for i := range samples {
				samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return samples, nil
		}
		at += 8 + size + size%2
	}
	return nil, errors.New("the WAV file has no samples")
}

// checkFormat reads the fmt chunk of a WAV file.
func checkFormat(body []byte) error {
	if len(body) < 16 {
		return errors.New("the WAV file's format is cut short")
	}
	format := binary.LittleEndian.Uint16(body)
	channels := binary.LittleEndian.Uint16(body[2:])
	rate := binary.LittleEndian.Uint32(body[4:])
	bits := binary.LittleEndian.Uint16(body[14:])
	if format != 1 || channels != 1 || rate != sampleRate || bits != 16 {
		return fmt.Errorf("the recording is format %d, %d Hz, %d channels, %d bit; want PCM (1), 8000 Hz, mono, 16 bit", format, rate, channels, bits)
	}
	return nil
}
