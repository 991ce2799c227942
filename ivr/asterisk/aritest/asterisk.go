package aritest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"talian/ivr/asterisk"
)

// Credentials and application that the fake knows.
const (
	App      = "ivrd"
	User     = "ivrd"
	Password = "secret"
)

// DefaultPlay is how long one file plays.
const DefaultPlay = 2 * time.Second

// Asterisk is the fake. All its methods may be called from any goroutine.
type Asterisk struct {
	t      testing.TB
	memory *memory // nil: TCP
	play   time.Duration

	mu        sync.Mutex
	server    *http.Server // nil while stopped
	addr      string
	serving   sync.WaitGroup
	life      time.Time
	count     int
	channels  map[string]*channel
	order     []string // of channels, oldest first
	bridges   map[string]*bridge
	playbacks map[string]*playback
	live      map[string]*recording
	stored    map[string][]byte
	objects   map[string]map[string]string // pushed configuration by "kind/id"
	pages     map[string]*Page             // registered
	contacts  int                          // registrations so far
	outside   func(number string) Outside  // nil: no number outside can be reached
	app       *app                         // nil: Asterisk has forgotten the application
	rules     []*rule
	requests  []string
	faults    []string
	changed   chan struct{} // closed and renewed at every change
}

// Option changes a fake before it starts.
type Option func(*Asterisk)

// InMemory serves without sockets, for a testing/synctest bubble.
func InMemory() Option { return func(a *Asterisk) { a.memory = newMemory() } }

// Play sets how long one file plays.
func Play(d time.Duration) Option { return func(a *Asterisk) { a.play = d } }

// New starts a fake Asterisk. It ends with the test, or with Stop.
func New(t testing.TB, options ...Option) *Asterisk {
	t.Helper()
	a := &Asterisk{t: t, play: DefaultPlay, stored: map[string][]byte{}, changed: make(chan struct{})}
	for _, o := range options {
		o(a)
	}
	a.Start()
	t.Cleanup(a.Stop)
	return a
}

// Config tells a client how to reach the fake.
func (a *Asterisk) Config() asterisk.Config {
	c := asterisk.Config{URL: "http://" + a.addr, App: App, User: User, Password: Password}
	if a.memory != nil {
		c.Dial = a.memory.dial
	}
	return c
}

// Start begins a life in which nothing is left of an earlier one but stored recordings.
func (a *Asterisk) Start() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil {
		return
	}
	listener, err := a.listen()
	if err != nil {
		a.t.Fatalf("aritest: %v", err)
	}
	a.addr = listener.Addr().String()
	now := time.Now().Truncate(time.Millisecond)
	if !now.After(a.life) {
		now = a.life.Add(time.Millisecond)
	}
	a.life = now
	a.channels, a.order, a.bridges = map[string]*channel{}, nil, map[string]*bridge{}
	a.playbacks, a.live = map[string]*playback{}, map[string]*recording{}
	a.objects, a.pages, a.app = map[string]map[string]string{}, map[string]*Page{}, nil
	server := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	a.server = server
	a.serving.Go(func() { _ = server.Serve(listener) })
	a.change()
}

func (a *Asterisk) listen() (net.Listener, error) {
	if a.memory != nil {
		return a.memory.listen(), nil
	}
	addr := a.addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	return (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
}

// Stop is kill -9: every call is over and nobody is told.
func (a *Asterisk) Stop() {
	a.mu.Lock()
	server := a.server
	a.server = nil
	for _, id := range a.order {
		a.channels[id].kill()
	}
	for _, r := range a.live {
		r.timer.Stop()
	}
	a.channels, a.order = map[string]*channel{}, nil
	socket := a.detach()
	a.change()
	a.mu.Unlock()
	if server == nil {
		return
	}
	socket.close()
	_ = server.Close()
	a.serving.Wait()
}

// Restart is Stop and Start at once.
func (a *Asterisk) Restart() {
	a.Stop()
	a.Start()
}

// Cut breaks the event websocket and nothing else.
func (a *Asterisk) Cut() {
	a.mu.Lock()
	socket := a.detach()
	a.mu.Unlock()
	socket.close()
}

// Wait waits until ok, which is asked at every change; it fails the test when ctx ends first.
func (a *Asterisk) Wait(ctx context.Context, what string, ok func() bool) {
	a.t.Helper()
	for {
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			a.t.Fatalf("aritest: never came: %s", what)
		}
	}
}

// change wakes those who wait. a.mu is held.
func (a *Asterisk) change() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// number gives the next number for a name. a.mu is held.
func (a *Asterisk) number() int {
	a.count++
	return a.count
}

// wrong notes something that the real Asterisk would not have been asked, for Faults.
func (a *Asterisk) wrong(format string, args ...any) {
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// Faults gives what was asked of the fake that nobody should ask of an Asterisk: unknown
// requests and requests without the password are among it.
func (a *Asterisk) Faults() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.faults...)
}
