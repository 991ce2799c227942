package cti_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"talian/cti"
	"talian/cti/auth"
	"talian/ivr/link"
	"talian/ivr/link/linktest"
	"talian/ivr/store"
)

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), part)
}

func open(t *testing.T, changes ...change) *site {
	t.Helper()
	s := &site{t: t, engine: linktest.New(), log: &lines{}, registry: prometheus.NewRegistry(), dir: t.TempDir(), clock: &atomic.Int64{}}
	now := func() time.Time { return time.Now().Add(time.Duration(s.clock.Load())) }
	var err error
	if s.store, err = store.Open(t.Context(), filepath.Join(s.dir, "talian.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	people := cti.People{Store: s.store}
	hash := auth.HashPassword(password)
	for _, user := range auth.DemoPeople([]string{"health", "finance", "education"}) {
		user.PasswordHash = hash
		if err := people.PutUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	signIns, err := auth.Restore(t.Context(), people, now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	metrics := cti.NewMetrics(s.registry)
	s.floor = cti.NewFloor(cti.FloorOptions{Engine: link.Direct(s.engine), SignIns: signIns,
		Earlier: cti.Callers{Store: s.store}, Metrics: metrics, Log: log, Now: now})
	opts := cti.Options{Floor: s.floor, SignIns: signIns, Records: cti.Archive{Store: s.store, Now: time.Now},
		Pages: http.NotFoundHandler(), Metrics: metrics, Log: log, Recordings: filepath.Join(s.dir, "recordings"),
		Numbers: []string{"0380008000"}, Asterisk: "http://127.0.0.1:1"}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + on.Addr().String()
	opts.Origins = auth.NewOrigins(s.url)
	for _, change := range changes {
		change(&opts)
	}
	s.web = cti.NewWeb(opts)
	s.start(on)
	s.floor.SetLink(true)
	s.until("the floor to be synced", s.floor.Synced)
	return s
}

func (s *site) start(on net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{s.floor.Run, s.web.Run} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				s.t.Errorf("run: %v", err)
			}
		})
	}
	server := &httptest.Server{Listener: on, Config: &http.Server{Handler: s.web.Handler(), ReadHeaderTimeout: time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}}
	server.Start()
	s.t.Cleanup(func() {
		draining, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := s.floor.Drain(draining); err != nil {
			s.t.Errorf("drain: %v", err)
		}
		cancel()
		parts.Wait()
		server.Close()
	})
}

// until waits for a condition, with a deadline.
func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-deadline.C:
			s.t.Fatalf("waited 10 s for %s", what)
		}
	}
}
