package aritest

import (
	"context"
	"encoding/json"
	"net/http"
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
	ws   *websocket.Conn
	out  *mailbox.Mailbox[[]byte]
	stop context.CancelFunc
	done chan struct{} // closed when the writer has ended
}

func (s *socket) close() {
	if s == nil {
		return
	}
	s.stop()
	s.ws.Close()
	<-s.done
}

// events serves GET /events.
func (a *Asterisk) events(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("app") != App {
		answer(w, http.StatusBadRequest, words("HTTP request is missing param: [app]"))
		return
	}
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := a.attach(ws)
	for { // answers pings, and sees the end
		if _, _, err := ws.ReadMessage(); err != nil {
			break
		}
	}
	a.mu.Lock()
	if a.app != nil && a.app.socket == s {
		a.detach()
	}
	a.mu.Unlock()
	s.close()
}

// attach makes ws the socket of the application; an older one is told so and kept open.
func (a *Asterisk) attach(ws *websocket.Conn) *socket {
	ctx, stop := context.WithCancel(context.Background())
	s := &socket{ws: ws, out: mailbox.New[[]byte](), stop: stop, done: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app == nil {
		a.app = &app{disallowed: map[string]bool{}, endpoints: map[string]bool{}}
	}
	if a.app.socket != nil {
		a.emit("ApplicationReplaced", nil)
	}
	a.app.socket = s
	go s.write(ctx)
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

func (s *socket) write(ctx context.Context) {
	defer close(s.done)
	for {
		frame, err := s.out.Next(ctx)
		if err != nil {
			return
		}
		_ = s.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
		if s.ws.WriteMessage(websocket.TextMessage, frame) != nil {
			s.ws.Close()
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
