package cti

import "github.com/prometheus/client_golang/prometheus"

// Metrics are ctid's figures for Prometheus.
type Metrics struct {
	sockets      prometheus.Gauge
	desks        prometheus.Gauge
	commands     *prometheus.CounterVec
	offers       prometheus.Counter
	offerToCard  prometheus.Histogram
	starts       *prometheus.CounterVec
	closed       *prometheus.CounterVec
	unknown      prometheus.Counter
	doubleOffers prometheus.Counter
	lookups      *prometheus.CounterVec
	signIns      *prometheus.CounterVec
	sipSockets   prometheus.Gauge
	guests       prometheus.Gauge
	linkUp       prometheus.Gauge
}

// NewMetrics registers the figures.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "ctid", Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "ctid", Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "ctid", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		sockets:      gauge("sockets", "Agents' websockets open."),
		desks:        gauge("desks", "Desks kept, with a socket or not."),
		commands:     counters("commands_total", "Commands by type and result code.", "type", "result"),
		offers:       counter("offers_shown_total", "Offers put on a card."),
		starts:       counters("starts_total", "Answers to hello: resume or snap.", "how"),
		closed:       counters("closed_total", "Sockets that we closed, by close code.", "code"),
		unknown:      counter("unknown_messages_total", "Messages of a kind that we do not know."),
		doubleOffers: counter("double_offers_total", "Second open offers at one agent, refused."),
		lookups:      counters("lookups_total", "Look-ups of earlier calls: ok, failed or left out.", "result"),
		signIns:      counters("sign_ins_total", "Tries to sign in: ok, wrong, locked or failed.", "result"),
		sipSockets:   gauge("sip_sockets", "SIP websockets carried."),
		guests:       gauge("guests", "Guests' endpoints given out."),
		linkUp:       gauge("link_up", "1 while the telephone engine is heard."),
		offerToCard: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "ctid", Name: "offer_to_card_seconds",
			Help:    "From the offer's fact to its card handed to the sockets.",
			Buckets: []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1}}),
	}
	registry.MustRegister(m.sockets, m.desks, m.commands, m.offers, m.offerToCard, m.starts, m.closed, m.unknown,
		m.doubleOffers, m.lookups, m.signIns, m.sipSockets, m.guests, m.linkUp)
	return m
}
