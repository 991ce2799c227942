package report_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/report"
)

// open tells a case that is due on a day and moves it to its status.
func (s *site) open(seq int, now time.Time, category, due string, status ivr.CaseStatus) {
	s.t.Helper()
	number, err := ivr.NewCaseNumber(morning(), seq)
	if err != nil {
		s.t.Fatal(err)
	}
	first := ivr.CaseNew
	if status == ivr.CaseDraft {
		first = status
	}
	s.tell(now, "c1", "", ivr.CaseOpened{Number: number, Key: fmt.Sprint("k", seq), Desk: "complaints", Category: category, Status: first, Due: due})
	if status != first {
		s.tell(now, "", "", ivr.CaseMoved{Number: number, Status: status, Who: "supervisor01", Why: "done"})
	}
}

func (s *site) cases(now time.Time) report.CaseReport {
	s.t.Helper()
	r, err := report.Cases(context.Background(), s.store, morning(), morning().Add(time.Hour), now)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func cabinet(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.open(1, morning(), "water", "2026-03-05", ivr.CaseNew)
	s.open(2, morning(), "road", "2026-03-05", ivr.CaseInProgress)
	s.open(3, morning(), "road", "2026-03-05", ivr.CaseClosed)
	s.open(4, morning(), "road", "2026-03-05", ivr.CaseDraft)
	s.open(5, morning(), "road", "2026-03-16", ivr.CaseNew)
	s.open(6, morning().Add(time.Hour), "road", "2026-03-05", ivr.CaseNew) // after the hour
	return s
}

func TestM20Cases(t *testing.T) {
	r := cabinet(t).cases(morning())
	want := []report.CaseRow{
		{Category: "road", Opened: 4, Draft: 1, New: 1, InProgress: 1, Closed: 1},
		{Category: "water", Opened: 1, New: 1},
	}
	if diff := cmp.Diff(want, r.Rows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(report.CaseRow{Opened: 5, Draft: 1, New: 2, InProgress: 1, Closed: 1}, r.Total); diff != "" {
		t.Error(diff)
	}
}

// The day that counts is the site's: 5 March ends there at 16:00 UTC.
func TestM21Overdue(t *testing.T) {
	s := cabinet(t)
	for now, want := range map[string]int{"2026-03-05T15:59:59Z": 0, "2026-03-05T16:00:00Z": 2, "2026-03-17T00:00:00Z": 3} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.cases(at).Total.Overdue; got != want {
			t.Errorf("at %s: %d overdue, want %d", now, got, want)
		}
	}
}

func TestCasesCSV(t *testing.T) {
	s := cabinet(t)
	s.open(7, morning(), "@home", "", ivr.CaseNew)
	lines := csvOf(t, func(out *bytes.Buffer) error { return report.WriteCasesCSV(out, s.cases(morning())) })
	want := [][]string{
		{"dictionary", "1"},
		{"query", "cases", "from", "2026-03-02T09:00:00+08:00", "to", "2026-03-02T10:00:00+08:00", "at", "2026-03-02T09:00:00+08:00"},
		{"category", "opened", "draft", "new", "in_progress", "closed", "overdue"},
		{"'@home", "1", "0", "1", "0", "0", "0"},
		{"road", "4", "1", "1", "1", "1", "0"},
		{"water", "1", "0", "1", "0", "0", "0"},
		{"total", "6", "1", "3", "1", "1", "0"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// ivrCall tells a call that we answer, what happens in it, and its end.
func (s *site) ivrCall(id ivr.CallID, bodies ...ivr.Body) {
	s.t.Helper()
	s.tell(morning(), id, "", ivr.CallArrived{})
	s.tell(morning(), id, "", ivr.CallAnswered{})
	now := morning()
	for _, body := range bodies {
		s.tell(now, id, "", body)
		now = now.Add(10 * time.Second)
	}
	s.tell(now, id, "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
}

// nightShift: c1 and c2 are served by the menus, c3 asks for an officer, c4 to c7 are put
// through outside. c8 is still here, c9 was never answered.
func nightShift(t *testing.T) report.IVRReport {
	t.Helper()
	s := newSite(t)
	began := ivr.TransferBegan{To: "0388883888"}
	s.ivrCall("c1")
	s.ivrCall("c2", ivr.CaseOpened{Number: "26061000017", Key: "k"})
	s.ivrCall("c3", ivr.CallQueued{Queue: "tax"})
	s.ivrCall("c4", began, ivr.TransferAnswered{}, ivr.TransferEnded{Outcome: "ended"})
	s.ivrCall("c5", began, ivr.TransferEnded{Outcome: "busy"}, began, ivr.TransferAnswered{})
	s.ivrCall("c6", began)
	s.ivrCall("c7", ivr.CallQueued{Queue: "tax"}, ivr.CallDequeued{Outcome: ivr.OutcomeNoAgents}, began, ivr.TransferEnded{Outcome: "no_answer"})
	s.tell(morning(), "c8", "", ivr.CallArrived{})
	s.tell(morning(), "c8", "", ivr.CallAnswered{})
	s.tell(morning(), "c9", "", ivr.CallArrived{})
	s.tell(morning(), "c9", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
	r, err := report.IVR(context.Background(), s.store, morning(), morning().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestM22Containment(t *testing.T) {
	r := nightShift(t)
	if r.Answered != 7 || r.Contained != 2 {
		t.Errorf("answered %d, contained %d; want 7, 2", r.Answered, r.Contained)
	}
	isShare(t, "containment", r.Containment, 2, 7)
	none, err := report.IVR(context.Background(), newSite(t).store, morning(), morning().Add(time.Hour))
	if err != nil || none.Containment != nil || none.TransferRate != nil || none.Ring != nil {
		t.Errorf("over nothing: %+v, %v", none, err)
	}
}

// Of four callers two ask for an officer and are turned away; whether they then leave a
// message or hang up, the menus have not served them.
func TestM22TurnedAwayIsNotContained(t *testing.T) {
	s := newSite(t)
	asked := ivr.CallQueued{Queue: "tax"}
	s.ivrCall("c1")
	s.ivrCall("c2", asked, ivr.CallDequeued{Outcome: ivr.OutcomeFull})
	s.ivrCall("c3", asked, ivr.CallDequeued{Outcome: ivr.OutcomeNoAgents}, ivr.VoicemailLeft{Box: "general"})
	s.ivrCall("c4", ivr.VoicemailLeft{Box: "general"})
	r, err := report.IVR(context.Background(), s.store, morning(), morning().Add(time.Hour))
	if err != nil || r.Answered != 4 || r.Contained != 2 {
		t.Fatalf("answered %d, contained %d, %v; want 4, 2", r.Answered, r.Contained, err)
	}
	isShare(t, "containment", r.Containment, 2, 4)
}

func TestM23Transfers(t *testing.T) {
	r := nightShift(t)
	if r.Transferred != 4 || r.Rung != 5 {
		t.Errorf("%d calls, %d numbers; want 4, 5", r.Transferred, r.Rung)
	}
	isShare(t, "transfer rate", r.TransferRate, 4, 7)
	isShare(t, "reached", r.Reached, 2, 5)
	if diff := cmp.Diff(map[string]int{"ended": 2, "busy": 1, "no_answer": 1, "left": 1}, r.Outcomes); diff != "" {
		t.Error(diff)
	}
	isMillis(t, "ring", r.Ring, 10_000)
	isMillis(t, "talk", r.Talk, 10_000)
}

func TestPeriod(t *testing.T) {
	for name, want := range map[string][2]string{
		"2026-02":    {"2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00"},
		"2026-12":    {"2026-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"},
		"2026-03-02": {"2026-03-02T00:00:00+08:00", "2026-03-03T00:00:00+08:00"},
		"yesterday":  {"2026-03-01T00:00:00+08:00", "2026-03-02T00:00:00+08:00"},
	} {
		from, to, err := report.Period(morning(), name)
		if err != nil || from.Format(time.RFC3339) != want[0] || to.Format(time.RFC3339) != want[1] {
			t.Errorf("%s: %v to %v, %v", name, from, to, err)
		}
	}
	for _, name := range []string{"", "2026", "2026-13", "March"} {
		if _, _, err := report.Period(morning(), name); err == nil {
			t.Errorf("%q is a period", name)
		}
	}
}
