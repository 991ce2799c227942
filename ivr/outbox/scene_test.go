package outbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

// crm is the outside system: a fake way to it, and what it took.
type crm struct {
	t      *testing.T
	answer func(n int, r *http.Request) (*http.Response, error) // n counts from 1

	mu       sync.Mutex
	sent     int
	at       []time.Time // of every message
	taken    []received  // answered 2xx
	received []received
}

type received struct {
	id, timestamp string
	body          string
}

// seq is the fact's place, as its id says.
func (r received) seq() uint64 {
	n, _ := strconv.ParseUint(r.id[strings.LastIndex(r.id, "-")+1:], 10, 64)
	return n
}

func status(code int) (*http.Response, error) {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func takes(int, *http.Request) (*http.Response, error) { return status(http.StatusNoContent) }

var errCut = errors.New("connection refused")

func away(int, *http.Request) (*http.Response, error) { return nil, errCut }

func (c *crm) answers(with func(int, *http.Request) (*http.Response, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer, c.sent = with, 0
}

// RoundTrip takes a message, and checks that it is what a receiver may expect.
func (c *crm) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := verify(r.Header, body, testSecret); err != nil {
		c.t.Error(err)
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("User-Agent") != "talian" {
		c.t.Errorf("%s with header %v", r.Method, r.Header)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	got := received{r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), string(body)}
	c.sent++
	c.at, c.received = append(c.at, time.Now()), append(c.received, got)
	answer, err := c.answer(c.sent, r)
	if err == nil && answer.StatusCode/100 == 2 {
		c.taken = append(c.taken, got)
	}
	return answer, err
}

// seqs lists the facts taken.
func (c *crm) seqs() (list []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.taken {
		list = append(list, r.seq())
	}
	return list
}

// verify is a receiver's view of Standard Webhooks 1.0.0, written for these tests alone.
func verify(header http.Header, body []byte, secret string) error {
	key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || math.Abs(time.Since(time.Unix(seconds, 0)).Seconds()) > 300 {
		return fmt.Errorf("timestamp %q at %v", header.Get("webhook-timestamp"), time.Now())
	}
	id := header.Get("webhook-id")
	if id == "" || strings.Contains(id, ".") {
		return fmt.Errorf("id %q", id)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, seconds, body)
	for _, signature := range strings.Split(header.Get("webhook-signature"), " ") {
		version, coded, _ := strings.Cut(signature, ",")
		sum, err := base64.StdEncoding.DecodeString(coded)
		if version == "v1" && err == nil && hmac.Equal(sum, mac.Sum(nil)) {
			return nil
		}
	}
	return fmt.Errorf("signature %q does not fit", header.Get("webhook-signature"))
}

// scene is a journal on disk with an outbox and a CRM. It lives inside a synctest bubble.
type scene struct {
	*journal.Journal
	t    *testing.T
	dir  string
	crm  *crm
	box  *Outbox
	stop func()

	mu   sync.Mutex
	lose int // so many calls of SetCursor work, then the process is as good as dead; 0 = all
}

// SetCursor fails when the process is to end before it.
func (s *scene) SetCursor(ctx context.Context, name string, seq uint64) error {
	s.mu.Lock()
	if s.lose > 0 {
		if s.lose--; s.lose == 0 {
			s.mu.Unlock()
			return journal.ErrClosed
		}
	}
	s.mu.Unlock()
	return s.Journal.SetCursor(ctx, name, seq)
}

func (s *scene) loseAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = n + 1
}

func wall() ivr.Stamp {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return ivr.Stamp{At: now, Mono: ivr.MillisOf(now.Sub(time.Unix(0, 0)))}
}

// inScene runs a test with a scene in time that passes when everybody waits.
func inScene(t *testing.T, test func(t *testing.T, s *scene)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, dir: dir, crm: &crm{t: t, answer: takes}}
		if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(testSecret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.open()
		s.run()
		test(t, s)
		s.stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (s *scene) open() {
	s.t.Helper()
	var err error
	if s.Journal, err = journal.Open(filepath.Join(s.dir, "journal.db"), wall, journal.Keep(time.Hour)); err != nil {
		s.t.Fatal(err)
	}
}

// run begins a new outbox; stop ends it.
func (s *scene) run() {
	s.t.Helper()
	s.mu.Lock()
	s.lose = 0
	s.mu.Unlock()
	box, err := New(Options{URL: "https://crm.example/hook", Secret: filepath.Join(s.dir, "secret"), Journal: s,
		Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	box.client.Transport = s.crm
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx) }()
	s.box = box
	s.stop = func() {
		s.t.Helper()
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	}
	synctest.Wait()
}

// restart begins again with what is on disk.
func (s *scene) restart() {
	s.t.Helper()
	s.stop()
	if err := s.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
	s.run()
}

// pass lets time pass, with all that happens in it.
func (s *scene) pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

// tell appends facts and gives the place of the last.
func (s *scene) tell(bodies ...ivr.Body) uint64 {
	s.t.Helper()
	var facts []ivr.Fact
	for _, b := range bodies {
		facts = append(facts, ivr.Fact{Call: "c01", Body: b})
	}
	ticket := s.Append(facts)
	if err := ticket.Wait(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	written := ticket.Facts()
	return written[len(written)-1].Seq
}

func (s *scene) cursor() uint64 {
	s.t.Helper()
	seq, err := s.Cursor(context.Background(), cursorName)
	if err != nil {
		s.t.Fatal(err)
	}
	return seq
}

func (s *scene) figure(name string) float64 {
	s.t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.box.Metrics()...)
	families, err := registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	s.t.Fatalf("no figure %s", name)
	return 0
}

func opened(n int) ivr.CaseOpened {
	return ivr.CaseOpened{Number: ivr.CaseNumber(fmt.Sprint(26061000000 + n)), Key: fmt.Sprint("k", n), Desk: "complaints",
		Type: ivr.Complaint, Status: ivr.CaseNew, Caller: "0123456789", Due: "2026-03-05"}
}

// factOf reads the fact in a body.
func factOf(t *testing.T, body string) (f ivr.Fact) {
	t.Helper()
	var p struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(p.Data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}
