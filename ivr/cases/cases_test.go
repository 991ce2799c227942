package cases_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/cases"
	"talian/ivr/journal"
)

func TestOpenWritesAllThatWasSaid(t *testing.T) {
	s := newScene(t)
	extra := journal.State{Kind: "recording", ID: "r1", Data: json.RawMessage(`{"case":1}`)}
	c, err := s.registry.Open(within(t), complaint("c1/open_case/1"), extra)
	if err != nil {
		t.Fatal(err)
	}
	now := s.clock.read() // a millisecond after the reading of Open
	at := now.At.Add(-time.Millisecond)
	want := cases.Case{Number: "26061000015", Desk: "complaints", Type: ivr.Complaint, Status: ivr.CaseNew, Category: "road",
		Cluster: "works", Opened: at, Due: "2026-03-05", Changed: at}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatal(diff)
	}
	fact := ivr.Fact{Seq: 1, At: at, Mono: now.Mono - 1, Call: "c1", Body: ivr.CaseOpened{Number: c.Number, Key: "c1/open_case/1",
		Desk: "complaints", Type: ivr.Complaint, Status: ivr.CaseNew, Category: "road", Cluster: "works", Caller: "0123456789",
		Identity: "900101145678", Lang: "ms", Note: "pothole", Audio: "cases/a.wav", Length: 12000, Due: "2026-03-05"}}
	if diff := cmp.Diff([]ivr.Fact{fact}, s.facts()); diff != "" {
		t.Fatal(diff)
	}
	if states, err := s.States(within(t), "recording"); err != nil || string(states["r1"]) != `{"case":1}` {
		t.Fatalf("the state given with it: %s, %v", states["r1"], err)
	}
}

func TestDayIsThatOfTheSite(t *testing.T) {
	s := newScene(t)
	s.clock.move(14*time.Hour + 59*time.Minute + 59*time.Second) // 23:59:59 in Kuala Lumpur
	before := s.open("k1")
	s.clock.move(time.Second)
	after := s.open("k2")
	if !strings.HasPrefix(string(before.Number), "2606100001") || before.Due != "2026-03-05" {
		t.Errorf("before midnight: %s, due %s", before.Number, before.Due)
	}
	if !strings.HasPrefix(string(after.Number), "2606200001") || after.Due != "2026-03-06" {
		t.Errorf("after midnight: %s, due %s", after.Number, after.Due)
	}
	s.clock.move(-time.Hour) // a clock set back
	if back := s.open("k3"); !strings.HasPrefix(string(back.Number), "2606100002") {
		t.Errorf("the day before once more: %s, want the second of that day", back.Number)
	}
}

