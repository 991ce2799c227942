package outbox

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"talian/ivr"
	"talian/ivr/journal"
	"talian/ivr/outside"
)

const cursorName = "outbox" // in the journal

// Journal is what an outbox needs of the journal.
type Journal interface {
	ID() string
	Last() uint64
	After(ctx context.Context, seq uint64, limit int) ([]ivr.Fact, error)
	Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
	Cursor(ctx context.Context, name string) (uint64, error)
	SetCursor(ctx context.Context, name string, seq uint64) error
	DropCursor(ctx context.Context, name string) error
}

// Options are what an outbox is made with.
type Options struct {
	URL      string         // https://..., or http:// within Networks
	Secret   string         // file with the signing secret: whsec_ and base64; more lines during a change of secret
	Networks []netip.Prefix // addresses that URL may have; empty = public ones
	Resolver *net.Resolver  // nil = the machine's
	Roots    *x509.CertPool // who may vouch for URL; nil = the machine's
	Journal  Journal
	Clock    func() time.Time // of the machine, for timestamps and lags
	Log      *slog.Logger
}

// Outbox sends. All methods are safe for concurrent use.
type Outbox struct {
	url     string
	secret  *outside.Secret
	client  *http.Client
	journal Journal
	clock   func() time.Time
	log     *slog.Logger
	metrics *metrics

	resend sync.Mutex // one Resend at a time

	mu      sync.Mutex
	waiting []place // facts to send, in order
	read    uint64  // the journal was read up to here
	fault   error   // of the last sending, while it is retried
	parked  int
	grown   chan struct{} // one token: waiting or read has changed
}

// place is a fact in the journal.
type place struct {
	seq uint64
	at  time.Time
}

// New makes an outbox; Run must follow. It fails when the address or the secret cannot be
// used.
func New(o Options) (*Outbox, error) {
	to, err := url.Parse(o.URL)
	if err != nil || to.Host == "" || to.User != nil || to.Fragment != "" || to.Scheme != "https" && to.Scheme != "http" {
		return nil, fmt.Errorf("outbox: %q is not an address that begins with https:// and a host", o.URL)
	}
	if to.Scheme == "http" && len(o.Networks) == 0 {
		return nil, fmt.Errorf("outbox: %q: cases go over https, or stay within named networks", o.URL)
	}
	secret, err := outside.OpenSecret(o.Secret)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	x := &Outbox{url: o.URL, secret: secret, journal: o.Journal, clock: o.Clock, log: o.Log, metrics: newMetrics(),
		grown: make(chan struct{}, 1),
		client: &http.Client{Timeout: answerWithin, CheckRedirect: outside.Stay, Transport: outside.Transport(
			outside.Reach{Networks: o.Networks, Resolver: o.Resolver, Roots: o.Roots})}}
	if _, err := x.keys(); err != nil {
		return nil, fmt.Errorf("outbox: secret %s: %w", o.Secret, err)
	}
	return x, nil
}

// Drop gives the outside system up: what was not sent is no longer kept for it. It is for
// a start without an outbox; an outbox that comes later begins with what the journal still
// has.
func Drop(ctx context.Context, j Journal) error { return j.DropCursor(ctx, cursorName) }

// Run sends facts as they come, from the place that was reached, until ctx ends or the
// journal is closed.
func (x *Outbox) Run(ctx context.Context) error {
	defer x.client.CloseIdleConnections()
	if err := x.run(ctx); ctx.Err() == nil && !errors.Is(err, journal.ErrClosed) {
		return err
	}
	return nil
}

func (x *Outbox) run(ctx context.Context) error {
	after, err := x.journal.Cursor(ctx, cursorName)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if last := x.journal.Last(); after > last {
		return fmt.Errorf("outbox stands at fact %d, but the journal ends at %d: it is an old copy", after, last)
	}
	// From the first start on, or the journal would not know that facts are kept for us.
	if err := x.journal.SetCursor(ctx, cursorName, after); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := x.recount(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	x.waiting, x.read = nil, after
	x.mu.Unlock()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return x.follow(ctx, after) })
	g.Go(func() error { return x.work(ctx, after) })
	return g.Wait()
}

// Healthy gives the failure of the last sending while it is retried, else nil.
func (x *Outbox) Healthy() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.fault
}

func (x *Outbox) setFault(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fault = err
}

// wanted tells whether facts of this kind are sent.
func wanted(kind string) bool {
	return strings.HasPrefix(kind, "case.") || strings.HasPrefix(kind, "survey.") || kind == "callback.booked"
}

// follow notes which facts wait.
func (x *Outbox) follow(ctx context.Context, after uint64) error {
	return x.journal.Follow(ctx, after, func(facts []ivr.Fact) error {
		x.mu.Lock()
		for _, f := range facts {
			if wanted(f.Body.Kind()) {
				x.waiting = append(x.waiting, place{f.Seq, f.At})
			}
		}
		x.read = facts[len(facts)-1].Seq
		x.mu.Unlock()
		select {
		case x.grown <- struct{}{}:
		default:
		}
		return nil
	})
}

// next gives the fact to send, or how far there is none.
func (x *Outbox) next() (p place, some bool, none uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.waiting) == 0 {
		return place{}, false, x.read
	}
	return x.waiting[0], true, x.waiting[0].seq - 1
}

// done takes the first fact out.
func (x *Outbox) done() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.waiting = x.waiting[1:]; len(x.waiting) == 0 {
		x.waiting = nil // give the memory back after a long time away
	}
}

// work deals with one fact after the other and keeps the cursor.
func (x *Outbox) work(ctx context.Context, noted uint64) error {
	for {
		p, some, none := x.next()
		if some {
			if err := x.deliver(ctx, p.seq); err != nil {
				return err
			}
			if err := x.journal.SetCursor(ctx, cursorName, p.seq); err != nil {
				return fmt.Errorf("outbox: %w", err)
			}
			noted = p.seq
			x.done()
			continue
		}
		select {
		case <-x.grown:
		case <-x.quiet(none > noted):
			if err := x.journal.SetCursor(ctx, cursorName, none); err != nil {
				return fmt.Errorf("outbox: %w", err)
			}
			noted = none
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// noteEvery is how often the journal is told of facts that are none of ours.
const noteEvery = 10 * time.Second

// quiet fires after noteEvery, or never.
func (x *Outbox) quiet(wanted bool) <-chan time.Time {
	if !wanted {
		return nil
	}
	return time.After(noteEvery)
}
