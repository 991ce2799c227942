package speech

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"talian/ivr/prompt"
)

// Line is one line of a recording sheet: a piece that a studio may record.
type Line struct {
	prompt.Piece
	File   string        // below the folder of recordings: <lang>/<id>.wav
	Length time.Duration // of the sound that is there, recording or made speech; 0 = none
}

// Sheet lists the pieces of a language, with what is there of them. The words that numbers
// and dates are composed of are among them.
func Sheet(c *prompt.Catalogue, lang string) ([]Line, error) {
	var lines []Line
	for _, p := range c.Pieces() {
		if p.Lang != lang {
			continue
		}
		length, err := lengthOf(p.File + ".wav")
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Piece: p, File: lang + "/" + p.ID + ".wav", Length: length})
	}
	return lines, nil
}

// lengthOf gives how long a WAV file of ours plays; 0 when there is none.
func lengthOf(path string) (time.Duration, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sound: %w", err)
	}
	for at := 12; at+8 <= len(text); {
		size := int(binary.LittleEndian.Uint32(text[at+4:]))
		if string(text[at:at+4]) == "data" {
			return duration(min(size, len(text)-at-8) / 2), nil
		}
		at += 8 + size + size%2
	}
	return 0, nil
}
