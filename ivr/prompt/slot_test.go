package prompt

import (
	"encoding/json"
	"testing"
	"time"
)

func TestSlots(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 4, hour, minute, 59, 0, time.UTC) }
	tests := []struct {
		lang  string
		kind  SlotType
		value any
		want  string
	}{
		{"ms", Digits, "0380", "sifar tiga lapan sifar"},
		{"en", Digits, "26-063 1", "two six zero six three one"},
		{"zh", Digits, "120", "一二零"},
		{"ta", Digits, 12, "ஒன்று இரண்டு"},
		{"en", Number, json.Number("12"), "twelve"},
		{"en", Number, 12.0, "twelve"},
		{"en", Number, "12", "twelve"},

		{"ms", Ordinal, 1, "pertama"},
		{"ms", Ordinal, 2, "kedua"},
		{"ms", Ordinal, 11, "kesebelas"},
		{"ms", Ordinal, 21, "kedua puluh satu"},
		{"ms", Ordinal, 101, "keseratus satu"},
		{"en", Ordinal, 1, "first"},
		{"en", Ordinal, 12, "twelfth"},
		{"en", Ordinal, 20, "twentieth"},
		{"en", Ordinal, 22, "twenty second"},
		{"en", Ordinal, 100, "one hundredth"},
		{"en", Ordinal, 112, "one hundred and twelfth"},
		{"zh", Ordinal, 2, "第二"},
		{"zh", Ordinal, 10, "第十"},
		{"ta", Ordinal, 1, "முதலாவது"},
		{"ta", Ordinal, 10, "பத்தாவது"},
		{"ta", Ordinal, 21, "இருபத்து ஒன்றாவது"},
		{"ta", Ordinal, 900, "தொள்ளாயிரமாவது"},

		{"ms", Phone, "0380008000", "sifar tiga | lapan sifar sifar sifar | lapan sifar sifar sifar"},
		{"en", Phone, "+60123456789", "zero one two | three four five | six seven eight nine"},
		{"zh", Phone, "+6561234567", "加六五六|一二三|四五六七"},

		{"ms", Date, "2026-03-04", "empat Mac dua ribu dua puluh enam"},
		{"en", Date, at(1, 0), "the fourth of March two thousand and twenty six"},
		{"zh", Date, "2026-12-31", "二零二六年十二月三十一号"},
		{"ta", Date, "2026-03-04", "இரண்டாயிரத்து இருபத்து ஆறாம் ஆண்டு மார்ச் மாதம் நான்காம் தேதி"},
		{"ta", Date, "2000-08-31", "இரண்டாயிரமாம் ஆண்டு ஆகஸ்ட் மாதம் முப்பத்து ஒன்றாம் தேதி"},

		{"ms", Time, "07:30", "pukul tujuh tiga puluh minit pagi"},
		{"ms", Time, at(21, 1), "pukul sembilan satu minit malam"},
		{"ms", Time, at(12, 0), "pukul dua belas tengah hari"},
		{"ms", Time, at(0, 0), "pukul dua belas tengah malam"},
		{"ms", Time, at(17, 0), "pukul lima petang"},
		{"en", Time, "07:30:00", "seven thirty a.m."},
		{"en", Time, at(21, 1), "nine oh one p.m."},
		{"en", Time, at(0, 0), "twelve midnight"},
		{"en", Time, at(12, 0), "twelve noon"},
		{"en", Time, at(12, 30), "twelve thirty p.m."},
		{"zh", Time, at(7, 30), "上午七点三十分"},
		{"zh", Time, at(14, 0), "下午两点"},
		{"zh", Time, at(21, 1), "晚上九点零一分"},
		{"zh", Time, at(0, 5), "半夜十二点零五分"},
		{"ta", Time, at(7, 30), "காலை ஏழு மணி முப்பது நிமிடம்"},
		{"ta", Time, at(17, 0), "மாலை ஐந்து மணி"},
		{"ta", Time, at(13, 1), "மதியம் ஒரு மணி ஒரு நிமிடம்"},

		{"ms", Weekday, time.Friday, "Jumaat"},
		{"en", Weekday, "2026-03-04", "Wednesday"},
		{"zh", Weekday, "sunday", "星期日"},
		{"ta", Weekday, at(1, 1), "புதன்கிழமை"},

		{"ms", Duration, 90 * time.Minute, "satu jam tiga puluh minit"},
		{"ms", Duration, 0, "sifar saat"},
		{"en", Duration, 61, "one minute one second"},
		{"en", Duration, "2h", "two hours"},
		{"zh", Duration, 2*time.Hour + 2*time.Minute, "两小时两分钟"},
		{"ta", Duration, time.Minute, "ஒரு நிமிடம்"},
		{"ta", Duration, 21 * time.Second, "இருபத்து ஒரு வினாடிகள்"},

		{"ms", Money, "12.50", "dua belas ringgit lima puluh sen"},
		{"ms", Money, 0, "sifar ringgit"},
		{"ms", Money, 0.5, "lima puluh sen"},
		{"en", Money, "1.05", "one ringgit and five sen"},
		{"en", Money, "12.5", "twelve ringgit and fifty sen"},
		{"en", Money, "0.50", "fifty sen"},
		{"zh", Money, 2, "两令吉"},
		{"zh", Money, "200.20", "两百令吉二十仙"},
		{"ta", Money, "1", "ஒரு ரிங்கிட்"},
	}
	for _, test := range tests {
		if got := say(t, test.lang, test.kind, test.value); got != test.want {
			t.Errorf("%s %s %v: %q, want %q", test.lang, test.kind, test.value, got, test.want)
		}
	}
}

