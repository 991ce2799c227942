package aritest

import (
	"context"
	"errors"
	"net"
	"sync"
)

// memory is a network of its own: every connection is a pipe.
type memory struct {
	mu     sync.Mutex
	accept chan net.Conn // nil while nobody listens
	closed chan struct{}
}

func newMemory() *memory { return &memory{} }

func (m *memory) listen() net.Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accept, m.closed = make(chan net.Conn), make(chan struct{})
	return &memoryListener{accept: m.accept, closed: m.closed}
}

var errRefused = errors.New("connection refused")

// dial connects to whoever listens.
func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.mu.Lock()
	accept, closed := m.accept, m.closed
	m.mu.Unlock()
	if accept == nil {
		return nil, errRefused
	}
	near, far := net.Pipe()
	select {
	case accept <- far:
		return near, nil
	case <-closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryListener struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept waits for a connection.
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr gives an address that looks like one.
func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "asterisk.invalid:8088" }
