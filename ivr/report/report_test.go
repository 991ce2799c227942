package report_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/report"
	"talian/ivr/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// morning is 9:00 on a Monday at the site.
func morning() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, report.Zone()) }

// visit is one call, told in milliseconds: ivr, then wait, then what outcome says. An
// answered one goes on with talk, hold, wrap.
type visit struct {
	at               time.Duration // after morning
	cluster          string
	ivr, wait        ivr.Millis
	outcome          ivr.Outcome // "" = still waits
	talk, hold, wrap ivr.Millis
}

// site tells visits to a store as facts.
type site struct {
	t     *testing.T
	path  string
	store *store.Store
	seq   uint64
	calls int
}

func newSite(t *testing.T, visits ...visit) *site {
	t.Helper()
	path := filepath.Join(t.TempDir(), "talian.db")
	s, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	at := &site{t: t, path: path, store: s}
	for _, v := range visits {
		at.visit(v)
	}
	return at
}

func (s *site) tell(now time.Time, call ivr.CallID, agent ivr.AgentID, body ivr.Body) {
	s.t.Helper()
	s.seq++
	fact := ivr.Fact{Seq: s.seq, At: now.UTC(), Mono: ivr.MillisOf(now.Sub(morning())) + 1e6, Call: call, Agent: agent, Body: body}
	if err := s.store.Apply(context.Background(), []ivr.Fact{fact}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) visit(v visit) {
	s.t.Helper()
	s.calls++
	id, now := ivr.CallID(fmt.Sprint("c", s.calls)), morning().Add(v.at)
	s.tell(now, id, "", ivr.CallArrived{From: "0123456789", To: "0380008000"})
	now = now.Add(v.ivr.Duration())
	s.tell(now, id, "", ivr.CallQueued{Queue: v.cluster, Skills: map[string]string{"cluster": v.cluster}})
	now = now.Add(v.wait.Duration())
	switch v.outcome {
	case "":
		return
	case ivr.OutcomeAnswered:
		now = s.conversation(now, id, v)
	default:
		s.tell(now, id, "", ivr.CallDequeued{Outcome: v.outcome})
	}
	s.tell(now, id, "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"})
}

// conversation tells half the talk, the hold, the other half, and the wrap-up.
func (s *site) conversation(now time.Time, id ivr.CallID, v visit) time.Time {
	s.t.Helper()
	s.tell(now, id, "agent01", ivr.CallConnected{Lease: ivr.Token("l" + id)})
	now = now.Add((v.talk / 2).Duration())
	if v.hold > 0 {
		s.tell(now, id, "agent01", ivr.CallHeld{})
		now = now.Add(v.hold.Duration())
		s.tell(now, id, "agent01", ivr.CallRetrieved{})
	}
	now = now.Add((v.talk - v.talk/2).Duration())
	s.tell(now, id, "agent01", ivr.CallReleased{By: ivr.SideAgent})
	s.tell(now.Add(v.wrap.Duration()), id, "agent01", ivr.CallDisposed{Disposition: "solved"})
	return now
}

