package prompt

import (
	"testing"
)

// TestSite loads the demo site's prompts, as a publish does.
func TestSite(t *testing.T) {
	langs := []string{"ms", "en", "zh", "ta"}
	cat, problems := Load("../../flows/prompts", langs, "../../sounds", t.TempDir())
	for _, p := range problems {
		t.Error(p)
	}
	for _, id := range []string{"queue_position", "queue_wait", "keep_recording", "read_back", "apology"} {
		if _, ok := cat.Slots(id); !ok {
			t.Errorf("the site has no prompt %s, which the engine asks for", id)
		}
	}
	for _, id := range cat.IDs() {
		if id == "choose_language" {
			continue // each language names its own key
		}
		first, _ := cat.Text(id, langs[0])
		for _, lang := range langs[1:] {
			text, _ := cat.Text(id, lang)
			if got, want := KeysNamed(lang, text), KeysNamed(langs[0], first); got != want {
				t.Errorf("%s names the keys %q in %s, but %q in %s", id, got, lang, want, langs[0])
			}
		}
	}
}

func TestKeysNamed(t *testing.T) {
	tests := []struct{ lang, text, want string }{
		{"en", "For passport, press 1. To go back, press star.", "1*"},
		{"en", "To start again, press hash. Call 999. For 10 more, press 2, then 2.", "#2"},
		{"ms", "Untuk cukai, tekan 3. Tekan Pagar atau bintang.", "3#*"},
		{"zh", "卫生，请按 1。要返回，请按星号键。或井号。", "1*#"},
		{"ta", "தமிழுக்கு 4-ஐ அழுத்தவும். நட்சத்திரக் குறியை அழுத்தவும்.", "4*"},
		{"iban", "press star or 5", "5"},
		{"en", "", ""},
	}
	for _, test := range tests {
		if got := KeysNamed(test.lang, test.text); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.lang, test.text, got, test.want)
		}
	}
}
