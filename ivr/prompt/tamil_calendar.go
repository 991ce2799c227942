package prompt

import (
	"fmt"
	"strings"
	"time"
)

func (tamil) weekdays() [7]string {
	return [7]string{
		"ஞாயிற்றுக்கிழமை", "திங்கட்கிழமை", "செவ்வாய்க்கிழமை", "புதன்கிழமை",
		"வியாழக்கிழமை", "வெள்ளிக்கிழமை", "சனிக்கிழமை",
	}
}

func (tamil) months() [12]string {
	return [12]string{
		"ஜனவரி", "பிப்ரவரி", "மார்ச்", "ஏப்ரல்", "மே", "ஜூன்",
		"ஜூலை", "ஆகஸ்ட்", "செப்டம்பர்", "அக்டோபர்", "நவம்பர்", "டிசம்பர்",
	}
}

// nth gives the form of a number word that goes before a day or a year: the vowel
// at its end gives way to -ஆம் (பத்து, பத்தாம்; ஆயிரம், ஆயிரமாம்).
func nth(text string) string { return stem(text) + "ாம்" }

// rank gives the form that counts in a row: பத்தாவது.
func rank(text string) string { return stem(text) + "ாவது" }

// stem takes the vowel -உ, or the dot of a last -ம், off a number word.
func stem(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "ு"), "்")
}

func (t tamil) ordinal(n int) []string {
	if n == 1 {
		return []string{"முதலாவது"}
	}
	words := t.number(n)
	words[len(words)-1] = rank(words[len(words)-1])
	return words
}

// date begins with the year: 2026-ஆம் ஆண்டு மார்ச் மாதம் 4-ஆம் தேதி, in words.
func (t tamil) date(year int, month time.Month, day int) []string {
	words := append(t.nth(year), "ஆண்டு", t.months()[month-1], "மாதம்")
	return append(append(words, t.nth(day)...), "தேதி")
}

func (t tamil) nth(n int) []string {
	words := t.number(n)
	words[len(words)-1] = nth(words[len(words)-1])
	return words
}

func (t tamil) clock(hour, minute int) []string {
	words := append([]string{t.partOfDay(hour)}, t.count((hour+11)%12+1)...)
	words = append(words, "மணி")
	if minute > 0 {
		words = append(append(words, t.count(minute)...), "நிமிடம்")
	}
	return words
}

func (tamil) partOfDay(hour int) string {
	switch {
	case hour < 4:
		return "இரவு"
	case hour < 12:
		return "காலை"
	case hour < 16:
		return "மதியம்"
	case hour < 19:
		return "மாலை"
	}
	return "இரவு"
}

func (t tamil) weekday(d time.Weekday) string { return t.weekdays()[d] }

func (t tamil) duration(hours, minutes, seconds int) []string {
	return counted(t.count, []quantity{
		{hours, "மணி நேரம்", "மணி நேரம்"}, {minutes, "நிமிடம்", "நிமிடங்கள்"}, {seconds, "வினாடி", "வினாடிகள்"},
	})
}

func (t tamil) money(ringgit, sen int) []string {
	if sen == 0 {
		return append(t.count(ringgit), "ரிங்கிட்")
	}
	return counted(t.count, []quantity{{ringgit, "ரிங்கிட்", "ரிங்கிட்"}, {sen, "சென்", "சென்"}})
}

// vocabulary names recordings by what they mean: n_20 is twenty, n_20_and twenty
// with more to follow, n_20_nth twenty before a day or year, n_20_rank twentieth.
func (t tamil) vocabulary() []word {
	words := t.numberWords()
	for d, text := range t.weekdays() {
		words = append(words, word{text, strings.ToLower(time.Weekday(d).String())})
	}
	for m, text := range t.months() {
		words = append(words, word{text, strings.ToLower(time.Month(m + 1).String())})
	}
	return append(words,
		word{"ஆண்டு", "year"}, word{"மாதம்", "month"}, word{"தேதி", "day_of_month"},
		word{"காலை", "in_the_morning"}, word{"மதியம்", "at_noon"}, word{"மாலை", "in_the_evening"}, word{"இரவு", "at_night"},
		word{"மணி", "o_clock"}, word{"மணி நேரம்", "hours"}, word{"நிமிடம்", "minute"}, word{"நிமிடங்கள்", "minutes"},
		word{"வினாடி", "second"}, word{"வினாடிகள்", "seconds"},
		word{"ரிங்கிட்", "ringgit"}, word{"சென்", "sen"}, word{"பிளஸ்", "plus"},
	)
}

func (t tamil) numberWords() []word {
	words := []word{
		{"பூஜ்யம்", "n_0"}, {"ஒரு", "one_of"}, {"முதலாவது", "n_1_rank"},
		{"இலட்சம்", "lakh"}, {"இலட்சத்து", "lakh_and"}, {"கோடி", "crore"}, {"கோடியே", "crore_and"},
	}
	for n := 1; n < 20; n++ {
		words = append(words, numberForms(n, t.small()[n])...)
	}
	for n := 2; n < 10; n++ {
		words = append(words, numberForms(n*10, t.tens()[n])...)
		words = append(words, word{t.tensJoined()[n], fmt.Sprintf("n_%d_and", n*10)})
		words = append(words, thousandForms(n*10_000, t.tenThousands()[n])...)
	}
	for n := 1; n < 10; n++ {
		name := fmt.Sprintf("n_%d", n*100)
		words = append(words, word{t.hundreds()[n], name}, word{rank(t.hundreds()[n]), name + "_rank"}, word{t.hundredsJoined()[n], name + "_and"})
	}
	words = append(words, thousandForms(1000, "ஆயிரம்")...)
	words = append(words, word{t.smallThousands()[1], "n_1000_last"}, word{joined(t.smallThousands()[1]), "n_1000_last_and"})
	for n := 2; n < 20; n++ {
		words = append(words, thousandForms(n*1000, t.smallThousands()[n])...)
	}
	// The years of a date end in a hundred or a thousand only here: 1900, 2000, 2100.
	return append(words, word{nth(t.hundreds()[9]), "n_900_nth"}, word{nth(t.smallThousands()[2]), "n_2000_nth"}, word{nth(t.hundreds()[1]), "n_100_nth"})
}

func numberForms(n int, text string) []word {
	name := fmt.Sprintf("n_%d", n)
	forms := []word{{text, name}, {nth(text), name + "_nth"}}
	if n > 1 {
		forms = append(forms, word{rank(text), name + "_rank"})
	} else {
		forms = append(forms, word{rank(text), name + "_last_rank"})
	}
	return forms
}

func thousandForms(n int, text string) []word {
	name := fmt.Sprintf("n_%d", n)
	return []word{{text, name}, {joined(text), name + "_and"}}
}
