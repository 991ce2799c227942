package cti

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/link"
)

// Limits of guests, the citizens' phones in the browser.
const (
	guestsPerHour = 10  // from one address
	guestsMost    = 100 // at the same time
	guestIdle     = time.Minute
	guestLife     = time.Hour
	guestSweep    = 5 * time.Second
)

// guest is one endpoint given out without a sign-in.
type guest struct {
	user  string
	token string
	since time.Time
	used  time.Time // last seen with a SIP socket
}

// guests knows the endpoints given out.
type guests struct {
	engine  link.Engine
	relays  *relays
	metrics *Metrics
	log     *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	byToken map[string]*guest
	recent  map[string][]time.Time // claims by address, within the last hour
}

func newGuests(engine link.Engine, relays *relays, metrics *Metrics, log *slog.Logger, now func() time.Time) *guests {
	return &guests{engine: engine, relays: relays, metrics: metrics, log: log, now: now,
		byToken: map[string]*guest{}, recent: map[string][]time.Time{}}
}

// admit counts a claim, or refuses it.
func (g *guests) admit(address string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for from, times := range g.recent {
		for len(times) > 0 && now.Sub(times[0]) >= time.Hour {
			times = times[1:]
		}
		if g.recent[from] = times; len(times) == 0 {
			delete(g.recent, from)
		}
	}
	if len(g.recent[address]) >= guestsPerHour || len(g.byToken) >= guestsMost {
		return ivr.NewError(ivr.CodeUnavailable, "too many phones from here; try again later")
	}
	g.recent[address] = append(g.recent[address], now)
	return nil
}

func (g *guests) claim(ctx context.Context) (ivr.LineGrant, string, error) {
	var grant ivr.LineGrant
	reply, err := g.engine.Do(ctx, ivr.Intent{ID: "guest-" + ivr.NewSecret(), Want: ivr.GuestClaim{}})
	if err == nil {
		err = problemOf(reply)
	}
	if err != nil {
		return grant, "", err
	}
	if err := json.Unmarshal(reply.Data, &grant); err != nil {
		return grant, "", ivr.NewError(ivr.CodeInternal, "the engine's grant is not understood")
	}
	now := g.now()
	token := ivr.NewSecret()
	g.mu.Lock()
	g.byToken[token] = &guest{user: grant.User, token: token, since: now, used: now}
	g.metrics.guests.Set(float64(len(g.byToken)))
	g.mu.Unlock()
	return grant, token, nil
}

func (g *guests) userOf(token string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, known := g.byToken[token]
	if !known {
		return "", false
	}
	return found.user, true
}

// release gives an endpoint back; one that is not known is no error.
func (g *guests) release(ctx context.Context, token string) {
	g.mu.Lock()
	found, known := g.byToken[token]
	delete(g.byToken, token)
	g.metrics.guests.Set(float64(len(g.byToken)))
	g.mu.Unlock()
	if !known {
		return
	}
	g.relays.cut(found.user)
	reply, err := g.engine.Do(ctx, ivr.Intent{ID: "guest-over-" + token, Want: ivr.GuestRelease{User: found.user}})
	if err == nil {
		err = problemOf(reply)
	}
	if err != nil {
		g.log.Warn("giving a guest's endpoint back", "user", found.user, "error", err)
	}
}

// Run gives idle and old guests' endpoints back until ctx ends, then cuts the SIP sockets.
func (w *Web) Run(ctx context.Context) error {
	tick := time.NewTicker(guestSweep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, token := range w.guests.over() {
				w.guests.release(ctx, token)
			}
		case <-ctx.Done():
			w.relays.end()
			return nil
		}
	}
}

func (g *guests) over() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, tokens := g.now(), []string(nil)
	for token, guest := range g.byToken {
		if g.relays.has(guest.user) {
			guest.used = now
		}
		if now.Sub(guest.used) > guestIdle || now.Sub(guest.since) > guestLife {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

func (w *Web) postGuest(rw http.ResponseWriter, req *http.Request, _ visitor) {
	if ip := net.ParseIP(address(req)); !w.GuestsRemote && (ip == nil || !ip.IsLoopback()) {
		refuse(rw, http.StatusForbidden, string(ivr.CodeForbidden), "guests may call from this machine only")
		return
	}
	if err := w.guests.admit(address(req)); err != nil {
		rw.Header().Set("Retry-After", "3600")
		refuse(rw, http.StatusTooManyRequests, "too_many", err.Error())
		return
	}
	grant, token, err := w.guests.claim(req.Context())
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, map[string]any{"user": grant.User, "secret": grant.Secret, "numbers": w.Numbers, "token": token})
}

func (w *Web) deleteGuest(rw http.ResponseWriter, req *http.Request, _ visitor) {
	w.guests.release(req.Context(), req.URL.Query().Get("token"))
	rw.WriteHeader(http.StatusNoContent)
}
