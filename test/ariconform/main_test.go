package ariconform

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talian/test/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m)) }

//nolint:gochecknoglobals // a flag
var captureDir = flag.String("capture", "", "write what the real Asterisk says into this folder, and its record into testdata")

const recordFile = "testdata/record.txt"

func recorded(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(recordFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// TestReal runs the script against the real Asterisk: it says what it said when the record
// was made.
func TestReal(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Asterisk")
	}
	record := play(t, startReal(t), *captureDir)
	if *captureDir != "" {
		if err := os.WriteFile(recordFile, []byte(strings.Join(record, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(recorded(t), record); diff != "" {
		t.Errorf("the real Asterisk differs from the record (-record +now):\n%s", diff)
	}
}

// TestFake runs the script against the fake: it must say the same.
func TestFake(t *testing.T) {
	fake := startFake(t)
	if diff := cmp.Diff(recorded(t), play(t, fake, "")); diff != "" {
		t.Errorf("the fake differs from the real Asterisk (-real +fake):\n%s", diff)
	}
	if faults := fake.ari.Faults(); len(faults) > 0 {
		t.Errorf("the fake was asked what it does not know: %v", faults)
	}
}
