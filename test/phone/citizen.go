package phone

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// ErrCallEnded is what a call that has ended refuses further wishes with.
var ErrCallEnded = errors.New("the call has ended")

// cancelTime is how long a call that is given up before its answer may take to
// cancel itself.
const cancelTime = time.Second

// Config says whom a citizen calls, and how.
type Config struct {
	Server  string // host and port of the SIP server, UDP
	Number  string // the number dialled
	From    string // the caller's own number
	LocalIP string // the phone's own IPv4 address; empty means 127.0.0.1
	Laws    []Law  // the codecs offered, best first; empty means A-law, mu-law
	Tone    int    // what the citizen sends from the answer on, in Hz; 0 is silence
	Ear     EarConfig

	Tones    bool // the phone offers no telephone-event; keys are tones in its sound
	Withheld bool // the carrier tells the number for us alone: nobody may be shown it (RFC 3323, RFC 3325)
}

// Times are the moments of a call. One that has not come is zero.
type Times struct {
	InviteSent time.Time
	Answered   time.Time // 200 OK received
	FirstRTP   time.Time // may be before Answered: early media
	Ended      time.Time
}

// Citizen is a citizen on the phone. The Ear hears from the first packet on,
// early media included.
type Citizen struct {
	Ear   *Ear
	Mouth *Mouth

	socket  *udpSocket
	audio   *stream
	callID  sip.CallIDHeader
	contact sip.ContactHeader
	dialog  *sipgo.DialogClientSession // used by Dial and Hangup only

	hangup sync.Mutex    // held while a BYE is sent
	ending chan struct{} // closed when the call is over
	end    sync.Once
	done   chan struct{} // closed when everything is released

	mu    sync.Mutex
	times Times
}

// Dial calls and returns after the answer. When ctx is done before that, the call
// is cancelled. The error is a *Rejected when the other side refused the call.
// ctx does not bound the call itself: it lasts until Hangup, or until the far
// side hangs up.
func Dial(ctx context.Context, cfg Config) (*Citizen, error) {
	c, err := newCitizen(&cfg)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", cfg.Number, err)
	}
	if err := c.invite(ctx, &cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("call %s: %w", cfg.Number, err), c.release())
	}
	go c.live()
	return c, nil
}

func newCitizen(cfg *Config) (*Citizen, error) {
	if cfg.LocalIP == "" {
		cfg.LocalIP = "127.0.0.1"
	}
	if len(cfg.Laws) == 0 {
		cfg.Laws = []Law{ALaw, MuLaw}
	}
	ip, err := netip.ParseAddr(cfg.LocalIP)
	if err != nil {
		return nil, fmt.Errorf("local address: %w", err)
	}
	ear, err := NewEar(cfg.Ear)
	if err != nil {
		return nil, err
	}
	mouth, err := newMouth(cfg.Tone)
	if err != nil {
		return nil, err
	}
	audio, err := newStream(ip, cfg.Laws, cfg.Tones, ear, mouth)
	if err != nil {
		return nil, err
	}
	socket, err := listenSIP("citizen", ip)
	if err != nil {
		return nil, errors.Join(err, audio.close())
	}
	local := addrPort(socket.conn)
	c := &Citizen{
		Ear: ear, Mouth: mouth, socket: socket, audio: audio,
		callID: sip.CallIDHeader(rand.Text()),
		contact: sip.ContactHeader{Address: sip.Uri{
			Scheme: "sip", User: cfg.From, Host: local.Addr().String(), Port: int(local.Port()),
		}},
		ending: make(chan struct{}), done: make(chan struct{}),
	}
	socket.server.OnAck(func(*sip.Request, sip.ServerTransaction) {}) // of a re-INVITE
	socket.server.OnInvite(c.onInvite)
	socket.server.OnBye(c.onBye)
	socket.serve()
	return c, nil
}

// invite sends the INVITE, waits for the answer and confirms it.
func (c *Citizen) invite(ctx context.Context, cfg *Config) error {
	var server sip.Uri
	if err := sip.ParseUri("sip:"+cfg.Number+"@"+cfg.Server, &server); err != nil {
		return fmt.Errorf("server address: %w", err)
	}
	own := sip.Uri{Scheme: "sip", User: cfg.From, Host: c.contact.Address.Host}
	from := &sip.FromHeader{Address: own}
	if cfg.Withheld {
		from = &sip.FromHeader{DisplayName: "Anonymous", Address: sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}}
	}
	from.Params.Add("tag", sip.GenerateTagN(16))

	request := sip.NewRequest(sip.INVITE, server)
	request.AppendHeader(from)
	request.AppendHeader(&c.callID)
	request.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	request.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"))
	request.SetBody(c.audio.offer())
	if cfg.Withheld {
		request.AppendHeader(sip.NewHeader("Privacy", "id"))
		request.AppendHeader(sip.NewHeader("P-Asserted-Identity", "<"+own.String()+">"))
	}

	ua := &sipgo.DialogUA{Client: c.socket.client, ContactHDR: c.contact}
	c.setTime(func(t *Times) { t.InviteSent = time.Now() })
	dialog, err := ua.WriteInvite(ctx, request)
	if err != nil {
		return fmt.Errorf("send INVITE: %w", err)
	}
	c.dialog = dialog
	if err := c.waitAnswer(ctx); err != nil {
		return rejection(err)
	}
	c.setTime(func(t *Times) { t.Answered = time.Now() })
	if err := c.audio.setFar(dialog.InviteResponse.Body()); err != nil {
		return errors.Join(err, dialog.Ack(ctx), dialog.Bye(ctx))
	}
	if err := dialog.Ack(ctx); err != nil {
		return fmt.Errorf("send ACK: %w", err)
	}
	c.audio.start()
	return nil
}

