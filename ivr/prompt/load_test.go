package prompt

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder writes prompts files into a new folder and returns its path.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tone is a WAV file of the given form with half a second of a loud square wave.
func tone(rate, lead int, loud int16) string {
	samples := make([]int16, lead+rate/2)
	for i := lead; i < len(samples); i++ {
		samples[i] = loud
		if i/8%2 == 0 {
			samples[i] = -loud
		}
	}
	return wav(rate, samples)
}

// wav writes a WAV file, 16 bit mono.
func wav(rate int, samples []int16) string {
	le := func(n, size int) string {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(n >> (8 * i))
		}
		return string(b)
	}
	var data strings.Builder
	for _, s := range samples {
		data.WriteString(le(int(s), 2))
	}
	return "RIFF" + le(36+data.Len(), 4) + "WAVEfmt " + le(16, 4) + le(1, 2) + le(1, 2) + le(rate, 4) + le(2*rate, 4) +
		le(2, 2) + le(16, 2) + "data" + le(data.Len(), 4) + data.String()
}

func TestProblems(t *testing.T) {
	const speaks = "a:\n  ms: {text: Satu}\n  en: {text: One}\n"
	tests := []struct {
		name, yaml string
		want       []string // "line:col code a part of the text"
	}{
		{"good", speaks, nil},
		{"empty file", "", nil},
		{"only a comment", "# nothing\n", nil},
		{"not yaml", "a:\n  ms: {text: \"x\n", []string{"3:1 E101 not YAML"}},
		{"not a mapping", "- a\n", []string{"1:1 E105 a prompts file must be a mapping"}},
		{"twice in a file", speaks + "a: {}\n", []string{"4:1 E102 a is written twice, first in line 1 column 1"}},
		{"language twice", "a:\n  ms: {text: Satu}\n  en: {text: One}\n  ms: {text: Dua}\n", []string{"4:3 E102 ms is written twice"}},
		{"anchor", "a:\n  ms: &x {text: Satu}\n  en: *x\n", []string{"2:7 E103 anchor &x", "3:7 E103 alias *x"}},
		{"tag", "a:\n  ms: {text: !!str Satu}\n  en: {text: One}\n", []string{"2:14 E103 tag"}},
		{"merge", "a:\n  <<: {ms: {text: Satu}}\n  en: {text: One}\n", []string{"1:1 E402", "2:3 E103 merge key", "2:3 E104 unknown key <<"}},
		{"second document", speaks + "---\nb: {}\n", []string{"4:1 E103 a second document"}},
		{"unknown key", "a:\n  slot: {n: digits}\n  ms: {text: Satu}\n  en: {text: One}\n", []string{"2:3 E104 unknown key slot; allowed: slots, ms, en; did you mean slots?"}},
		{"unknown key in language", "a:\n  ms: {txt: Satu}\n  en: {text: One}\n", []string{"2:3 E402 language ms has no text", "2:8 E104 unknown key txt; allowed: text, audio; did you mean text?"}},
		{"language switched off", speaks + "  zh: {text: 一}\n", nil},
		{"text is a list", "a:\n  ms: {text: [Satu]}\n  en: {text: One}\n", []string{"2:14 E105 text must be plain text"}},
		{"text is empty", "a:\n  ms: {text: \"\"}\n  en: {text: One}\n", []string{"2:14 E105 text is empty"}},
		{"bad id", "A b: {}\n", []string{"1:1 E109 \"A b\" is not a prompt id"}},
		{"symbol", "a:\n  ms: {text: \"Bayar 5% & cukai\"}\n  en: {text: Pay 100$}\n", []string{"2:22 E110 % cannot be spoken", "2:24 E110 & cannot be spoken", "3:21 E110 $ cannot be spoken"}},
		{"invisible", "a:\n  ms: {text: 'Satu\u200bdua'}\n  en: {text: One}\n", []string{"2:19 E110 the invisible character U+200B"}},
		{"letters of another language", "a:\n  ms: {text: \"Satu 一二 dan MyKad\"}\n  en: {text: நன்றி}\n", []string{"2:20 E110 一 is no letter of ms; is the text in its place?", "3:14 E110 ந is no letter of en"}},
		{"text without its braces", "a:\n  ms: Satu\n  en: {text: One}\nb: Dua\n", []string{"2:7 E105 the text of language ms stands in braces: ms: {text: \"...\"}", "4:4 E105 prompt b must be a mapping"}},
		{"comma without quotation marks", "a:\n  ms: {text: Helo, anda}\n  en: {text: One}\n", []string{"2:20 E104 unknown key anda; allowed: text, audio; a text with a comma or a colon stands in quotation marks"}},
		{"block text", "a:\n  ms:\n    text: |\n      Satu\n      dua *\n  en: {text: One}\n", []string{"3:11 E110 * cannot be spoken"}},
		{"no language", "a:\n  ms: {text: Satu}\n", []string{"1:1 E402 prompt a has no text in en"}},
		{"undeclared slot", "a:\n  slots: {nn: digits}\n  ms: {text: \"Satu {nm}, {nn}\"}\n  en: {text: \"One {nn}\"}\n", []string{"3:20 E403 slot {nm} is not declared under slots; did you mean nn?"}},
		{"unused slot", "a:\n  slots: {n: digits}\n  ms: {text: \"Satu\"}\n  en: {text: \"One {n}\"}\n", []string{"3:14 E403 slot {n} is declared but the text in ms does not use it"}},
		{"open brace", "a:\n  ms: {text: \"Satu {n\"}\n  en: {text: \"One }\"}\n", []string{"2:20 E403 { without its }", "3:19 E403 } without its {"}},
		{"slot type", "a:\n  slots: {n: digit}\n  ms: {text: \"{n} a\"}\n  en: {text: \"a {n}\"}\n", []string{"2:14 E105 unknown slot type digit;", "3:15 E403 slot {n} is not declared", "4:17 E403 slot {n} is not declared"}},
		{"audio order", "a:\n  slots: {n: digits, m: date}\n  ms: {text: \"Satu {n} {m}\", audio: [\"{m}\", \"{n}\"]}\n  en: {text: \"{n} {m}\"}\n", []string{"3:38 E403 slot {m} is in another place than in the text"}},
		{"audio misses a slot", "a:\n  slots: {n: digits}\n  ms: {text: \"Satu {n}\", audio: [a_1]}\n  en: {text: \"{n}\"}\n", []string{"3:14 E403 the audio list says 0 of the 1 slots"}},
		{"audio has another slot", "a:\n  slots: {n: digits}\n  ms: {text: \"Satu {n}\", audio: [a_1, \"{n}\", \"{k}\"]}\n  en: {text: \"{n}\"}\n", []string{"3:46 E403 slot {k} is not in the text"}},
		{"audio unknown", "a:\n  ms: {text: Satu, audio: [b]}\n  en: {text: One}\n", []string{"2:28 E405 no recording b.wav for ms"}},
		{"audio no list", "a:\n  ms: {text: Satu, audio: a}\n  en: {text: One}\n", []string{"2:27 E105 audio must be a list"}},
		{"silence", "a:\n  ms: {text: Satu, audio: [a, {silence: 400}]}\n  en: {text: One, audio: [{silence: 1h}, {pause: 1s}]}\n", []string{"2:41 E106 silence 400", "3:37 E106 silence 1h", "3:43 E104 unknown key pause"}},
		{"piece name taken", "a:\n  slots: {n: digits}\n  ms: {text: \"Satu {n}\"}\n  en: {text: \"One {n}\"}\na_1:\n  ms: {text: Satu}\n  en: {text: One}\n", []string{"5:1 E109 a_1 is also the name of a piece of prompt a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"p.yaml": test.yaml})
			_, problems := Load(dir, []string{"ms", "en"}, t.TempDir(), t.TempDir())
			expect(t, problems, test.want)
		})
	}
}

