package speech

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	"talian/ivr/prompt"
)

// Espeak is a Speaker that has espeak-ng speak and sox bring the sound to 8 kHz.
type Espeak struct {
	espeak, sox string // absolute paths of the programs
}

// NewEspeak finds the two programs it needs. The error says which one to install.
func NewEspeak() (*Espeak, error) {
	espeak, err1 := find("espeak-ng")
	sox, err2 := find("sox")
	switch {
	case err1 != nil && err2 != nil:
		return nil, fmt.Errorf("%w; %w", err1, err2) // one line
	case err1 != nil:
		return nil, err1
	case err2 != nil:
		return nil, err2
	}
	return &Espeak{espeak: espeak, sox: sox}, nil
}

func find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%s is needed to make speech and is not installed (Debian: apt-get install %s)", program, program)
	}
	return path, nil
}

// Speak speaks text with the language's voice into the WAV file at path. It fails
// when the language has no voice or when nothing audible comes out.
func (e *Espeak) Speak(ctx context.Context, lang, text, path string) error {
	voice, ok := prompt.VoiceOf(lang)
	if !ok {
		return fmt.Errorf("no voice speaks language %q", lang)
	}
	spoken, err := run(ctx, strings.NewReader(text),
		e.espeak, "-v", voice.Name, "-s", strconv.Itoa(voice.WordsPerMinute), "-b", "1", "--stdin", "--stdout")
	if err != nil {
		return err
	}
	// espeak-ng does not know the length when it writes the header; -G keeps the
	// resampler from clipping.
	raw, err := run(ctx, bytes.NewReader(spoken),
		e.sox, "-V1", "-G", "--ignore-length", "-t", "wav", "-",
		"-t", "raw", "-r", strconv.Itoa(rate), "-b", "16", "-c", "1", "-e", "signed-integer", "-L", "-")
	if err != nil {
		return err
	}
	samples := trim(decode(raw))
	if len(samples) == 0 {
		return errors.New("espeak-ng said nothing audible")
	}
	return writeWAV(path, pad(level(samples), tail(text)))
}

// run runs a program with the given input and returns its output. What it writes to
// standard error becomes part of the error.
func run(ctx context.Context, in io.Reader, program string, args ...string) ([]byte, error) {
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(complaints.String()))
	}
	return out.Bytes(), nil
}

// decode reads little-endian 16 bit samples.
func decode(raw []byte) []int16 {
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return samples
}
