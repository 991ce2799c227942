package cti_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/ivr"
)

// number gives the n-th case number of a day in March.
func number(t *testing.T, n int) ivr.CaseNumber {
	t.Helper()
	number, err := ivr.NewCaseNumber(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), n)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// tell puts facts on record, all of this moment.
func (s *site) tell(bodies ...ivr.Body) {
	s.t.Helper()
	facts := make([]ivr.Fact, len(bodies))
	for i, body := range bodies {
		s.seq++
		facts[i] = ivr.Fact{Seq: s.seq, At: time.Now().UTC(), Call: "c1", Body: body}
	}
	if err := s.store.Apply(s.t.Context(), facts); err != nil {
		s.t.Fatal(err)
	}
}

// read gets JSON.
func read[T any](s *site, path string, who *browser) T {
	s.t.Helper()
	var v T
	res := s.request("GET", path, "", who.cookie)
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return v
}

type caseAnswer struct {
	Number, Status, Caller, Identity, Category string
	Playable, Overdue                          bool
	Closed                                     *time.Time `json:"closed_at"`
	History                                    []struct {
		N                int
		What, Who, Audio string
		Playable         bool
	}
}

type casesAnswer struct {
	Rows  []caseAnswer
	Next  string
	Words map[string][]string
}

// complaints are a case with two recordings, of which the second is not whole yet; one
// without, long due; and one that is closed.
func complaints(t *testing.T) *site {
	t.Helper()
	s := open(t)
	if err := os.Mkdir(filepath.Join(s.dir, "recordings"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"a.wav": "RIFF-first", "b.wav": "RIFF-again", "c.wav": "RIFF-third"} {
		if err := os.WriteFile(filepath.Join(s.dir, "recordings", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, two, three := number(t, 1), number(t, 2), number(t, 3)
	s.tell(
		ivr.CaseOpened{Number: one, Key: "k1", Desk: "complaints", Type: ivr.Complaint, Status: ivr.CaseNew, Category: "road",
			Caller: "0123456789", Identity: "900101145678", Audio: "a.wav", Length: 5000, Due: "2999-01-01"},
		ivr.RecordingKept{File: "a.wav", Length: 5000},
		ivr.CaseAppended{Number: one, Key: "k2", Audio: "b.wav"},
		ivr.CaseAppended{Number: one, Key: "k3", Audio: "c.wav"},
		ivr.RecordingKept{File: "c.wav", Length: 1000},
		ivr.CaseOpened{Number: two, Key: "k4", Desk: "complaints", Status: ivr.CaseNew, Category: "water", Due: "2026-03-03"},
		ivr.CaseOpened{Number: three, Key: "k5", Desk: "complaints", Status: ivr.CaseNew, Category: "water", Caller: "999"},
		ivr.CaseMoved{Number: three, Status: ivr.CaseClosed, Who: "supervisor01", Why: "done"})
	return s
}

func TestCases(t *testing.T) {
	s := complaints(t)
	boss := s.signIn("supervisor01")
	for query, want := range map[string]string{
		"":                                "3 2 1",
		"status=new":                      "2 1",
		"status=closed":                   "3",
		"category=water":                  "3 2",
		"overdue=true":                    "2",
		"number=" + string(number(t, 1)):  "1",
		"number=26-061%2000002":           "2",
		"before=" + string(number(t, 2)):  "1",
		"limit=2":                         "3 2",
		"from=today&until=today":          "3 2 1",
		"until=yesterday":                 "",
		"desk=health&cluster=immigration": "",
	} {
		got := read[casesAnswer](s, "/api/v1/cases?"+query, boss)
		var numbers []string
		for _, row := range got.Rows {
			numbers = append(numbers, row.Number[9:10])
		}
		if strings.Join(numbers, " ") != want || (got.Next == string(number(t, 2))) != (query == "limit=2") {
			t.Errorf("%q: %v, next %q; want %s", query, numbers, got.Next, want)
		}
	}
	for _, query := range []string{"status=lost", "number=x", "from=someday", "until=2026-13-01", "limit=0", "limit=201", "limit=a"} {
		if res := s.request("GET", "/api/v1/cases?"+query, "", boss.cookie); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", query, res.Status)
		}
	}
	words := read[casesAnswer](s, "/api/v1/cases?words=true", boss).Words
	if len(words["categories"]) != 2 || words["desks"][0] != "complaints" {
		t.Errorf("words %v", words)
	}
}

func TestPersonalDataIsMasked(t *testing.T) {
	s := complaints(t)
	path := "/api/v1/cases/" + string(number(t, 1))
	for user, want := range map[string][3]string{
		"supervisor01": {"0123456789", "900101145678", "999"},
		"agent02":      {"******6789", "********5678", "***"},
	} {
		who := s.signIn(user)
		one, all := read[caseAnswer](s, path, who), read[casesAnswer](s, "/api/v1/cases", who).Rows
		if one.Caller != want[0] || one.Identity != want[1] || all[2].Caller != want[0] || all[2].Identity != want[1] || all[0].Caller != want[2] {
			t.Errorf("%s reads %+v and %+v", user, one, all)
		}
	}
	if !s.log.has("act=case.read user=supervisor01") || s.log.has("user=agent02") {
		t.Error("the audit log must name who read personal data, and nobody else")
	}
}

func TestOneCase(t *testing.T) {
	s := complaints(t)
	boss := s.signIn("supervisor01")
	got := read[caseAnswer](s, "/api/v1/cases/"+string(number(t, 1)), boss)
	if len(got.History) != 3 || !got.Playable || got.History[0].What != "opened" || got.History[1].Playable || !got.History[2].Playable {
		t.Errorf("%+v", got)
	}
	closed := read[caseAnswer](s, "/api/v1/cases/"+string(number(t, 3)), boss)
	if closed.Closed == nil || closed.Playable || closed.History[1].Who != "supervisor01" {
		t.Errorf("%+v", closed)
	}
	if res := s.request("GET", "/api/v1/cases/"+string(number(t, 9)), "", boss.cookie); res.StatusCode != http.StatusNotFound {
		t.Errorf("a case that is none: %s", res.Status)
	}
}

// Only recordings that are whole are played, and parts of them may be asked for.
func TestCaseAudio(t *testing.T) {
	s := complaints(t)
	boss := s.signIn("supervisor01").cookie
	for path, want := range map[string]string{
		string(number(t, 1)) + "/audio":         "first",
		string(number(t, 1)) + "/audio?entry=1": "first",
		string(number(t, 1)) + "/audio?entry=2": "", // not whole yet
		string(number(t, 1)) + "/audio?entry=3": "third",
		string(number(t, 1)) + "/audio?entry=9": "",
		string(number(t, 2)) + "/audio":         "", // has none
	} {
		res := s.request("GET", "/api/v1/cases/"+path, "", boss, "Range", "bytes=5-9")
		text := body(t, res)
		if want != "" && (res.StatusCode != http.StatusPartialContent || text != want) || want == "" && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %q, want %q", path, res.Status, text, want)
		}
	}
	if !s.log.has("act=case.play user=supervisor01") {
		t.Error("the playing is not in the audit log")
	}
}

func TestMoveCase(t *testing.T) {
	s := complaints(t)
	boss := s.signIn("supervisor01").cookie
	path := "/api/v1/cases/" + string(number(t, 1)) + "/status"
	for text, want := range map[string]int{
		`{"status":"closed","why":"  "}`:                               http.StatusBadRequest,
		`{"status":"draft","why":"x"}`:                                 http.StatusBadRequest,
		`{"status":"lost","why":"x"}`:                                  http.StatusBadRequest,
		`{"status":"closed","why":"` + strings.Repeat("x", 501) + `"}`: http.StatusBadRequest,
		`nonsense`: http.StatusBadRequest,
	} {
		if res := s.request("POST", path, text, boss); res.StatusCode != want {
			t.Errorf("%.40s: %s, want %d", text, res.Status, want)
		}
	}
	right := `{"status":"closed","why":" filled "}`
	if res := s.request("POST", "/api/v1/cases/26061000010/status", right, boss); res.StatusCode != http.StatusNotFound {
		t.Errorf("a number with a wrong check digit: %s", res.Status)
	}
	if n := len(s.engine.Seen()); n != 0 {
		t.Fatalf("the engine was asked %d times", n)
	}
	if res := s.request("POST", path, right, boss); res.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s", res.Status, body(t, res))
	}
	want := ivr.CaseMove{Number: number(t, 1), Status: ivr.CaseClosed, Why: "filled", Who: "supervisor01"}
	if seen := s.engine.Seen(); len(seen) != 1 || seen[0].Want != ivr.Want(want) || seen[0].ID == "" {
		t.Errorf("the engine was asked %+v", seen)
	}
	if !s.log.has("act=case.move user=supervisor01") {
		t.Error("the move is not in the audit log")
	}
	s.engine.OnDo(func(context.Context, ivr.Intent) *ivr.Reply {
		return &ivr.Reply{Err: ivr.NewError(ivr.CodeConflict, "the case is closed")}
	})
	if res := s.request("POST", path, right, boss); res.StatusCode != http.StatusConflict || !strings.Contains(body(t, res), "the case is closed") {
		t.Errorf("refused by the engine: %s", res.Status)
	}
}

func TestCallbacks(t *testing.T) {
	s := open(t)
	midday := time.Now().UTC().Truncate(time.Hour)
	s.tell(ivr.CallbackBooked{Key: "k1", Queue: "citizens", Number: "0123456789", From: midday, Until: midday.Add(time.Minute)},
		ivr.CallbackBooked{Key: "k2", Queue: "citizens", Number: "0123456780", From: midday.Add(-72 * time.Hour), Until: midday.Add(-71 * time.Hour)})
	type answer struct {
		Rows []struct{ Key, Number string }
	}
	for user, want := range map[string]string{"supervisor01": "0123456789", "agent02": "******6789"} {
		got := read[answer](s, "/api/v1/callbacks", s.signIn(user))
		if len(got.Rows) != 1 || got.Rows[0].Key != "k1" || got.Rows[0].Number != want {
			t.Errorf("%s: %+v", user, got)
		}
	}
	if res := s.request("GET", "/api/v1/callbacks?day=x", "", s.signIn("agent02").cookie); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a day that is none: %s", res.Status)
	}
}

