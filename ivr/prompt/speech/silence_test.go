package speech

import (
	"os"
	"testing"
	"time"
)

func TestSilences(t *testing.T) {
	dir := t.TempDir()
	name, err := Silences(dir)
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[time.Duration]time.Duration{
		300 * time.Millisecond: 300 * time.Millisecond,
		20 * time.Millisecond:  100 * time.Millisecond,
		time.Minute:            5 * time.Second,
	} {
		data, err := os.ReadFile(name(asked) + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		if got := len(decode(data[44:])); got != count(want) {
			t.Errorf("silence of %v has %d samples, want %d", asked, got, count(want))
		}
	}
	if _, err := Silences(dir); err != nil {
		t.Errorf("second time: %v", err)
	}
}