// expect compares problems with "line:col code part of the text".
func expect(t *testing.T, problems []Problem, want []string) {
	t.Helper()
	for i, p := range problems {
		place := strings.SplitN(p.String(), ".yaml:", 2)[1]
		place = strings.NewReplacer(": error[", " ", "]:", "").Replace(place)
		if i >= len(want) || !strings.HasPrefix(place, want[i]) {
			t.Errorf("problem %d: %s", i, place)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d: %q", len(problems), len(want), want)
	}
}

func TestSameIDInTwoFiles(t *testing.T) {
	const text = "a:\n  ms: {text: Satu}\n"
	dir := folder(t, map[string]string{"one.yaml": text, "two.yaml": "\n" + text, ".one.yaml": text, "notes.txt": "x", "more/a.yaml": text})
	_, problems := Load(dir, []string{"ms"}, t.TempDir(), t.TempDir())
	expect(t, problems, []string{"2:1 E109 prompt a is already in one.yaml line 1 column 1"})
}

// What is no file is told, and not waited for.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems := Load(dir, []string{"ms"}, "", ""); len(problems) != 1 || !strings.Contains(problems[0].String(), "pipe.yaml: error[E101]: cannot read the file: it is no file") {
		t.Error(problems)
	}
}

func TestNoFolder(t *testing.T) {
	cat, problems := Load(filepath.Join(t.TempDir(), "none"), []string{"ms"}, "", "")
	if len(problems) != 1 || problems[0].Code != "E101" || cat == nil {
		t.Errorf("got %v and catalogue %v", problems, cat)
	}
}

