package cti

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"talian/cti/auth"
	"talian/cti/wire"
)

// Limits of one agent's socket.
const (
	readLimit      = 64 << 10 // bytes of one message
	helloWithin    = 5 * time.Second
	beatEvery      = 10 * time.Second
	deadAfter      = 25 * time.Second // without a message either side gives up
	writeWithin    = 5 * time.Second
	byeWithin      = 2 * time.Second
	commandsPerSec = 20
	messagesPerSec = 100
	sendBuffer     = 64 << 10 // bytes that the kernel may hold for a slow reader
	maxName        = 64       // bytes of a tab's or a command's id
)

// socket is one page's connection. The HTTP handler's goroutine reads, another writes.
type socket struct {
	floor  *Floor
	conn   *websocket.Conn
	signIn auth.SignIn
	user   auth.User
	out    *outbox
	desk   *desk  // after hello
	tab    string // after hello

	commands *rate.Limiter
	messages *rate.Limiter
	work     sync.WaitGroup // the lanes
	calls    lane           // commands of agent and call, in order
	line     lane           // commands of the line, which must not wait for those
}

// errLeave ends the reader after a bye was put into the outbox.
var errLeave = errors.New("bye said")

// Serve speaks ctid.v1 on an upgraded connection until it ends.
func (f *Floor) Serve(ctx context.Context, conn *websocket.Conn, signIn auth.SignIn, user auth.User) {
	if !f.enter() {
		_ = conn.Close() // it is going away anyway
		return
	}
	defer f.sockets.Done()
	s := &socket{floor: f, conn: conn, signIn: signIn, user: user, out: newOutbox(),
		commands: rate.NewLimiter(commandsPerSec, commandsPerSec), messages: rate.NewLimiter(messagesPerSec, messagesPerSec)}
	s.calls.owner, s.line.owner = &s.work, &s.work
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // only a wish
	}
	f.metrics.sockets.Inc()
	defer f.metrics.sockets.Dec()
	ctx, cancel := context.WithCancel(ctx)
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(ctx)
	}()
	err := s.read(ctx)
	f.detach(s)
	if !errors.Is(err, errLeave) {
		cancel() // the connection is gone: nothing is left to say
	}
	<-written
	cancel()
	s.work.Wait()
}

// enter counts a reader in, unless the floor is being drained.
func (f *Floor) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return false
	}
	f.sockets.Add(1)
	return true
}

func (s *socket) read(ctx context.Context) error {
	s.conn.SetReadLimit(readLimit)
	if err := s.hello(); err != nil {
		return err
	}
	for {
		text, err := s.next(deadAfter)
		if err != nil {
			return err
		}
		if !s.messages.Allow() {
			return s.leave(wire.CloseProtocol, "too many messages")
		}
		if err := s.handle(ctx, text); err != nil {
			return err
		}
	}
}

// next reads one text message.
func (s *socket) next(within time.Duration) ([]byte, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	kind, text, err := s.conn.ReadMessage()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, s.leave(wire.CloseProtocol, "only text messages are understood")
	}
	return text, nil
}

// leave says bye; the result ends the reader.
func (s *socket) leave(code int, why string) error {
	retry := int64(-1)
	if code == wire.CloseSlow {
		retry = 0
	}
	s.bye(wire.Bye{Code: code, RetryMs: retry, Why: why})
	return errLeave
}

func (s *socket) hello() error {
	text, err := s.next(helloWithin)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return s.leave(wire.CloseProtocol, "no hello within 5 s")
	}
	if err != nil {
		return err
	}
	var hello wire.Hello
	if err := decodeMessage(text, &hello); err != nil || hello.T != wire.KindHello {
		return s.leave(wire.CloseProtocol, "the first message must be hello")
	}
	if hello.Tab == "" || len(hello.Tab) > maxName {
		return s.leave(wire.CloseProtocol, "hello needs a tab of 1 to 64 bytes")
	}
	if subtle.ConstantTimeCompare([]byte(hello.CSRF), []byte(s.signIn.CSRF)) != 1 {
		return s.leave(wire.CloseForbidden, "csrf does not match; get it from /api/v1/me")
	}
	s.tab = hello.Tab
	return s.floor.attach(s, hello.Resume)
}

func (s *socket) handle(ctx context.Context, text []byte) error {
	var kind struct {
		T string `json:"t"`
	}
	if err := decodeMessage(text, &kind); err != nil {
		return s.leave(wire.CloseProtocol, "message not understood")
	}
	switch kind.T {
	case wire.KindBeat:
		return nil
	case wire.KindCommand:
		return s.command(ctx, text)
	case wire.KindHello:
		return s.leave(wire.CloseProtocol, "second hello")
	default:
		s.floor.metrics.unknown.Inc()
		return nil
	}
}

func (s *socket) command(ctx context.Context, text []byte) error {
	var cmd wire.Command
	if err := decodeMessage(text, &cmd); err != nil || cmd.ID == "" || len(cmd.ID) > maxName {
		return s.leave(wire.CloseProtocol, "command not understood")
	}
	if !s.commands.Allow() {
		s.floor.metrics.commands.WithLabelValues(knownType(cmd.Type), "too_many").Inc()
		s.send(wire.Result{T: wire.KindResult, ID: cmd.ID, Err: &wire.Problem{Code: "too_many", Message: "more than 20 commands in a second"}})
		return nil
	}
	at := time.Now()
	lane := &s.calls
	if isLine(cmd.Type) {
		lane = &s.line
	}
	lane.run(func() { s.floor.answer(ctx, s, cmd, at) })
	return nil
}

// send puts a message into the outbox; a reader who is too slow is cut.
func (s *socket) send(message any) {
	if s.out.put(encode(message)) {
		return
	}
	if s.out.end(wire.Bye{Code: wire.CloseSlow, Why: "too slow: come back and resume"}, true) {
		s.floor.metrics.closed.WithLabelValues(strconv.Itoa(wire.CloseSlow)).Inc()
	}
}

// bye ends the socket after what is queued.
func (s *socket) bye(bye wire.Bye) {
	if s.out.end(bye, false) {
		s.floor.metrics.closed.WithLabelValues(strconv.Itoa(bye.Code)).Inc()
	}
}

// write empties the outbox until the bye or ctx, then closes the connection, which also
// ends the reader.
func (s *socket) write(ctx context.Context) {
	defer func() { _ = s.conn.Close() }() // whatever it says, the connection is gone
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		if done, err := s.flush(ctx); done || err != nil {
			return
		}
		select {
		case <-s.out.ready:
		case now := <-beat.C:
			if err := s.writeText(encode(wire.Beat{T: wire.KindBeat, TS: now.UnixMilli()}), writeWithin); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// flush writes all that waits; done says that bye was the last.
func (s *socket) flush(ctx context.Context) (done bool, err error) {
	for ctx.Err() == nil {
		text, bye := s.out.take()
		switch {
		case text != nil:
			if err := s.writeText(text, writeWithin); err != nil {
				return false, err
			}
		case bye != nil:
			return true, s.writeBye(*bye)
		default:
			return false, nil
		}
	}
	return false, ctx.Err()
}

func (s *socket) writeText(text []byte, within time.Duration) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, text)
}

func (s *socket) writeBye(bye wire.Bye) error {
	if err := s.writeText(encode(bye), byeWithin); err != nil {
		return err
	}
	frame := websocket.FormatCloseMessage(bye.Code, bye.Why)
	if err := s.conn.WriteControl(websocket.CloseMessage, frame, time.Now().Add(byeWithin)); err != nil {
		return fmt.Errorf("close frame: %w", err)
	}
	return nil
}
