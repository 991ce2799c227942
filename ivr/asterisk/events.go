package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

// NoticeKind says what a Notice is.
type NoticeKind int

// The kinds of notices.
const (
	Happened NoticeKind = iota // Event happened
	Up                         // the event websocket is connected: list and reconcile
	Down                       // it is gone: events are being lost until Up
	Replaced                   // another program took our application name; stop acting
)

// Notice is what Next gives.
type Notice struct {
	Kind  NoticeKind
	Event Event     // Happened
	Life  time.Time // Up: when this Asterisk was started; another time = another life
	Err   error     // Down: why
}

// Next waits for the next notice; only ctx ends it with an error.
func (c *Client) Next(ctx context.Context) (Notice, error) { return c.queue.Next(ctx) }

// Run keeps the event websocket connected until ctx ends, dialling every half second
// while it is not. It returns nil, or an error when another program replaced us.
func (c *Client) Run(ctx context.Context) error {
	last := ""
	for ctx.Err() == nil {
		err := c.connect(ctx)
		if errors.Is(err, errReplaced) {
			c.queue.Put(Notice{Kind: Replaced, Err: err})
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && err.Error() != last {
			last = err.Error()
			c.cfg.Log.Warn("no events from Asterisk; trying again every half second", "err", err, "url", c.cfg.URL)
		}
		select {
		case <-time.After(redialEvery):
		case <-ctx.Done():
		}
	}
	return nil
}

var errReplaced = errors.New("another program has taken over our Stasis application; is a second ivrd running?")

// connect dials, says Up, reads until the websocket breaks, says Down.
func (c *Client) connect(ctx context.Context) error {
	ws, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer ws.Close()
	info, err := c.Info(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ws.Close() })
	defer stop()
	c.ws.Store(ws)
	c.queue.Put(Notice{Kind: Up, Life: info.Started})
	c.cfg.Log.Info("events from Asterisk are up", "url", c.cfg.URL, "version", info.Version)
	done := make(chan struct{})
	go c.ping(ws, done)
	err = c.read(ws)
	close(done)
	c.ws.Store(nil)
	c.queue.Put(Notice{Kind: Down, Err: err})
	return err
}

func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	target := *c.base
	target.Scheme = map[string]string{"http": "ws", "https": "wss"}[c.base.Scheme]
	target = *target.JoinPath("ari", "events")
	target.RawQuery = url.Values{"app": {c.cfg.App}}.Encode()
	header := http.Header{}
	basic := &http.Request{Header: header}
	basic.SetBasicAuth(c.cfg.User, c.cfg.Password)
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second, NetDialContext: c.cfg.Dial}
	ws, res, err := dialer.DialContext(ctx, target.String(), header)
	if err == nil {
		return ws, nil
	}
	if res == nil {
		return nil, fmt.Errorf("is Asterisk running? %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusUnauthorized {
		return nil, fmt.Errorf("Asterisk refuses the ARI user %q or its password; compare asterisk.password_file in ivrd.yaml with ari.conf", c.cfg.User) //nolint:staticcheck // a name
	}
	return nil, fmt.Errorf("Asterisk answers %s to the event websocket; is res_ari loaded? %w", res.Status, err) //nolint:staticcheck // a name
}

// read appends every event to the queue and does nothing else.
func (c *Client) read(ws *websocket.Conn) error {
	alive := func() { _ = ws.SetReadDeadline(time.Now().Add(readTimeout)) }
	ws.SetPongHandler(func(string) error { alive(); return nil })
	for {
		alive()
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return fmt.Errorf("event websocket: %w", err)
		}
		event, err := DecodeEvent(frame)
		if err != nil {
			c.cfg.Log.Error("event not understood", "err", err)
			continue
		}
		if event.Type == "ApplicationReplaced" {
			return errReplaced
		}
		c.queue.Put(Notice{Kind: Happened, Event: event})
	}
}

// ping keeps the read deadline honest: Asterisk sends no pings itself but answers ours.
func (c *Client) ping(ws *websocket.Conn, done <-chan struct{}) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
				ws.Close()
				return
			}
		}
	}
}