// clusters gives the report of the day.
func (s *site) clusters() report.Report {
	s.t.Helper()
	from, to, err := report.Day(morning(), "today")
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := report.Clusters(context.Background(), s.store, from, to)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func answered(wait ivr.Millis) visit {
	return visit{cluster: "tax", ivr: 1000, wait: wait, outcome: ivr.OutcomeAnswered, talk: 1000}
}

func abandoned(wait ivr.Millis) visit {
	return visit{cluster: "tax", ivr: 1000, wait: wait, outcome: ivr.OutcomeAbandoned}
}

// fixed is the day that M2 to M4 and M7 to M9 are reckoned for by hand:
// answered after 5, 20 and 30 s; abandoned after 5 (short), 12 and 40 s; one timeout
// after 60 s; one full at once; one that still waits.
func fixed() []visit {
	return []visit{
		answered(5000), answered(20_000), answered(30_000),
		abandoned(5000), abandoned(12_000), abandoned(40_000),
		{cluster: "tax", ivr: 1000, wait: 60_000, outcome: ivr.OutcomeTimeout},
		{cluster: "tax", ivr: 1000, wait: 0, outcome: ivr.OutcomeFull},
		{cluster: "tax", ivr: 1000},
	}
}

func isMillis(t *testing.T, name string, got *ivr.Millis, want ivr.Millis) {
	t.Helper()
	if got == nil || *got != want {
		t.Errorf("%s: got %v, want %d ms", name, show(got), want)
	}
}

func isShare(t *testing.T, name string, got *float64, part, whole float64) {
	t.Helper()
	if got == nil || *got != part/whole {
		t.Errorf("%s: got %v, want %v/%v", name, show(got), part, whole)
	}
}

func show[T any](p *T) any {
	if p == nil {
		return "nothing"
	}
	return *p
}

func TestM1Offered(t *testing.T) {
	s := newSite(t, fixed()...)
	s.visit(visit{at: -24 * time.Hour, cluster: "tax", outcome: ivr.OutcomeAbandoned}) // yesterday
	s.visit(visit{cluster: "legal", outcome: ivr.OutcomeAbandoned})
	s.tell(morning(), "c99", "", ivr.CallArrived{})                                  // never entered a queue
	s.tell(morning(), "c99", "", ivr.CallEnded{By: ivr.SideCaller, Cause: "normal"}) //
	r := s.clusters()
	if len(r.Rows) != 2 || r.Rows[0].Cluster != "legal" || r.Rows[0].Offered != 1 || r.Rows[1].Offered != 9 || r.Total.Offered != 10 {
		t.Fatalf("%+v", r)
	}
}

func TestM2Answered(t *testing.T) {
	if got := newSite(t, fixed()...).clusters().Total.Answered; got != 3 {
		t.Fatalf("got %d, want 3", got)
	}
}

func TestM3Abandoned(t *testing.T) {
	s := newSite(t, fixed()...)
	s.visit(abandoned(5001)) // not short any more
	total := s.clusters().Total
	if total.Abandoned != 4 || total.ShortAbandoned != 1 {
		t.Fatalf("abandoned %d, short %d; want 4, 1", total.Abandoned, total.ShortAbandoned)
	}
}

func TestM4OtherOutcomesAndTheirSum(t *testing.T) {
	s := newSite(t, fixed()...)
	total := s.clusters().Total
	want := map[string]int{"timeout": 1, "full": 1, "open": 1}
	if diff := cmp.Diff(want, total.Other); diff != "" {
		t.Fatal(diff)
	}
	others := 0
	for _, n := range total.Other {
		others += n
	}
	if total.Offered != total.Answered+total.Abandoned+others {
		t.Fatalf("%d offered: %+v", total.Offered, total)
	}
	for name, damage := range map[string]string{
		"left without an outcome":       `UPDATE queue_stays SET outcome = '' WHERE call_id = 'c2'`,
		"answered without a connection": `UPDATE queue_stays SET connected_at = NULL WHERE call_id = 'c2'`,
		"abandoned but connected":       `UPDATE queue_stays SET outcome = 'abandoned' WHERE call_id = 'c2'`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, fixed()...)
			db, err := sql.Open("sqlite3", s.path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(damage); err != nil {
				t.Fatal(err)
			}
			_, err = report.Clusters(context.Background(), s.store, morning(), morning().Add(time.Hour))
			want := "interval 2026-03-02 09:00 to 09:15: 9 offered, but the outcomes add up to 8 (look at call c2)"
			if err == nil || err.Error() != want {
				t.Fatalf("got %v, want %s", err, want)
			}
		})
	}
}

// Three of seven are turned away. They are offered, each under its name; what is said of
// those who were answered or gave up stays as it is without them.
func TestM4TurnedAway(t *testing.T) {
	few := []visit{answered(5000), answered(30_000), abandoned(1000), abandoned(9000)}
	without := newSite(t, few...).clusters().Total
	s := newSite(t, few...)
	for _, why := range []ivr.Outcome{ivr.OutcomeFull, ivr.OutcomeNoAgents, ivr.OutcomeNoAgents} {
		s.visit(visit{cluster: "tax", ivr: 1000, outcome: why})
	}
	total := s.clusters().Total
	isShare(t, "abandonment", total.Abandonment, 2, 7)
	isShare(t, "connect", total.SLConnect, 1+2+3, 7)
	want := without
	want.Offered, want.Other = 7, map[string]int{"full": 1, "no_agents": 2}
	want.Abandonment, want.SLConnect = total.Abandonment, total.SLConnect
	if diff := cmp.Diff(want, total); diff != "" {
		t.Error(diff)
	}
}