func TestSlotsRefuse(t *testing.T) {
	tests := []struct {
		kind  SlotType
		value any
	}{
		{Digits, ""}, {Digits, "12a"}, {Digits, -1}, {Digits, nil}, {Digits, "-"},
		{Number, -1}, {Number, maxNumber + 1}, {Number, 1.5}, {Number, "x"}, {Number, uint64(1 << 63)}, {Number, true},
		{Ordinal, 0}, {Ordinal, 1000},
		{Phone, ""}, {Phone, "+"}, {Phone, 123}, {Phone, "anonymous"},
		{Date, "2026-02-30"}, {Date, "1899-12-31"}, {Date, 5},
		{Time, "25:00"}, {Time, "7"}, {Weekday, "someday"}, {Weekday, time.Weekday(7)},
		{Duration, -time.Second}, {Duration, maxDuration}, {Duration, int64(1) << 62}, {Duration, "soon"},
		{Money, "1.234"}, {Money, ".5"}, {Money, "1."}, {Money, -1}, {Money, "1000000000"}, {Money, 1e18}, {Money, "+1"},
		{Text, "welcome"}, {SlotType("colour"), "red"},
	}
	for _, test := range tests {
		if words, err := compose(malay{}, test.kind, test.value); err == nil {
			t.Errorf("%s %v: said %v, want an error", test.kind, test.value, words)
		}
	}
}

func TestPhoneGroups(t *testing.T) {
	tests := []struct {
		digits        string
		international bool
		want          string
	}{
		{"0380008000", false, "03 8000 8000"},
		{"0123456789", false, "012 345 6789"},
		{"01112345678", false, "011 1234 5678"},
		{"088123456", false, "088 123 456"},
		{"062345678", false, "06 234 5678"},
		{"1300881234", false, "1300 88 1234"},
		{"999", false, "999"},
		{"15999", false, "15 999"},
		{"60380008000", true, "03 8000 8000"},
		{"6561234567", true, "+656 123 4567"},
		{"01", false, "01"},
	}
	for _, test := range tests {
		got := ""
		for i, g := range phoneGroups(test.digits, test.international) {
			if i > 0 {
				got += " "
			}
			got += g
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.digits, got, test.want)
		}
	}
}
