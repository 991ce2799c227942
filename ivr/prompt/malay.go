package prompt

import (
	"strings"
	"time"
)

// malay says values in Bahasa Melayu.
type malay struct{}

func (malay) voice() Voice { return Voice{Name: "ms", WordsPerMinute: 150} }

func (malay) keyNames() (star, hash string) { return "bintang", "pagar" }

func (malay) units() [10]string {
	return [10]string{"sifar", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "lapan", "sembilan"}
}

func (malay) weekdays() [7]string {
	return [7]string{"Ahad", "Isnin", "Selasa", "Rabu", "Khamis", "Jumaat", "Sabtu"}
}

func (malay) months() [12]string {
	return [12]string{
		"Januari", "Februari", "Mac", "April", "Mei", "Jun",
		"Julai", "Ogos", "September", "Oktober", "November", "Disember",
	}
}

func (m malay) vocabulary() []word {
	units, days, months := m.units(), m.weekdays(), m.months()
	texts := append([]string{}, units[:]...)
	texts = append(texts, "sepuluh", "sebelas", "belas", "puluh", "seratus", "ratus", "seribu", "ribu", "juta")
	texts = append(texts, "pertama")
	for _, first := range append(units[2:], "sepuluh", "sebelas", "seratus") {
		texts = append(texts, "ke"+first)
	}
	texts = append(texts, "pukul", "tengah malam", "pagi", "tengah hari", "petang", "malam")
	texts = append(texts, "jam", "minit", "saat", "ringgit", "sen", "tambah")
	texts = append(append(texts, days[:]...), months[:]...)
	return latinWords(texts)
}

// latinWords names the recordings of words written in plain Latin letters after the
// words themselves.
func latinWords(texts []string) []word {
	plain := strings.NewReplacer(" ", "_", ".", "")
	words := make([]word, 0, len(texts))
	for _, text := range texts {
		words = append(words, word{text: text, name: plain.Replace(strings.ToLower(text))})
	}
	return words
}

func (m malay) digit(d rune) string {
	if d == '+' {
		return "tambah"
	}
	return m.units()[d-'0']
}

// number says 1 before a hundred or a thousand as the prefix se-: seratus, seribu.
// Only a lone thousand is "seribu"; 101,000 is "seratus satu ribu".
func (m malay) number(n int) []string {
	if n == 0 {
		return []string{"sifar"}
	}
	var words []string
	if millions := n / 1_000_000; millions > 0 {
		words = append(m.belowThousand(millions), "juta")
	}
	switch thousands := n / 1000 % 1000; {
	case thousands == 1:
		words = append(words, "seribu")
	case thousands > 1:
		words = append(append(words, m.belowThousand(thousands)...), "ribu")
	}
	return append(words, m.belowThousand(n%1000)...)
}

// belowThousand says 1 to 999; nothing for 0.
func (m malay) belowThousand(n int) []string {
	var words []string
	switch hundreds := n / 100; {
	case hundreds == 1:
		words = append(words, "seratus")
	case hundreds > 1:
		words = append(words, m.units()[hundreds], "ratus")
	}
	switch n %= 100; {
	case n == 0:
	case n == 10:
		words = append(words, "sepuluh")
	case n == 11:
		words = append(words, "sebelas")
	case n < 10:
		words = append(words, m.units()[n])
	case n < 20:
		words = append(words, m.units()[n-10], "belas")
	default:
		words = append(words, m.units()[n/10], "puluh")
		words = append(words, m.belowThousand(n%10)...)
	}
	return words
}

// ordinal puts ke- before the first word; the first is "pertama".
func (m malay) ordinal(n int) []string {
	if n == 1 {
		return []string{"pertama"}
	}
	words := m.number(n)
	words[0] = "ke" + words[0]
	return words
}

func (m malay) date(year int, month time.Month, day int) []string {
	words := append(m.number(day), m.months()[month-1])
	return append(words, m.number(year)...)
}

func (m malay) clock(hour, minute int) []string {
	words := append([]string{"pukul"}, m.number((hour+11)%12+1)...)
	if minute > 0 {
		words = append(append(words, m.number(minute)...), "minit")
	}
	return append(words, m.partOfDay(hour))
}

func (malay) partOfDay(hour int) string {
	switch {
	case hour < 1:
		return "tengah malam"
	case hour < 12:
		return "pagi"
	case hour < 14:
		return "tengah hari"
	case hour < 19:
		return "petang"
	}
	return "malam"
}

func (m malay) weekday(d time.Weekday) string { return m.weekdays()[d] }

func (m malay) duration(hours, minutes, seconds int) []string {
	return counted(m.number, []quantity{{hours, "jam", "jam"}, {minutes, "minit", "minit"}, {seconds, "saat", "saat"}})
}

func (m malay) money(ringgit, sen int) []string {
	if sen == 0 {
		return append(m.number(ringgit), "ringgit")
	}
	return counted(m.number, []quantity{{ringgit, "ringgit", "ringgit"}, {sen, "sen", "sen"}})
}

// quantity is an amount of a unit, with the unit's word for one and for several.
type quantity struct {
	n         int
	one, many string
}

// counted says quantities from large to small and leaves out those that are zero;
// when all are, it says zero of the last.
func counted(number func(int) []string, quantities []quantity) []string {
	var words []string
	for i, q := range quantities {
		last := i == len(quantities)-1
		if q.n == 0 && (!last || len(words) > 0) {
			continue
		}
		unit := q.many
		if q.n == 1 {
			unit = q.one
		}
		words = append(append(words, number(q.n)...), unit)
	}
	return words
}
