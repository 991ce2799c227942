package engine

import (
	"github.com/prometheus/client_golang/prometheus"

	"talian/ivr"
)

// Metrics gives the engine's collectors for Prometheus.
func (e *Engine) Metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		(*picture)(e),
		gauge("talian_ari_up", "1 when Asterisk's events are connected and reconciled.", func() float64 {
			if e.ready.Load() {
				return 1
			}
			return 0
		}),
		gauge("talian_ari_backlog_events", "Events from Asterisk not yet looked at.", func() float64 { return float64(e.ari.Backlog()) }),
		gauge("talian_journal_last_fact", "Number of the last durable fact.", func() float64 { return float64(e.journal.Last()) }),
		gauge("talian_calls_live", "Calls that this process holds.", func() float64 {
			e.mu.Lock()
			defer e.mu.Unlock()
			return float64(len(e.calls))
		}),
	}
}

// picture counts the board at each scrape.
type picture Engine

func phaseDesc() *prometheus.Desc {
	return prometheus.NewDesc("talian_calls", "Calls by phase and queue.", []string{"phase", "queue"}, nil)
}

func agentDesc() *prometheus.Desc {
	return prometheus.NewDesc("talian_agents", "Agents by state.", []string{"state"}, nil)
}

func lineDesc() *prometheus.Desc {
	return prometheus.NewDesc("talian_lines", "Agents' audio lines by status.", []string{"status"}, nil)
}

// Describe names the figures.
func (p *picture) Describe(c chan<- *prometheus.Desc) {
	c <- phaseDesc()
	c <- agentDesc()
	c <- lineDesc()
}

// Collect counts.
func (p *picture) Collect(c chan<- prometheus.Metric) {
	board := (*Engine)(p).board.snapshot()
	type place struct {
		phase ivr.Phase
		queue string
	}
	calls := map[place]int{}
	for _, call := range board.Calls {
		calls[place{call.Phase, call.Queue}]++
	}
	agents := map[ivr.AgentState]int{}
	lines := map[ivr.LineStatus]int{}
	for _, a := range board.Agents {
		agents[a.Now.State]++
		lines[a.Line]++
	}
	for at, n := range calls {
		c <- prometheus.MustNewConstMetric(phaseDesc(), prometheus.GaugeValue, float64(n), string(at.phase), at.queue)
	}
	for state, n := range agents {
		c <- prometheus.MustNewConstMetric(agentDesc(), prometheus.GaugeValue, float64(n), string(state))
	}
	for status, n := range lines {
		c <- prometheus.MustNewConstMetric(lineDesc(), prometheus.GaugeValue, float64(n), string(status))
	}
}
