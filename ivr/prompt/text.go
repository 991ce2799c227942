package prompt

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// segment is a stretch of a prompt's text: words to speak, or a slot.
type segment struct {
	text string
	slot string
	at   int // index of its first character in the text
}

// Limits on one text.
const (
	maxSegments = 100
	maxSlotName = 64
)

// speakable is the punctuation a voice turns into pauses and tone of voice.
const speakable = ".,;:?!'’‘\"“”()-–—… " + "。，、；：？！（）《》「」·"

// oneLine puts a text that is folded over lines on one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stretchText is what is said of a stretch of text between slots: punctuation that
// belongs to the slot before it is left out.
func stretchText(text string) string {
	return strings.TrimLeft(oneLine(text), ".,;:!? 。，、；：？！")
}

// cut checks a text for characters that cannot be spoken and cuts it at its slots.
func (s *source) cut(n *yaml.Node, lang string) []segment {
	var segments []segment
	strange := false
	runes := []rune(n.Value)
	start := 0
	flush := func(end int) {
		if end > start {
			segments = append(segments, segment{text: string(runes[start:end]), at: start})
		}
	}
	for i := 0; i < len(runes) && !s.full(); i++ {
		if len(segments) > maxSegments {
			s.complain(n, "E105", "more than %d slots in one text", maxSegments/2)
			return nil
		}
		switch r := runes[i]; {
		case r == '{':
			rest := string(runes[i+1 : min(i+1+maxSlotName, len(runes))])
			name, closed := slotName(rest, strings.IndexAny(rest, "{}"))
			if !closed {
				s.complainIn(n, i, "E403", "{ without its }; a slot is written {name}")
				return append(segments, segment{text: string(runes[start:i]), at: start})
			}
			flush(i)
			segments = append(segments, segment{slot: name, at: i})
			i += len([]rune(name)) + 1
			start = i + 1
		case r == '}':
			s.complainIn(n, i, "E403", "} without its {; a slot is written {name}")
		case r != '\n' && !spoken(r):
			s.complainIn(n, i, "E110", "%s cannot be spoken; write it as a word", describe(r))
		case foreign(r, lang) && !strange: // told once: the rest of the text is so, too
			strange = true
			s.complainIn(n, i, "E110", "%c is no letter of %s; is the text in its place?", r, lang)
		}
	}
	flush(len(runes))
	return segments
}

// slotName takes the name between braces out of the text after the opening one.
func slotName(rest string, length int) (string, bool) {
	if length < 1 || rest[length] != '}' {
		return "", false
	}
	return rest[:length], true
}

func (s *source) complainIn(n *yaml.Node, i int, code, format string, args ...any) {
	line, col := s.place(n, i)
	s.complainAt(line, col, code, format, args...)
}

// spoken tells whether a character belongs into a text that is read aloud.
func spoken(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(speakable, r)
}

// foreign tells whether a letter is one that a language is not written with. Names may stand in
// Latin letters everywhere.
func foreign(r rune, lang string) bool {
	own := unicode.Latin
	switch lang {
	case "ms", "en":
	case "zh":
		own = unicode.Han
	case "ta":
		own = unicode.Tamil
	default:
		return false
	}
	return unicode.IsLetter(r) && !unicode.In(r, own, unicode.Latin, unicode.Common)
}

// describe names a character so that an invisible one can be found.
func describe(r rune) string {
	if unicode.IsPrint(r) {
		return string(r)
	}
	return fmt.Sprintf("the invisible character %U", r)
}

// wordless tells that a stretch of text has nothing to speak, only punctuation.
func wordless(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0
}
