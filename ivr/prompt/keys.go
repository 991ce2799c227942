package prompt

import (
	"strings"
	"unicode/utf8"
)

// KeysNamed returns the keys that a menu's text names, in the order in which they
// are named, each once: digits that stand alone, and * and # by their words in the
// language ("star", "hash"; "bintang", "pagar"). Texts never write * or # itself.
func KeysNamed(lang, text string) string {
	star, hash := "", ""
	if t, ok := tongueOf(lang); ok {
		star, hash = t.keyNames()
	}
	text = strings.ToLower(text)
	keys := ""
	for i, r := range text {
		key := ""
		switch {
		case asciiDigit(r) && standsAlone(text, i, i+1, asciiDigit):
			key = string(r)
		case wordAt(text, i, star):
			key = "*"
		case wordAt(text, i, hash):
			key = "#"
		}
		if !strings.Contains(keys, key) {
			keys += key
		}
	}
	return keys
}

// wordAt tells that text has the word at i, and not as a part of a longer Latin word.
func wordAt(text string, i int, word string) bool {
	return word != "" && strings.HasPrefix(text[i:], word) && standsAlone(text, i, i+len(word), latinLetter)
}

// standsAlone tells that neither neighbour of text[from:to] is of the given kind.
func standsAlone(text string, from, to int, kind func(rune) bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return !kind(before) && !kind(after)
}

func asciiDigit(r rune) bool  { return r >= '0' && r <= '9' }
func latinLetter(r rune) bool { return r >= 'a' && r <= 'z' }