func TestFigures(t *testing.T) {
	s := complaints(t)
	boss := s.signIn("supervisor01")
	facts := []ivr.Body{ivr.SurveyBegun{Survey: "csi", About: "agent01"}, ivr.SurveyAnswered{Survey: "csi", Question: "q1", Value: 5, Min: 1, Max: 5},
		ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyComplete}}
	for i, body := range facts {
		if err := s.store.Apply(t.Context(), []ivr.Fact{{Seq: uint64(100 + i), At: time.Now().UTC(), Call: "c1", Body: body}}); err != nil {
			t.Fatal(err)
		}
	}
	surveys := read[struct {
		By   string
		Rows []struct {
			Begun  int
			Groups []struct{ Group string }
		}
	}](s, "/api/v1/surveys?by=agent", boss)
	if surveys.By != "agent" || len(surveys.Rows) != 1 || surveys.Rows[0].Groups[0].Group != "agent01" {
		t.Errorf("%+v", surveys)
	}
	cases := read[struct {
		Total struct{ Opened, Closed, Overdue int }
	}](s, "/api/v1/reports/cases?period=today", boss).Total
	if cases.Opened != 3 || cases.Closed != 1 || cases.Overdue != 1 {
		t.Errorf("%+v", cases)
	}
	if calls := read[struct{ Answered int }](s, "/api/v1/reports/ivr", boss); calls.Answered != 0 {
		t.Errorf("%+v", calls)
	}
	for path, lines := range map[string]int{"/api/v1/surveys.csv?by=cluster": 7, "/api/v1/reports/cases.csv?period=today": 6} {
		res := s.request("GET", path, "", boss.cookie)
		reader := csv.NewReader(res.Body)
		reader.FieldsPerRecord = -1
		if rows, err := reader.ReadAll(); err != nil || len(rows) != lines || !strings.Contains(res.Header.Get("Content-Disposition"), ".csv") {
			t.Errorf("%s: %d lines, %v", path, len(rows), err)
		}
	}
	for _, path := range []string{"/api/v1/surveys?period=x", "/api/v1/surveys?by=moon", "/api/v1/surveys.csv?period=x", "/api/v1/reports/cases?period=x", "/api/v1/reports/cases.csv?period=x", "/api/v1/reports/ivr?day=x"} {
		if res := s.request("GET", path, "", boss.cookie); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

func TestBundle(t *testing.T) {
	s := open(t)
	boss := s.signIn("admin01")
	type row struct {
		Revision, Who, Approved, Why string
		Percent                      int
	}
	type answer struct {
		Current, Candidate *row
		Refused            *struct{ From, Why string }
		Log                []row
	}
	if none := read[answer](s, "/api/v1/bundle", boss); none.Current != nil || none.Candidate != nil || none.Refused != nil || len(none.Log) != 0 {
		t.Errorf("%+v", none)
	}
	s.tell(ivr.BundleSet{Revision: "r1", Who: "admin01", Why: "first"},
		ivr.BundleSet{Revision: "r2", Candidate: true, Percent: 5, Who: "admin01", Approved: "admin02", Why: "try"})
	got := read[answer](s, "/api/v1/bundle", boss)
	if *got.Current != (row{Revision: "r1", Who: "admin01", Why: "first"}) ||
		*got.Candidate != (row{Revision: "r2", Who: "admin01", Approved: "admin02", Why: "try", Percent: 5}) || got.Log[0].Revision != "r2" {
		t.Errorf("%+v %+v", got.Current, got.Candidate)
	}
	s.tell(ivr.BundleRefused{From: "flows", Why: "flows/main.yaml:1:1: error[E101]"})
	if got := read[answer](s, "/api/v1/bundle", boss); got.Refused == nil || got.Refused.From != "flows" || got.Refused.Why != "flows/main.yaml:1:1: error[E101]" {
		t.Errorf("refused: %+v", got.Refused)
	}
	s.tell(ivr.BundleSet{Revision: "r3", Who: "watch"})
	if got := read[answer](s, "/api/v1/bundle", boss); got.Refused != nil {
		t.Errorf("mended, but still shown: %+v", got.Refused)
	}
}
