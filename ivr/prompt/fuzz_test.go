package prompt

import (
	"testing"
)

// FuzzRead feeds any bytes to the reader of prompts files: it must not panic, every
// problem must lie inside the file, and what it accepts must be sayable.
func FuzzRead(f *testing.F) {
	f.Add("a:\n  slots: {n: digits}\n  ms: {text: \"Satu {n}.\", audio: [a_1, {silence: 400ms}, \"{n}\"]}\n  en: {text: One {n}}\n")
	f.Add("a:\n  ms: {text: 'it''s {n}'}\n  en: {text: |\n    One\n    two}\n")
	f.Add("a: &x {ms: *x}\n<<: *x\n---\nb: !!str 1\n")
	f.Add("? [a]\n: {ms: 1}\n\"\\u00e9\": x\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		langs := []string{"ms", "en"}
		drafts, problems := readDrafts("p.yaml", []byte(text), langs)
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 || p.Code == "" || p.Text == "" {
				t.Errorf("problem without a place or a text: %+v", p)
			}
		}
		b := newBuilder(langs, shelf{sounds: "/nowhere", speech: "/nowhere"}, drafts)
		b.build()
		if len(problems)+len(b.problems) > 0 {
			return
		}
		cat := b.catalogue()
		for _, id := range cat.IDs() {
			slots, _ := cat.Slots(id)
			if len(slots) > 0 {
				continue
			}
			for _, lang := range langs {
				if _, err := cat.Say(lang, id, nil); err != nil {
					t.Errorf("accepted, but cannot be said: %v", err)
				}
			}
		}
	})
}
