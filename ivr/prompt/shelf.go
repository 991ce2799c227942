package prompt

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// speechEdition changes whenever speech of the same text and voice would sound
// different, so that files made before are made anew.
const speechEdition = 1

// shelf is where sounds are kept: recordings and made speech.
type shelf struct{ sounds, speech string }

// find gives the sound of a piece: its recording if there is one, else the place of
// its speech; false when it has neither, for want of a text or of a voice.
func (s shelf) find(lang, id, text string) (Piece, bool) {
	p := Piece{Lang: lang, Text: text, ID: id}
	if v, ok := VoiceOf(lang); ok && text != "" {
		p.Speech = filepath.Join(s.speech, lang, speechName(v, text))
	}
	p.File = filepath.Join(s.sounds, lang, filepath.FromSlash(id))
	if info, err := os.Stat(p.File + ".wav"); err == nil && info.Mode().IsRegular() {
		p.Recorded = true
		return p, true
	}
	p.File = p.Speech
	return p, p.Speech != ""
}

// speechName is the file name of speech, without extension. It follows from voice
// and text, so changed texts get new files and old files never speak a wrong text.
func speechName(v Voice, text string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%d\n%s", speechEdition, v.Name, v.WordsPerMinute, text))
	return hex.EncodeToString(sum[:12])
}

// Missing returns the pieces of a catalogue whose sound is not there yet, or whose speech
// is not, should the recording be lost.
func Missing(c *Catalogue) []Piece {
	var missing []Piece
	for _, p := range c.pieces {
		if !present(p.File) || p.Speech != "" && !present(p.Speech) {
			missing = append(missing, p)
		}
	}
	return missing
}

func present(sound string) bool {
	info, err := os.Stat(sound + ".wav")
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

func comparePieces(a, b Piece) int {
	return cmp.Or(cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.ID, b.ID), cmp.Compare(a.File, b.File))
}
