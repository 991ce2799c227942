package trace

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"talian/ivr"
)

func open(t *testing.T, dir string, options Options) *Writer {
	t.Helper()
	w, err := Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "trace")
	kl := time.FixedZone("", 8*3600)
	w := open(t, dir, Options{Location: kl, Keep: 3})
	var calls sync.WaitGroup
	for call := range 8 {
		calls.Go(func() {
			for i := range 100 {
				w.Put([]Line{{At: at(t, "2026-03-04T12:00:00Z"), Call: ivr.CallID(fmt.Sprint("c", call)), What: Pressed, Key: fmt.Sprint(i)}})
			}
		})
	}
	calls.Wait()
	w.Put([]Line{{At: at(t, "2026-03-04T16:00:00Z"), Call: "c3", What: HungUp}}) // the next day there
	w.Close()
	days, err := Days(dir)
	if err != nil || !slices.Equal(days, []string{"2026-03-04", "2026-03-05"}) {
		t.Fatal(days, err)
	}
	lines, err := Read(dir, "c3")
	if err != nil || len(lines) != 101 || lines[100].What != HungUp {
		t.Fatal(len(lines), err)
	}
	for i, l := range lines[:100] {
		if l.Key != fmt.Sprint(i) {
			t.Fatalf("line %d is %v", i, l)
		}
	}
	if w.Dropped() != 0 {
		t.Error(w.Dropped())
	}
	if info, err := os.Stat(filepath.Join(dir, "2026-03-04.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if lines, err := Read(dir, "nobody"); len(lines) != 0 || err != nil {
		t.Error(lines, err)
	}
}

func TestOldDaysGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"2026-03-01.jsonl", "2026-03-02.jsonl", "notes.txt", "2026-13-01.jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := open(t, dir, Options{Keep: 3})
	w.Put([]Line{{At: at(t, "2026-03-04T12:00:00Z"), Call: "c1", What: Began}})
	w.Close()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"2026-03-02.jsonl", "2026-03-04.jsonl", "2026-13-01.jsonl", "notes.txt"}) {
		t.Error(names)
	}
}

// TestPutNeverWaits fills the queue of a writer whose goroutine does not run.
func TestPutNeverWaits(t *testing.T) {
	t.Parallel()
	w := &Writer{steps: make(chan []Line, 2), stopped: make(chan struct{})}
	for range 5 {
		w.Put([]Line{{What: Pressed}, {What: Chose}})
	}
	if w.Dropped() != 6 {
		t.Error(w.Dropped())
	}
	w = open(t, t.TempDir(), Options{})
	w.Close()
	w.Put([]Line{{What: Pressed}})
	if w.Dropped() != 1 {
		t.Error("after Close:", w.Dropped())
	}
}

func TestFullDay(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	dir := t.TempDir()
	w := open(t, dir, Options{MaxDay: 300, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 10 {
		w.Put([]Line{{At: at(t, "2026-03-04T12:00:00Z"), Call: "c1", What: Began}})
	}
	w.Put([]Line{{At: at(t, "2026-03-05T12:00:00Z"), Call: "c1", What: Ended}})
	w.Close()
	lines, err := Read(dir, "c1")
	if err != nil || uint64(len(lines))+w.Dropped() != 11 || lines[len(lines)-1].What != Ended || len(lines) < 3 {
		t.Fatal(len(lines), w.Dropped(), err)
	}
	if strings.Count(log.String(), "\n") != 1 {
		t.Errorf("told %s", log.String())
	}
}

// TestTornLine: a crash in mid-line loses that line only.
func TestTornLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "2026-03-04.jsonl")
	good := `{"at":"2026-03-04T12:00:00Z","call":"c1","what":"began"}` + "\n"
	if err := os.WriteFile(path, []byte(good+`{"at":"2026`), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, err := Read(dir, "c1"); err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	w := open(t, dir, Options{})
	w.Put([]Line{{At: at(t, "2026-03-04T13:00:00Z"), Call: "c1", What: Ended}})
	w.Close()
	if lines, err := Read(dir, "c1"); err != nil || len(lines) != 2 {
		t.Fatal(lines, err)
	}
	if err := os.WriteFile(path, []byte("{}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir, "c1"); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatal(err)
	}
}

// TestDiskFails: the folder is a file.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "trace")
	var log bytes.Buffer
	w := open(t, dir, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	w.Put([]Line{{At: time.Now(), What: Began}, {At: time.Now(), What: Ended}})
	w.Close()
	if w.Dropped() != 2 || !strings.Contains(log.String(), "trace") {
		t.Error(w.Dropped(), log.String())
	}
	if _, err := Days(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
