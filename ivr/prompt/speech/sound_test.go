package speech

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sine is a tone between two silences, all in samples.
func sine(before, length, after int, amplitude float64) []int16 {
	samples := make([]int16, before+length+after)
	for i := range length {
		samples[before+i] = int16(amplitude * math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	return samples
}

func TestTrim(t *testing.T) {
	got := trim(sine(10*frame, 20*frame, 30*frame, 8000))
	if len(got) != 20*frame {
		t.Errorf("%d samples left, want %d", len(got), 20*frame)
	}
	if got := trim(sine(0, rate, 0, 50)); len(got) != 0 {
		t.Errorf("%d samples of a quiet sound left", len(got))
	}
	if got := trim(nil); len(got) != 0 {
		t.Errorf("%d samples of nothing left", len(got))
	}
}

func TestLevel(t *testing.T) {
	for _, amplitude := range []float64{300, 3000, 32000} {
		got := level(sine(frame, rate, 0, amplitude))
		if l := decibels(rms(got[frame:])); math.Abs(l-targetLevel) > 0.5 {
			t.Errorf("amplitude %.0f comes to %.1f dBFS, want %.0f", amplitude, l, targetLevel)
		}
	}
	// One click is louder than the tone: the peak decides.
	clicked := sine(0, rate, 0, 1000)
	clicked[100] = 32000
	if p := decibels(peak(level(clicked))); math.Abs(p-peakLevel) > 0.1 {
		t.Errorf("peak %.1f dBFS, want %.0f", p, peakLevel)
	}
	if got := level(make([]int16, 100)); peak(got) != 0 {
		t.Error("silence became loud")
	}
}

func TestPad(t *testing.T) {
	if got := len(pad(make([]int16, 100), tail("Selesai."))); got != 160+100+2400 {
		t.Errorf("%d samples after a sentence", got)
	}
	if got := len(pad(make([]int16, 100), tail("satu"))); got != 160+100+480 {
		t.Errorf("%d samples after a word", got)
	}
}

func TestWriteWAVLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken.wav")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeWAV(path, []int16{1}); err == nil {
		t.Error("no error though a folder has the name")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := writeWAV(filepath.Join(path, "x", "y.wav"), []int16{1}); err != nil {
		t.Errorf("folders were not made: %v", err)
	}
}
