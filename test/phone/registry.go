package phone

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

const (
	registerTime  = 10 * time.Minute // the lifetime asked for
	registerTry   = 4 * time.Second  // for the answer to one attempt
	registerRetry = 100 * time.Millisecond
	refreshTime   = 30 * time.Second // to succeed with one refresh
)

// registry keeps one contact registered over a websocket (RFC 3261, section 10;
// RFC 7118).
type registry struct {
	client   *sipgo.Client
	server   sip.Uri
	contact  sip.ContactHeader
	password string
	active   atomic.Bool // registered, and not taken offline since

	mu     sync.Mutex // held during a registration: one at a time
	callID sip.CallIDHeader
	seq    uint32
}

func newRegistry(client *sipgo.Client, host string, port int, user, password string) *registry {
	overWS := sip.NewParams()
	overWS.Add("transport", "ws")
	return &registry{
		client:   client,
		server:   sip.Uri{Scheme: "sip", User: user, Host: host, Port: port, UriParams: overWS},
		contact:  sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: user, Host: user + ".invalid", UriParams: overWS}},
		password: password,
		callID:   sip.CallIDHeader(rand.Text()),
	}
}

// online tells whether the line is registered as far as it knows.
func (r *registry) online() bool { return r.active.Load() }

// offline stops the refreshes until the next registration.
func (r *registry) offline() { r.active.Store(false) }

// register tries until it has registered, is refused, or ctx is done.
func (r *registry) register(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	retry := time.NewTimer(0)
	defer retry.Stop()
	var last error
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("register %s: %w", r.server.User, errors.Join(context.Cause(ctx), last))
		case <-retry.C:
		}
		err := r.attempt(ctx)
		if err == nil {
			r.active.Store(true)
			return nil
		}
		var refused *Rejected
		if errors.As(err, &refused) {
			return fmt.Errorf("register %s: %w", r.server.User, err)
		}
		if last == nil || ctx.Err() == nil { // one that was cut off tells less than the one before
			last = err
		}
		retry.Reset(registerRetry)
	}
}

// attempt sends one REGISTER, and again with the digest that the server asks for.
func (r *registry) attempt(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registerTry)
	defer cancel()
	request := sip.NewRequest(sip.REGISTER, *r.server.Clone())
	request.SetTransport("WS")
	identity := sip.Uri{Scheme: "sip", User: r.server.User, Host: r.server.Host}
	from := &sip.FromHeader{Address: identity}
	from.Params.Add("tag", sip.GenerateTagN(16))
	request.AppendHeader(from)
	request.AppendHeader(&sip.ToHeader{Address: identity})
	request.AppendHeader(sip.HeaderClone(&r.callID))
	request.AppendHeader(&sip.CSeqHeader{SeqNo: r.seq, MethodName: sip.REGISTER})
	request.AppendHeader(sip.HeaderClone(&r.contact))
	request.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(registerTime/time.Second))))

	response, err := r.client.Do(ctx, request, sipgo.ClientRequestRegisterBuild)
	if err == nil && response.StatusCode == sip.StatusUnauthorized {
		response, err = r.client.DoDigestAuth(ctx, request, response,
			sipgo.DigestAuth{Username: r.server.User, Password: r.password})
	}
	r.seq = request.CSeq().SeqNo
	if err != nil {
		return err
	}
	if !response.IsSuccess() {
		return &Rejected{Code: response.StatusCode, Reason: response.Reason}
	}
	return nil
}

// refresh registers anew at half time, until ctx is done. A failed refresh takes
// the line offline, as its contact will be forgotten.
func (r *registry) refresh(ctx context.Context) {
	tick := time.NewTicker(registerTime / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !r.online() {
			continue
		}
		try, cancel := context.WithTimeout(ctx, refreshTime)
		if r.register(try) != nil {
			r.offline()
		}
		cancel()
	}
}
