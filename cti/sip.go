package cti

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"talian/cti/auth"
	"talian/ivr"
)

// Times and limits of a SIP websocket.
const (
	sipProto     = "sip" // RFC 7118
	sipDead      = 60 * time.Second
	sipPing      = 20 * time.Second
	sipDial      = 5 * time.Second
	sipReadLimit = 64 << 10
)

func bufferPool() websocket.BufferPool { return &sync.Pool{} }

// serveSIP carries a page's SIP socket to Asterisk: an agent's by the cookie, a guest's by
// the token of its claim.
func (w *Web) serveSIP(rw http.ResponseWriter, req *http.Request, who visitor) {
	user, calls := who.user.ID, false
	stands := func() bool { _, _, known := w.SignIns.Valid(who.signIn.Hash); return known }
	if token := req.URL.Query().Get("guest"); token != "" {
		guest, known := w.guests.userOf(token)
		if !known {
			refuse(rw, http.StatusUnauthorized, "guest_over", "this phone was given back; get a new one")
			return
		}
		user, calls, who = guest, true, visitor{}
		stands = func() bool { _, known := w.guests.userOf(token); return known }
	} else if who.user.Role != auth.RoleAgent {
		refuse(rw, http.StatusUnauthorized, "signed_out", "sign in as an agent first")
		return
	}
	w.relay(rw, req, &relay{user: user, signIn: who.signIn.Hash, stands: stands}, sipRules{user: user, calls: calls})
}

func (w *Web) relay(rw http.ResponseWriter, req *http.Request, r *relay, rules sipRules) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	r.cancel = cancel
	if !w.relays.add(r) {
		refuse(rw, http.StatusServiceUnavailable, string(ivr.CodeUnavailable), "going away; try again in a moment")
		return
	}
	defer w.relays.remove(r)
	if !r.stands() { // ended since it was looked up: whoever ended it could not cut this yet
		refuse(rw, http.StatusUnauthorized, "signed_out", "sign in first")
		return
	}
	far, err := w.dialSIP(ctx)
	if err != nil {
		w.Log.Error("SIP socket", "user", r.user, "error", err)
		w.fail(rw, req, ivr.NewError(ivr.CodeUnavailable, "the telephone system is away"))
		return
	}
	defer far.Close() //nolint:errcheck // the end of it either way
	upgrader := w.upgrader
	upgrader.Subprotocols = []string{sipProto}
	near, err := upgrader.Upgrade(rw, req, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer near.Close() //nolint:errcheck // the end of it either way
	carry(ctx, near, far, rules)
}

func (w *Web) dialSIP(ctx context.Context) (*websocket.Conn, error) {
	target, err := url.Parse(w.Asterisk)
	if err != nil {
		return nil, err
	}
	target.Scheme, target.Path = map[string]string{"https": "wss"}[target.Scheme], "/ws"
	if target.Scheme == "" {
		target.Scheme = "ws"
	}
	ctx, cancel := context.WithTimeout(ctx, sipDial)
	defer cancel()
	dialer := websocket.Dialer{Subprotocols: []string{sipProto}, HandshakeTimeout: sipDial}
	conn, response, err := dialer.DialContext(ctx, target.String(), nil)
	if response != nil && response.Body != nil {
		_ = response.Body.Close() // gorilla has read what there is
	}
	return conn, err
}

// carry passes frames both ways until one side ends, breaks the rules, or ctx is over.
func carry(ctx context.Context, near, far *websocket.Conn, rules sipRules) {
	near.SetReadLimit(sipReadLimit)
	far.SetReadLimit(sipReadLimit)
	near.SetPongHandler(func(string) error { return near.SetReadDeadline(time.Now().Add(sipDead)) })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		defer cancel()
		err := pump(near, far, sipDead, rules.check)
		if errors.Is(err, errSIPRules) {
			frame := websocket.FormatCloseMessage(websocket.ClosePolicyViolation, err.Error())
			_ = near.WriteControl(websocket.CloseMessage, frame, time.Now().Add(byeWithin)) // closed right after
		}
	})
	both.Go(func() {
		defer cancel()
		_ = pump(far, near, 0, func([]byte) error { return nil }) // its end is the end, whatever the reason
	})
	pingUntil(ctx, near)
	_ = near.Close() // ends both pumps
	_ = far.Close()
	both.Wait()
}

// pump passes text frames from one socket to the other.
func pump(from, to *websocket.Conn, dead time.Duration, check func([]byte) error) error {
	for {
		if dead > 0 {
			if err := from.SetReadDeadline(time.Now().Add(dead)); err != nil {
				return err
			}
		}
		kind, frame, err := from.ReadMessage()
		if err != nil {
			return err
		}
		if err := check(frame); err != nil {
			return err
		}
		if err := to.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
			return err
		}
		if err := to.WriteMessage(kind, frame); err != nil {
			return err
		}
	}
}

func pingUntil(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(sipPing)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// relay is one SIP socket under way.
type relay struct {
	user   string
	signIn string
	stands func() bool // whether the sign-in or the guest's claim still does
	cancel context.CancelFunc
}

// relays are all of them, by SIP user.
type relays struct {
	metrics *Metrics
	busy    sync.WaitGroup

	mu      sync.Mutex
	closing bool
	byUser  map[string]map[*relay]struct{}
}

func newRelays(metrics *Metrics) *relays {
	return &relays{metrics: metrics, byUser: map[string]map[*relay]struct{}{}}
}

// add counts a relay in, but not any more when all are being ended.
func (r *relays) add(one *relay) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return false
	}
	r.busy.Add(1)
	if r.byUser[one.user] == nil {
		r.byUser[one.user] = map[*relay]struct{}{}
	}
	r.byUser[one.user][one] = struct{}{}
	r.metrics.sipSockets.Inc()
	return true
}

func (r *relays) remove(one *relay) {
	defer r.busy.Done()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byUser[one.user], one)
	if len(r.byUser[one.user]) == 0 {
		delete(r.byUser, one.user)
	}
	r.metrics.sipSockets.Dec()
}

func (r *relays) has(user string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.byUser[user]) > 0
}

// cut ends a user's sockets; it does not wait for that.
func (r *relays) cut(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for one := range r.byUser[user] {
		one.cancel()
	}
}

func (r *relays) cutSignIn(hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, all := range r.byUser {
		for one := range all {
			if one.signIn == hash && hash != "" {
				one.cancel()
			}
		}
	}
}

// end cuts all and waits until they are gone.
func (r *relays) end() {
	r.mu.Lock()
	r.closing = true
	for _, all := range r.byUser {
		for one := range all {
			one.cancel()
		}
	}
	r.mu.Unlock()
	r.busy.Wait()
}