// Waits 1, 2, 3, 4, 5, 6, 7, 8, 9 and 100 s: mean 14.5, median 5.5, nine of ten within 9;
// each caller spent 1 s in the IVR before.
func TestM5ASA(t *testing.T) {
	s := newSite(t, abandoned(50_000))
	for _, wait := range []ivr.Millis{9000, 1000, 100_000, 3000, 2000, 4000, 8000, 6000, 7000, 5000} {
		s.visit(answered(wait))
	}
	// c2 is sent on after its conversation; the second wait, 77 s, is no new call's.
	later := morning().Add(time.Minute)
	s.tell(later, "c2", "", ivr.CallQueued{Queue: "tax", Skills: map[string]string{"cluster": "tax"}})
	s.tell(later.Add(77*time.Second), "c2", "agent02", ivr.CallConnected{Lease: "lx"})
	total := s.clusters().Total
	if total.Answered != 11 {
		t.Errorf("answered %d, want 11", total.Answered)
	}
	isMillis(t, "mean", total.ASA, 14_500)
	isMillis(t, "median", total.ASAMedian, 5500)
	isMillis(t, "90th percentile", total.ASAP90, 9000)
	isMillis(t, "from arrival", total.ASAArrived, 15_500)

	odd := newSite(t, answered(1000), answered(2000), answered(6000)).clusters().Total
	isMillis(t, "median of three", odd.ASAMedian, 2000)
	isMillis(t, "90th percentile of three", odd.ASAP90, 6000)
	isMillis(t, "mean of three", odd.ASA, 3000)
	isMillis(t, "rounded", newSite(t, answered(1), answered(2)).clusters().Total.ASA, 2)
}

// (100+20+30) and (61+0+9) s over two: talk 80.5, hold 10, wrap 19.5, together 110.
func TestM6AHT(t *testing.T) {
	s := newSite(t,
		visit{cluster: "tax", wait: 1, outcome: ivr.OutcomeAnswered, talk: 100_000, hold: 20_000, wrap: 30_000},
		visit{cluster: "tax", wait: 1, outcome: ivr.OutcomeAnswered, talk: 61_000, wrap: 9000},
		abandoned(3000))
	s.tell(morning().Add(10*time.Minute), "c1", "agent01", ivr.CallWrapped{Timeout: true}) // the timer's cap counts not
	s.tell(morning(), "c9", "", ivr.CallQueued{Queue: "tax", Skills: map[string]string{"cluster": "tax"}})
	s.tell(morning(), "c9", "agent02", ivr.CallConnected{Lease: "l9"}) // still talks
	total := s.clusters().Total
	isMillis(t, "talk", total.Talk, 80_500)
	isMillis(t, "hold", total.Hold, 10_000)
	isMillis(t, "wrap", total.Wrap, 19_500)
	isMillis(t, "AHT", total.AHT, 110_000)
}

// Within 20 s: two of three answered. Abandoned three, one short: 2 / (3 + 3 − 1).
func TestM7ServiceLevel(t *testing.T) {
	total := newSite(t, fixed()...).clusters().Total
	isShare(t, "SL", total.SL, 2, 5)
	if total.SLSeconds != 20 {
		t.Errorf("T is %d", total.SLSeconds)
	}
	isShare(t, "a wait of 20.001 s is late", newSite(t, answered(20_000), answered(20_001)).clusters().Total.SL, 1, 2)
}

func TestM8OtherServiceLevels(t *testing.T) {
	total := newSite(t, fixed()...).clusters().Total
	isShare(t, "asterisk", total.SLAsterisk, 2, 3)     // two of three answered
	isShare(t, "asterisk2", total.SLAsterisk2, 2+2, 6) // and two of three abandoned, within 20 s
	isShare(t, "connect", total.SLConnect, 2+2+1, 9)   // and the one that met a full queue, of nine
	isShare(t, "genesys", total.SLGenesys, 3-1, 3+3)   // one answered late
}

func TestM9Abandonment(t *testing.T) {
	isShare(t, "abandonment", newSite(t, fixed()...).clusters().Total.Abandonment, 3, 9)
}

