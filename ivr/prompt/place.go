package prompt

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Place is where something is written in the prompts folder. Line and Col count from 1.
type Place struct {
	File      string
	Line, Col int
}

func placeOf(d draft, n *yaml.Node) Place {
	return Place{File: d.from.file, Line: n.Line, Col: n.Column}
}

// Place gives where a prompt begins, or with a language, where its text in that language
// stands; false when there is none.
func (c *Catalogue) Place(id, lang string) (Place, bool) {
	e, ok := c.prompts[id]
	if !ok || lang == "" {
		return e.at, ok
	}
	l, ok := e.lines[lang]
	return l.at, ok
}

// Unrecorded gives the names of the recordings that a prompt lacks in a language: those
// for which speech is made.
func (c *Catalogue) Unrecorded(id, lang string) []string {
	var names []string
	for _, p := range c.prompts[id].lines[lang].parts {
		if piece, known := c.sounds[p.item.File]; known && !piece.Recorded {
			names = append(names, piece.ID)
		}
	}
	return names
}

// UnrecordedWords gives the names of the recordings that a language lacks to say values.
func (c *Catalogue) UnrecordedWords(lang string) []string {
	var names []string
	for _, p := range c.pieces {
		if p.Lang == lang && !p.Recorded && strings.HasPrefix(p.ID, wordsFolder) {
			names = append(names, p.ID)
		}
	}
	return names
}

// Borrowed tells whether another prompt's audio names the words of this one.
func (c *Catalogue) Borrowed(id string) bool { return c.borrowed[id] }

// wordsFolder is where the words of values are kept among a language's recordings.
const wordsFolder = "words/"

// checkTwice warns of texts for which a second recording was made.
func (b *builder) checkTwice() {
	first := map[string]Piece{} // by language and text
	for _, id := range b.order {
		for _, lang := range b.langs {
			for _, p := range b.prompts[id].lines[lang].parts {
				piece, known := b.pieces[p.item.File]
				if !known || !piece.Recorded || piece.Text == "" {
					continue
				}
				key := lang + "\n" + piece.Text
				other, before := first[key]
				if !before {
					first[key] = piece
				} else if other.File != piece.File {
					l := b.drafts[id].lines[lang]
					b.complain(b.drafts[id], l.text.Line, l.text.Column, "W707", "the recording %s of %s says the same as %s; one is enough, named in audio", piece.ID, lang, other.ID)
				}
			}
		}
	}
}

// checkWords tells of recorded words that cannot be used, at the first prompt that needs such.
func (b *builder) checkWords(wrong []error) {
	for _, id := range b.order {
		d := b.drafts[id]
		for _, name := range slices.Sorted(maps.Keys(d.slots)) {
			if d.slots[name] == Text {
				continue
			}
			for _, err := range wrong {
				b.complain(d, d.slotKeys[name].Line, d.slotKeys[name].Column, "E406", "%v", err)
			}
			return
		}
	}
}
