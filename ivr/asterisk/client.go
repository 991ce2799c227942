package asterisk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"talian/ivr/mailbox"
)

// Deadlines of requests. Asterisk carries some requests out on the channel's own thread,
// behind what runs there, so those may take long.
const (
	requestTimeout = 5 * time.Second
	pingTimeout    = time.Second // of the question whether Asterisk still answers at all
	pingEvery      = 5 * time.Second
	readTimeout    = 15 * time.Second
	redialEvery    = 500 * time.Millisecond
)

// Config says how to reach an Asterisk.
type Config struct {
	URL      string // of its HTTP server, for example http://127.0.0.1:8088
	App      string // name of our Stasis application
	User     string
	Password string
	Log      *slog.Logger
	// Dial opens the connections; nil = TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client speaks ARI to one Asterisk.
type Client struct {
	cfg   Config
	base  *url.URL
	http  *http.Client
	queue *mailbox.Mailbox[Notice]
	ws    atomic.Pointer[websocket.Conn] // of the events; nil while it is down
}

// New makes a client; nothing is sent before Run or a request.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("asterisk url %q: want http://HOST:PORT", cfg.URL)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{Timeout: 2 * time.Second}).DialContext
	}
	transport := &http.Transport{
		DialContext:         cfg.Dial,
		MaxIdleConnsPerHost: 64,
		MaxConnsPerHost:     64,
		IdleConnTimeout:     10 * time.Second, // Asterisk closes an idle connection after 15 s
		DisableCompression:  true,
	}
	return &Client{cfg: cfg, base: base, http: &http.Client{Transport: transport}, queue: mailbox.New[Notice]()}, nil
}

// App gives the name of our Stasis application.
func (c *Client) App() string { return c.cfg.App }

// Up tells whether the event websocket is connected.
func (c *Client) Up() bool { return c.ws.Load() != nil }

// Backlog gives the number of notices not yet taken by Next.
func (c *Client) Backlog() int { return c.queue.Len() }

// Error is a refusal by Asterisk.
type Error struct {
	Op      string // what was asked, for example "POST /channels/x/answer"
	Status  int    // HTTP status
	Message string // Asterisk's own words
}

// Error gives the words.
func (e *Error) Error() string {
	return fmt.Sprintf("asterisk: %s: %d %s", e.Op, e.Status, e.Message)
}

// Status gives the HTTP status of the first *Error in err's chain, or 0.
func Status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// Gone tells whether err says that the thing asked for is over: 404, or a channel that is
// no longer ours (409 from channels, 422 from bridges, 400 for an unknown channel in a bridge).
func Gone(err error) bool {
	switch Status(err) {
	case http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadRequest:
		return true
	}
	return false
}

// request is one ARI request. own says that the ids in it are ours, so that a repeat
// after a broken connection does no harm.
type request struct {
	method string
	path   []string // unescaped parts after /ari
	query  url.Values
	body   any
	own    bool
	limit  time.Duration // 0 = requestTimeout
}

func (c *Client) do(ctx context.Context, r request, into any) error {
	limit := r.limit
	if limit == 0 {
		limit = requestTimeout
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, op, err := c.build(within, r)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		if within.Err() != nil && ctx.Err() == nil && r.method != http.MethodGet {
			c.unanswered(ctx)
		}
		return fmt.Errorf("asterisk: %s: %w", op, bare(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("asterisk: %s: %w", op, err)
	}
	if res.StatusCode == http.StatusUnauthorized {
		c.drop()
	}
	if res.StatusCode >= 300 {
		return &Error{Op: op, Status: res.StatusCode, Message: message(body)}
	}
	if into == nil || len(body) == 0 {
		return nil
	}
	if raw, ok := into.(*[]byte); ok {
		*raw = body
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("asterisk: %s: answer: %w", op, err)
	}
	return nil
}

// unanswered looks whether Asterisk answers anything at all after it left a request without
// an answer. When it does not it is stalled, and may do later what we no longer count on:
// the websocket is given up, and what is reconciled when it is back puts that right.
func (c *Client) unanswered(ctx context.Context) {
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"asterisk", "ping"}, limit: pingTimeout}, nil)
	if err != nil && Status(err) == 0 {
		c.drop()
	}
}

// drop gives the event websocket up, if it is up; Run dials again, and says what is wrong.
func (c *Client) drop() {
	if ws := c.ws.Load(); ws != nil {
		ws.Close()
	}
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, string, error) {
	parts := make([]string, len(r.path))
	for i, p := range r.path {
		parts[i] = url.PathEscape(p)
	}
	path := "/" + strings.Join(parts, "/")
	op := r.method + " " + path
	target := c.base.JoinPath("ari").String() + path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, op, fmt.Errorf("asterisk: %s: %w", op, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, op, fmt.Errorf("asterisk: %s: %w", op, err)
	}
	req.SetBasicAuth(c.cfg.User, c.cfg.Password)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.own {
		req.Header["Idempotency-Key"] = nil // lets net/http repeat it on a connection found dead; never sent
	}
	return req, op, nil
}

// bare strips the url.Error, which would repeat the method and the address.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func message(body []byte) string {
	var m struct {
		Message string `json:"message"`
		Error   string `json:"error"`
	}
	if json.Unmarshal(body, &m) == nil {
		if m.Message != "" {
			return m.Message
		}
		return m.Error
	}
	return strings.TrimSpace(string(body[:min(len(body), 200)]))
}
