package phone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/gobwas/ws"
	"github.com/pion/webrtc/v4"
)

// LegHeader is the SIP header whose value proves that a leg was ordered by our
// own side.
const LegHeader = "X-CTI-Leg"

const byeTime = time.Second // how long Close waits for the answer to a BYE

// AgentConfig describes an agent's line.
type AgentConfig struct {
	URL      string      // ws://host:port/path of the SIP websocket
	Header   http.Header // sent with the websocket handshake: Cookie, Origin
	User     string
	Password string
	Tone     int // what the agent says, in Hz; 0 is silence
	Ear      EarConfig
	// AcceptLeg decides by the value of LegHeader whether an incoming call is
	// answered; a call it refuses gets 403. Nil accepts every call.
	AcceptLeg func(nonce string) bool
	// OnLeg is told when a leg comes up and when it has ended. Calls for one leg
	// come in order, those for two legs may overlap. It may be nil, and must not
	// wait for the end of the leg.
	OnLeg func(LegEvent)
}

// LegEvent tells that a leg is up or has ended.
type LegEvent struct {
	Leg    *Leg
	Up     bool
	Reason string // why it ended; empty when Up
}

// AgentLine is an agent's line as a browser has it: SIP over a websocket, audio by
// WebRTC. It is one SIP user agent, since the contact lives on its socket, and may
// have several legs at once. All legs send what Mouth says; each has its own Ear.
type AgentLine struct {
	Mouth *Mouth

	cfg      AgentConfig
	registry *registry
	sip      sipEnd
	dialogs  *sipgo.DialogUA
	webrtc   *webrtc.API

	stopped context.Context //nolint:containedctx // the line's lifetime
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	conn    net.Conn // the newest socket
	legs    map[sip.CallIDHeader]*Leg
	waiting []*Leg        // up, and not yet given by WaitLeg
	changed chan struct{} // closed when waiting grows
}

// NewAgentLine connects and registers. It tries until ctx is done when there is
// no connection; a refused registration is a *Rejected at once. ctx does not
// bound the line: Close ends it.
func NewAgentLine(ctx context.Context, cfg AgentConfig) (*AgentLine, error) {
	line, err := newAgentLine(cfg)
	if err != nil {
		return nil, fmt.Errorf("line of %s: %w", cfg.User, err)
	}
	if err := line.Register(ctx); err != nil {
		return nil, errors.Join(err, line.Close()) //nolint:contextcheck // ctx may be why Register failed
	}
	return line, nil
}

func newAgentLine(cfg AgentConfig) (*AgentLine, error) {
	target, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	port, err := strconv.Atoi(target.Port())
	if err != nil || target.Scheme != "ws" {
		return nil, fmt.Errorf("address %q: want ws://host:port/path", cfg.URL)
	}
	mouth, err := newMouth(cfg.Tone)
	if err != nil {
		return nil, err
	}
	if _, err := NewEar(cfg.Ear); err != nil {
		return nil, err
	}
	api, err := newWebRTC()
	if err != nil {
		return nil, err
	}
	l := &AgentLine{
		Mouth: mouth, cfg: cfg, webrtc: api,
		legs: make(map[sip.CallIDHeader]*Leg), changed: make(chan struct{}),
	}
	transport := &sip.TransportWS{
		DialURI:      func(string) string { return cfg.URL },
		DialerCreate: func(net.Addr) ws.Dialer { return l.dialer() },
	}
	if l.sip, err = newSIPEnd(cfg.User, sip.TransportsConfig{WS: transport}, ""); err != nil {
		return nil, err
	}
	l.registry = newRegistry(l.sip.client, target.Hostname(), port, cfg.User, cfg.Password)
	// Requests go back to where the INVITE came from: behind a proxy the contact of
	// the far side is an address that this line has no socket to.
	l.dialogs = &sipgo.DialogUA{Client: l.sip.client, ContactHDR: l.registry.contact, RewriteContact: true}
	l.sip.server.OnInvite(l.onInvite)
	l.sip.server.OnAck(l.onAck)
	l.sip.server.OnBye(l.onBye)
	l.stopped, l.stop = context.WithCancel(context.Background())
	l.running.Go(func() { pace(l.stopped, l.speak) })
	l.running.Go(func() { l.registry.refresh(l.stopped) })
	return l, nil
}

// dialer opens the websocket with the headers of the configuration, and keeps the
// connection so that it can be cut.
func (l *AgentLine) dialer() ws.Dialer {
	return ws.Dialer{
		Protocols: []string{"sip"},
		Header:    ws.HandshakeHeaderHTTP(l.cfg.Header),
		NetDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			cut := &cutConn{Conn: conn}
			l.mu.Lock()
			l.conn = cut
			l.mu.Unlock()
			return cut, nil
		},
	}
}

// cutConn is a connection that may be closed more than once, by us and by sipgo,
// and whose loss is a plain end. Otherwise sipgo would log both.
type cutConn struct {
	net.Conn
	once sync.Once
	err  error
}

func (c *cutConn) Close() error {
	c.once.Do(func() { c.err = c.Conn.Close() })
	return c.err
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, syscall.ECONNRESET) {
		err = io.EOF
	}
	return n, err
}

