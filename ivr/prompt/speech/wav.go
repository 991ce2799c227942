package speech

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeWAV writes samples as a WAV file under a temporary name and renames it, so
// that the file is either absent or whole. It makes the folder if need be.
func writeWAV(path string, samples []int16) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the speech folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".speech-*")
	if err != nil {
		return fmt.Errorf("make a sound file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(encodeWAV(samples))
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write a sound file: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("put a sound file in place: %w", err)
	}
	return nil
}

// encodeWAV gives the bytes of a RIFF WAVE file: PCM, 8 kHz, mono, 16 bit.
func encodeWAV(samples []int16) []byte {
	size := uint32(2 * len(samples))
	var b bytes.Buffer
	b.WriteString("RIFF")
	number := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a Buffer never fails
	number(36 + size)
	b.WriteString("WAVEfmt ")
	number(uint32(16)) // length of the format
	number(uint16(1))  // PCM
	number(uint16(1))  // channels
	number(uint32(rate))
	number(uint32(2 * rate)) // bytes a second
	number(uint16(2))        // bytes a sample
	number(uint16(16))       // bits
	b.WriteString("data")
	number(size)
	number(samples)
	return b.Bytes()
}
