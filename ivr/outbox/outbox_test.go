package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/journal"
)

func TestWhatIsSent(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		ours := []ivr.Body{opened(1), ivr.CaseAppended{Number: "1", Key: "a"}, ivr.CaseMoved{Number: "1", Status: ivr.CaseClosed, Who: "agent01"},
			ivr.CallbackBooked{Key: "b", Queue: "q", Number: "0123456789", Skills: map[string]string{"language": "ms", "cluster": "x"}},
			ivr.SurveyBegun{Survey: "csi"}, ivr.SurveyAnswered{Survey: "csi", Question: "q1", Value: 5}, ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyComplete}}
		var all []ivr.Body
		for _, b := range ours {
			all = append(all, ivr.CallAnswered{}, b, ivr.VoicemailLeft{Box: "general"})
		}
		last := s.tell(all...)
		s.pass(time.Second)
		facts, err := s.After(context.Background(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.crm.taken) != len(ours) {
			t.Fatalf("%d messages, want %d", len(s.crm.taken), len(ours))
		}
		for i, got := range s.crm.taken {
			fact := facts[3*i+1]
			if got.id != fmt.Sprintf("fact-%s-%d", s.ID(), fact.Seq) {
				t.Errorf("id %s of fact %d", got.id, fact.Seq)
			}
			if diff := cmp.Diff(fact, factOf(t, got.body)); diff != "" {
				t.Errorf("fact %d: %s", fact.Seq, diff)
			}
			var head struct{ Type, Timestamp, Call string }
			if err := json.Unmarshal([]byte(got.body), &head); err != nil || head.Type != fact.Body.Kind() || head.Call != "c01" ||
				head.Timestamp != fact.At.Format(time.RFC3339Nano) {
				t.Errorf("head %+v, %v", head, err)
			}
		}
		s.pass(2 * noteEvery) // the last fact is none of ours
		if got := s.cursor(); got != last {
			t.Errorf("cursor %d, want %d", got, last)
		}
	})
}

// TestAwayForAWhile has the CRM unreachable for hours, with a restart between: nothing is
// lost, the journal keeps what was not sent, and the pauses grow to ten minutes.
func TestAwayForAWhile(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.crm.answers(away)
		for n := range 5 {
			s.tell(opened(n), ivr.CallAnswered{})
		}
		s.pass(3 * time.Hour)
		if got := s.figure("talian_outbox_lag_seconds"); got < 3*3600 || got > 3*3600+1 {
			t.Errorf("lag %v s after three hours", got)
		}
		if got := s.figure("talian_outbox_waiting_facts"); got != 5 {
			t.Errorf("%v facts wait, want 5", got)
		}
		if s.box.Healthy() == nil {
			t.Error("healthy while nothing can be sent")
		}
		checkPauses(t, s.crm.at)
		s.restart()
		s.pass(3 * time.Hour)
		s.crm.answers(takes)
		s.pass(longestWait)
		if got := s.crm.seqs(); !slices.Equal(got, []uint64{1, 3, 5, 7, 9}) {
			t.Errorf("taken %v", got)
		}
		if err := s.box.Healthy(); err != nil || s.figure("talian_outbox_lag_seconds") != 0 || s.figure("talian_outbox_waiting_facts") != 0 {
			t.Errorf("afterwards: %v, lag %v", err, s.figure("talian_outbox_lag_seconds"))
		}
		s.pass(time.Hour) // now the journal may forget
		s.stop()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.open()
		if facts, err := s.After(context.Background(), 0, 100); err != nil || len(facts) != 1 {
			t.Errorf("%d facts left, %v; want the last alone", len(facts), err)
		}
		s.run()
	})
}

func checkPauses(t *testing.T, at []time.Time) {
	t.Helper()
	want, different := firstWait, false
	for i := 1; i < len(at); i++ {
		pause := at[i].Sub(at[i-1])
		if pause > want || pause < want*3/4 {
			t.Errorf("pause %d: %v, want %v less at most a quarter", i, pause, want)
		}
		different = different || pause != want
		want = min(2*want, longestWait)
	}
	if len(at) < 15 || !different {
		t.Errorf("%d tries in three hours, pauses vary: %v", len(at), different)
	}
}

