package outbox

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct{ sent *prometheus.CounterVec }

func newMetrics() *metrics {
	return &metrics{sent: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "talian_outbox_sent_total",
		Help: "Messages sent to the outside system, by its answer."}, []string{"answer"})}
}

func (m *metrics) count(err error) {
	answer := "2xx"
	var no *refusal
	switch {
	case errors.As(err, &no):
		answer = fmt.Sprintf("%dxx", no.status/100)
	case err != nil:
		answer = "none"
	}
	m.sent.WithLabelValues(answer).Inc()
}

// Metrics gives the outbox's collectors for Prometheus.
func (x *Outbox) Metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			x.mu.Lock()
			defer x.mu.Unlock()
			return value()
		})
	}
	return []prometheus.Collector{
		x.metrics.sent,
		gauge("talian_outbox_waiting_facts", "Facts that the outside system has not taken yet.", func() float64 { return float64(len(x.waiting)) }),
		gauge("talian_outbox_lag_seconds", "Age of the oldest fact that the outside system has not taken yet; 0 when there is none.", x.lag),
		gauge("talian_outbox_parked_facts", "Facts that the outside system refused, put aside until somebody sends them again.", func() float64 { return float64(x.parked) }),
	}
}

// lag is in seconds. x.mu is held.
func (x *Outbox) lag() float64 {
	if len(x.waiting) == 0 {
		return 0
	}
	return max(0, x.clock().Sub(x.waiting[0].at).Seconds())
}