// Register registers anew, over a new socket when the old one is gone. It tries
// until ctx is done, unless the registration is refused.
func (l *AgentLine) Register(ctx context.Context) error { return l.registry.register(ctx) }

// CutSocket closes the websocket, as a restarted proxy does. Legs and their audio
// are untouched. The line stays offline until Register.
func (l *AgentLine) CutSocket() error {
	l.registry.offline()
	l.mu.Lock()
	conn := l.conn
	l.conn = nil
	l.mu.Unlock()
	if conn == nil {
		return nil
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("cut socket: %w", err)
	}
	return nil
}

// Legs gives the legs that have not ended, oldest first.
func (l *AgentLine) Legs() []*Leg {
	l.mu.Lock()
	legs := make([]*Leg, 0, len(l.legs))
	for _, leg := range l.legs {
		legs = append(legs, leg)
	}
	l.mu.Unlock()
	slices.SortFunc(legs, func(a, b *Leg) int { return a.invited.Compare(b.invited) })
	return legs
}

// WaitLeg waits for a leg to come up. Each leg is given once, in the order in
// which they came up.
func (l *AgentLine) WaitLeg(ctx context.Context) (*Leg, error) {
	for {
		l.mu.Lock()
		if len(l.waiting) > 0 {
			leg := l.waiting[0]
			l.waiting = l.waiting[1:]
			l.mu.Unlock()
			return leg, nil
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("no leg for %s: %w", l.cfg.User, context.Cause(ctx))
		}
	}
}

// DropLeg ends the oldest leg on this side only: the peer connection is closed and
// nothing is sent by SIP, as a page does when it is told to drop its line. It
// tells whether there was one.
func (l *AgentLine) DropLeg() bool {
	legs := l.Legs()
	if len(legs) > 0 {
		legs[0].Drop()
	}
	return len(legs) > 0
}

// Close hangs up the legs that can still be reached, closes the socket and waits
// for everything that the line started.
func (l *AgentLine) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, leg := range l.Legs() {
		if l.registry.online() {
			ctx, cancel := context.WithTimeout(l.stopped, byeTime)
			_ = leg.Hangup(ctx) // the socket closes next, whatever the answer
			cancel()
		}
		leg.finish("line closed")
	}
	l.stop()
	l.running.Wait()
	err := errors.Join(l.CutSocket(), l.sip.ua.Close())
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// speak sends one frame on every leg that is connected.
func (l *AgentLine) speak() {
	for _, leg := range l.Legs() {
		leg.send(l.Mouth)
	}
}

func (l *AgentLine) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	invited := time.Now()
	if to := req.To(); to != nil && to.Params.Has("tag") {
		respond(sip.StatusNotAcceptableHere, "Not Acceptable Here")(req, tx)
		return
	}
	var nonce string
	if h := req.GetHeader(LegHeader); h != nil {
		nonce = h.Value()
	}
	if l.cfg.AcceptLeg != nil && !l.cfg.AcceptLeg(nonce) {
		respond(sip.StatusForbidden, "Forbidden")(req, tx)
		return
	}
	leg, answer, err := l.newLeg(req, tx, nonce)
	if err != nil {
		respond(sip.StatusNotAcceptableHere, "Not Acceptable Here")(req, tx)
		return
	}
	leg.invited = invited
	if !l.addLeg(leg) {
		leg.discard()
		respond(sip.StatusTemporarilyUnavailable, "Temporarily Unavailable")(req, tx)
		return
	}
	if err := leg.dialog.RespondSDP(answer); err != nil {
		leg.finish(fmt.Sprintf("not answered: %v", err))
	}
}

// addLeg makes a leg part of the line and starts its life, unless the line is
// closed.
func (l *AgentLine) addLeg(leg *Leg) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.legs[leg.callID] = leg
	l.running.Go(leg.live)
	return true
}

func (l *AgentLine) legOf(req *sip.Request) *Leg {
	id := req.CallID()
	if id == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.legs[*id]
}

func (l *AgentLine) onAck(req *sip.Request, tx sip.ServerTransaction) {
	if leg := l.legOf(req); leg != nil {
		_ = leg.dialog.ReadAck(req, tx) // an ACK with a foreign CSeq is no ACK of ours
	}
}

func (l *AgentLine) onBye(req *sip.Request, tx sip.ServerTransaction) {
	leg := l.legOf(req)
	if leg == nil {
		respond(sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")(req, tx)
		return
	}
	respond(sip.StatusOK, "OK")(req, tx)
	leg.finish("far side hung up")
}

// legUp and legDown are called by the leg's own goroutine.
func (l *AgentLine) legUp(leg *Leg) {
	l.mu.Lock()
	l.waiting = append(l.waiting, leg)
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	if l.cfg.OnLeg != nil {
		l.cfg.OnLeg(LegEvent{Leg: leg, Up: true})
	}
}

func (l *AgentLine) legDown(leg *Leg, reason string) {
	l.mu.Lock()
	delete(l.legs, leg.callID)
	l.waiting = slices.DeleteFunc(l.waiting, func(w *Leg) bool { return w == leg })
	l.mu.Unlock()
	if l.cfg.OnLeg != nil {
		l.cfg.OnLeg(LegEvent{Leg: leg, Reason: reason})
	}
}
