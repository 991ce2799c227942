package prompt

import "time"

// breath stands among composed words for a short silence.
const breath = ""

// breathLength is the silence between the groups of a telephone number.
const breathLength = 300 * time.Millisecond

// tongue is how one language says values. Each method gives the words in the order
// they are spoken, and uses only words of the vocabulary. Callers keep to the ranges
// that the slot types state.
type tongue interface {
	voice() Voice
	vocabulary() []word
	digit(d rune) string // '0' to '9', '+'
	number(n int) []string
	ordinal(n int) []string
	date(year int, month time.Month, day int) []string
	clock(hour, minute int) []string
	weekday(d time.Weekday) string
	duration(hours, minutes, seconds int) []string
	money(ringgit, sen int) []string
	keyNames() (star, hash string) // the words for the keys * and #
}

// word is one word of a language's vocabulary and the name its recording has.
type word struct {
	text string
	name string // file name without extension: lower-case letters, digits, _
}

// Voice is the synthetic voice that speaks a language where no recording exists.
type Voice struct {
	Name           string // espeak-ng's name of the voice
	WordsPerMinute int
}

// VoiceOf returns the voice of a language; false when there is none.
func VoiceOf(lang string) (Voice, bool) {
	t, ok := tongueOf(lang)
	if !ok {
		return Voice{}, false
	}
	return t.voice(), true
}

// tongueOf returns the rules of a language; false when there are none.
func tongueOf(lang string) (tongue, bool) {
	switch lang {
	case "ms":
		return malay{}, true
	case "en":
		return english{}, true
	case "zh":
		return mandarin{}, true
	case "ta":
		return tamil{}, true
	}
	return nil, false
}

// Tongues lists the languages that have rules.
func Tongues() []string { return []string{"ms", "en", "zh", "ta"} }

// compose gives the words, and breaths, that say a value as its slot type wants.
func compose(t tongue, kind SlotType, value any) ([]string, error) {
	switch kind {
	case Digits:
		return composeDigits(t, value)
	case Number:
		n, err := wholeNumber(value, 0, maxNumber)
		return sayIf(err, func() []string { return t.number(n) })
	case Ordinal:
		n, err := wholeNumber(value, 1, maxOrdinal)
		return sayIf(err, func() []string { return t.ordinal(n) })
	case Phone:
		return composePhone(t, value)
	case Date:
		d, err := calendarDate(value)
		return sayIf(err, func() []string { return t.date(d.Year(), d.Month(), d.Day()) })
	case Time:
		c, err := clockTime(value)
		return sayIf(err, func() []string { return t.clock(c.Hour(), c.Minute()) })
	case Weekday:
		d, err := weekDay(value)
		return sayIf(err, func() []string { return []string{t.weekday(d)} })
	case Duration:
		d, err := span(value)
		s := int(d / time.Second)
		return sayIf(err, func() []string { return t.duration(s/3600, s/60%60, s%60) })
	case Money:
		sen, err := amount(value)
		return sayIf(err, func() []string { return t.money(int(sen/100), int(sen%100)) })
	case Text:
	}
	return nil, errNotComposed(kind)
}

// sayIf says only what was read without error.
func sayIf(err error, say func() []string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return say(), nil
}
