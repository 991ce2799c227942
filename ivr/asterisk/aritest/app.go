package aritest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"talian/ivr/mailbox"
)

// app is what Asterisk keeps of a Stasis application: as long as it has a websocket or a
// channel.
type app struct {
	socket     *socket // nil: not active, events are lost
	disallowed map[string]bool
	endpoints  map[string]bool // subscribed
}

// socket is one event websocket with its writer: nobody waits for a slow reader.
type socket struct {
	out  *mailbox.Mailbox[[]byte]
	ctx  context.Context //nolint:containedctx // the socket's lifetime
	stop context.CancelFunc
	done chan struct{} // closed when all is over
}

// close ends the socket and waits for its end.
func (s *socket) close() {
	if s == nil {
		return
	}
	s.stop()
	<-s.done
}

// events serves GET /events. As in the real one the application is there before the
// handshake is through; events wait for it.
func (a *Asterisk) events(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("app") != App {
		answer(w, http.StatusBadRequest, words("HTTP request is missing param: [app]"))
		return
	}
	s := a.attach()
	defer func() {
		a.mu.Lock()
		if a.app != nil && a.app.socket == s {
			a.detach()
		}
		a.mu.Unlock()
		s.stop()
		close(s.done)
	}()
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	var writing sync.WaitGroup
	defer writing.Wait()
	defer s.stop()
	writing.Go(func() { s.write(ws) })
	for { // answers pings, and sees the end
		if _, _, err := ws.ReadMessage(); err != nil {
			return
		}
	}
}

// attach gives the application its socket; an older one is told so and kept open.
func (a *Asterisk) attach() *socket {
	s := &socket{out: mailbox.New[[]byte](), done: make(chan struct{})}
	s.ctx, s.stop = context.WithCancel(context.Background())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app == nil {
		a.app = &app{disallowed: map[string]bool{}, endpoints: map[string]bool{}}
	}
	if a.app.socket != nil {
		a.emit("ApplicationReplaced", nil)
	}
	a.app.socket = s
	a.change()
	return s
}

// detach takes the socket off; the application is forgotten unless a channel is in it.
// a.mu is held; the caller closes the socket without it.
func (a *Asterisk) detach() *socket {
	if a.app == nil {
		return nil
	}
	s := a.app.socket
	a.app.socket = nil
	a.forgetApp()
	a.change()
	return s
}

// forgetApp drops an application without websocket and channels.
func (a *Asterisk) forgetApp() {
	if a.app == nil || a.app.socket != nil {
		return
	}
	for _, c := range a.channels {
		if c.inApp {
			return
		}
	}
	a.app = nil
}

// write sends what is queued until the socket is stopped; then it closes the connection.
func (s *socket) write(ws *websocket.Conn) {
	defer ws.Close()
	for {
		frame, err := s.out.Next(s.ctx)
		if err != nil {
			return
		}
		_ = ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
		if ws.WriteMessage(websocket.TextMessage, frame) != nil {
			return
		}
	}
}

// active tells whether a call can enter the application.
func (a *Asterisk) active() bool { return a.app != nil && a.app.socket != nil }

// Connected tells whether the event websocket is connected.
func (a *Asterisk) Connected() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.active()
}

// emit sends an event as it was captured, with what is particular to it. a.mu is held.
func (a *Asterisk) emit(name string, particular object) { a.emitAs(name, name, particular) }

func (a *Asterisk) emitAs(name, captured string, particular object) {
	if !a.active() || a.app.disallowed[name] {
		return
	}
	e := heard("event-" + captured)
	e["timestamp"] = stamp(time.Now())
	e["application"] = App
	for key, value := range particular {
		e[key] = value
	}
	frame, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	a.app.socket.out.Put(frame)
}

// filter serves PUT /applications/{app}/eventFilter.
func (a *Asterisk) filter(_ *http.Request, body []byte) (int, object) {
	if a.app == nil {
		return http.StatusNotFound, message("no-app")
	}
	var in struct {
		Disallowed []struct {
			Type string `json:"type"`
		} `json:"disallowed"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return http.StatusBadRequest, words("Invalid request body")
	}
	a.app.disallowed = map[string]bool{}
	for _, d := range in.Disallowed {
		a.app.disallowed[d.Type] = true
	}
	return http.StatusOK, heard("application")
}

// Send sends a frame of the test's own on the event websocket, as it is.
func (a *Asterisk) Send(frame string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.active() {
		a.app.socket.out.Put([]byte(frame))
	}
}

// Replace connects another client under the application's name, as a second daemon would.
// It stays connected until the returned function is called.
func (a *Asterisk) Replace(ctx context.Context) (leave func(), err error) {
	dialer := websocket.Dialer{}
	if a.memory != nil {
		dialer.NetDialContext = a.memory.dial
	}
	header := http.Header{}
	(&http.Request{Header: header}).SetBasicAuth(User, Password)
	ws, res, err := dialer.DialContext(ctx, "ws://"+a.addr+"/ari/events?app="+App, header)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	return func() { ws.Close() }, nil
}
