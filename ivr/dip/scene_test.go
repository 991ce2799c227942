package dip_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"talian/ivr/dip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// words collects what is logged.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// site is one service named crm behind a client.
type site struct {
	t       *testing.T
	server  *httptest.Server
	asked   atomic.Int32
	client  *dip.Client
	service dip.Service
	secrets string
	log     words
}

func newSite(t *testing.T, answer http.HandlerFunc, change func(*dip.Service)) *site {
	t.Helper()
	s := &site{t: t, secrets: t.TempDir()}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.server.Close)
	s.service = dip.Service{Base: s.server.URL + "/api", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	if change != nil {
		change(&s.service)
	}
	client, err := dip.New(map[string]dip.Service{"crm": s.service},
		dip.Options{Secrets: s.secrets, Log: slog.New(slog.NewTextHandler(&s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.client = client
	t.Cleanup(client.Close)
	return s
}

func (s *site) do(r dip.Request) dip.Response {
	r.Service = "crm"
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Path == "" {
		r.Path = "/cases/900101145678"
	}
	return s.client.Do(context.Background(), r)
}

// figure gives a metric's value for the given label values, in the order of the labels' names.
func (s *site) figure(name string, labels ...string) float64 {
	s.t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.client.Metrics()...)
	families, err := registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var have []string
			for _, l := range m.GetLabel() {
				have = append(have, l.GetValue())
			}
			if family.GetName() == name && strings.Join(have, " ") == strings.Join(labels, " ") {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return -1
}
