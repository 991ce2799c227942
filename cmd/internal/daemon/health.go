package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that must be well; nil means it is.
type Check func(context.Context) error

// Health answers /healthz (the process does its work at all), /readyz (a call or an agent
// would be served now; 503 with the reasons otherwise) and /metrics. What warns is shown on
// /readyz, too, but hinders nothing.
func Health(alive Check, ready, warns map[string]Check, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", answer(map[string]Check{"alive": alive}, nil))
	mux.Handle("GET /readyz", answer(ready, warns))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return mux
}

func answer(checks, warns map[string]Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reasons, warnings := failing(r.Context(), checks), failing(r.Context(), warns)
		w.Header().Set("Content-Type", "application/json")
		if len(reasons) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": len(reasons) == 0, "reasons": reasons, "warnings": warnings})
	})
}

func failing(ctx context.Context, checks map[string]Check) map[string]string {
	reasons := map[string]string{}
	for name, check := range checks {
		if err := check(ctx); err != nil {
			reasons[name] = err.Error()
		}
	}
	return reasons
}

// Serve serves until ctx ends, then gives requests under way two seconds.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = s.Shutdown(late)
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
