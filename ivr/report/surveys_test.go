package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/report"
)

// survey tells one survey, of call c, about agent: answers to q1, q2 ... (0 = skipped).
func (s *site) survey(c ivr.CallID, agent ivr.AgentID, how ivr.SurveyEnd, answers ...int) {
	s.t.Helper()
	if how != ivr.SurveyDeclined {
		s.tell(morning(), c, "", ivr.SurveyBegun{Survey: "csi", About: agent})
	}
	for i, value := range answers {
		if value != 0 {
			s.tell(morning(), c, "", ivr.SurveyAnswered{Survey: "csi", Question: fmt.Sprint("q", i+1), Value: value, Min: 1, Max: 5})
		}
	}
	s.tell(morning(), c, "", ivr.SurveyEnded{Survey: "csi", How: how})
}

func (s *site) surveys(by string) report.SurveyReport {
	s.t.Helper()
	r, err := report.Surveys(context.Background(), s.store, morning(), morning().Add(time.Hour), by)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// quarter is a small day: two callers of tax and one of legal talked to officers; the first
// and the last answered all three questions, the second hung up after one. c4 declined, c5
// was asked nothing, c6 came from the after-hours menu, without a conversation.
func quarter(t *testing.T) *site {
	t.Helper()
	s := newSite(t, answered(1), answered(1), visit{cluster: "legal", wait: 1, outcome: ivr.OutcomeAnswered, talk: 1000}, answered(1), answered(1))
	s.survey("c1", "agent01", ivr.SurveyComplete, 5, 4, 3)
	s.survey("c2", "agent01", ivr.SurveyPartial, 1)
	s.survey("c3", "agent01", ivr.SurveyComplete, 4, 0, 5)
	s.survey("c4", "", ivr.SurveyDeclined)
	s.survey("c6", "", ivr.SurveyComplete, 2, 5, 5)
	return s
}

func TestM16SurveysOffered(t *testing.T) {
	s := quarter(t)
	s.tell(morning(), "c7", "", ivr.SurveyBegun{Survey: "csi"})                                 // still answers
	s.tell(morning().Add(2*time.Hour), "c8", "", ivr.SurveyBegun{Survey: "csi"})                // after the hour
	s.tell(morning(), "c9", "", ivr.CallArrived{})                                              // no survey
	s.tell(morning(), "c9", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})             //
	s.tell(morning(), "c10", "", ivr.SurveyEnded{Survey: "transport", How: ivr.SurveyDeclined}) // another one
	r := s.surveys(report.ByCluster)
	if len(r.Rows) != 2 || r.Rows[1].Survey != "transport" || r.Rows[1].Offered != 1 || r.Rows[1].Begun != 0 {
		t.Fatalf("%+v", r)
	}
	if row := r.Rows[0]; row.Offered != 6 || row.Begun != 5 || row.Complete != 3 || row.Declined != 1 {
		t.Fatalf("offered %d, begun %d, complete %d, declined %d; want 6, 5, 3, 1", row.Offered, row.Begun, row.Complete, row.Declined)
	}
	if none := newSite(t, answered(1), abandoned(1)).surveys(report.ByAgent); len(none.Rows) != 0 {
		t.Errorf("calls without a survey: %+v", none.Rows)
	}
}

func TestM17ResponseAndCompletion(t *testing.T) {
	row := quarter(t).surveys(report.ByCluster).Rows[0]
	isShare(t, "response", row.Response, 4, 5)
	isShare(t, "completion", row.Completion, 3, 4)
	declined := newSite(t)
	declined.survey("c1", "", ivr.SurveyDeclined)
	if row := declined.surveys(report.ByCluster).Rows[0]; row.Completion != nil || row.All.Mean != nil || row.All.Satisfied != nil {
		t.Errorf("nobody began: %+v", row)
	}
}

func TestM18Answers(t *testing.T) {
	s := quarter(t)
	s.tell(morning(), "c7", "", ivr.SurveyBegun{Survey: "csi"})
	for _, value := range []int{1, 2} { // the last answer counts
		s.tell(morning(), "c7", "", ivr.SurveyAnswered{Survey: "csi", Question: "q10", Value: value, Min: 1, Max: 5})
	}
	s.tell(morning(), "c7", "", ivr.SurveyAnswered{Survey: "csi", Question: "q9", Value: 9, Min: 0, Max: 9})
	row := s.surveys(report.ByCluster).Rows[0]
	names := ""
	for _, q := range row.Questions {
		names += q.Question + " "
	}
	if names != "q1 q2 q3 q9 q10 " {
		t.Errorf("questions %s", names)
	}
	q1, q9, q10 := row.Questions[0].Answers, row.Questions[3].Answers, row.Questions[4].Answers
	if want := [5]int{1, 1, 0, 1, 1}; q1.N != 4 || q1.Counts != want {
		t.Errorf("q1: %+v", q1)
	}
	isShare(t, "mean of q1", q1.Mean, 5+1+4+2, 4)
	if q9.N != 0 || q9.OtherScale != 1 || q9.Mean != nil || q10.N != 1 || q10.Counts[1] != 1 {
		t.Errorf("q9 %+v, q10 %+v", q9, q10)
	}
	if row.All.N != 10 || row.All.OtherScale != 1 {
		t.Errorf("all: %+v", row.All)
	}
}

