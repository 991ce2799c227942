package store

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// record is a log that tests read while it is written.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), what)
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

const (
	began = "the records cannot be written"
	over  = "the records can be written again"
)

// becomes waits until the health of s is good, or is not.
func becomes(t *testing.T, s *Store, good bool) error {
	t.Helper()
	ctx := soon(t)
	for look := time.NewTicker(5 * time.Millisecond); ; {
		err := s.Healthy()
		if (err == nil) == good {
			look.Stop()
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("health %v, want good: %v", err, good)
		}
	}
}

// rowsReach waits until the records stand where the journal ends.
func rowsReach(t *testing.T, s *Store, j *journal.Journal) {
	t.Helper()
	ctx := soon(t)
	for look := time.NewTicker(5 * time.Millisecond); ; {
		if reached, err := cursor(ctx, s.db, j.ID()); err == nil && reached == j.Last() {
			look.Stop()
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("the records do not reach %d", j.Last())
		}
	}
}

// A file that is no database hinders neither start nor facts; Healthy and Open name the
// cure, and when the file is moved away all facts are written without a restart.
func TestRunWithoutADatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "talian.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("this is no database. "), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(soon(t), path); err == nil || !strings.Contains(err.Error(), "file is not a database") ||
		!strings.Contains(err.Error(), "the last 7 days of calls come back") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open: %v", err)
	}
	s, err := At(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	scene := newScene().arrive("c1")
	j := journalOf(t, filepath.Join(dir, "journal.db"), scene.facts)
	log := &record{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, j, log.logger()) }()
	if err := becomes(t, s, false); !strings.Contains(err.Error(), "move it away") {
		t.Errorf("health: %v", err)
	}
	if _, err := s.Case(soon(t), "26061000011"); err == nil {
		t.Error("a case was read from what is no database")
	}
	if err := os.Rename(path, path+".damaged"); err != nil {
		t.Fatal(err)
	}
	rowsReach(t, s, j)
	if err := becomes(t, s, true); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("the file made anew: %v %v", info, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if log.count(began) != 1 || log.count(over) != 1 {
		t.Errorf("log, each line once:\n%s", log.text.String())
	}
}

// A database whose tables cannot be read leaves Run trying, and nothing hangs at the end.
func TestRunOnADamagedDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "talian.db")
	made, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	scene := newScene()
	for _, id := range []ivr.CallID{"c1", "c2", "c3"} {
		scene.arrive(id)
	}
	if err := made.Apply(soon(t), scene.facts); err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(file); i++ {
		file[i] = 'x'
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := At(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	j := journalOf(t, filepath.Join(dir, "journal.db"), scene.facts)
	log := &record{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, j, log.logger()) }()
	if err := becomes(t, s, false); !strings.Contains(err.Error(), "malformed") || !strings.Contains(err.Error(), "the file is damaged") {
		t.Errorf("health: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if log.count(began) != 1 || log.count("nothing is lost") != 1 {
		t.Errorf("log, each line once:\n%s", log.text.String())
	}
}

// Whoever locks the records does not hold a stop up, and is told that nothing is lost.
func TestStopWhileRecordsAreLocked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "talian.db")
	s, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	j := journalOf(t, filepath.Join(dir, "journal.db"), nil)
	log := &record{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, j, log.logger()) }()
	lock, err := other.db.BeginTx(soon(t), nil) // _txlock=immediate: the writers' lock
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(newScene().arrive("c1").facts).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := becomes(t, s, false); err == nil {
		t.Fatal("healthy while locked")
	}
	asked := time.Now()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if took, most := time.Since(asked), flushGrace+2*busyTimeout+time.Second; took > most {
		t.Errorf("Run ended %v after it was told to, want at most %v", took, most)
	}
	if log.count(began) != 1 || log.count("nothing is lost: the journal has them and the next start writes them") != 1 {
		t.Errorf("log, each line once:\n%s", log.text.String())
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Run(ended, j, log.logger()); err != nil {
		t.Fatal(err)
	}
	rowsReach(t, s, j)
}
