package speech

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"talian/ivr/prompt"
)

// record makes a recording with sox: a tone with silence around it.
func record(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	form := []string{"-r", "44100", "-c", "2"}
	if strings.HasPrefix(name, "long") {
		form = []string{"-r", "8000", "-c", "1"}
	}
	full := slices.Concat([]string{"-V1", "-D", "-n"}, form, []string{"-b", "16", path}, args)
	if out, err := exec.CommandContext(t.Context(), "sox", full...).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return path
}

func studio(t *testing.T) *Studio {
	t.Helper()
	s, err := NewStudio()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestImport takes in recordings of several forms: all come out equally loud, trimmed, and as
// the catalogue wants them.
func TestImport(t *testing.T) {
	s := studio(t)
	for name, volume := range map[string]string{"quiet.wav": "0.02", "loud.flac": "0.9", "fine.aiff": "0.05"} {
		from := record(t, name, "synth", "2", "sine", "440", "vol", volume, "pad", "1.5", "1")
		to := filepath.Join(t.TempDir(), "en", "hello.wav")
		take, err := s.Import(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		samples := decode(data[44:])
		var active []int16
		spoken(samples, func(start, end int) { active = append(active, samples[start:end]...) })
		if l := decibels(rms(active)); math.Abs(l-targetLevel) > 1 {
			t.Errorf("%s: %.1f dBFS", name, l)
		}
		if take.Length != duration(len(samples)) || take.Length < 2200*time.Millisecond || take.Length > 2500*time.Millisecond {
			t.Errorf("%s: %v", name, take.Length)
		}
		if take.Cut < 2400*time.Millisecond || take.Cut > 2600*time.Millisecond {
			t.Errorf("%s: cut %v", name, take.Cut)
		}
		if louder := take.Gain > 0; louder != (name != "loud.flac") {
			t.Errorf("%s: %.1f dB", name, take.Gain)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	s := studio(t)
	nothing := filepath.Join(t.TempDir(), "nothing.wav")
	if err := os.WriteFile(nothing, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	words := filepath.Join(t.TempDir(), "words.wav")
	if err := os.WriteFile(words, []byte("these are words"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, from := range map[string]string{
		"the recording clips": record(t, "clips.wav", "synth", "1", "sine", "440", "gain", "20"),
		"empty or silent":     record(t, "silent.wav", "trim", "0", "2"),
		"at most 5m0s":        record(t, "long.wav", "synth", "302", "sine", "440", "vol", "0.2"),
		"is empty":            nothing,
		"sox cannot read":     words,
		"no such file":        filepath.Join(t.TempDir(), "gone.wav"),
	} {
		to := filepath.Join(t.TempDir(), "x.wav")
		if _, err := s.Import(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), from) {
			t.Errorf("%s: %v", want, err)
		}
		if present(to) {
			t.Errorf("%s: a file was written", want)
		}
	}
}

func TestSheet(t *testing.T) {
	sounds, made := t.TempDir(), t.TempDir()
	prompts := t.TempDir()
	text := "hello: {en: {text: Hello.}}\nyou: {slots: {n: digits}, en: {text: \"You are {n}.\"}}\n"
	if err := os.WriteFile(filepath.Join(prompts, "p.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeWAV(filepath.Join(sounds, "en", "hello.wav"), append(make([]int16, 800), 9000, -9000, 9000)); err != nil {
		t.Fatal(err)
	}
	c, problems := prompt.Load(prompts, []string{"en"}, sounds, made)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	lines, err := Sheet(c, "en")
	if err != nil || len(lines) != len(c.Pieces()) {
		t.Fatal(len(lines), err)
	}
	found := map[string]Line{}
	for _, l := range lines {
		found[l.ID] = l
	}
	if l := found["hello"]; !l.Recorded || l.Length != duration(803) || l.File != "en/hello.wav" {
		t.Errorf("%+v", l)
	}
	if l := found["you_1"]; l.Recorded || l.Length != 0 || l.Text != "You are" {
		t.Errorf("%+v", l)
	}
	if l, there := found["words/1"]; !there && len(lines) < 10 {
		t.Errorf("no words: %+v", l)
	}
	if lines, err := Sheet(c, "ms"); len(lines) != 0 || err != nil {
		t.Error(lines, err)
	}
}

// TestClipped tells what was clipped, also before it was resampled, from what is only loud.
func TestClipped(t *testing.T) {
	flat := make([]int16, 40000)
	for i := range 16 {
		flat[1000*(i/4)+i%4] = math.MaxInt16
	}
	if clips, full := clipped(flat); clips != 4 || full != 16 {
		t.Error(clips, full)
	}
	for i := range flat {
		flat[i] = int16(100 * (i % 2))
	}
	flat[7], flat[9], flat[11] = math.MaxInt16, -math.MaxInt16, math.MinInt16
	if clips, full := clipped(flat); clips != 0 || full != 3 {
		t.Error(clips, full)
	}
}
