package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"talian/test/stage"
)

const resendAfter = 500 * time.Millisecond // T1 of RFC 3261, doubled each time

// callers makes many calls from one UDP socket.
type callers struct {
	conn   *net.UDPConn
	server netip.AddrPort
	studio *studio
	known  prints // prompts that the callers know; nil = none

	mu    sync.Mutex
	calls map[string]*call
}

// newCallers opens the socket; it is closed when the benchmark ends.
func newCallers(b *testing.B) *callers {
	b.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(b, err)
	c := &callers{conn: conn, server: netip.MustParseAddrPort(stage.SIP), studio: newStudio(), calls: map[string]*call{}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.studio.run(ctx) })
	running.Go(c.listen)
	b.Cleanup(func() {
		stop()
		_ = conn.Close()
		running.Wait()
	})
	return c
}

func (c *callers) listen() {
	buf := make([]byte, 65536)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed
		}
		now := time.Now()
		m, ok := parse(buf[:n])
		if !ok {
			continue
		}
		c.mu.Lock()
		one := c.calls[m.callID()]
		c.mu.Unlock()
		switch {
		case one != nil:
			one.take(m, now)
		case m.status() == 0 && m.method() != "ACK":
			c.send(m.reply("481 Call Does Not Exist", "none", "", ""), from)
		}
	}
}

func (c *callers) send(text []byte, to netip.AddrPort) {
	_, _ = c.conn.WriteToUDPAddrPort(text, to) // lost: sent again, or the call counts as lost
}

// call is one telephone call.
type call struct {
	callers *callers
	sound   *sound
	ear     *ear
	id      string
	invite  request
	invited time.Time

	mu       sync.Mutex
	status   int // newest of the INVITE
	answered time.Time
	peer     string // To with the far side's tag
	target   string // the far side's contact
	final    chan struct{}
	over     chan struct{}
	isOver   bool
}

// dial calls a number and waits for the answer.
func (c *callers) dial(ctx context.Context, number, from string) (*call, error) {
	heard := newEar(c.known)
	s, err := listen(0, heard.hear)
	if err != nil {
		return nil, err
	}
	id, local := rand.Text(), localAddress(c.conn)
	one := &call{callers: c, sound: s, ear: heard, id: id, final: make(chan struct{}), over: make(chan struct{})}
	one.invite = request{method: "INVITE", uri: fmt.Sprintf("sip:%s@%s", number, c.server), branch: id, callID: id, seq: 1,
		from: fmt.Sprintf("<sip:%s@%s>;tag=%s", from, local, id[:10]), to: fmt.Sprintf("<sip:%s@%s>", number, c.server)}
	c.mu.Lock()
	c.calls[id] = one
	c.mu.Unlock()
	text := one.invite.text(local, fmt.Sprintf("sip:%s@%s", from, local), description(s.address()))
	one.invited = time.Now()
	if err := one.until(ctx, text, one.final); err != nil {
		one.forget()
		return nil, fmt.Errorf("call to %s: no answer: %w", number, err)
	}
	if status := one.newest(); status != 200 {
		one.forget()
		return nil, fmt.Errorf("call to %s: answered with %d", number, status)
	}
	return one, nil
}

// until sends a request, again when it may be lost, until done. Asterisk takes a repeat
// for what it is.
func (one *call) until(ctx context.Context, text []byte, done <-chan struct{}) error {
	for wait := resendAfter; ; wait *= 2 {
		one.callers.send(text, one.callers.server)
		again := time.NewTimer(wait)
		select {
		case <-done:
			again.Stop()
			return nil
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		case <-again.C:
		}
	}
}

func (one *call) newest() int {
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.status
}

// take takes a message of this call.
func (one *call) take(m message, now time.Time) {
	one.mu.Lock()
	defer one.mu.Unlock()
	switch status := m.status(); {
	case status == 0 && m.method() == "BYE":
		one.callers.send(m.reply("200 OK", "", "", ""), one.callers.server)
		one.end()
	case status == 0 || status < 200:
	case m.method() == "BYE":
		one.end()
	case m.method() == "INVITE":
		one.finalResponse(m, status, now)
	}
}

// finalResponse confirms the answer, each time it comes, and begins to talk.
func (one *call) finalResponse(m message, status int, now time.Time) {
	first := one.status == 0
	one.status = status
	one.peer, one.target = m.headers["to"], m.address("contact")
	ack := one.invite
	ack.method, ack.to = "ACK", one.peer
	if status == 200 {
		ack.uri, ack.branch = one.target, rand.Text()
	}
	one.callers.send(ack.text(localAddress(one.callers.conn), "", ""), one.callers.server)
	if !first {
		return
	}
	one.answered = now
	if far, err := mediaAddress(m.body); status == 200 && err == nil {
		one.callers.studio.start(one.sound, far)
	}
	close(one.final)
}

// end marks the call as over; one.mu is held.
func (one *call) end() {
	if !one.isOver {
		one.isOver = true
		close(one.over)
	}
}

// hangup ends the call, if it is not over, and waits for the far side's word.
func (one *call) hangup(ctx context.Context) error {
	defer one.forget()
	select {
	case <-one.over:
		return errors.New("the far side had hung up")
	default:
	}
	bye := one.invite
	bye.method, bye.uri, bye.to, bye.branch, bye.seq = "BYE", one.target, one.peer, rand.Text(), 2
	if err := one.until(ctx, bye.text(localAddress(one.callers.conn), "", ""), one.over); err != nil {
		return fmt.Errorf("hang up: no answer: %w", err)
	}
	return nil
}

func (one *call) forget() {
	one.callers.studio.stop(one.sound)
	one.sound.close()
	one.callers.mu.Lock()
	defer one.callers.mu.Unlock()
	delete(one.callers.calls, one.id)
}
