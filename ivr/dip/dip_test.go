package dip_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"talian/ivr/dip"
)

func TestRequest(t *testing.T) {
	type seen struct {
		method, uri, body string
		header            http.Header
	}
	got := make(chan seen, 1)
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- seen{r.Method, r.RequestURI, string(body), r.Header}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"state":"new"}`)
	}, nil)
	if r := s.do(dip.Request{Path: "/cases/a%2Fb?full=1", Key: "c1/status/1"}); r.Status != 201 || string(r.Body) != `{"state":"new"}` || r.Failure != "" {
		t.Fatalf("answer: %+v", r)
	}
	g := <-got
	if g.method != "GET" || g.uri != "/api/cases/a%2Fb?full=1" || g.body != "" || g.header.Get("Idempotency-Key") != "" ||
		g.header.Get("Content-Type") != "" || g.header.Get("User-Agent") != "talian" || g.header.Get("Accept") != "application/json" {
		t.Errorf("GET: %+v", g)
	}
	for _, method := range []string{"POST", "PUT"} {
		s.do(dip.Request{Method: method, Path: "/cases", Body: `{"a":1}`, Key: "c1/send/1"})
		g = <-got
		if g.method != method || g.uri != "/api/cases" || g.body != `{"a":1}` || g.header.Get("Idempotency-Key") != "c1/send/1" ||
			g.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v", method, g)
		}
	}
	s.do(dip.Request{Path: "//other.example/cases"}) // looks like another host, and is a path
	if g = <-got; g.uri != "/api//other.example/cases" {
		t.Errorf("path that looks like a host: %+v", g)
	}
	if n := s.figure("talian_dip_requests_total", "2xx", "crm"); n != 4 {
		t.Errorf("%v requests counted as answered, want 4", n)
	}
	if n := s.figure("talian_dip_seconds", "crm"); n != 4 {
		t.Errorf("%v durations, want 4", n)
	}
	if s.log.String() != "" {
		t.Errorf("logged without need: %s", s.log.String())
	}
}

func TestAnswersOfEveryStatus(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/api/%d", &status) // else it stays what it was
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			fmt.Fprint(w, "text")
		}
	}, nil)
	for _, status := range []int{200, 204, 304, 400, 404, 422, 429, 500, 503} {
		r := s.do(dip.Request{Path: fmt.Sprint("/", status)})
		if r.Status != status || r.Failure != "" {
			t.Errorf("%d: %+v", status, r)
		}
	}
}

func TestWrongRequests(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) {}, func(x *dip.Service) { x.Failures = 1 })
	for _, path := range []string{"cases", "/../admin", "/a/../../admin", "/a/%2e%2e/%2E%2E/admin", "/./a", "/%zz", "http://other.example/", "/a\nb"} {
		if r := s.do(dip.Request{Path: path}); !strings.HasPrefix(r.Failure, "error: the ") || strings.Contains(r.Failure, "admin") {
			t.Errorf("path %q: %+v", path, r)
		}
	}
	if r := s.do(dip.Request{Method: "DELETE"}); !strings.HasPrefix(r.Failure, "error: ") {
		t.Errorf("DELETE: %+v", r)
	}
	if r := s.client.Do(context.Background(), dip.Request{Service: "erp", Method: "GET", Path: "/"}); r.Failure != "error: no such service" {
		t.Errorf("unknown service: %+v", r)
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("%d wrong requests were sent", n)
	}
	if n := s.figure("talian_dip_breaker", "crm", "closed"); n != 1 {
		t.Error("our own mistakes were counted against the service")
	}
}

func TestTooSlow(t *testing.T) {
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	silent := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	}
	trickle := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
				return
			case <-ended:
				return
			}
		}
	}
	for name, answer := range map[string]http.HandlerFunc{"silent": silent, "trickling": trickle} {
		s := newSite(t, answer, nil)
		began := time.Now()
		r := s.do(dip.Request{Timeout: 200 * time.Millisecond, Retries: 3})
		if took := time.Since(began); r.Failure != dip.TimedOut || r.Status != 0 || took < 200*time.Millisecond || took > 2*time.Second {
			t.Errorf("%s: %+v after %v, want a timeout after 200 ms for all tries", name, r, took)
		}
		if n := s.figure("talian_dip_requests_total", "timeout", "crm"); n != 1 {
			t.Errorf("%s: %v timeouts counted", name, n)
		}
	}
}

// TestNoHandshake connects to a machine that takes the connection and says nothing.
func TestNoHandshake(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := newSite(t, nil, func(x *dip.Service) { x.Base = "https://" + listener.Addr().String() })
	if r := s.do(dip.Request{Timeout: 100 * time.Millisecond}); r.Failure != dip.TimedOut {
		t.Errorf("%+v, want a timeout", r)
	}
}

func TestCallerLeaves(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}, func(x *dip.Service) { x.Failures = 1 })
	r := s.client.Do(ctx, dip.Request{Service: "crm", Method: "GET", Path: "/", Retries: 3})
	if r.Failure != "error: given up" || s.asked.Load() != 1 {
		t.Errorf("%+v after %d tries", r, s.asked.Load())
	}
	if s.figure("talian_dip_breaker", "crm", "closed") != 1 {
		t.Error("a caller who left was counted against the service")
	}
}

func TestBadAnswers(t *testing.T) {
	reset := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(conn, text)
			conn.Close()
		}
	}
	huge := func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			fmt.Fprint(w, strings.Repeat("x", 10000))
		}
	}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer other.Close()
	tests := map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"reset":          {reset, "connection reset by peer"},
		"closed":         {raw(""), "the connection ended before the answer"},
		"nonsense":       {raw("900101145678 is not HTTP\r\n\r\n"), "the answer cannot be understood"},
		"cut body":       {raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "the connection ended before the answer"},
		"endless header": {raw("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 100<<10) + "\r\n\r\n"), "the answer cannot be understood"},
		"huge":           {huge, "the answer is too long"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}, "the answer leads to another address"},
	}
	for name, test := range tests {
		s := newSite(t, test.answer, nil)
		r := s.do(dip.Request{})
		if r.Failure != "error: "+test.want || r.Status != 0 || r.Body != nil {
			t.Errorf("%s: %+v, want %q", name, r, test.want)
		}
		if said := s.log.String(); strings.Contains(said, "900101145678") || !strings.Contains(said, "service=crm") {
			t.Errorf("%s: logged %s", name, said)
		}
		if n := s.figure("talian_dip_requests_total", "error", "crm"); n != 1 {
			t.Errorf("%s: %v errors counted", name, n)
		}
	}
}

func TestLongestAnswer(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", dip.MaxReply)) }, nil)
	if r := s.do(dip.Request{}); r.Failure != "" || len(r.Body) != dip.MaxReply {
		t.Errorf("%d bytes, %s", len(r.Body), r.Failure)
	}
}

func TestOnlyGetIsTriedAgain(t *testing.T) {
	var failures atomic.Int32
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		if failures.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}, func(x *dip.Service) { x.Failures = 100 })
	for _, test := range []struct {
		method           string
		failures         int32
		retries          int
		status, expected int
	}{
		{"GET", 0, 2, 200, 1},
		{"GET", 2, 2, 200, 3},
		{"GET", 3, 2, 503, 3},
		{"GET", 1, 0, 503, 1},
		{"POST", 1, 2, 503, 1},
		{"PUT", 1, 2, 503, 1},
	} {
		failures.Store(test.failures)
		s.asked.Store(0)
		r := s.do(dip.Request{Method: test.method, Retries: test.retries})
		if r.Status != test.status || int(s.asked.Load()) != test.expected {
			t.Errorf("%+v: status %d after %d tries", test, r.Status, s.asked.Load())
		}
	}
}

func TestAtOnce(t *testing.T) {
	free, inside := make(chan struct{}), make(chan struct{}, 2)
	s := newSite(t, func(http.ResponseWriter, *http.Request) { inside <- struct{}{}; <-free }, func(x *dip.Service) { x.AtOnce = 2 })
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if r := s.do(dip.Request{}); r.Status != 200 {
				t.Errorf("one of two: %+v", r)
			}
		})
	}
	<-inside
	<-inside
	began := time.Now()
	if r := s.do(dip.Request{}); r.Failure != "error: too many requests are under way" || time.Since(began) > time.Second {
		t.Errorf("a third: %+v after %v", r, time.Since(began))
	}
	close(free)
	wg.Wait()
	if r := s.do(dip.Request{}); r.Status != 200 {
		t.Errorf("when there is room again: %+v", r)
	}
	if n := s.figure("talian_dip_requests_total", "busy", "crm"); n != 1 {
		t.Errorf("%v busy counted", n)
	}
}

func TestSecretIsSentAndReadAgain(t *testing.T) {
	got := make(chan string, 1)
	dir := t.TempDir()
	write := func(text string, age time.Duration) {
		path, at := filepath.Join(dir, "crm_token"), time.Now().Add(-age)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n", time.Hour)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the certificate is refused below
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	services := map[string]dip.Service{"crm": {Base: server.URL, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Header: "Authorization", Prefix: "Bearer ", Secret: "crm_token"}}
	options := dip.Options{Secrets: dir, Roots: roots, Log: slog.New(slog.DiscardHandler)}
	client, err := dip.New(services, options)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i, text := range []string{"first", "second"} {
		write(text, time.Hour-time.Duration(i)*time.Minute)
		if r := client.Do(context.Background(), dip.Request{Service: "crm", Method: "GET", Path: "/"}); r.Status != 200 {
			t.Fatalf("%+v", r)
		}
		if header := <-got; header != "Bearer "+text {
			t.Errorf("sent %q, want %q", header, text)
		}
	}
	options.Roots = nil
	if client, err = dip.New(services, options); err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := client.Do(context.Background(), dip.Request{Service: "crm", Method: "GET", Path: "/"})
	if !strings.HasPrefix(r.Failure, "error: the certificate is not good: ") {
		t.Errorf("a certificate that nobody knows: %+v", r)
	}
}

func TestServicesThatCannotBeUsed(t *testing.T) {
	home := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for want, s := range map[string]dip.Service{
		"does not begin with https://": {Base: "crm.example"},
		"does not begin with":          {Base: "ftp://crm.example"},
		"may have a path only":         {Base: "https://user:word@crm.example"},
		"have a path only":             {Base: "https://crm.example/?a=1"},
		"a secret goes over https":     {Base: "http://crm.example", Header: "Authorization", Secret: "x"},
		"is not the name of a file":    {Base: "https://crm.example", Header: "Authorization", Secret: "../x"},
		"not the name of a file":       {Base: "https://crm.example", Header: "Authorization"},
		"no such file":                 {Base: "https://crm.example", Header: "Authorization", Secret: "none", Networks: home},
	} {
		_, err := dip.New(map[string]dip.Service{"crm": s}, dip.Options{Secrets: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.HasPrefix(err.Error(), "service crm: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "word") {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

func TestAddressThatIsNotAllowed(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) {}, func(x *dip.Service) { x.Networks = nil })
	if r := s.do(dip.Request{}); r.Failure != "error: address is not allowed" || s.asked.Load() != 0 {
		t.Errorf("%+v, asked %d times", r, s.asked.Load())
	}
}
