package cti_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"talian/cti"
	"talian/cti/wire"
	"talian/ivr"
	"talian/ivr/link/linktest"
	"talian/ivr/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "a right password"

// site is a whole ctid in this process, with an engine in memory and a real database.
type site struct {
	seq      uint64 // of the last fact that was applied
	t        *testing.T
	engine   *linktest.Engine
	floor    *cti.Floor
	web      *cti.Web
	store    *store.Store
	registry *prometheus.Registry
	url      string
	log      *lines
	dir      string
	clock    *atomic.Int64 // added to the time, nanoseconds
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

type change func(*cti.Options)

// browser is one sign-in: its cookie and CSRF value.
type browser struct {
	site   *site
	cookie *http.Cookie
	csrf   string
}

func (s *site) request(method, path, body string, cookie *http.Cookie, headers ...string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Origin", s.url)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if cookie != nil {
		req.AddCookie(cookie)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (s *site) signIn(user string) *browser {
	s.t.Helper()
	res := s.request("POST", "/api/v1/session", fmt.Sprintf(`{"user":%q,"password":%q}`, user, password), nil)
	if res.StatusCode != http.StatusNoContent || len(res.Cookies()) != 1 {
		s.t.Fatalf("sign-in of %s: %s", user, res.Status)
	}
	b := &browser{site: s, cookie: res.Cookies()[0]}
	var me struct {
		CSRF string `json:"csrf"`
	}
	if err := json.NewDecoder(s.request("GET", "/api/v1/me", "", b.cookie).Body).Decode(&me); err != nil {
		s.t.Fatal(err)
	}
	b.csrf = me.CSRF
	return b
}

// tab is one page's socket, and the view that it folds from what it is told.
type tab struct {
	t     *testing.T
	conn  *websocket.Conn
	name  string
	self  wire.Self
	epoch string
	seq   uint64
	next  int
}

// message is any message of the server.
type message struct {
	Kind     string          `json:"t"`
	Seq      uint64          `json:"seq"`
	Epoch    json.RawMessage `json:"epoch"` // a word, but a number in line.drop
	Resumed  bool            `json:"resumed"`
	ID       string          `json:"id"`
	OK       bool            `json:"ok"`
	Err      *wire.Problem   `json:"err"`
	Data     json.RawMessage `json:"data"`
	Replayed bool            `json:"replayed"`
	Code     int             `json:"code"`
	RetryMs  int64           `json:"retryMs"`
	event    wire.Event
}

func (b *browser) dial() (*websocket.Conn, *http.Response, error) {
	dialer := websocket.Dialer{Subprotocols: []string{wire.Proto}, HandshakeTimeout: 5 * time.Second}
	header := http.Header{"Origin": {b.site.url}, "Cookie": {b.cookie.Name + "=" + b.cookie.Value}}
	return dialer.DialContext(b.site.t.Context(), strings.Replace(b.site.url, "http", "ws", 1)+"/cti", header)
}

func (b *browser) connect(name string, resume *wire.Cursor) *tab {
	b.site.t.Helper()
	conn, _, err := b.dial()
	if err != nil {
		b.site.t.Fatal(err)
	}
	b.site.t.Cleanup(func() { _ = conn.Close() })
	c := &tab{t: b.site.t, conn: conn, name: name}
	c.write(wire.Hello{T: wire.KindHello, App: "test", Tab: name, CSRF: b.csrf, Resume: resume})
	return c
}

// desk connects and takes welcome and snap.
func (b *browser) desk(name string) *tab {
	b.site.t.Helper()
	c := b.connect(name, nil)
	c.takeKind(wire.KindWelcome)
	c.takeKind(wire.KindSnap)
	return c
}

func (c *tab) write(m any) {
	c.t.Helper()
	if err := c.conn.WriteJSON(m); err != nil {
		c.t.Fatal(err)
	}
}

var errClosed = errors.New("closed")

// take reads one message and folds it into the view.
func (c *tab) take() (message, error) {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	_, text, err := c.conn.ReadMessage()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return message{Code: closed.Code}, errClosed
	}
	if err != nil {
		return message{}, err
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	if m.Kind == wire.KindEvent {
		if err := json.Unmarshal(text, &m.event); err != nil {
			c.t.Fatalf("%s: %v", text, err)
		}
	}
	c.fold(m)
	return m, nil
}

func (c *tab) fold(m message) {
	c.t.Helper()
	switch m.Kind {
	case wire.KindSnap:
		c.epoch, c.seq = strings.Trim(string(m.Epoch), `"`), m.Seq
		c.self = wire.Self{}
		if err := json.Unmarshal(m.Data, &c.self); err != nil {
			c.t.Fatal(err)
		}
	case wire.KindEvent:
		if m.Seq != c.seq+1 {
			c.t.Fatalf("event %d after %d", m.Seq, c.seq)
		}
		c.seq = m.Seq
		cti.Fold(&c.self, m.event)
	}
}

func (c *tab) takeKind(kind string) message {
	c.t.Helper()
	for {
		m, err := c.take()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v (code %d)", kind, err, m.Code)
		}
		if m.Kind == kind {
			return m
		}
		if m.Kind == wire.KindBye {
			c.t.Fatalf("waiting for %s: bye %d", kind, m.Code)
		}
	}
}

func (c *tab) takeEvent(name string) wire.Event {
	c.t.Helper()
	for {
		if m := c.takeKind(wire.KindEvent); m.event.Type == name {
			return m.event
		}
	}
}

// takeEnd reads until the connection ends and gives the codes of bye and close frame.
func (c *tab) takeEnd() (bye, closed int) {
	c.t.Helper()
	for {
		m, err := c.take()
		if errors.Is(err, errClosed) {
			return bye, m.Code
		}
		if err != nil {
			c.t.Fatalf("waiting for the end: %v", err)
		}
		if m.Kind == wire.KindBye {
			bye = m.Code
		}
	}
}

// ask sends a command and gives its result; data nil leaves it out.
func (c *tab) ask(kind, call string, data any) message {
	c.t.Helper()
	c.next++
	return c.askAs(fmt.Sprintf("%s-%d", c.name, c.next), kind, call, data)
}

func (c *tab) askAs(id, kind, call string, data any) message {
	c.t.Helper()
	c.send(id, kind, call, data)
	for {
		if m := c.takeKind(wire.KindResult); m.ID == id {
			return m
		}
	}
}

func (c *tab) send(id, kind, call string, data any) {
	c.t.Helper()
	cmd := wire.Command{T: wire.KindCommand, ID: id, Type: kind, Call: call}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			c.t.Fatal(err)
		}
		cmd.Data = raw
	}
	c.write(cmd)
}

func (c *tab) mustAsk(kind, call string, data any) message {
	c.t.Helper()
	m := c.ask(kind, call, data)
	if !m.OK {
		c.t.Fatalf("%s: %+v", kind, m.Err)
	}
	return m
}

// onShift gives a desk that is signed in, has its line and is ready.
func (b *browser) onShift(name string) *tab {
	b.site.t.Helper()
	c := b.desk(name)
	c.mustAsk(wire.CmdSignIn, "", nil)
	c.mustAsk(wire.CmdLineClaim, "", nil)
	c.mustAsk(wire.CmdSetState, "", wire.SetState{State: string(ivr.Ready)})
	return c
}

func (c *tab) cursor() *wire.Cursor { return &wire.Cursor{Epoch: c.epoch, Seq: c.seq} }