func TestDraft(t *testing.T) {
	s := newScene(t)
	c, err := s.registry.Draft(within(t), complaint("k1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.facts()[0].Body.(ivr.CaseOpened).Status; c.Status != ivr.CaseDraft || got != ivr.CaseDraft {
		t.Fatalf("status %s, in the fact %s", c.Status, got)
	}
}

func TestRefusedRequestsLeaveNoTrace(t *testing.T) {
	s := newScene(t)
	for name, spoil := range map[string]func(*cases.Opening){
		"key": func(o *cases.Opening) { o.Key = "" }, "desk": func(o *cases.Opening) { o.Desk = "" },
		"type": func(o *cases.Opening) { o.Type = "petition" }, "days": func(o *cases.Opening) { o.Days = -1 },
	} {
		o := complaint("k")
		spoil(&o)
		_, err := s.registry.Open(within(t), o)
		if err == nil {
			t.Fatalf("a wrong %s was taken", name)
		}
		wantCode(t, err, ivr.CodeInvalid)
	}
	for _, a := range []cases.Addition{{Number: "26063000173", Note: "n"}, {Key: "k", Number: "26063000173"}} {
		_, err := s.registry.Append(within(t), a)
		wantCode(t, err, ivr.CodeInvalid)
	}
	if n := len(s.facts()); n != 0 {
		t.Fatalf("%d facts", n)
	}
	if c := s.open("k"); !strings.HasPrefix(string(c.Number), "2606100001") {
		t.Fatalf("a refused request took a number: the first is %s", c.Number)
	}
}

func TestRangeAndTheEndOfTheDay(t *testing.T) {
	for _, bad := range [][2]int{{0, 5}, {5, 4}, {1, ivr.MaxCases + 1}} {
		if _, err := cases.New(nil, newClock().read, time.UTC, nil, cases.Range(bad[0], bad[1])); err == nil {
			t.Errorf("range %v was taken", bad)
		}
	}
	s := newScene(t, cases.Range(500, 501))
	if c := s.open("k1"); !strings.HasPrefix(string(c.Number), "2606100500") {
		t.Fatalf("first of the range: %s", c.Number)
	}
	s.restart()
	s.open("k2")
	_, err := s.registry.Open(within(t), complaint("k3"))
	wantCode(t, err, ivr.CodeUnavailable)
	if again := s.open("k2"); !strings.HasPrefix(string(again.Number), "2606100501") {
		t.Fatalf("a repeated request on a full day: %s", again.Number)
	}
	s.clock.move(24 * time.Hour)
	if c := s.open("k3"); !strings.HasPrefix(string(c.Number), "2606200500") {
		t.Fatalf("first of the next day: %s", c.Number)
	}
}

func TestSameKeySameCase(t *testing.T) {
	s := newScene(t)
	first := s.open("k1")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if c, err := s.registry.Open(within(t), complaint("k1")); err != nil || c != first {
				t.Errorf("repeated: %v, %v; want %v", c, err, first)
			}
		})
	}
	wg.Wait()
	s.restart()
	if again := s.open("k1"); !again.Opened.Equal(first.Opened) || again.Number != first.Number {
		t.Fatalf("after a restart: %v, want %v", again, first)
	}
	add := cases.Addition{Call: "c1", Key: "k2", Number: first.Number, Note: "still there", Audio: "cases/b.wav", Length: 3000}
	for range 3 {
		c, err := s.registry.Append(within(t), add)
		if err != nil || c.Status != ivr.CaseNew || c.Number != first.Number {
			t.Fatalf("append: %v, %v", c, err)
		}
		s.restart()
	}
	facts := s.facts()
	if len(facts) != 2 {
		t.Fatalf("%d facts, want one case and one addition", len(facts))
	}
	want := ivr.CaseAppended{Number: first.Number, Key: "k2", Note: "still there", Audio: "cases/b.wav", Length: 3000}
	if diff := cmp.Diff(want, facts[1].Body); diff != "" {
		t.Fatal(diff)
	}
}

func TestForgetDropsTheKeysOfACall(t *testing.T) {
	s := newScene(t)
	other := complaint("other")
	other.Call = "c2"
	if _, err := s.registry.Open(within(t), other); err != nil {
		t.Fatal(err)
	}
	s.open("k1")
	s.registry.Forget("c1")
	s.registry.Forget("c1")
	s.registry.Forget("")
	s.restart()
	states, err := s.States(within(t), "case_visit")
	if err != nil || len(states) != 1 || states["other"] == nil {
		t.Fatalf("visits left: %v, %v; want that of the other call", states, err)
	}
	if again := s.open("k1"); !strings.HasPrefix(string(again.Number), "2606100003") {
		t.Fatalf("a forgotten key: %s, want the third case", again.Number)
	}
}

func TestOldVisitsAreSwept(t *testing.T) {
	s := newScene(t)
	s.open("k1")
	s.clock.move(47 * time.Hour)
	s.open("k2")
	s.clock.move(2 * time.Hour)
	s.open("k3")
	left := func() (n int) {
		states, err := s.States(within(t), "case_visit")
		if err != nil {
			t.Fatal(err)
		}
		return len(states)
	}
	if n := left(); n != 2 {
		t.Fatalf("%d visits after two days, want 2", n)
	}
	s.clock.move(50 * time.Hour)
	s.restart()
	s.restart() // the sweep of Restore is durable at Close
	if n := left(); n != 0 {
		t.Fatalf("%d visits after four days and a restart, want none", n)
	}
	if days, err := s.States(within(t), "case_day"); err != nil || len(days) != 2 {
		t.Fatalf("days kept: %v, %v; want both", days, err)
	}
}