// From 9:00: not ready 60 s, ready 40 s, rings 10 s, busy 100 s, wrap-up 30 s, ready since.
// At 9:05 (300 s): working 140 s, ready 40 + 60 s.
func TestM10Occupancy(t *testing.T) {
	s := newSite(t)
	now := morning()
	s.tell(now, "", "agent01", ivr.AgentSignedIn{})
	for _, step := range []struct {
		after time.Duration
		state ivr.AgentState
	}{{60, ivr.Ready}, {40, ivr.Reserved}, {10, ivr.Busy}, {100, ivr.WrapUp}, {30, ivr.Ready}} {
		now = now.Add(step.after * time.Second)
		s.tell(now, "", "agent01", ivr.AgentChanged{State: step.state})
	}
	agents := func(from, to time.Time) report.AgentRow {
		t.Helper()
		rows, err := report.Agents(context.Background(), s.store, from, to, morning().Add(5*time.Minute))
		if err != nil || len(rows) != 1 {
			t.Fatalf("%+v, %v", rows, err)
		}
		return rows[0]
	}
	row := agents(morning(), morning().Add(time.Hour))
	isShare(t, "occupancy", row.Occupancy, 140, 240)
	row.Occupancy = nil
	want := report.AgentRow{Agent: "agent01", Ring: 10_000, Busy: 100_000, Wrap: 30_000, Ready: 100_000, NotReady: 60_000}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Error(diff)
	}
	// From 9:01:30 to 9:02: 10 s ready, 10 s ring, 10 s busy.
	isShare(t, "of half a minute", agents(morning().Add(90*time.Second), morning().Add(2*time.Minute)).Occupancy, 20, 30)
}

