// Package desk is an agent's desk without a browser: it signs in at ctid as the page does,
// speaks ctid.v1, keeps the same state from the same messages, and has the agent's audio
// line by test/phone.
package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"talian/cti/wire"
	"talian/ivr"
	"talian/test/phone"
)

// Desk is one signed-in agent. Its methods may be called from any goroutine.
type Desk struct {
	base   string // http://127.0.0.1:8080
	origin string
	user   string
	cookie string
	csrf   string
	tone   int

	mu      sync.Mutex
	ws      *websocket.Conn
	self    wire.Self
	cursor  wire.Cursor
	log     []wire.Event
	results map[string]chan wire.Result
	changed chan struct{}
	line    *phone.AgentLine
	grant   wire.LineGrant
	running sync.WaitGroup
}

// SignIn signs a person in and connects the desk.
func SignIn(ctx context.Context, base, origin, user, password string) (*Desk, error) {
	d := &Desk{base: base, origin: origin, user: user, results: map[string]chan wire.Result{}, changed: make(chan struct{})}
	body, err := json.Marshal(map[string]string{"user": user, "password": password})
	if err != nil {
		return nil, err
	}
	res, err := d.Request(ctx, http.MethodPost, "/api/v1/session", body)
	if err != nil {
		return nil, fmt.Errorf("sign in %s: %w", user, err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent || len(res.Cookies()) == 0 {
		return nil, fmt.Errorf("sign in %s: %s", user, res.Status)
	}
	d.cookie = res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
	var me struct {
		CSRF string `json:"csrf"`
	}
	if err := d.Read(ctx, "/api/v1/me", &me); err != nil {
		return nil, err
	}
	d.csrf = me.CSRF
	return d, d.Connect(ctx)
}

// Request asks ctid for something as the signed-in person; the caller closes the body.
func (d *Desk) Request(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = d.header()
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return http.DefaultClient.Do(req)
}

// Read asks for a JSON document.
func (d *Desk) Read(ctx context.Context, path string, into any) error {
	res, err := d.Request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %s", path, res.Status, text)
	}
	return json.Unmarshal(text, into)
}

func (d *Desk) header() http.Header {
	h := http.Header{"Origin": {d.origin}}
	if d.cookie != "" {
		h.Set("Cookie", d.cookie)
	}
	return h
}

// Connect opens the CTI socket, resuming where the last one ended, and returns when the
// desk's state is there.
func (d *Desk) Connect(ctx context.Context) error {
	dialer := websocket.Dialer{Subprotocols: []string{wire.Proto}}
	ws, res, err := dialer.DialContext(ctx, "ws"+d.base[len("http"):]+"/cti", d.header())
	if err != nil {
		return fmt.Errorf("desk of %s: %w", d.user, err)
	}
	res.Body.Close()
	hello := wire.Hello{T: wire.KindHello, App: "test", Tab: "tab-" + d.user, CSRF: d.csrf}
	d.mu.Lock()
	if d.cursor.Epoch != "" {
		cursor := d.cursor
		hello.Resume = &cursor
	}
	d.ws = ws
	d.mu.Unlock()
	if err := d.write(hello); err != nil {
		return err
	}
	welcomed := make(chan struct{})
	d.running.Go(func() { d.listen(ws, welcomed) })
	select {
	case <-welcomed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("desk of %s: no welcome: %w", d.user, ctx.Err())
	}
}

func (d *Desk) write(m any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return d.ws.WriteJSON(m)
}

// listen folds messages until the socket ends.
func (d *Desk) listen(ws *websocket.Conn, welcomed chan struct{}) {
	var once sync.Once
	defer once.Do(func() { close(welcomed) })
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return
		}
		var head struct {
			T string `json:"t"`
		}
		if json.Unmarshal(frame, &head) != nil {
			return
		}
		switch head.T {
		case wire.KindWelcome:
			var welcome wire.Welcome
			if json.Unmarshal(frame, &welcome) != nil {
				return
			}
			d.mu.Lock()
			d.cursor.Epoch = welcome.Epoch
			d.mu.Unlock()
			if welcome.Resumed {
				once.Do(func() { close(welcomed) })
			}
		case wire.KindSnap:
			var snap wire.Snap
			if json.Unmarshal(frame, &snap) == nil {
				d.change(func() {
					d.self, d.cursor = snap.Data, wire.Cursor{Epoch: snap.Epoch, Seq: snap.Seq}
					d.log = append(d.log, wire.Event{T: snap.T, Seq: snap.Seq, Agent: &snap.Data.Agent, Line: &snap.Data.Line, Call: snap.Data.Call})
				})
			}
			once.Do(func() { close(welcomed) })
		case wire.KindEvent:
			var event wire.Event
			if json.Unmarshal(frame, &event) == nil {
				d.change(func() { d.fold(event) })
			}
		case wire.KindBeat:
			_ = d.write(wire.Beat{T: wire.KindBeat, TS: time.Now().UnixMilli()})
		case wire.KindResult:
			var result wire.Result
			if json.Unmarshal(frame, &result) == nil {
				d.mu.Lock()
				reply := d.results[result.ID]
				delete(d.results, result.ID)
				d.mu.Unlock()
				if reply != nil {
					reply <- result
				}
			}
		}
	}
}

