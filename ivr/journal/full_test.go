package journal

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// disk gives a folder on a disk of its own with so many bytes.
func disk(t *testing.T, bytes string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+bytes); err != nil {
		t.Skipf("a disk can be mounted by root only: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// stuff writes to a file in dir until the disk is full.
func stuff(t *testing.T, dir string) (path string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "stuff"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// On a full disk facts are written into what the reserve gives up: no write fails, the
// loss is told, and a start works too. With room again the reserve is whole.
func TestReserveCarriesCallsOnAFullDisk(t *testing.T) {
	dir := disk(t, "80m")
	path := filepath.Join(dir, "journal.db")
	var log strings.Builder
	open := func() *Journal {
		t.Helper()
		j, err := Open(path, still, Reserve(2*reserveStep), Log(slog.New(slog.NewTextHandler(&log, nil))))
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	shut := func(j *Journal) {
		t.Helper()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j := open()
	if err := j.Reserved(); err != nil {
		t.Fatalf("the reserve of a new journal: %v", err)
	}
	stuffed := stuff(t, dir)
	for range 20 { // 20 MB, more than one step and less than two
		if err := j.Append(facts(10, 100_000)).Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Reserved(); err == nil || !strings.Contains(err.Error(), "the disk is full: 0 of 32 MB") {
		t.Errorf("the reserve: %v", err)
	}
	if err := j.Healthy(); err != nil {
		t.Errorf("health: %v", err)
	}
	shut(j)
	if text := log.String(); strings.Contains(text, "cannot be written") || strings.Count(text, "no room to spare") != 1 {
		t.Errorf("log\n%s", text)
	}
	log.Reset()
	j = open()
	if err := j.Reserved(); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("the reserve at a start on a full disk: %v", err)
	}
	shut(j)
	if err := os.Remove(stuffed); err != nil {
		t.Fatal(err)
	}
	j = open()
	if err := j.Reserved(); err != nil {
		t.Errorf("the reserve with room again: %v", err)
	}
	shut(j)
}

// A start on a disk without a byte left gives up reserve that the last run left.
func TestStartOnAFullDisk(t *testing.T) {
	dir := disk(t, "64m")
	path := filepath.Join(dir, "journal.db")
	for _, options := range [][]Option{{Reserve(reserveStep)}, nil} {
		j, err := Open(path, still, options...)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(facts(1, 10)).Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		stuffed := stuff(t, dir)
		if j, err = Open(path, still, options...); err != nil {
			t.Fatalf("%d options: %v", len(options), err)
		}
		if err := os.Remove(stuffed); err != nil {
			t.Fatal(err)
		}
		if err := j.Append(facts(1, 10)).Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A journal on a disk that became read-only is refused in words.
func TestReadOnlyDisk(t *testing.T) {
	dir := disk(t, "1m")
	path := filepath.Join(dir, "journal.db")
	j, err := Open(path, still)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, still); err == nil || err.Error() != "journal "+path+" cannot be written: read-only file system" {
		t.Errorf("%v", err)
	}
}

// A reserve that would take the last of the disk is left alone, and tried again.
func TestReserveLeavesOthersRoom(t *testing.T) {
	dir := disk(t, "40m")
	j, err := Open(filepath.Join(dir, "journal.db"), still, Reserve(2*reserveStep), Log(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Reserved(); err == nil || !strings.Contains(err.Error(), "0 of 32 MB are kept back") {
		t.Fatalf("the reserve: %v", err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	j.tidy()
	if err := j.Reserved(); err != nil {
		t.Errorf("the reserve with room: %v", err)
	}
}

// The log hears once that writing fails, and once that it works again.
func TestLogTellsFaultOnce(t *testing.T) {
	var log strings.Builder
	j := openHere(t, Log(slog.New(slog.NewTextHandler(&log, nil))))
	fill(t, j)
	ticket := j.Append(facts(20, 1000))
	ctx, look := soon(t), time.NewTicker(5*time.Millisecond)
	defer look.Stop()
	for j.Healthy() == nil {
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatal("no fault on a full disk")
		}
	}
	if _, err := j.db.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"the journal cannot be written", "the journal can be written again"} {
		if got := strings.Count(log.String(), line); got != 1 {
			t.Errorf("%q stands %d times in the log:\n%s", line, got, log.String())
		}
	}
}