// TestKilledBetweenSendingAndNoting stops after each number of steps of the cursor: what
// was sent and not noted comes again, with the same id and body, and the order stays.
func TestKilledBetweenSendingAndNoting(t *testing.T) {
	for steps := range 4 {
		inScene(t, func(t *testing.T, s *scene) {
			s.loseAfter(steps)
			for n := range 4 {
				s.tell(opened(n))
			}
			s.pass(time.Second)
			if got := len(s.crm.taken); got != steps+1 {
				t.Fatalf("%d messages before the end, want %d", got, steps+1)
			}
			s.restart()
			s.pass(time.Second)
			want := []uint64{1, 2, 3, 4}
			want = slices.Insert(want, steps+1, uint64(steps+1)) // the one that came twice
			if got := s.crm.seqs(); !slices.Equal(got, want) {
				t.Fatalf("taken %v, want %v", got, want)
			}
			first, again := s.crm.taken[steps], s.crm.taken[steps+1]
			if first.id != again.id || first.body != again.body {
				t.Errorf("the second time differs: %v, %v", first, again)
			}
		})
	}
}

func TestRefusalsThatPass(t *testing.T) {
	for _, code := range []int{302, 408, 429, 500, 502, 503, 504} {
		inScene(t, func(t *testing.T, s *scene) {
			s.crm.answers(func(n int, _ *http.Request) (*http.Response, error) {
				if n <= 7 {
					return status(code)
				}
				return status(http.StatusOK)
			})
			s.tell(opened(1), opened(2))
			s.pass(5 * time.Minute)
			if got := s.crm.seqs(); !slices.Equal(got, []uint64{1, 2}) || len(s.crm.at) != 9 {
				t.Errorf("%d: taken %v after %d tries", code, got, len(s.crm.at))
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		header string
		least  time.Duration
		most   time.Duration
	}{
		{"90", 90 * time.Second, 90 * time.Second},
		{"date", 120 * time.Second, 121 * time.Second},
		{"0", 0, time.Second},
		{"-5", 0, time.Second},
		{"soon", 0, time.Second},
		{"99999999999", longestAsked, longestAsked},
	} {
		inScene(t, func(t *testing.T, s *scene) {
			s.crm.answers(func(n int, _ *http.Request) (*http.Response, error) {
				if n > 1 {
					return status(http.StatusOK)
				}
				answer, _ := status(http.StatusTooManyRequests)
				answer.Header.Set("Retry-After", test.header)
				if test.header == "date" {
					answer.Header.Set("Retry-After", time.Now().Add(121*time.Second).UTC().Format(http.TimeFormat))
				}
				return answer, nil
			})
			s.tell(opened(1))
			s.pass(2 * time.Hour)
			if len(s.crm.at) != 2 {
				t.Fatalf("%s: %d tries", test.header, len(s.crm.at))
			}
			if pause := s.crm.at[1].Sub(s.crm.at[0]); pause < test.least || pause > test.most {
				t.Errorf("%s: tried again after %v", test.header, pause)
			}
		})
	}
}

// TestParking has one fact refused for good: the others go on, and it can be sent later.
func TestParking(t *testing.T) {
	for _, code := range []int{400, 401, 404, 410, 422} {
		inScene(t, func(t *testing.T, s *scene) {
			refuse := func(_ int, r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.Header.Get("Webhook-Id"), "-2") {
					return status(code)
				}
				return status(http.StatusOK)
			}
			s.crm.answers(refuse)
			s.tell(opened(1), opened(2), opened(3))
			s.pass(time.Minute)
			if got := s.crm.seqs(); !slices.Equal(got, []uint64{1, 3}) || len(s.crm.at) != 1+refusals+1 || s.box.Healthy() != nil {
				t.Fatalf("%d: taken %v, %d messages, %v", code, got, len(s.crm.at), s.box.Healthy())
			}
			s.restart()
			s.pass(time.Minute)
			if n := len(s.crm.at); n != 1+refusals+1 {
				t.Fatalf("%d: a parked fact was sent again by itself: %d messages", code, n)
			}
			parked, err := s.box.Parked(context.Background())
			if err != nil || len(parked) != 1 || s.figure("talian_outbox_parked_facts") != 1 {
				t.Fatalf("%d: parked %v, %v", code, parked, err)
			}
			p := parked[0]
			if p.ID != fmt.Sprintf("fact-%s-2", s.ID()) || p.Kind != "case.opened" || p.Call != "c01" || !strings.Contains(p.Why, fmt.Sprint(code)) || p.At.IsZero() {
				t.Errorf("%d: %+v", code, p)
			}
			if err := s.box.Resend(context.Background(), p.ID); ivr.CodeOf(err) != ivr.CodeUnavailable {
				t.Errorf("%d: sent again and refused: %v", code, err)
			}
			if left, _ := s.box.Parked(context.Background()); len(left) != 1 {
				t.Errorf("%d: a fact that was refused again is not parked any more", code)
			}
			s.crm.answers(takes)
			if err := s.box.Resend(context.Background(), p.ID); err != nil {
				t.Errorf("%d: %v", code, err)
			}
			if last := s.crm.taken[2]; last.id != p.ID || last.body != string(p.Body) || last.body != s.crm.received[1].body {
				t.Errorf("%d: sent again as %+v", code, last)
			}
			if left, _ := s.box.Parked(context.Background()); len(left) != 0 || s.figure("talian_outbox_parked_facts") != 0 {
				t.Errorf("%d: still parked: %v", code, left)
			}
			if err := s.box.Resend(context.Background(), p.ID); ivr.CodeOf(err) != ivr.CodeNotFound {
				t.Errorf("%d: sent a third time: %v", code, err)
			}
		})
	}
}

// TestFirstStartHoldsTheJournal begins with a CRM that was never there: the journal must keep
// the facts though another reader has passed them.
func TestFirstStartHoldsTheJournal(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.crm.answers(away)
		s.pass(time.Second)
		last := s.tell(opened(1), opened(2), ivr.CallAnswered{})
		if err := s.Journal.SetCursor(context.Background(), "records", last); err != nil {
			t.Fatal(err)
		}
		s.pass(3 * time.Hour)
		s.restart()
		s.crm.answers(takes)
		s.pass(longestWait)
		if got := s.crm.seqs(); !slices.Equal(got, []uint64{1, 2}) {
			t.Errorf("taken %v", got)
		}
	})
}