func TestLanguageWithoutVoice(t *testing.T) {
	dir := folder(t, map[string]string{"p.yaml": "a:\n  slots: {n: date}\n  iban: {text: \"Pagi {n}\"}\nb:\n  iban: {text: Selamat}\n"})
	sounds := folder(t, map[string]string{"iban/b.wav": tone(8000, 0, 9000)})
	_, problems := Load(dir, []string{"iban"}, sounds, t.TempDir())
	expect(t, problems, []string{
		"2:11 E407 language iban has no words to say a date; languages that have: ms, en, zh, ta",
		"3:17 E405 no recording a_1.wav for iban, and no voice that speaks iban",
	})
}

func TestRecordings(t *testing.T) {
	tests := []struct{ name, wav, want string }{
		{"good", tone(8000, 4000, 20000), ""},
		{"wrong rate", tone(16000, 0, 20000), "16000 Hz"},
		{"late", tone(8000, 8800, 20000), "begins with 1.1 s of silence"},
		{"silent", tone(8000, 0, 100), "empty or silent"},
		{"empty", wav(8000, nil), "empty or silent"},
		{"clipping", tone(8000, 0, 32767), "clips in"},
		{"no wav", "hello", "not a WAV file"},
		{"no samples", wav(8000, nil)[:36] + "LIST\x00\x00\x00\x00", "has no samples"},
		{"cut chunk", "RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff" + strings.Repeat("\x00", 40), "want PCM"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"p.yaml": "a:\n  ms: {text: Satu}\n"})
			sounds := folder(t, map[string]string{"ms/a.wav": test.wav})
			_, problems := Load(dir, []string{"ms"}, sounds, t.TempDir())
			if test.want == "" {
				if len(problems) > 0 {
					t.Errorf("good recording refused: %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Code != "E406" || !strings.Contains(problems[0].Text, test.want) {
				t.Errorf("got %v, want E406 %q", problems, test.want)
			}
		})
	}
}

