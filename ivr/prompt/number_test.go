package prompt

import (
	"strings"
	"testing"
)

// say composes a value and joins the words; a breath is written "|".
func say(t *testing.T, lang string, kind SlotType, value any) string {
	t.Helper()
	rules, ok := tongueOf(lang)
	if !ok {
		t.Fatalf("no rules for %s", lang)
	}
	words, err := compose(rules, kind, value)
	if err != nil {
		t.Fatalf("%s %s %v: %v", lang, kind, value, err)
	}
	for i, w := range words {
		if w == breath {
			words[i] = "|"
		}
	}
	if lang == "zh" {
		return strings.Join(words, "")
	}
	return strings.Join(words, " ")
}

func TestNumbers(t *testing.T) {
	tables := map[string]map[int]string{
		"ms": {
			0: "sifar", 1: "satu", 2: "dua", 3: "tiga", 4: "empat", 5: "lima", 6: "enam", 7: "tujuh", 8: "lapan", 9: "sembilan",
			10: "sepuluh", 11: "sebelas", 12: "dua belas", 13: "tiga belas", 14: "empat belas", 15: "lima belas",
			16: "enam belas", 17: "tujuh belas", 18: "lapan belas", 19: "sembilan belas", 20: "dua puluh", 21: "dua puluh satu",
			99: "sembilan puluh sembilan", 100: "seratus", 101: "seratus satu", 110: "seratus sepuluh", 111: "seratus sebelas",
			200: "dua ratus", 1000: "seribu", 1001: "seribu satu", 1100: "seribu seratus", 2000: "dua ribu",
			1999:  "seribu sembilan ratus sembilan puluh sembilan",
			10000: "sepuluh ribu", 11000: "sebelas ribu", 12000: "dua belas ribu", 20000: "dua puluh ribu",
			100000: "seratus ribu", 101000: "seratus satu ribu", 1000000: "satu juta", 1001000: "satu juta seribu",
			999999999: "sembilan ratus sembilan puluh sembilan juta sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan",
		},
		"en": {
			0: "zero", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
			10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen",
			17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 21: "twenty one", 40: "forty", 99: "ninety nine",
			100: "one hundred", 101: "one hundred and one", 110: "one hundred and ten", 111: "one hundred and eleven",
			200: "two hundred", 1000: "one thousand", 1001: "one thousand and one", 1100: "one thousand one hundred",
			1999: "one thousand nine hundred and ninety nine", 2000: "two thousand", 10000: "ten thousand",
			12000: "twelve thousand", 20000: "twenty thousand", 100000: "one hundred thousand", 1000000: "one million",
			1000001: "one million and one", 101101: "one hundred and one thousand one hundred and one",
		},
		"zh": {
			0: "零", 1: "一", 2: "二", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九",
			10: "十", 11: "十一", 12: "十二", 13: "十三", 14: "十四", 15: "十五", 16: "十六", 17: "十七", 18: "十八", 19: "十九",
			20: "二十", 21: "二十一", 22: "二十二", 99: "九十九", 100: "一百", 101: "一百零一", 110: "一百一十", 111: "一百一十一",
			200: "两百", 222: "两百二十二", 1000: "一千", 1001: "一千零一", 1010: "一千零一十", 1100: "一千一百",
			1999: "一千九百九十九", 2000: "两千", 2002: "两千零二", 10000: "一万", 10001: "一万零一", 12000: "一万两千",
			20000: "两万", 22000: "两万两千", 100000: "十万", 100010: "十万零一十", 110000: "十一万", 120000: "十二万",
			220000: "二十二万", 1000000: "一百万", 1100000: "一百一十万", 10000000: "一千万", 10010000: "一千零一万",
			100000000: "一亿", 100000001: "一亿零一", 101000000: "一亿零一百万", 200000000: "两亿", 100200000: "一亿零二十万",
		},
		"ta": {
			0: "பூஜ்யம்", 1: "ஒன்று", 2: "இரண்டு", 3: "மூன்று", 4: "நான்கு", 5: "ஐந்து", 6: "ஆறு", 7: "ஏழு", 8: "எட்டு", 9: "ஒன்பது",
			10: "பத்து", 11: "பதினொன்று", 12: "பன்னிரண்டு", 13: "பதின்மூன்று", 14: "பதினான்கு", 15: "பதினைந்து",
			16: "பதினாறு", 17: "பதினேழு", 18: "பதினெட்டு", 19: "பத்தொன்பது", 20: "இருபது", 21: "இருபத்து ஒன்று",
			90: "தொண்ணூறு", 99: "தொண்ணூற்று ஒன்பது", 100: "நூறு", 101: "நூற்று ஒன்று", 110: "நூற்று பத்து",
			111: "நூற்று பதினொன்று", 200: "இருநூறு", 900: "தொள்ளாயிரம்", 1000: "ஆயிரம்", 1001: "ஆயிரத்து ஒன்று",
			1100: "ஆயிரத்து நூறு", 1999: "ஆயிரத்து தொள்ளாயிரத்து தொண்ணூற்று ஒன்பது", 2000: "இரண்டாயிரம்",
			10000: "பத்தாயிரம்", 12000: "பன்னிரண்டாயிரம்", 20000: "இருபதாயிரம்", 21000: "இருபத்து ஓராயிரம்",
			21001: "இருபத்து ஓராயிரத்து ஒன்று", 100000: "ஒரு இலட்சம்", 100001: "ஒரு இலட்சத்து ஒன்று",
			200000: "இரண்டு இலட்சம்", 1000000: "பத்து இலட்சம்", 10000000: "ஒரு கோடி", 10000001: "ஒரு கோடியே ஒன்று",
		},
	}
	for lang, table := range tables {
		for n, want := range table {
			if got := say(t, lang, Number, n); got != want {
				t.Errorf("%s %d: %q, want %q", lang, n, got, want)
			}
		}
	}
}