// Of nine answers six are 4 or 5: 5 4 from c1, 4 5 from c3, 5 5 from c6.
func TestM19CSI(t *testing.T) {
	s := quarter(t)
	r := s.surveys(report.ByCluster)
	row := r.Rows[0]
	isShare(t, "survey", row.All.Satisfied, 6, 9)
	isShare(t, "q1", row.Questions[0].Satisfied, 2, 4)
	isShare(t, "q3", row.Questions[2].Satisfied, 2, 3)
	if r.Target != 0.8 || len(row.Groups) != 3 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []struct {
		group           string
		begun, complete int
		part, whole     float64
	}{{"", 1, 1, 2, 3}, {"legal", 1, 1, 2, 2}, {"tax", 2, 1, 2, 4}} {
		g := row.Groups[i]
		if g.Group != want.group || g.Begun != want.begun || g.Complete != want.complete {
			t.Errorf("group %d: %+v", i, g)
		}
		isShare(t, "cluster "+want.group, g.All.Satisfied, want.part, want.whole)
	}
	isShare(t, "q1 of tax", row.Groups[2].Questions[0].Satisfied, 1, 2)
	byAgent := s.surveys(report.ByAgent).Rows[0].Groups
	if len(byAgent) != 2 || byAgent[1].Group != "agent01" || byAgent[1].Begun != 3 {
		t.Fatalf("%+v", byAgent)
	}
	isShare(t, "agent01", byAgent[1].All.Satisfied, 4, 6)
	if _, err := report.Surveys(context.Background(), s.store, morning(), morning(), "moon"); err == nil {
		t.Error("groups that are none were taken")
	}
}

func TestSurveysCSV(t *testing.T) {
	s := newSite(t, visit{cluster: "=1+1", wait: 1, outcome: ivr.OutcomeAnswered, talk: 1000})
	s.survey("c1", "agent01", ivr.SurveyComplete, 5, 3)
	s.survey("c2", "", ivr.SurveyDeclined)
	lines := csvOf(t, func(out *bytes.Buffer) error { return report.WriteSurveysCSV(out, s.surveys(report.ByCluster)) })
	want := [][]string{
		{"dictionary", "1"},
		{"query", "surveys", "from", "2026-03-02T09:00:00+08:00", "to", "2026-03-02T10:00:00+08:00", "by", "cluster", "target", "0.8000"},
		{"survey", "cluster", "question", "offered", "begun", "complete", "declined", "response", "completion",
			"n", "mean", "1", "2", "3", "4", "5", "satisfied", "other_scale"},
		{"csi", "total", "total", "2", "1", "1", "1", "0.5000", "1.0000", "2", "4.0000", "0", "0", "1", "0", "1", "0.5000", "0"},
		{"csi", "total", "q1", "-", "-", "-", "-", "-", "-", "1", "5.0000", "0", "0", "0", "0", "1", "1.0000", "0"},
		{"csi", "total", "q2", "-", "-", "-", "-", "-", "-", "1", "3.0000", "0", "0", "1", "0", "0", "0.0000", "0"},
		{"csi", "'=1+1", "total", "-", "1", "1", "-", "-", "1.0000", "2", "4.0000", "0", "0", "1", "0", "1", "0.5000", "0"},
		{"csi", "'=1+1", "q1", "-", "-", "-", "-", "-", "-", "1", "5.0000", "0", "0", "0", "0", "1", "1.0000", "0"},
		{"csi", "'=1+1", "q2", "-", "-", "-", "-", "-", "-", "1", "3.0000", "0", "0", "1", "0", "0", "0.0000", "0"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// csvOf reads back what a report writes.
func csvOf(t *testing.T, write func(*bytes.Buffer) error) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	body, marked := strings.CutPrefix(out.String(), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	in := csv.NewReader(strings.NewReader(body))
	in.FieldsPerRecord = -1
	lines, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
