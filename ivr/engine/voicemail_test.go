package engine

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// wav is a recording of 8 kHz, mono, 16 bit, with the sizes that the header tells.
func wav(riff, data uint32, sound int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), riff)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, data)
	return append(b, make([]byte, sound)...)
}

// TestMendWAV: a header that was never finished gets its sizes, a good one keeps them.
func TestMendWAV(t *testing.T) {
	whole := wav(36+32000, 32000, 32000)
	for name, audio := range map[string][]byte{
		"whole":       bytes.Clone(whole),
		"not told":    wav(0, 0, 32000),
		"told longer": wav(1<<31, 1<<31, 32000),
	} {
		if d := mendWAV(audio); d != 2*time.Second || !bytes.Equal(audio, whole) {
			t.Errorf("%s: %v, header % x", name, d, audio[:44])
		}
	}
}

func FuzzMendWAV(f *testing.F) {
	f.Add(wav(0, 0, 8))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVELIST\xff\xff\xff\xff"))
	f.Add([]byte("OggS"))
	f.Fuzz(func(t *testing.T, audio []byte) {
		once := bytes.Clone(audio)
		d := mendWAV(once)
		if len(once) != len(audio) || d < 0 {
			t.Fatalf("%d bytes became %d, %v", len(audio), len(once), d)
		}
		again := bytes.Clone(once)
		if mendWAV(again) != d || !bytes.Equal(again, once) {
			t.Fatal("mended twice, it is another one")
		}
	})
}
