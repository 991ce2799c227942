package speech

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"talian/ivr/prompt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// catalogue writes a prompts file and loads it for the four languages.
func catalogue(t *testing.T, yaml, dir string) *prompt.Catalogue {
	t.Helper()
	prompts := t.TempDir()
	if err := os.WriteFile(filepath.Join(prompts, "p.yaml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	cat, problems := prompt.Load(prompts, []string{"ms", "en", "zh", "ta"}, t.TempDir(), dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return cat
}

const oneSentence = `
wait:
  ms: {text: "Sila tunggu di talian."}
  en: {text: "Please stay on the line."}
  zh: {text: "请不要挂断。"}
  ta: {text: "இணைப்பில் காத்திருக்கவும்."}
`

// writer is a Speaker that writes the text itself, counts how many speak at once and
// fails at a text.
type writer struct {
	mu        sync.Mutex
	now, most int
	spoken    []string
	failAt    string
}

var errHoarse = errors.New("hoarse")

func (w *writer) Speak(_ context.Context, lang, text, path string) error {
	w.mu.Lock()
	w.now++
	w.most = max(w.most, w.now)
	w.spoken = append(w.spoken, text)
	w.mu.Unlock()
	defer func() { w.mu.Lock(); w.now--; w.mu.Unlock() }()
	if text == w.failAt {
		return errHoarse
	}
	return writeWAV(path, []int16{1, 2, 3})
}

func TestBuildMakesOnlyWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	cat := catalogue(t, oneSentence, dir)
	w := &writer{}
	made, err := Build(t.Context(), cat, dir, w, 3)
	if err != nil || made != len(cat.Pieces()) {
		t.Fatalf("made %d of %d: %v", made, len(cat.Pieces()), err)
	}
	if w.most > 3 {
		t.Errorf("%d were under way at once, want at most 3", w.most)
	}
	if missing := prompt.Missing(cat); len(missing) > 0 {
		t.Errorf("still missing: %v", missing)
	}

	changed := catalogue(t, strings.Replace(oneSentence, "Please stay", "Please wait", 1), dir)
	w = &writer{}
	made, err = Build(t.Context(), changed, dir, w, 3)
	if err != nil || made != 1 || w.spoken[0] != "Please wait on the line." {
		t.Errorf("after a change of one text: made %d (%q): %v", made, w.spoken, err)
	}
	if missing := prompt.Missing(cat); len(missing) > 0 {
		t.Errorf("the old revision lost its sounds: %v", missing)
	}
}

func TestBuildStopsAtFailure(t *testing.T) {
	dir := t.TempDir()
	cat := catalogue(t, oneSentence, dir)
	made, err := Build(t.Context(), cat, dir, &writer{failAt: "Sila tunggu di talian."}, 2)
	if !errors.Is(err, errHoarse) || !strings.Contains(err.Error(), "ms/wait") {
		t.Errorf("error %v does not tell what failed", err)
	}
	if left := len(prompt.Missing(cat)); left != len(cat.Pieces())-made {
		t.Errorf("made %d of %d, but %d are missing", made, len(cat.Pieces()), left)
	}
}

func TestBuildCancelled(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if made, err := Build(ctx, catalogue(t, oneSentence, dir), dir, &writer{}, 2); made != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("made %d: %v", made, err)
	}
}

// TestEspeak speaks the four languages with the real programs.
func TestEspeak(t *testing.T) {
	speaker, err := NewEspeak()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ lang, short, long string }{
		{"ms", "Satu.", "Untuk meninggalkan mesej, tekan 1. Untuk terus menunggu, tekan 2."},
		{"en", "One.", "To leave a message, press 1. To keep waiting, press 2."},
		{"zh", "一。", "要留言，请按 1。要继续等候，请按 2。"},
		{"ta", "ஒன்று.", "செய்தி விட்டுச் செல்ல 1-ஐ அழுத்தவும். தொடர்ந்து காத்திருக்க 2-ஐ அழுத்தவும்."},
	}
	for _, test := range tests {
		t.Run(test.lang, func(t *testing.T) {
			t.Parallel()
			short := listen(t, speaker, test.lang, test.short)
			long := listen(t, speaker, test.lang, test.long)
			if short < 0.3 || short > 1.5 {
				t.Errorf("%q takes %.2f s", test.short, short)
			}
			// A text spelled out letter by letter would take far longer.
			if long < 3 || long > 9 {
				t.Errorf("%q takes %.2f s", test.long, long)
			}
		})
	}
}

// listen has a text spoken, checks the sound and returns its length in seconds.
func listen(t *testing.T, speaker Speaker, lang, text string) float64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), lang, "x.wav")
	if err := speaker.Speak(t.Context(), lang, text, path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := binary.LittleEndian.Uint32(data[24:]); got != rate || len(data) <= 44 {
		t.Fatalf("%d bytes at %d Hz", len(data), got)
	}
	samples := decode(data[44:])
	var active []int16
	spoken(samples, func(start, end int) { active = append(active, samples[start:end]...) })
	if l := decibels(rms(active)); l < targetLevel-4 || l > targetLevel+2 {
		t.Errorf("%q speaks at %.1f dBFS, want about %.0f", text, l, targetLevel)
	}
	if p := decibels(peak(samples)); p > peakLevel+0.1 {
		t.Errorf("%q peaks at %.1f dBFS, want at most %.0f", text, p, peakLevel)
	}
	return float64(len(samples)) / rate
}

func TestEspeakRefuses(t *testing.T) {
	speaker, err := NewEspeak()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.wav")
	if err := speaker.Speak(t.Context(), "fr", "bonjour", path); err == nil {
		t.Error("spoke a language without a voice")
	}
	if err := speaker.Speak(t.Context(), "en", "...", path); err == nil {
		t.Error("made a sound of nothing")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := speaker.Speak(ctx, "en", "One.", path); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, but %v", err)
	}
	if present(path) {
		t.Error("a failure left a file")
	}
}

func TestNewEspeakNamesWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := NewEspeak()
	if err == nil || !strings.Contains(err.Error(), "apt-get install espeak-ng") || !strings.Contains(err.Error(), "apt-get install sox") {
		t.Errorf("error %v does not name both programs", err)
	}
}
