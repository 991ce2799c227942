package prompt

import "time"

// english says values in English as spoken in Malaysia and Britain: "one hundred
// and one", day before month.
type english struct{}

func (english) voice() Voice { return Voice{Name: "en-gb", WordsPerMinute: 150} }

func (english) keyNames() (star, hash string) { return "star", "hash" }

func (english) small() [20]string {
	return [20]string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
		"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
}

func (english) tens() [10]string {
	return [10]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
}

func (english) smallOrdinals() [20]string {
	return [20]string{
		"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
		"tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
	}
}

func (english) tenOrdinals() [10]string {
	return [10]string{
		"", "", "twentieth", "thirtieth", "fortieth", "fiftieth",
		"sixtieth", "seventieth", "eightieth", "ninetieth",
	}
}

func (e english) vocabulary() []word {
	small, tens, ordinals, tenOrdinals := e.small(), e.tens(), e.smallOrdinals(), e.tenOrdinals()
	texts := append([]string{}, small[:]...)
	texts = append(append(texts, tens[2:]...), "hundred", "thousand", "million", "and")
	texts = append(append(append(texts, ordinals[1:]...), tenOrdinals[2:]...), "hundredth")
	texts = append(texts, "the", "of", "oh", "a.m.", "p.m.", "noon", "midnight")
	texts = append(texts, "hour", "hours", "minute", "minutes", "seconds", "ringgit", "sen", "plus")
	for d := time.Sunday; d <= time.Saturday; d++ {
		texts = append(texts, d.String())
	}
	for m := time.January; m <= time.December; m++ {
		texts = append(texts, m.String())
	}
	return latinWords(texts)
}

func (e english) digit(d rune) string {
	if d == '+' {
		return "plus"
	}
	return e.small()[d-'0']
}

func (e english) number(n int) []string {
	if n == 0 {
		return []string{"zero"}
	}
	var words []string
	if millions := n / 1_000_000; millions > 0 {
		words = append(e.belowThousand(millions), "million")
	}
	if thousands := n / 1000 % 1000; thousands > 0 {
		words = append(append(words, e.belowThousand(thousands)...), "thousand")
	}
	rest := n % 1000
	if rest > 0 && rest < 100 && len(words) > 0 {
		words = append(words, "and")
	}
	return append(words, e.belowThousand(rest)...)
}

// belowThousand says 1 to 999; nothing for 0.
func (e english) belowThousand(n int) []string {
	var words []string
	if n >= 100 {
		words = append(words, e.small()[n/100], "hundred")
		if n%100 > 0 {
			words = append(words, "and")
		}
		n %= 100
	}
	if n >= 20 {
		words = append(words, e.tens()[n/10])
		n %= 10
	}
	if n > 0 {
		words = append(words, e.small()[n])
	}
	return words
}

// ordinal changes the last word: twenty first, one hundredth.
func (e english) ordinal(n int) []string {
	words := e.number(n)
	last := len(words) - 1
	switch rest := n % 100; {
	case rest == 0:
		words[last] = "hundredth"
	case rest < 20:
		words[last] = e.smallOrdinals()[rest]
	case rest%10 == 0:
		words[last] = e.tenOrdinals()[rest/10]
	default:
		words[last] = e.smallOrdinals()[rest%10]
	}
	return words
}

func (e english) date(year int, month time.Month, day int) []string {
	words := append([]string{"the"}, e.ordinal(day)...)
	return append(append(words, "of", month.String()), e.number(year)...)
}

func (e english) clock(hour, minute int) []string {
	words := e.number((hour+11)%12 + 1)
	switch {
	case minute == 0 && hour == 0:
		return append(words, "midnight")
	case minute == 0 && hour == 12:
		return append(words, "noon")
	case minute > 0 && minute < 10:
		words = append(append(words, "oh"), e.number(minute)...)
	case minute >= 10:
		words = append(words, e.number(minute)...)
	}
	if hour < 12 {
		return append(words, "a.m.")
	}
	return append(words, "p.m.")
}

func (english) weekday(d time.Weekday) string { return d.String() }

func (e english) duration(hours, minutes, seconds int) []string {
	return counted(e.number, []quantity{
		{hours, "hour", "hours"}, {minutes, "minute", "minutes"}, {seconds, "second", "seconds"},
	})
}

func (e english) money(ringgit, sen int) []string {
	words := append(e.number(ringgit), "ringgit")
	switch {
	case sen == 0:
		return words
	case ringgit == 0:
		return append(e.number(sen), "sen")
	}
	return append(append(append(words, "and"), e.number(sen)...), "sen")
}
