package prompt

import (
	"encoding/binary"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
)

// Length is how long a prompt is.
type Length struct {
	Heard time.Duration // of the sounds that exist, and of silences
	Rest  time.Duration // estimate, from the text, for sounds that do not exist yet and for slots
}

// Total gives the whole length, estimates included.
func (l Length) Total() time.Duration { return l.Heard + l.Rest }

// slotLength is what the value of a slot is reckoned to take.
const slotLength = 2 * time.Second

// Length measures a prompt in a language; zero when there is no such prompt.
func (c *Catalogue) Length(id, lang string) Length {
	var sum Length
	for _, p := range c.prompts[id].lines[lang].parts {
		switch {
		case p.slot != "":
			sum.Rest += slotLength
		case p.item.File == "":
			sum.Heard += p.item.Silence
		default:
			if d, exists := soundLength(p.item.File + ".wav"); exists {
				sum.Heard += d
			} else {
				sum.Rest += spokenLength(lang, p.item.Text)
			}
		}
	}
	return sum
}

// soundLength reads the length of a sound from the sizes in its header; false when there
// is no such file. Sounds are 8 kHz, mono, 16 bit.
func soundLength(file string) (time.Duration, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close() //nolint:errcheck // it was only read
	var chunk [8]byte
	if _, err := f.Seek(12, io.SeekStart); err != nil {
		return 0, false
	}
	for {
		if _, err := io.ReadFull(f, chunk[:]); err != nil {
			return 0, false
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		if string(chunk[:4]) == "data" {
			return time.Duration(size/2) * time.Second / sampleRate, true
		}
		if _, err := f.Seek(size+size%2, io.SeekCurrent); err != nil {
			return 0, false
		}
	}
}

// spokenLength reckons how long a text takes to say: by words at the pace of the language's
// voice, or by characters where words are not written apart.
func spokenLength(lang, text string) time.Duration {
	pace := 150 // words a minute
	if v, ok := VoiceOf(lang); ok {
		pace = v.WordsPerMinute
	}
	words := 0
	for _, word := range strings.Fields(text) {
		words++
		han := 0
		for _, r := range word {
			if unicode.Is(unicode.Han, r) {
				han++
			}
		}
		if han > 2 {
			words += (han+1)/2 - 1 // two characters make a word
		}
	}
	return time.Duration(words) * time.Minute / time.Duration(pace)
}
