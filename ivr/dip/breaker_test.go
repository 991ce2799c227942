package dip_test

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"talian/ivr/dip"
)

const resting = "error: it failed too often and is left alone"

// untilTried asks until the service is tried again.
func (s *site) untilTried() dip.Response {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for {
		if r := s.do(dip.Request{}); r.Failure != resting {
			return r
		}
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatal("the service is never tried again")
		}
	}
}

// TestBreaker follows a service from good to bad and back: closed, open, half-open, open,
// half-open, closed.
func TestBreaker(t *testing.T) {
	var bad atomic.Bool
	var hold atomic.Pointer[chan struct{}]
	inside := make(chan struct{}, 1)
	const rest = 100 * time.Millisecond
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		if wait := hold.Load(); wait != nil {
			inside <- struct{}{}
			<-*wait
		}
		if bad.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	}, func(x *dip.Service) { x.Failures, x.Rest = 3, rest })
	state := func(want string) {
		t.Helper()
		for _, name := range []string{"closed", "half-open", "open"} {
			if got := s.figure("talian_dip_breaker", "crm", name) == 1; got != (name == want) {
				t.Fatalf("breaker %s: %v; want %s", name, got, want)
			}
		}
	}
	bad.Store(true)
	for range 2 {
		s.do(dip.Request{})
	}
	bad.Store(false)
	s.do(dip.Request{}) // one success: the count begins anew
	bad.Store(true)
	for range 3 {
		if r := s.do(dip.Request{}); r.Status != http.StatusBadGateway {
			t.Fatalf("%+v", r)
		}
	}
	opened := time.Now()
	state("open")
	asked := s.asked.Load()
	if r := s.do(dip.Request{}); r.Failure != resting || s.asked.Load() != asked {
		t.Fatalf("while it rests: %+v, asked %d times more", r, s.asked.Load()-asked)
	}
	if r := s.untilTried(); r.Status != http.StatusBadGateway || time.Since(opened) < rest {
		t.Fatalf("first trial: %+v after %v", r, time.Since(opened))
	}
	state("open")

	bad.Store(false)
	wait := make(chan struct{})
	hold.Store(&wait)
	trial := make(chan dip.Response)
	go func() { trial <- s.untilTried() }()
	<-inside
	state("half-open")
	if r := s.do(dip.Request{}); r.Failure != resting { // one trial at a time
		t.Fatalf("beside the trial: %+v", r)
	}
	close(wait)
	if r := <-trial; r.Status != http.StatusOK {
		t.Fatalf("second trial: %+v", r)
	}
	state("closed")
	if s.figure("talian_dip_requests_total", "resting", "crm") < 2 {
		t.Error("refusals of the breaker are not counted")
	}
}

// TestUse replaces services while they are in use.
func TestUse(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		func(x *dip.Service) { x.Failures, x.Rest = 1, time.Hour })
	s.do(dip.Request{})
	if r := s.do(dip.Request{}); r.Failure != resting {
		t.Fatalf("%+v", r)
	}
	same := s.service
	same.AtOnce = dip.DefaultAtOnce // what it means when nothing is said
	if err := s.client.Use(map[string]dip.Service{"crm": same}); err != nil {
		t.Fatal(err)
	}
	if r := s.do(dip.Request{}); r.Failure != resting {
		t.Fatalf("a service that stays as it is forgot its state: %+v", r)
	}
	if err := s.client.Use(map[string]dip.Service{"crm": {Base: "nonsense"}}); err == nil {
		t.Fatal("nonsense was taken")
	}
	if r := s.do(dip.Request{}); r.Failure != resting {
		t.Fatalf("after a refused change: %+v", r)
	}
	other := s.service
	other.Rest = time.Minute
	if err := s.client.Use(map[string]dip.Service{"crm": other}); err != nil {
		t.Fatal(err)
	}
	if r := s.do(dip.Request{}); r.Status != http.StatusInternalServerError {
		t.Fatalf("a changed service: %+v", r)
	}
	if err := s.client.Use(nil); err != nil {
		t.Fatal(err)
	}
	if r := s.do(dip.Request{}); r.Failure != "error: no such service" {
		t.Fatalf("a service that is gone: %+v", r)
	}
	if _, err := dip.New(nil, dip.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
}