func TestSay(t *testing.T) {
	dir := folder(t, map[string]string{"p.yaml": `
case_is:
  slots: {n: digits}
  ms: {text: "Nombor aduan anda ialah {n}.", audio: [case_is_1, {silence: 400ms}, "{n}"]}
  ta: {text: "{n} என்பது உங்கள் புகார் எண்.", audio: ["{n}", case_is_2]}
topic:
  slots: {what: text}
  ms: {text: "Tentang {what}, tunggu."}
  ta: {text: "{what}"}
health:
  ms: {text: "kesihatan"}
  ta: {text: "சுகாதாரம்"}
`})
	sounds := folder(t, map[string]string{"ms/case_is_1.wav": tone(8000, 0, 9000), "ms/words/satu.wav": tone(8000, 0, 9000)})
	speech := t.TempDir()
	cat, problems := Load(dir, []string{"ms", "ta"}, sounds, speech)
	expect(t, problems, nil)
	made := func(lang, text string) string {
		v, _ := VoiceOf(lang)
		return filepath.Join(speech, lang, speechName(v, text))
	}
	check := func(lang, id string, slots map[string]any, want []Item) {
		t.Helper()
		got, err := cat.Say(lang, id, slots)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", lang, id, diff)
		}
	}
	check("ms", "case_is", map[string]any{"n": "12"}, []Item{
		{Prompt: "case_is", Lang: "ms", Text: "Nombor aduan anda ialah", File: filepath.Join(sounds, "ms/case_is_1"),
			Spare: made("ms", "Nombor aduan anda ialah")},
		{Prompt: "case_is", Lang: "ms", Silence: 400 * time.Millisecond},
		{Prompt: "case_is", Lang: "ms", Text: "satu", File: filepath.Join(sounds, "ms/words/satu"),
			Spare: made("ms", "satu")},
		{Prompt: "case_is", Lang: "ms", Text: "dua", File: made("ms", "dua")},
	})
	check("ta", "case_is", map[string]any{"n": 1}, []Item{
		{Prompt: "case_is", Lang: "ta", Text: "ஒன்று", File: made("ta", "ஒன்று")},
		{Prompt: "case_is", Lang: "ta", Text: "என்பது உங்கள் புகார் எண்.", File: made("ta", "என்பது உங்கள் புகார் எண்.")},
	})
	check("ms", "topic", map[string]any{"what": "health"}, []Item{
		{Prompt: "topic", Lang: "ms", Text: "Tentang", File: made("ms", "Tentang")},
		{Prompt: "health", Lang: "ms", Text: "kesihatan", File: made("ms", "kesihatan")},
		{Prompt: "topic", Lang: "ms", Text: "tunggu.", File: made("ms", "tunggu.")},
	})
	for _, bad := range []struct {
		lang, id string
		slots    map[string]any
	}{
		{"ms", "nothing", nil}, {"en", "health", nil}, {"ms", "case_is", nil}, {"ms", "case_is", map[string]any{"n": "x"}},
		{"ms", "topic", map[string]any{"what": "case_is"}}, {"ms", "topic", map[string]any{"what": 1}},
		{"ms", "topic", map[string]any{"what": "nothing"}},
	} {
		if items, err := cat.Say(bad.lang, bad.id, bad.slots); err == nil {
			t.Errorf("%v: said %v, want an error", bad, items)
		}
	}
}

func TestMissing(t *testing.T) {
	dir := folder(t, map[string]string{"p.yaml": "a:\n  ms: {text: Satu}\nb:\n  ms: {text: Dua}\n"})
	sounds := folder(t, map[string]string{"ms/a.wav": tone(8000, 0, 9000)})
	speech := t.TempDir()
	cat, problems := Load(dir, []string{"ms"}, sounds, speech)
	expect(t, problems, nil)
	missing := Missing(cat)
	if len(missing) != len(cat.Pieces()) { // a recording, too, has speech to fall back on
		t.Errorf("%d pieces missing of %d", len(missing), len(cat.Pieces()))
	}
	for _, p := range missing {
		if p.Recorded != (p.ID == "a") || p.Recorded == (p.File == p.Speech) {
			t.Errorf("%+v", p)
		}
		if err := os.MkdirAll(filepath.Dir(p.Speech), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.Speech+".wav", []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if left := Missing(cat); len(left) > 0 {
		t.Errorf("still missing: %v", left)
	}
	if err := os.Remove(filepath.Join(sounds, "ms/a.wav")); err != nil {
		t.Fatal(err)
	}
	if left := Missing(cat); len(left) != 1 || left[0].ID != "a" {
		t.Errorf("a lost recording: %v", left)
	}
}