func TestMove(t *testing.T) {
	allowed := map[string]bool{"draft new": true, "new in_progress": true, "in_progress closed": true, "closed in_progress": true}
	way := map[ivr.CaseStatus][]ivr.CaseStatus{ivr.CaseDraft: nil, ivr.CaseNew: {ivr.CaseNew},
		ivr.CaseInProgress: {ivr.CaseNew, ivr.CaseInProgress}, ivr.CaseClosed: {ivr.CaseNew, ivr.CaseInProgress, ivr.CaseClosed}}
	s := newScene(t)
	for _, from := range ivr.CaseStatuses() {
		for _, to := range append(ivr.CaseStatuses(), "lost", "") {
			c, err := s.registry.Draft(within(t), complaint(fmt.Sprint(from, to)))
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range way[from] {
				if err := s.move(c.Number, step); err != nil {
					t.Fatal(err)
				}
			}
			before := len(s.facts())
			err = s.move(c.Number, to)
			if !allowed[fmt.Sprintf("%s %s", from, to)] {
				wantCode(t, err, ivr.CodeConflict)
				if len(s.facts()) != before {
					t.Errorf("%s to %q was refused, but is a fact", from, to)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			if got, _, _ := s.registry.Find(within(t), c.Number); got.Status != to {
				t.Errorf("%s to %s: it is %s", from, to, got.Status)
			}
		}
	}
	c := s.open("same")
	if err := s.move(c.Number, ivr.CaseNew); err == nil || err.Error() != fmt.Sprintf("case %s is new already", c.Number) {
		t.Errorf("same status: %v", err)
	}
	nobody, _ := ivr.NewCaseNumber(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), 7)
	wantCode(t, s.move(nobody, ivr.CaseNew), ivr.CodeNotFound)
	_, err := s.registry.Move(within(t), cases.Moving{Number: c.Number, To: ivr.CaseInProgress})
	wantCode(t, err, ivr.CodeInvalid)
}

func TestOnlyOneOfManyMoves(t *testing.T) {
	s := newScene(t)
	c := s.open("k1")
	var wg, asking sync.WaitGroup
	asking.Add(20)
	s.meet = func() { asking.Done(); asking.Wait() } // all see the case as it was before
	results := make(chan error, 20)
	for range 20 {
		wg.Go(func() { results <- s.move(c.Number, ivr.CaseInProgress) })
	}
	wg.Wait()
	close(results)
	moved := 0
	for err := range results {
		if err == nil {
			moved++
		}
	}
	if moved != 1 || len(s.facts()) != 2 {
		t.Fatalf("%d of 20 moves, %d facts; want one of each beside the case", moved, len(s.facts()))
	}
}

func TestFindKnowsWhatTheRecordsDoNot(t *testing.T) {
	s := newScene(t)
	s.behind = time.Minute
	c := s.open("k1")
	find := func(step string, status ivr.CaseStatus) {
		t.Helper()
		got, found, err := s.registry.Find(within(t), c.Number)
		if err != nil || !found || got.Status != status || !got.Opened.Equal(c.Opened) || got.Due != c.Due {
			t.Errorf("%s: %+v, %v, %v; want status %s", step, got, found, err, status)
		}
	}
	find("records behind", ivr.CaseNew)
	s.away = errAway
	find("records away", ivr.CaseNew)
	s.restart()
	find("records away after a restart", ivr.CaseNew)
	s.away = nil
	s.clock.move(9 * time.Minute)
	if err := s.move(c.Number, ivr.CaseInProgress); err != nil {
		t.Fatal(err)
	}
	find("records know the case, not the move", ivr.CaseInProgress)
	s.clock.move(30 * time.Second)
	s.restart()
	find("the same after a restart", ivr.CaseInProgress)
	s.clock.move(9 * time.Minute) // the case is older than what Restore takes up, the move is not
	s.behind = 10 * time.Minute
	s.restart()
	find("the move alone is remembered", ivr.CaseInProgress)
	s.behind = 0
	s.clock.move(time.Hour)
	s.open("k2") // lets old cases go
	find("records alone", ivr.CaseInProgress)

	s.away = errAway
	if _, found, err := s.registry.Find(within(t), c.Number); err == nil || found {
		t.Errorf("an old case without records: found %v, error %v", found, err)
	}
	if _, found, err := s.registry.Find(within(t), "26061000011"); err != nil || found {
		t.Errorf("a number with a wrong check digit: found %v, error %v", found, err)
	}
	_, err := s.registry.Append(within(t), cases.Addition{Key: "k9", Number: "26061000011", Note: "n"})
	wantCode(t, err, ivr.CodeNotFound)
}

func TestLateIsNotRefused(t *testing.T) {
	s := newScene(t)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if c, err := s.registry.Open(gone, complaint("k1")); err == nil && c.Number == "" {
		t.Fatal("neither a number nor an error")
	}
	c := s.open("k1")
	if n := len(s.facts()); n != 1 || !strings.HasPrefix(string(c.Number), "2606100001") {
		t.Fatalf("%d facts, case %s; want the one that was late", n, c.Number)
	}
}
