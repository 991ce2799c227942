package phone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Reaction is what a number of an Exchange does when it is called.
type Reaction int

// The reactions.
const (
	Answers   Reaction = iota
	IsBusy             // refused with 486
	IsUnknown          // refused with 404
	Gone               // nothing any more: the caller has given up
)

// Exchange is the telephone network behind a SIP address: numbers that can be called.
type Exchange struct {
	socket *udpSocket
	tone   int
	react  func(*Called) Reaction
	calls  chan *Called

	mu   sync.Mutex
	open map[sip.CallIDHeader]*Called
}

// Called is a number of an Exchange that is being called or talks. Ear and Mouth are those
// of whoever sits there.
type Called struct {
	Ear    *Ear
	Mouth  *Mouth
	Number string // that was dialled
	From   string // the number shown

	tx     sip.ServerTransaction // of the INVITE
	dialog *sipgo.DialogServerSession
	audio  *stream
	end    sync.Once
	done   chan struct{}
}

// Listen opens an exchange at a UDP address. react says how a number takes a call; it may
// let it Ring first. Numbers that answer send a tone; 0 is silence.
func Listen(addr string, tone int, react func(*Called) Reaction) (*Exchange, error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	socket, err := listenSIPAt("exchange", local)
	if err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	x := &Exchange{socket: socket, tone: tone, react: react, calls: make(chan *Called, 64), open: map[sip.CallIDHeader]*Called{}}
	socket.server.OnInvite(x.onInvite)
	socket.server.OnAck(func(req *sip.Request, tx sip.ServerTransaction) {
		if c := x.call(req); c != nil {
			_ = c.dialog.ReadAck(req, tx) // an ACK with a foreign CSeq is no ACK of ours
		}
	})
	socket.server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		c := x.call(req)
		if c == nil {
			respond(sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")(req, tx)
			return
		}
		respond(sip.StatusOK, "OK")(req, tx)
		c.over()
	})
	socket.serve()
	return x, nil
}

// Close hangs everything up and releases the address.
func (x *Exchange) Close() error {
	x.mu.Lock()
	open := x.open
	x.open = map[sip.CallIDHeader]*Called{}
	x.mu.Unlock()
	for _, c := range open {
		c.over()
	}
	return x.socket.close()
}

// Next gives the next call that came, answered or not.
func (x *Exchange) Next(ctx context.Context) (*Called, error) {
	select {
	case c := <-x.calls:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("nobody was called: %w", context.Cause(ctx))
	}
}

func (x *Exchange) call(req *sip.Request) *Called {
	id := req.CallID()
	if id == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.open[*id]
}

func (x *Exchange) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if c := x.call(req); c != nil { // within the call: the session stays as it is
		res := sip.NewSDPResponseFromRequest(req, c.audio.offer())
		_ = tx.Respond(res) // lost: the other side sends its request again
		return
	}
	c, err := x.newCalled(req, tx)
	if err != nil {
		respond(sip.StatusNotAcceptableHere, "Not Acceptable Here")(req, tx)
		return
	}
	id := *req.CallID()
	x.mu.Lock()
	x.open[id] = c
	x.mu.Unlock()
	go func() { // ends with the call, which Close ends
		<-c.done
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.open, id)
	}()
	x.calls <- c
	switch x.react(c) {
	case Answers:
		if c.dialog.RespondSDP(c.audio.offer()) != nil {
			c.over()
			return
		}
		c.audio.start()
	case IsBusy:
		_ = c.dialog.Respond(sip.StatusBusyHere, "Busy Here", nil) // the caller is gone then
		c.over()
	case IsUnknown:
		_ = c.dialog.Respond(sip.StatusNotFound, "Not Found", nil)
		c.over()
	case Gone:
		c.over()
	}
}

func (x *Exchange) newCalled(req *sip.Request, tx sip.ServerTransaction) (*Called, error) {
	ear, err := NewEar(EarConfig{})
	if err != nil {
		return nil, err
	}
	mouth, err := newMouth(x.tone)
	if err != nil {
		return nil, err
	}
	local := addrPort(x.socket.conn)
	audio, err := newStream(local.Addr(), []Law{ALaw, MuLaw}, false, ear, mouth)
	if err != nil {
		return nil, err
	}
	if err := audio.setFar(req.Body()); err != nil {
		return nil, errors.Join(err, audio.close())
	}
	ua := &sipgo.DialogUA{Client: x.socket.client, ContactHDR: sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip", User: req.Recipient.User, Host: local.Addr().String(), Port: int(local.Port())}}}
	dialog, err := ua.ReadInvite(req, tx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read INVITE: %w", err), audio.close())
	}
	c := &Called{Ear: ear, Mouth: mouth, Number: req.Recipient.User, tx: tx, dialog: dialog, audio: audio, done: make(chan struct{})}
	if from := req.From(); from != nil {
		c.From = from.Address.User
	}
	return c, nil
}

// Ring lets the number ring until it shall answer; ErrCallEnded when the caller gives up.
func (c *Called) Ring(until <-chan struct{}) error {
	if err := c.dialog.Respond(sip.StatusRinging, "Ringing", nil); err != nil {
		return fmt.Errorf("ring: %w", err)
	}
	select {
	case <-until:
		return nil
	case <-c.tx.Done():
	case <-c.done:
	}
	return ErrCallEnded
}

// Hangup ends the call from its side.
func (c *Called) Hangup(ctx context.Context) error {
	defer c.over()
	if err := c.dialog.Bye(ctx); err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

// Done is closed when the call is over, whoever ended it.
func (c *Called) Done() <-chan struct{} { return c.done }

func (c *Called) over() {
	c.end.Do(func() {
		_ = c.audio.close() // nothing is left to lose
		close(c.done)
	})
}