func TestDrop(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.crm.answers(away)
		last := s.tell(opened(1), opened(2), ivr.CallAnswered{})
		if err := s.Journal.SetCursor(context.Background(), "records", last); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Minute)
		s.stop()
		for range 2 {
			if err := Drop(context.Background(), s); err != nil {
				t.Fatal(err)
			}
		}
		s.pass(2 * time.Hour)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.open()
		if facts, err := s.After(context.Background(), 0, 100); err != nil || len(facts) != 1 {
			t.Errorf("%d facts left, %v; want the last alone", len(facts), err)
		}
		s.run()
	})
}

// TestRealConnection sends to a real server, and refuses an address that is not allowed.
func TestRealConnection(t *testing.T) {
	got := make(chan error, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, err := r.Body.Read(body)
		if err == nil || err.Error() == "EOF" {
			err = verify(r.Header, body, testSecret)
		}
		got <- err
	}))
	defer server.Close()
	dir := t.TempDir()
	j, err := journal.Open(filepath.Join(dir, "journal.db"), wall)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(testSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]ivr.Fact{{Call: "c1", Body: opened(1)}}).Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	run := func(network string) (*Outbox, func()) {
		box, err := New(Options{URL: server.URL, Secret: filepath.Join(dir, "secret"), Journal: j, Clock: time.Now,
			Networks: []netip.Prefix{netip.MustParsePrefix(network)}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- box.Run(ctx) }()
		return box, func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	box, stop := run("10.0.0.0/8")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for box.Healthy() == nil && ctx.Err() == nil {
		<-tick.C
	}
	if err := box.Healthy(); err == nil || !strings.Contains(err.Error(), "address is not allowed") {
		t.Errorf("an address outside its network: %v", err)
	}
	stop()
	_, stop = run("127.0.0.0/8")
	select {
	case err := <-got:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("nothing came")
	}
	stop()
}
