package prompt

import "strings"

// tamil says values in Tamil. Numbers go by hundreds, thousands, lakhs (இலட்சம்,
// 100,000) and crores (கோடி, 10,000,000); a part that more follows takes its joining
// form: நூறு, but நூற்று ஒன்று.
type tamil struct{}

func (tamil) voice() Voice { return Voice{Name: "ta", WordsPerMinute: 150} }

func (tamil) keyNames() (star, hash string) {
	return "நட்சத்திரக் குறி", "ஹாஷ் குறி"
}

// small names 0 to 19.
func (tamil) small() [20]string {
	return [20]string{
		"பூஜ்யம்", "ஒன்று", "இரண்டு", "மூன்று", "நான்கு", "ஐந்து", "ஆறு", "ஏழு", "எட்டு", "ஒன்பது",
		"பத்து", "பதினொன்று", "பன்னிரண்டு", "பதின்மூன்று", "பதினான்கு", "பதினைந்து", "பதினாறு", "பதினேழு", "பதினெட்டு", "பத்தொன்பது",
	}
}

// tens and tensJoined name 20 to 90, alone and before a unit.
func (tamil) tens() [10]string {
	return [10]string{"", "", "இருபது", "முப்பது", "நாற்பது", "ஐம்பது", "அறுபது", "எழுபது", "எண்பது", "தொண்ணூறு"}
}

func (tamil) tensJoined() [10]string {
	return [10]string{"", "", "இருபத்து", "முப்பத்து", "நாற்பத்து", "ஐம்பத்து", "அறுபத்து", "எழுபத்து", "எண்பத்து", "தொண்ணூற்று"}
}

// hundreds and hundredsJoined name 100 to 900, alone and before more.
func (tamil) hundreds() [10]string {
	return [10]string{"", "நூறு", "இருநூறு", "முந்நூறு", "நானூறு", "ஐந்நூறு", "அறுநூறு", "எழுநூறு", "எண்ணூறு", "தொள்ளாயிரம்"}
}

func (tamil) hundredsJoined() [10]string {
	return [10]string{
		"", "நூற்று", "இருநூற்று", "முந்நூற்று", "நானூற்று",
		"ஐந்நூற்று", "அறுநூற்று", "எழுநூற்று", "எண்ணூற்று", "தொள்ளாயிரத்து",
	}
}

// smallThousands and tenThousands name thousands in one word, as they are spoken:
// 2,000 is இரண்டாயிரம். In smallThousands 1 is the thousand of 21,000 (ஓராயிரம்).
func (tamil) smallThousands() [20]string {
	return [20]string{
		"", "ஓராயிரம்", "இரண்டாயிரம்", "மூவாயிரம்", "நான்காயிரம்", "ஐயாயிரம்", "ஆறாயிரம்", "ஏழாயிரம்", "எட்டாயிரம்", "ஒன்பதாயிரம்",
		"பத்தாயிரம்", "பதினோராயிரம்", "பன்னிரண்டாயிரம்", "பதின்மூன்றாயிரம்", "பதினான்காயிரம்", "பதினைந்தாயிரம்",
		"பதினாறாயிரம்", "பதினேழாயிரம்", "பதினெட்டாயிரம்", "பத்தொன்பதாயிரம்",
	}
}

func (tamil) tenThousands() [10]string {
	return [10]string{
		"", "", "இருபதாயிரம்", "முப்பதாயிரம்", "நாற்பதாயிரம்", "ஐம்பதாயிரம்",
		"அறுபதாயிரம்", "எழுபதாயிரம்", "எண்பதாயிரம்", "தொண்ணூறாயிரம்",
	}
}

// joined gives the joining form of a word that ends in -ம்: ஆயிரம், ஆயிரத்து.
func joined(text string) string { return strings.TrimSuffix(text, "ம்") + "த்து" }

func (t tamil) digit(d rune) string {
	if d == '+' {
		return "பிளஸ்"
	}
	return t.small()[d-'0']
}

func (t tamil) number(n int) []string {
	if n == 0 {
		return []string{"பூஜ்யம்"}
	}
	var words []string
	if crores := n / 10_000_000; crores > 0 {
		words = append(t.count(crores), pick(n%10_000_000 > 0, "கோடியே", "கோடி"))
	}
	if lakhs := n / 100_000 % 100; lakhs > 0 {
		words = append(append(words, t.count(lakhs)...), pick(n%100_000 > 0, "இலட்சத்து", "இலட்சம்"))
	}
	words = append(words, t.thousands(n/1000%100, n%1000 > 0)...)
	return append(words, t.belowThousand(n%1000)...)
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// thousands says 1,000 to 99,000 given as 1 to 99; nothing for 0.
func (t tamil) thousands(n int, more bool) []string {
	var words []string
	var last string
	switch {
	case n == 0:
		return nil
	case n == 1:
		last = "ஆயிரம்"
	case n < 20:
		last = t.smallThousands()[n]
	case n%10 == 0:
		last = t.tenThousands()[n/10]
	default:
		words = append(words, t.tensJoined()[n/10])
		last = t.smallThousands()[n%10]
	}
	return append(words, pick(more, joined(last), last))
}

// belowThousand says 1 to 999; nothing for 0.
func (t tamil) belowThousand(n int) []string {
	var words []string
	if n >= 100 {
		words = append(words, pick(n%100 > 0, t.hundredsJoined()[n/100], t.hundreds()[n/100]))
		n %= 100
	}
	if n >= 20 {
		words = append(words, pick(n%10 > 0, t.tensJoined()[n/10], t.tens()[n/10]))
		n %= 10
	}
	if n > 0 {
		words = append(words, t.small()[n])
	}
	return words
}

// count says how many there are of something: one is ஒரு, not ஒன்று.
func (t tamil) count(n int) []string {
	words := t.number(n)
	if last := len(words) - 1; words[last] == "ஒன்று" {
		words[last] = "ஒரு"
	}
	return words
}
