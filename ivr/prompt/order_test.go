package prompt

import (
	"testing"
	"time"
)

func TestKeyFirst(t *testing.T) {
	for _, test := range []struct{ lang, text, want string }{
		{"en", "For passports, press 1. For cards, press 2.", ""},
		{"en", "For cards, press 2. Press 1 for passports.", "1"},
		{"en", "Please press 3 now to speak to an officer.", "3"},
		{"en", "If this is right, press 1; if not, press 2. To go back, press star.", ""},
		{"en", "Press 1.", ""},
		{"ms", "Untuk pasport, tekan 1.", ""},
		{"ms", "Tekan 1 untuk pasport.", "1"},
		{"zh", "护照，请按 1。身份证，请按 2。", ""},
		{"zh", "请按 1 查询护照。", "1"},
		{"ta", "கடவுச்சீட்டுக்கு 1-ஐ அழுத்தவும்.", ""},
		{"ta", "1-ஐ அழுத்தவும் கடவுச்சீட்டுக்கு.", "1"},
	} {
		if got := KeyFirst(test.lang, test.text); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.lang, test.text, got, test.want)
		}
	}
}

func TestLength(t *testing.T) {
	dir := folder(t, map[string]string{"p.yaml": `
a:
  slots: {n: digits}
  en: {text: "one two three four five {n}", audio: [a_1, {silence: 400ms}, "{n}"]}
  zh: {text: "一二三四五六七八九十{n}", audio: [a_1, "{n}"]}
`})
	sounds := folder(t, map[string]string{"en/a_1.wav": tone(8000, 4000, 9000)}) // a second
	c, problems := Load(dir, []string{"en", "zh"}, sounds, t.TempDir())
	expect(t, problems, nil)
	if got, want := c.Length("a", "en"), (Length{Heard: 1400 * time.Millisecond, Rest: slotLength}); got != want {
		t.Errorf("recorded: %v, want %v", got, want)
	}
	chinese, _ := VoiceOf("zh")
	want := slotLength + 5*time.Minute/time.Duration(chinese.WordsPerMinute)
	if got := c.Length("a", "zh"); got.Heard != 0 || got.Rest != want || got.Total() != want {
		t.Errorf("to be made: %v, want %v", got, want)
	}
	if got := c.Length("b", "en"); got != (Length{}) {
		t.Errorf("no such prompt: %v", got)
	}
	if missing := c.Unrecorded("a", "zh"); len(missing) != 1 || missing[0] != "a_1" || len(c.Unrecorded("a", "en")) != 0 {
		t.Errorf("unrecorded: %v", missing)
	}
}
