package dip

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// Outcomes of a request in figures, beside 2xx, 4xx and 5xx.
const (
	outcomeTimeout = "timeout"
	outcomeError   = "error"
	outcomeBusy    = "busy"     // too many under way
	outcomeResting = "resting"  // left alone
	outcomeGivenUp = "given_up" // the call is over
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	return &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "talian_dip_requests_total",
			Help: "Requests to outside services by outcome, all tries of one counted once."}, []string{"service", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "talian_dip_seconds",
			Help:    "Time that outside services took, all tries together; those not asked are left out.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10}}, []string{"service"}),
	}
}

func (m *metrics) count(service, outcome string, took time.Duration) {
	m.requests.WithLabelValues(service, outcome).Inc()
	if outcome != outcomeBusy && outcome != outcomeResting {
		m.seconds.WithLabelValues(service).Observe(took.Seconds())
	}
}

// Metrics gives the client's collectors for Prometheus.
func (c *Client) Metrics() []prometheus.Collector {
	return []prometheus.Collector{c.metrics.requests, c.metrics.seconds, (*breakers)(c)}
}

// breakers tells the state of each service's breaker at each scrape.
type breakers Client

func breakerDesc() *prometheus.Desc {
	return prometheus.NewDesc("talian_dip_breaker", "1 for the state that a service's breaker is in: closed, half-open or open (left alone).",
		[]string{"service", "state"}, nil)
}

// Describe names the figure.
func (b *breakers) Describe(c chan<- *prometheus.Desc) { c <- breakerDesc() }

// Collect asks the breakers.
func (b *breakers) Collect(c chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, s := range b.services {
		now := s.breaker.State()
		for _, state := range []gobreaker.State{gobreaker.StateClosed, gobreaker.StateHalfOpen, gobreaker.StateOpen} {
			value := 0.0
			if state == now {
				value = 1
			}
			c <- prometheus.MustNewConstMetric(breakerDesc(), prometheus.GaugeValue, value, name, state.String())
		}
	}
}
