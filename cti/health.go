package cti

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health serves /healthz (the floor is not stuck), /readyz (engine heard, records usable) and
// /metrics, for a listener of its own.
func Health(floor *Floor, usable func(context.Context) error, registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) {
		floor.Synced() // takes the floor's mutex: a stuck floor does not answer
		answerJSON(rw, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, req *http.Request) {
		if !floor.Synced() {
			refuse(rw, http.StatusServiceUnavailable, "link", "the telephone engine is away")
			return
		}
		if err := usable(req.Context()); err != nil {
			refuse(rw, http.StatusServiceUnavailable, "store", err.Error())
			return
		}
		answerJSON(rw, http.StatusOK, map[string]string{"status": "ready"})
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
