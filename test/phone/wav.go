package phone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
)

const (
	wavPCM        = 1
	wavHeaderSize = 44
)

// errWAVFormat is what a sound file that no phone could play is refused with.
var errWAVFormat = errors.New("not a WAV file of 8000 Hz, 16 bit, mono")

// wavFormat is the body of a "fmt " chunk.
type wavFormat struct {
	Format, Channels  uint16
	Rate, BytesPerSec uint32
	BlockAlign, Bits  uint16
}

// wavHeader is the header of a file with nothing but format and data.
type wavHeader struct {
	RIFF     [4]byte
	Size     uint32
	WAVE     [4]byte
	Fmt      [4]byte
	FmtSize  uint32
	Format   wavFormat
	Data     [4]byte
	DataSize uint32
}

// readWAV reads the samples of a sound file as Asterisk plays it: 8000 Hz, 16 bit,
// mono.
func readWAV(path string) ([]int16, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read sound: %w", err)
	}
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%s: %w", path, errWAVFormat)
	}
	formatOK := false
	for rest := raw[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		body = body[:min(size, len(body))]
		switch name {
		case "fmt ":
			formatOK = telephoneFormat(body)
		case "data":
			if !formatOK {
				return nil, fmt.Errorf("%s: %w", path, errWAVFormat)
			}
			return samplesOf(body), nil
		}
		rest = rest[min(8+size+size%2, len(rest)):]
	}
	return nil, fmt.Errorf("%s: no data: %w", path, errWAVFormat)
}

func telephoneFormat(body []byte) bool {
	var f wavFormat
	if _, err := binary.Decode(body, binary.LittleEndian, &f); err != nil {
		return false
	}
	return f.Format == wavPCM && f.Channels == 1 && f.Rate == SampleRate && f.Bits == 16
}

func samplesOf(body []byte) []int16 {
	samples := make([]int16, len(body)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
	}
	return samples
}

// writeWAV writes samples of 8000 Hz to a file.
func writeWAV(path string, samples []int16) error {
	size := uint32(2 * len(samples))
	var buf bytes.Buffer
	parts := []any{
		wavHeader{
			RIFF: [4]byte([]byte("RIFF")), Size: wavHeaderSize - 8 + size, WAVE: [4]byte([]byte("WAVE")),
			Fmt: [4]byte([]byte("fmt ")), FmtSize: 16,
			Format: wavFormat{wavPCM, 1, SampleRate, 2 * SampleRate, 2, 16},
			Data:   [4]byte([]byte("data")), DataSize: size,
		},
		samples,
	}
	for _, part := range parts {
		if err := binary.Write(&buf, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write sound: %w", err)
	}
	return nil
}

// Record writes what was heard since the last Reset, at most the time that the
// ear keeps, to a WAV file of 8000 Hz, 16 bit, mono. Time without packets is left
// out.
func (e *Ear) Record(path string) error {
	e.mu.Lock()
	samples := slices.Clone(e.audio)
	e.mu.Unlock()
	return writeWAV(path, samples)
}
