package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tick gives a clock that moves 10 ms at each reading; the journal reads it under its lock.
func tick() func() ivr.Stamp {
	at, mono := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), ivr.Millis(1000)
	return func() ivr.Stamp {
		at, mono = at.Add(10*time.Millisecond), mono+10
		return ivr.Stamp{At: at, Mono: mono}
	}
}

func open(t testing.TB, path string, options ...journal.Option) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, tick(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// within gives a context that fails the test's waits rather than hang.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func mark(call ivr.CallID, name string) ivr.Fact {
	return ivr.Fact{Call: call, Body: ivr.CallMarked{Mark: name}}
}

func TestAppendGivesPlacesAndTimesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	given := ivr.Fact{At: time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.FixedZone("", 8*3600)), Mono: 7, Call: "c1", Body: ivr.CallAnswered{}}
	ticket := j.Append([]ivr.Fact{mark("c1", "a"), given})
	want := []ivr.Fact{
		{Seq: 1, At: time.Date(2026, 3, 2, 1, 0, 0, 10e6, time.UTC), Mono: 1010, Call: "c1", Body: ivr.CallMarked{Mark: "a"}},
		{Seq: 2, At: time.Date(2025, 12, 31, 16, 0, 0, 123e6, time.UTC), Mono: 7, Call: "c1", Body: ivr.CallAnswered{}},
	}
	if diff := cmp.Diff(want, ticket.Facts()); diff != "" {
		t.Fatal(diff)
	}
	if err := ticket.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	got, err := again.After(within(t), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if again.ID() != j.ID() || len(j.ID()) < 20 {
		t.Fatalf("ID changed: %q, %q", j.ID(), again.ID())
	}
	if next := again.Append([]ivr.Fact{mark("c1", "b")}).Facts()[0].Seq; next != 3 {
		t.Fatalf("seq after a restart: %d, want 3", next)
	}
}