// waitAnswer waits for the final response. Cancelling needs the other side's
// help, so it gets a time of its own.
func (c *Citizen) waitAnswer(ctx context.Context) error {
	answered := make(chan error, 1)
	go func() { answered <- c.dialog.WaitAnswer(ctx, sipgo.AnswerOptions{}) }()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(cancelTime)
	defer grace.Stop()
	select {
	case <-answered: //nolint:errcheck // ctx says why
	case <-grace.C:
		// The other side is silent. Closing the user agent, which follows, ends
		// the transaction and with it the goroutine above.
	}
	return context.Cause(ctx)
}

// onInvite answers an INVITE within the call with the session as it is, and sends
// to where it asks. Nobody can call a citizen, so any other is refused.
func (c *Citizen) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if !c.ownCall(req) {
		respond(sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")(req, tx)
		return
	}
	if body := req.Body(); len(body) > 0 {
		if err := c.audio.setFar(body); err != nil {
			respond(sip.StatusNotAcceptableHere, "Not Acceptable Here")(req, tx)
			return
		}
	}
	res := sip.NewSDPResponseFromRequest(req, c.audio.offer())
	res.AppendHeader(sip.HeaderClone(&c.contact))
	_ = tx.Respond(res) // lost: the other side sends its request again
}

func (c *Citizen) onBye(req *sip.Request, tx sip.ServerTransaction) {
	if !c.ownCall(req) {
		respond(sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")(req, tx)
		return
	}
	respond(sip.StatusOK, "OK")(req, tx)
	c.over()
}

// ownCall tells whether a request belongs to this phone's one call.
func (c *Citizen) ownCall(req *sip.Request) bool {
	id := req.CallID()
	return id != nil && *id == c.callID
}

func (c *Citizen) over() {
	c.end.Do(func() {
		c.setTime(func(t *Times) { t.Ended = time.Now() })
		close(c.ending)
	})
}

// live releases everything when the call is over.
func (c *Citizen) live() {
	defer close(c.done)
	<-c.ending
	_ = c.release() // sockets of a call that is over: nothing is left to lose
}

func (c *Citizen) release() error {
	return errors.Join(c.audio.close(), c.socket.close())
}

// KeepAlive asks within the call whether the far side is there, in the two ways that
// carriers use: OPTIONS, and an INFO without a body.
func (c *Citizen) KeepAlive(ctx context.Context) error {
	for _, method := range []sip.RequestMethod{sip.OPTIONS, sip.INFO} {
		request := sip.NewRequest(method, c.dialog.InviteResponse.Contact().Address)
		response, err := c.dialog.Do(ctx, request)
		if err != nil {
			return fmt.Errorf("%s: %w", method, rejection(err))
		}
		if response.StatusCode != sip.StatusOK {
			return fmt.Errorf("%s: %w", method, &Rejected{Code: response.StatusCode, Reason: response.Reason})
		}
	}
	return nil
}

// Press sends keys, 100 ms each with at least 70 ms between them, as RFC 4733 events or
// as tones, and returns when all are sent. Keys are 0-9, *, # and A-D. No other audio is
// sent meanwhile.
func (c *Citizen) Press(ctx context.Context, keys string) error {
	return c.audio.press(ctx, keys)
}

// Hangup ends the call and waits until everything is released. A call that has
// ended already is no error.
func (c *Citizen) Hangup(ctx context.Context) error {
	c.hangup.Lock()
	defer c.hangup.Unlock()
	var err error
	select {
	case <-c.ending:
	default:
		err = c.dialog.Bye(ctx)
	}
	c.over()
	<-c.done
	if err != nil {
		return fmt.Errorf("hang up: %w", rejection(err))
	}
	return nil
}

// Done is closed when the call has ended, whoever ended it, and everything is
// released. It is not closed when the far side vanishes without a BYE.
func (c *Citizen) Done() <-chan struct{} { return c.done }

// Times gives the moments of the call so far.
func (c *Citizen) Times() Times {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.times
	t.FirstRTP = c.Ear.First()
	return t
}

func (c *Citizen) setTime(set func(*Times)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set(&c.times)
}
