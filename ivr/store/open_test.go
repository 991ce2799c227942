package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/journal"
)

func TestOpenTwiceKeepsRowsAndIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talian.db")
	for round := range 2 {
		s, err := Open(soon(t), path)
		if err != nil {
			t.Fatal(err)
		}
		users, err := s.Users(soon(t))
		if err != nil || len(users) != round {
			t.Fatalf("round %d: %d users, %v", round, len(users), err)
		}
		if err := s.UpsertUser(soon(t), User{ID: fmt.Sprint("u", round)}); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
			if info, err := os.Stat(path + suffix); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", suffix, info, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talian.db")
	s, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(soon(t), path)
	if err == nil || !strings.Contains(err.Error(), "newer version (schema 99, this program knows 2)") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v", err)
	}
}

func TestOpenUnwritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "talian.db")
	_, err := Open(soon(t), path)
	if err == nil || err.Error() != "records "+path+" cannot be written: no such file or directory" {
		t.Fatalf("got %v", err)
	}
}

func TestPeopleAndSessions(t *testing.T) {
	s, ctx := openStore(t), soon(t)
	ann := User{ID: "agent01", Name: "Ann", Role: "agent", PasswordHash: "h", WrapUp: 30_000, Manual: true,
		Skills: map[string][]string{"language": {"ms", "en"}}}
	for _, u := range []User{{ID: "zed", Skills: map[string][]string{}}, {ID: "agent01", Name: "old"}, ann} {
		if err := s.UpsertUser(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.User(ctx, "agent01")
	if diff := cmp.Diff(ann, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if all, err := s.Users(ctx); err != nil || len(all) != 2 || all[1].ID != "zed" {
		t.Fatalf("%+v %v", all, err)
	}
	if _, err := s.User(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	early := Session{TokenHash: "aa", User: "agent01", Created: noon(), Expires: noon().Add(time.Hour), CSRF: "x"}
	late := Session{TokenHash: "bb", User: "zed", Created: noon().Add(time.Minute), Expires: noon().Add(2 * time.Hour), CSRF: "y"}
	for _, session := range []Session{late, early} {
		if err := s.PutSession(ctx, session); err != nil {
			t.Fatal(err)
		}
	}
	sessions, err := s.Sessions(ctx)
	if diff := cmp.Diff([]Session{early, late}, sessions); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if err := s.DeleteExpired(ctx, noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, "aa"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, "bb"); err != nil || got != late {
		t.Fatalf("%+v %v", got, err)
	}
	if err := s.DeleteSession(ctx, "bb"); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Sessions(ctx); err != nil || len(left) != 0 {
		t.Fatalf("%+v %v", left, err)
	}
}

func TestEarlierCalls(t *testing.T) {
	s := newScene()
	for i, id := range []ivr.CallID{"c1", "c2", "c3"} {
		s.arrive(id).offer(id, "agent01", ivr.Token(fmt.Sprint("l", i))).connect(id, "agent01", ivr.Token(fmt.Sprint("l", i)))
		s.after(1000).say(id, "agent01", ivr.CallReleased{By: ivr.SideCaller})
		if id != "c3" { // still here: not an earlier call
			s.say(id, "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
		}
		s.say(id, "agent01", ivr.CallDisposed{Disposition: "solved", Note: string("about " + id)})
	}
	s.say("c4", "", ivr.CallArrived{From: "0123456789"}).say("c4", "", ivr.CallEnded{By: ivr.SideCaller})
	s.say("c5", "", ivr.CallArrived{From: ""}).say("c5", "", ivr.CallEnded{By: ivr.SideCaller})
	store := told(t, s)
	got, err := store.EarlierCalls(soon(t), "0123456789", 2)
	want := []EarlierCall{
		{Call: "c4", At: s.now.At},
		{Call: "c2", At: at(8000), Cluster: "tax", Agent: "agent01", Disposition: "solved", Note: "about c2", Outcome: ivr.OutcomeAnswered},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if none, err := store.EarlierCalls(soon(t), "", 10); err != nil || len(none) != 0 {
		t.Fatalf("%+v %v", none, err)
	}
}

// journalOf gives a journal that holds the scene's facts.
func journalOf(t *testing.T, path string, facts []ivr.Fact) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, journal.BootClock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if err := j.Append(facts).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	return j
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// run starts Run and gives a stop that waits for it.
func run(t *testing.T, s *Store, j *journal.Journal) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, j, quiet()) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestRunFlushesAtStopAndGoesOn(t *testing.T) {
	s := newScene().arrive("c1").after(4000).offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
	j := journalOf(t, filepath.Join(t.TempDir(), "journal.db"), s.facts)
	store := openStore(t)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := store.Run(over, j, quiet()); err != nil { // stopped before it began: all the same nothing is left behind
		t.Fatal(err)
	}
	if reached, err := cursor(soon(t), store.db, j.ID()); err != nil || reached != uint64(len(s.facts)) {
		t.Fatalf("stopped at %d of %d, %v", reached, len(s.facts), err)
	}
	if noted, err := j.Cursor(soon(t), readerName); err != nil || noted != uint64(len(s.facts)) {
		t.Fatalf("the journal was told %d, %v", noted, err)
	}
	stop := run(t, store, j)
	more := []ivr.Fact{{Call: "c1", Agent: "agent01", Body: ivr.CallReleased{By: ivr.SideAgent}}}
	if err := j.Append(more).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, stay := one(t, store); stay.Talk == nil || stay.EndedBy != ivr.SideAgent {
		t.Fatalf("%+v", stay)
	}
}

func TestRunRefusesAnOldCopyOfItsJournal(t *testing.T) {
	s := openStore(t)
	j := journalOf(t, filepath.Join(t.TempDir(), "journal.db"), newScene().arrive("c1").facts)
	if _, err := s.db.Exec(`INSERT INTO cursors (source, seq) VALUES ($1, 1000)`, j.ID()); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(soon(t), j, quiet()); err == nil || !strings.Contains(err.Error(), "old copy") {
		t.Fatal(err)
	}
}

// Another process locks the records: appends to the journal do not notice, and all rows
// are there afterwards.
func TestLockedRecordsDelayNoFact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talian.db")
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
	j := journalOf(t, filepath.Join(t.TempDir(), "journal.db"), nil)
	stop := run(t, s, j)
	lock, err := other.db.Begin() // _txlock=immediate: the writers' lock
	if err != nil {
		t.Fatal(err)
	}
	const calls = 200
	slowest := time.Duration(0)
	for i := range calls {
		began := time.Now()
		arrived := []ivr.Fact{{Call: ivr.CallID(fmt.Sprint("c", i)), Body: ivr.CallArrived{From: "0123"}}}
		if err := j.Append(arrived).Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(began))
	}
	if slowest > time.Second {
		t.Errorf("an append waited %v while the records were locked", slowest)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	stop()
	rows, err := s.Calls(soon(t), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil || len(rows) != calls {
		t.Fatalf("%d of %d calls, %v", len(rows), calls, err)
	}
	t.Logf("slowest append beside the lock: %v", slowest)
}

const childEnv = "RECORDS_CHILD" // path of the database that the child writes to

// Two processes make the database at the same time, then one writes facts and the other
// people.
func TestTwoProcesses(t *testing.T) {
	const rounds = 200
	if path := os.Getenv(childEnv); path != "" {
		s, err := Open(soon(t), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range rounds {
			if err := s.UpsertUser(soon(t), User{ID: fmt.Sprint("u", i)}); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	path := filepath.Join(t.TempDir(), "talian.db")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			child := exec.CommandContext(soon(t), os.Args[0], "-test.run=^TestTwoProcesses$")
			child.Env = append(os.Environ(), childEnv+"="+path)
			if said, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
	s, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	scene := newScene()
	for i := range rounds {
		scene.arrive(ivr.CallID(fmt.Sprint("c", i)))
	}
	for _, f := range scene.facts {
		if err := s.Apply(soon(t), []ivr.Fact{f}); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	users, err := s.Users(soon(t))
	if err != nil || len(users) != rounds {
		t.Fatalf("%d users, %v", len(users), err)
	}
	calls, err := s.Calls(soon(t), noon().Add(-time.Hour), noon().Add(24*time.Hour))
	if err != nil || len(calls) != rounds {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
}
