package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-sqlite3"

	"talian/ivr"
)

func still() ivr.Stamp {
	return ivr.Stamp{At: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Mono: 1}
}

func openHere(t *testing.T, options ...Option) *Journal {
	t.Helper()
	j, err := Open(filepath.Join(t.TempDir(), "journal.db"), still, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func facts(n int, size int) []ivr.Fact {
	list := make([]ivr.Fact, n)
	for i := range list {
		list[i] = ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: strings.Repeat("x", size)}}
	}
	return list
}

// fill makes SQLite itself say SQLITE_FULL: the file may not grow past its present size.
func fill(t *testing.T, j *Journal) {
	t.Helper()
	var pages int
	if err := j.db.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := j.db.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
}

func TestOneTransactionForAllThatIsQueued(t *testing.T) {
	j := openHere(t)
	conn, err := j.db.Conn(soon(t)) // the writer must wait for its only connection
	if err != nil {
		t.Fatal(err)
	}
	commits := 0
	err = conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterCommitHook(func() int { commits++; return 0 })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var last *Ticket
	for range 500 {
		last = j.Append(facts(1, 10))
	}
	if j.Last() != 0 {
		t.Fatalf("facts up to %d called durable before they were", j.Last())
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := last.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// Two: the writer may have taken the first few before the rest came.
	if commits < 1 || commits > 2 {
		t.Fatalf("500 queued appends took %d transactions, want 1 or 2", commits)
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	j := openHere(t)
	fill(t, j)
	var tickets []*Ticket
	for range 50 {
		tickets = append(tickets, j.Append(facts(3, 1000)))
	}
	brief, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := tickets[49].Wait(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("wait on a full disk: %v", err)
	}
	if err := j.Healthy(); err == nil || !isFull(err) {
		t.Fatalf("health on a full disk: %v", err)
	}
	if _, err := j.db.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	for i, ticket := range tickets {
		if err := ticket.Wait(soon(t)); err != nil {
			t.Fatalf("append %d: %v", i, err)
		}
	}
	if err := j.Healthy(); err != nil {
		t.Fatalf("health when there is space again: %v", err)
	}
	got, err := readAll(j)
	if err != nil || len(got) != 150 {
		t.Fatalf("%d facts, error %v; want 150", len(got), err)
	}
}

// readAll reads the facts' places from the file itself and finds gaps.
func readAll(j *Journal) ([]uint64, error) {
	rows, err := j.db.Query(`SELECT seq FROM facts ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []uint64
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		if len(all) > 0 && seq != all[len(all)-1]+1 {
			return nil, fmt.Errorf("%d follows %d", seq, all[len(all)-1])
		}
		all = append(all, seq)
	}
	return all, rows.Err()
}

func TestCloseOnFullDiskSaysWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := Open(filepath.Join(t.TempDir(), "journal.db"), still)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, j)
		ticket := j.Append(facts(20, 1000))
		began := time.Now()
		err = j.Close()
		if err == nil || !strings.Contains(err.Error(), "20 facts could not be written") {
			t.Fatalf("Close: %v", err)
		}
		if took := time.Since(began); took < CloseGrace || took > CloseGrace+2*lastRetry {
			t.Fatalf("Close gave up after %v, want about %v", took, CloseGrace)
		}
		if err := ticket.Wait(context.Background()); !errors.Is(err, ErrClosed) {
			t.Fatalf("the lost append: %v", err)
		}
	})
}

func TestReserveIsGivenUpWhenFullAndTakenBack(t *testing.T) {
	j := openHere(t, Reserve(3*reserveStep))
	size := func() int64 {
		info, err := os.Stat(j.path + "-reserve")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if size() != 3*reserveStep {
		t.Skipf("this file system gives no reserve (%d bytes)", size())
	}
	fill(t, j)
	ticket := j.Append(facts(20, 1000))
	brief, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := ticket.Wait(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("wait on a full disk: %v", err)
	}
	if size() != 0 {
		t.Fatalf("reserve still holds %d bytes on a full disk", size())
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
	again, err := Open(j.path, still, Reserve(2*reserveStep))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if size() != 2*reserveStep {
		t.Fatalf("reserve after a restart: %d bytes", size())
	}
}

func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	now := still()
	j, err := Open(filepath.Join(t.TempDir(), "journal.db"), func() ivr.Stamp { return now }, Keep(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	first := func() uint64 {
		t.Helper()
		if err := j.prune(soon(t)); err != nil {
			t.Fatal(err)
		}
		all, err := readAll(j)
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	if err := j.Append(facts(10, 1)).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	now.At = now.At.Add(2 * time.Hour)
	if err := j.Append(facts(10, 1)).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != 1 {
		t.Fatalf("no reader yet: first is %d, want 1", got)
	}
	for name, seq := range map[string]uint64{"fast": 20, "slow": 4} {
		if err := j.SetCursor(soon(t), name, seq); err != nil {
			t.Fatal(err)
		}
	}
	if got := first(); got != 5 {
		t.Fatalf("slow reader at 4: first is %d, want 5", got)
	}
	if err := j.SetCursor(soon(t), "slow", 20); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != 11 {
		t.Fatalf("facts younger than the keep time: first is %d, want 11", got)
	}
	now.At = now.At.Add(2 * time.Hour)
	if got := first(); got != 20 {
		t.Fatalf("the last fact carries the count on: first is %d, want 20", got)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	alter := func(name, text string) string {
		path := filepath.Join(dir, name)
		if name != "other.db" {
			j, err := Open(path, still)
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		db, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("Dear Sir, ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := alter("broken.db", `PRAGMA user_version = 1`)
	file, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(file); i++ {
		file[i] = 'x'
	}
	if err := os.WriteFile(broken, file, 0o600); err != nil {
		t.Fatal(err)
	}
	held := openHere(t)
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "j.db"): "cannot be written: no such file or directory",
		dir:                                "cannot be written",
		alter("newer.db", `PRAGMA user_version = 2`):     "was written by a newer version of ivrd",
		alter("other.db", `CREATE TABLE stamps (x)`):     "is not a journal",
		alter("damaged.db", `PRAGMA application_id = 1`): "is not a journal",
		text:      "is not a journal",
		broken:    "is damaged: database disk image is malformed; stop ivrd, then restore",
		held.path: "another ivrd uses " + held.path,
	} {
		j, err := Open(path, still)
		if err == nil {
			t.Errorf("%s: opened", path)
			_ = j.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q does not say %q in one line", path, err, want)
		}
	}
}

func TestFileIsPrivate(t *testing.T) {
	j := openHere(t)
	if err := j.Append(facts(1, 1)).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(j.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", suffix, info.Mode())
		}
	}
	if _, err := os.Stat(j.path + "-shm"); err == nil {
		t.Error("a shared-memory file: the journal is not held alone")
	}
}

// A kill cannot show whether commits wait for the disk, so the setting itself is looked at.
func TestCommitsWaitForTheDisk(t *testing.T) {
	j := openHere(t)
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "locking_mode": "exclusive"} {
		var got string
		if err := j.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint64(1), []byte(`{"seq":1,"at":"2026-03-02T01:00:00Z","mono":5,"kind":"call.marked","call":"c1","data":{"mark":"a"}}`))
	f.Add(uint64(2), []byte(`{"seq":2,"at":"2026-03-02T01:00:00.5+08:00","mono":5,"kind":"call.queued","data":{"queue":"q","skills":{"a":"b"}}}`))
	f.Add(uint64(3), []byte(`{"seq":3,"at":"2026-03-02T01:00:00Z","mono":-5,"kind":"new.kind","agent":"a","data":[1, 2]}`))
	f.Add(uint64(4), []byte(`{"seq":5}`))
	f.Add(uint64(0), []byte(``))
	f.Fuzz(func(t *testing.T, seq uint64, text []byte) {
		first, err := decode(seq, text)
		if err != nil {
			return
		}
		if first.Seq != seq || first.Body == nil {
			t.Fatalf("decode(%d) gave %+v", seq, first)
		}
		clean, err := first.MarshalJSON()
		if err != nil {
			return // a year that cannot be written
		}
		second, err := decode(seq, clean)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, clean)
		}
		if again, err := second.MarshalJSON(); err != nil || string(again) != string(clean) {
			t.Fatalf("read and written again:\n%s\n%s\n%v", clean, again, err)
		}
	})
}