func TestM11RONA(t *testing.T) {
	s := newSite(t)
	for i, how := range []ivr.OfferEnd{ivr.OfferMissed, ivr.OfferAccepted, ivr.OfferWithdrawn, ivr.OfferRejected, ivr.OfferLineLost, ivr.OfferMissed, ivr.OfferAccepted, ivr.OfferAccepted} {
		lease := ivr.Token(fmt.Sprint("l", i))
		s.tell(morning(), "c1", "agent01", ivr.CallOffered{Lease: lease})
		s.tell(morning(), "c1", "agent01", ivr.CallOfferEnded{Lease: lease, How: how})
	}
	rows, err := report.Agents(context.Background(), s.store, morning(), morning().Add(time.Hour), morning())
	if err != nil {
		t.Fatal(err)
	}
	rona := 2.0 / 8
	want := []report.AgentRow{{Agent: "agent01", Offers: 8, Accepted: 3, Missed: 2, Rejected: 1, Withdrawn: 1, LineLost: 1, RONA: &rona}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestM12HoldRate(t *testing.T) {
	total := newSite(t, answered(1), answered(1), abandoned(9000),
		visit{cluster: "tax", wait: 1, outcome: ivr.OutcomeAnswered, talk: 10, hold: 5}).clusters().Total
	if total.Held != 1 {
		t.Errorf("held %d", total.Held)
	}
	isShare(t, "hold rate", total.HoldRate, 1, 3)
}

// A caller queues at 9:14:50 and is answered at 9:15:10: all of it belongs to 9:00–9:15.
func TestM13Attribution(t *testing.T) {
	s := newSite(t, visit{at: 14*time.Minute + 50*time.Second, cluster: "tax", wait: 20_000, outcome: ivr.OutcomeAnswered, talk: 60_000})
	for i, want := range []int{1, 0} {
		from := morning().Add(time.Duration(i) * report.Interval)
		r, err := report.Clusters(context.Background(), s.store, from, from.Add(report.Interval))
		if err != nil || r.Total.Answered != want {
			t.Errorf("from %v: %d answered, %v; want %d", from, r.Total.Answered, err, want)
		}
	}
	// 23:59:59 and 00:00:00 at the site are 15:59:59 and 16:00:00 UTC.
	for now, want := range map[string]string{"2026-03-02T15:59:59Z": "2026-03-02", "2026-03-02T16:00:00Z": "2026-03-03"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		from, to, err := report.Day(at, "today")
		if err != nil || from.Format(time.RFC3339) != want+"T00:00:00+08:00" || to.Sub(from) != 24*time.Hour {
			t.Errorf("today at %s: %v to %v, %v", now, from, to, err)
		}
		before, end, err := report.Day(at, "yesterday")
		if err != nil || !end.Equal(from) || from.Sub(before) != 24*time.Hour {
			t.Errorf("yesterday at %s: %v to %v, %v", now, before, end, err)
		}
	}
	from, _, err := report.Day(morning(), "2025-12-31")
	if err != nil || !from.Equal(time.Date(2025, 12, 30, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %v", from, err)
	}
	for _, name := range []string{"", "tomorrow", "2026-02-30", "02/03/2026"} {
		if _, _, err := report.Day(morning(), name); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no such day: %q", name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestM14OverNothing(t *testing.T) {
	r := newSite(t).clusters()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"dictionary":1,"from":"2026-03-02T00:00:00+08:00","to":"2026-03-03T00:00:00+08:00","rows":[],"total":{"cluster":"",` +
		`"offered":0,"answered":0,"abandoned":0,"short_abandoned":0,"other":{},"asa_ms":null,"asa_median_ms":null,"asa_p90_ms":null,` +
		`"asa_arrived_ms":null,"aht_ms":null,"talk_ms":null,"hold_ms":null,"wrap_ms":null,"sl":null,"sl_seconds":20,"sl_asterisk":null,` +
		`"sl_asterisk2":null,"sl_connect":null,"sl_genesys":null,"abandonment":null,"held":0,"hold_rate":null}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	// Only abandoned calls: nobody was answered, so no ASA, but SL is 0 of 1.
	total := newSite(t, abandoned(9000)).clusters().Total
	if total.ASA != nil || total.AHT != nil || total.SLAsterisk != nil || total.HoldRate != nil {
		t.Errorf("%+v", total)
	}
	isShare(t, "SL", total.SL, 0, 1)
	if only := newSite(t, abandoned(1000)).clusters().Total; only.SL != nil {
		t.Errorf("only a short abandoned call: SL %v, want nothing", *only.SL)
	}
}

func TestM15CSV(t *testing.T) {
	s := newSite(t, fixed()...)
	s.visit(visit{cluster: `=HYPERLINK("http://x")`, wait: 2000, outcome: ivr.OutcomeKey})
	var out bytes.Buffer
	if err := report.WriteCSV(&out, s.clusters()); err != nil {
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
	want := [][]string{
		{"dictionary", "1"},
		{"query", "clusters", "from", "2026-03-02T00:00:00+08:00", "to", "2026-03-03T00:00:00+08:00", "T", "20s", "S", "5s"},
		{"cluster", "offered", "answered", "abandoned", "short_abandoned", "full", "key", "open", "timeout",
			"asa_ms", "asa_median_ms", "asa_p90_ms", "asa_arrived_ms", "aht_ms", "talk_ms", "hold_ms", "wrap_ms",
			"sl", "sl_seconds", "sl_asterisk", "sl_asterisk2", "sl_connect", "sl_genesys", "abandonment", "held", "hold_rate"},
		{`'=HYPERLINK("http://x")`, "1", "0", "0", "0", "0", "1", "0", "0",
			"-", "-", "-", "-", "-", "-", "-", "-", "-", "20", "-", "-", "1.0000", "-", "0.0000", "0", "-"},
		{"tax", "9", "3", "3", "1", "1", "0", "1", "1", "18333", "20000", "30000", "19333", "1000", "1000", "0", "0",
			"0.4000", "20", "0.6667", "0.6667", "0.5556", "0.3333", "0.3333", "0", "0.0000"},
		{"total", "10", "3", "3", "1", "1", "1", "1", "1", "18333", "20000", "30000", "19333", "1000", "1000", "0", "0",
			"0.4000", "20", "0.6667", "0.6667", "0.6000", "0.3333", "0.3000", "0", "0.0000"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestCalls(t *testing.T) {
	s := newSite(t, visit{cluster: "tax", ivr: 1000, wait: 4000, outcome: ivr.OutcomeAnswered, talk: 9000, hold: 2000, wrap: 3000},
		visit{at: time.Second, cluster: "tax", ivr: 1000})
	s.tell(morning().Add(2*time.Second), "c3", "", ivr.CallArrived{From: "", To: "0380008001"})
	s.tell(morning().Add(3*time.Second), "c3", "", ivr.CallEnded{By: ivr.SideSystem, Cause: "lost"})
	rows, err := report.Calls(context.Background(), s.store, morning(), morning().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"call":"c1","arrived_at":"2026-03-02T09:00:00+08:00","from":"0123456789","to":"0380008000","lang":"","cluster":"tax",` +
		`"agent":"agent01","outcome":"answered","wait_ms":4000,"talk_ms":9000,"hold_ms":2000,"wrap_ms":3000,"ended_by":"agent","cause":"normal","disposition":"solved"},` +
		`{"call":"c2","arrived_at":"2026-03-02T09:00:01+08:00","from":"0123456789","to":"0380008000","lang":"","cluster":"tax",` +
		`"agent":"","outcome":"open","wait_ms":null,"talk_ms":null,"hold_ms":null,"wrap_ms":null,"ended_by":"","cause":"","disposition":""},` +
		`{"call":"c3","arrived_at":"2026-03-02T09:00:02+08:00","from":"","to":"0380008001","lang":"","cluster":"",` +
		`"agent":"","outcome":"","wait_ms":null,"talk_ms":null,"hold_ms":null,"wrap_ms":null,"ended_by":"system","cause":"lost","disposition":""}]`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