func TestOrderOfAppendIsOrderOfSeq(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	const writers, each = 8, 200
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			var last *journal.Ticket
			for i := range each {
				last = j.Append([]ivr.Fact{mark(ivr.CallID(fmt.Sprint("c", w)), fmt.Sprint(i))})
			}
			if err := last.Wait(within(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	facts, err := j.After(within(t), 0, 2*writers*each)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts) != writers*each || j.Last() != writers*each {
		t.Fatalf("%d facts, last %d; want %d", len(facts), j.Last(), writers*each)
	}
	next := map[ivr.CallID]int{}
	for i, f := range facts {
		if f.Seq != uint64(i+1) {
			t.Fatalf("fact %d has seq %d", i+1, f.Seq)
		}
		if i > 0 && f.Mono <= facts[i-1].Mono {
			t.Fatalf("fact %d: mono %d is not after %d", f.Seq, f.Mono, facts[i-1].Mono)
		}
		if got := f.Body.(ivr.CallMarked).Mark; got != fmt.Sprint(next[f.Call]) {
			t.Fatalf("%s: got %s, want %d", f.Call, got, next[f.Call])
		}
		next[f.Call]++
	}
}

func TestRefusedAppendLeavesNoTrace(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	bad := j.Append([]ivr.Fact{mark("c1", "a"), {Call: "c1"}}, journal.State{Kind: "call", ID: "c1", Data: json.RawMessage(`1`)})
	if err := bad.Wait(within(t)); err == nil {
		t.Fatal("a fact without a body was taken")
	}
	good := j.Append([]ivr.Fact{mark("c1", "b")})
	if err := good.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	facts, err := j.After(within(t), 0, 10)
	if err != nil || len(facts) != 1 || facts[0].Seq != 1 {
		t.Fatalf("facts %v, error %v; want only the good one with seq 1", facts, err)
	}
	if states, err := j.States(within(t), "call"); err != nil || len(states) != 0 {
		t.Fatalf("states %v, error %v; want none", states, err)
	}
}

func TestStates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	state := func(kind, id, data string) journal.State {
		if data == "" {
			return journal.State{Kind: kind, ID: id}
		}
		return journal.State{Kind: kind, ID: id, Data: json.RawMessage(data)}
	}
	j.Append(nil, state("call", "c1", `{"n":1}`), state("call", "c2", `{"n":2}`), state("agent", "c1", `3`))
	j.Append([]ivr.Fact{mark("c1", "x")}, state("call", "c1", `{"n":4}`), state("call", "c2", ""))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	for kind, want := range map[string]map[string]json.RawMessage{
		"call": {"c1": json.RawMessage(`{"n":4}`)}, "agent": {"c1": json.RawMessage(`3`)}, "line": {},
	} {
		got, err := j.States(within(t), kind)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

func TestFollowReadsOldAndNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	for range 1500 {
		j.Append([]ivr.Fact{mark("c1", "old")})
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	ctx, cancel := context.WithCancel(within(t))
	got, done := make(chan uint64, 2000), make(chan error, 1)
	go func() {
		done <- j.Follow(ctx, 100, func(facts []ivr.Fact) error {
			for _, f := range facts {
				got <- f.Seq
			}
			return nil
		})
	}()
	for range 100 {
		j.Append([]ivr.Fact{mark("c1", "new")})
	}
	for want := uint64(101); want <= 1600; want++ {
		select {
		case seq := <-got:
			if seq != want {
				t.Fatalf("got %d, want %d", seq, want)
			}
		case <-ctx.Done():
			t.Fatalf("no fact %d", want)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestSlowFollowerDelaysNoAppend(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	if err := j.Append([]ivr.Fact{mark("c1", "first")}).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	stuck, free, stop := make(chan struct{}), make(chan struct{}), errors.New("enough")
	done := make(chan error, 1)
	go func() {
		done <- j.Follow(context.Background(), 0, func(facts []ivr.Fact) error {
			if facts[0].Seq == 1 {
				close(stuck)
				<-free
				return nil
			}
			if facts[0].Seq != 2 {
				t.Errorf("after the pause: %d, want 2", facts[0].Seq)
			}
			return stop
		})
	}()
	<-stuck
	for range 300 { // more than any buffer between the two
		if err := j.Append([]ivr.Fact{mark("c1", "more")}).Wait(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	close(free)
	if err := <-done; !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

func TestCloseWritesTheQueueAndEndsFollowers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	followed := make(chan error, 1)
	go func() {
		followed <- j.Follow(context.Background(), 0, func([]ivr.Fact) error { return nil })
	}()
	for range 500 {
		j.Append([]ivr.Fact{mark("c1", "x")})
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-followed; !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("follower ended with %v", err)
	}
	if err := j.Append([]ivr.Fact{mark("c1", "late")}).Wait(within(t)); !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("append after Close: %v", err)
	}
	if err := j.SetCursor(within(t), "x", 1); !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("cursor after Close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatalf("second Close: %v", err)
	}
	if last := open(t, path).Last(); last != 500 {
		t.Fatalf("%d facts on disk, want 500", last)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ticket := j.Append([]ivr.Fact{mark("c1", "x")})
	if err := ticket.Wait(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := ticket.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
}

func TestCursors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	if err := j.Append([]ivr.Fact{mark("c1", "x"), mark("c1", "y")}).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if seq, err := j.Cursor(within(t), "store"); err != nil || seq != 0 {
		t.Fatalf("cursor of a new reader: %d, %v", seq, err)
	}
	if err := j.SetCursor(within(t), "store", 2); err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(within(t), "store", 3); err == nil {
		t.Fatal("a cursor past the end was taken")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if seq, err := open(t, path).Cursor(within(t), "store"); err != nil || seq != 2 {
		t.Fatalf("cursor after a restart: %d, %v; want 2", seq, err)
	}
}

func TestDropCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	if err := j.Append([]ivr.Fact{mark("c1", "x")}).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"store", "outbox"} {
		if err := j.SetCursor(within(t), name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is none
		if err := j.DropCursor(within(t), "outbox"); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	for name, want := range map[string]uint64{"store": 1, "outbox": 0} {
		if seq, err := j.Cursor(within(t), name); err != nil || seq != want {
			t.Fatalf("%s after a restart: %d, %v; want %d", name, seq, err, want)
		}
	}
}

func TestBootClockOnlyMovesForward(t *testing.T) {
	clock := journal.BootClock()
	first := clock()
	if first.Mono <= 0 || first.At.Location() != time.UTC || first.At.Nanosecond()%1e6 != 0 {
		t.Fatalf("not a stamp: %+v", first)
	}
	last := first
	for range 1000 {
		next := clock()
		if next.Mono < last.Mono {
			t.Fatalf("went back from %d to %d", last.Mono, next.Mono)
		}
		last = next
	}
}

// On two shared cores: 1 writer 4,200 appends/s (one fsync each), 50 writers 31,000 appends/s.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 50} {
		b.Run(fmt.Sprint(writers, "writers"), func(b *testing.B) {
			j := open(b, filepath.Join(b.TempDir(), "journal.db"))
			turns := make(chan struct{}, b.N)
			for range b.N {
				turns <- struct{}{}
			}
			close(turns)
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					id := ivr.CallID(fmt.Sprint("c", w))
					for range turns {
						state := journal.State{Kind: "call", ID: string(id), Data: json.RawMessage(`{"node":"menu","tries":1}`)}
						if err := j.Append([]ivr.Fact{mark(id, "x")}, state).Wait(context.Background()); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}
