package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"talian/ivr"
)

// ClientOptions are the wishes of one who asks; the zero value is fine.
type ClientOptions struct {
	// OnChange is told each time the engine comes or goes, in order, from one goroutine.
	// It must not block for long.
	OnChange func(up bool)
}

// Client is the engine seen from another process. It is safe for concurrent use, connects
// again by itself and is an Engine.
type Client struct {
	conn     *nats.Conn
	onChange func(up bool)
	alive    chan *nats.Msg
	broken   chan struct{}
	stop     context.CancelFunc
	stopped  chan struct{}
	up       atomic.Bool

	mu   sync.Mutex
	boot string // of the last snapshot
}

var _ Engine = (*Client)(nil)

// Dial prepares a connection to the server at url with the key in seedFile. A server that
// is not there yet is no error: the client goes on trying and Up says how things stand. A
// missing key file is fs.ErrNotExist.
func Dial(ctx context.Context, url, seedFile string, opts ClientOptions) (*Client, error) {
	if _, err := os.Stat(seedFile); err != nil {
		return nil, fmt.Errorf("nkey: %w", err)
	}
	key, err := nats.NkeyOptionFromSeed(seedFile)
	if err != nil {
		return nil, fmt.Errorf("nkey %s: %w", seedFile, err)
	}
	c := &Client{onChange: opts.OnChange, alive: make(chan *nats.Msg, 64), broken: make(chan struct{}, 1), stopped: make(chan struct{})}
	user := userOf(seedFile)
	c.conn, err = nats.Connect(url, key, nats.Name(user), nats.CustomInboxPrefix(inbox(user)),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.ReconnectWait(200*time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.Timeout(2*time.Second), nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // a gap shows in the numbers
		nats.DisconnectErrHandler(func(*nats.Conn, error) { c.noteBroken() }))
	if err != nil {
		return nil, fmt.Errorf("nats %s: %w", url, err)
	}
	sub, err := c.conn.ChanSubscribe(subjectAlive, c.alive)
	if err != nil {
		c.conn.Close()
		return nil, fmt.Errorf("nats %s: %w", url, err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go c.watch(watching, sub)
	return c, nil
}

func (c *Client) noteBroken() {
	select {
	case c.broken <- struct{}{}:
	default:
	}
}

// watch keeps Up true while signs of life come.
func (c *Client) watch(ctx context.Context, sub *nats.Subscription) {
	defer close(c.stopped)
	defer func() { _ = sub.Unsubscribe() }()
	silence := time.NewTimer(deadAfter)
	defer silence.Stop()
	for {
		select {
		case <-c.alive:
			silence.Reset(deadAfter)
			c.set(true)
		case <-silence.C:
			c.set(false)
		case <-c.broken:
			c.set(false)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Client) set(up bool) {
	if c.up.Swap(up) != up && c.onChange != nil {
		c.onChange(up)
	}
}

// Up tells whether the engine gave a sign of life in the last three seconds.
func (c *Client) Up() bool { return c.up.Load() }

// Close ends the connection; a Follow under way fails.
func (c *Client) Close() {
	c.stop()
	<-c.stopped
	c.conn.Close()
}

// Do implements Engine.
func (c *Client) Do(ctx context.Context, intent ivr.Intent) (ivr.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	var reply ivr.Reply
	if err := c.ask(ctx, subjectDo, intent, &reply); err != nil {
		return ivr.Reply{}, err
	}
	return answered(reply)
}

// Snapshot implements Engine.
func (c *Client) Snapshot(ctx context.Context) (*ivr.Board, error) {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	var reply snapshotReply
	if err := c.ask(ctx, subjectSnapshot, nil, &reply); err != nil {
		return nil, err
	}
	if reply.Err != nil {
		return nil, reply.Err
	}
	if reply.Board == nil {
		return nil, ivr.NewError(ivr.CodeInternal, "the engine gave no board")
	}
	c.mu.Lock()
	c.boot = reply.Boot
	c.mu.Unlock()
	return reply.Board, nil
}

func (c *Client) bootOfSnapshot() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.boot
}

// ask sends one request; every failure is an *ivr.Error.
func (c *Client) ask(ctx context.Context, subject string, request, reply any) error {
	data, err := json.Marshal(request)
	if err != nil {
		return ivr.NewError(ivr.CodeInvalid, err.Error())
	}
	msg, err := c.conn.RequestWithContext(ctx, subject, data)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, nats.ErrTimeout):
		return unavailable("no answer within the deadline")
	case err != nil:
		return unavailable("the telephone engine is away: " + err.Error())
	}
	if err := json.Unmarshal(msg.Data, reply); err != nil {
		return ivr.NewError(ivr.CodeInternal, "answer not understood: "+err.Error())
	}
	return nil
}