// change changes the state and wakes those who wait.
func (d *Desk) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *Desk) fold(e wire.Event) {
	d.cursor.Seq = e.Seq
	d.log = append(d.log, e)
	if e.Agent != nil {
		d.self.Agent = *e.Agent
	}
	if e.Line != nil {
		d.self.Line = *e.Line
	}
	if e.Link != nil {
		d.self.Link = *e.Link
	}
	if e.Call != nil {
		d.self.Call = e.Call
	}
	switch e.Type {
	case wire.EventDiverted, wire.EventCleared:
		d.self.Call = nil
	case wire.EventLineDrop:
		if d.grant.Epoch == e.Epoch && d.line != nil {
			go d.line.DropLeg()
		}
	}
}

// Self gives the present state.
func (d *Desk) Self() wire.Self {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.self
}

// Events gives all events so far. A snapshot stands among them with wire.KindSnap in T and
// its call, if any.
func (d *Desk) Events() []wire.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]wire.Event(nil), d.log...)
}

// Wait waits until the state is as wanted.
func (d *Desk) Wait(ctx context.Context, what string, want func(wire.Self) bool) (wire.Self, error) {
	for {
		d.mu.Lock()
		self, changed := d.self, d.changed
		d.mu.Unlock()
		if want(self) {
			return self, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return self, fmt.Errorf("desk of %s: waiting for %s: %w; it is %+v, line %+v, call %+v", d.user, what, ctx.Err(), self.Agent, self.Line, self.Call)
		}
	}
}

// Command sends a command and waits for its result; a refusal is an *ivr.Error.
func (d *Desk) Command(ctx context.Context, kind string, data any) (json.RawMessage, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	if data == nil {
		raw = nil
	}
	id := ivr.NewSecret()
	reply := make(chan wire.Result, 1)
	d.mu.Lock()
	d.results[id] = reply
	d.mu.Unlock()
	if err := d.write(wire.Command{T: wire.KindCommand, ID: id, Type: kind, Data: raw}); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	select {
	case r := <-reply:
		if r.Err != nil {
			return nil, ivr.NewError(ivr.Code(r.Err.Code), r.Err.Message)
		}
		return r.Data, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: no result: %w", kind, ctx.Err())
	case <-time.After(2 * ivr.IntentDeadline):
		return nil, fmt.Errorf("%s: no result", kind)
	}
}

// StartShift signs the agent in for calls, brings the audio line up (saying tone, in Hz)
// and makes the agent ready.
func (d *Desk) StartShift(ctx context.Context, tone int) error {
	d.tone = tone
	if _, err := d.Command(ctx, wire.CmdSignIn, nil); err != nil {
		return err
	}
	if err := d.ClaimLine(ctx); err != nil {
		return err
	}
	return d.Ready(ctx)
}

// Ready makes the agent ready.
func (d *Desk) Ready(ctx context.Context) error {
	if _, err := d.Command(ctx, wire.CmdSetState, wire.SetState{State: "ready"}); err != nil {
		return err
	}
	_, err := d.Wait(ctx, "ready", func(s wire.Self) bool { return s.Agent.State != "not_ready" })
	return err
}

// ClaimLine claims the audio line, as a new page would, and waits until it is up. An
// older line of this desk is closed after that.
func (d *Desk) ClaimLine(ctx context.Context) error {
	raw, err := d.Command(ctx, wire.CmdLineClaim, nil)
	if err != nil {
		return err
	}
	var grant wire.LineGrant
	if err := json.Unmarshal(raw, &grant); err != nil {
		return err
	}
	line, err := phone.NewAgentLine(ctx, phone.AgentConfig{URL: "ws" + d.base[len("http"):] + "/sip", Header: d.header(),
		User: grant.User, Password: grant.Secret, Tone: d.tone, AcceptLeg: func(nonce string) bool { return nonce == grant.Leg }})
	if err != nil {
		return err
	}
	d.mu.Lock()
	old := d.line
	d.line, d.grant = line, grant
	d.mu.Unlock()
	if _, err := d.Wait(ctx, "line up", func(s wire.Self) bool { return s.Line.Status == "up" && s.Line.Epoch == grant.Epoch }); err != nil {
		return err
	}
	if old != nil {
		_ = old.Close() //nolint:contextcheck // the line says goodbye in its own time
	}
	return nil
}

// Line gives the agent's audio line.
func (d *Desk) Line() *phone.AgentLine {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.line
}

// Ear gives what the agent hears on the newest leg.
func (d *Desk) Ear() *phone.Ear {
	legs := d.Line().Legs()
	return legs[len(legs)-1].Ear
}

// Offer waits for a call to be offered.
func (d *Desk) Offer(ctx context.Context) (wire.Card, error) {
	self, err := d.Wait(ctx, "an offer", func(s wire.Self) bool { return s.Call != nil && s.Call.Phase == "offered" })
	if err != nil {
		return wire.Card{}, err
	}
	return *self.Call, nil
}

// Answer takes the offered call; it returns when caller and agent are bridged.
func (d *Desk) Answer(ctx context.Context, card wire.Card) error {
	_, err := d.Command(ctx, wire.CmdAnswer, wire.LeaseRef{Lease: card.Lease})
	return err
}

// Disconnect cuts the CTI socket and leaves everything else.
func (d *Desk) Disconnect() {
	d.mu.Lock()
	ws := d.ws
	d.mu.Unlock()
	_ = ws.Close()
}

// Close ends the desk as closing the browser does.
func (d *Desk) Close() error {
	d.Disconnect()
	d.running.Wait()
	if line := d.Line(); line != nil {
		return line.Close()
	}
	return nil
}
