package prompt

import (
	"slices"
	"strings"
	"unicode"
)

// orders lists, by language, the words that only tell to press a key.
func orders(lang string) []string {
	switch lang {
	case "ms":
		return []string{"tekan", "sila", "tekankan", "atau", "dan", "kekunci", "nombor"}
	case "en":
		return []string{"press", "please", "now", "or", "and", "key", "number", "dial", "the"}
	case "zh":
		return []string{"请按", "按", "请", "或", "键", "号键"}
	case "ta":
		return []string{"ஐ", "ஐஅழுத்தவும்", "அழுத்தவும்", "அழுத்துங்கள்", "அல்லது", "தயவுசெய்து", "எண்"}
	}
	return nil
}

// KeyFirst gives the first key that a text names before what it is for, as in "press 1 for
// passports"; "" when there is none. Callers remember what they heard last: the key.
func KeyFirst(lang, text string) string {
	for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?;\n。！？；", r) }) {
		keys := KeysNamed(lang, sentence)
		if keys == "" {
			continue
		}
		at := strings.IndexFunc(sentence, func(r rune) bool { return asciiDigit(r) })
		if at < 0 {
			continue // star and hash by their names
		}
		if idle(lang, sentence[:at]) && !idle(lang, sentence[at:]) {
			return sentence[at : at+1]
		}
	}
	return ""
}

// idle tells that a stretch of text has no words but those that tell to press a key.
func idle(lang, text string) bool {
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
	for _, word := range strings.FieldsFunc(strings.ToLower(text), apart) {
		if !slices.Contains(orders(lang), word) {
			return false
		}
	}
	return true
}
