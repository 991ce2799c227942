package dip

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// MaxReply is the longest answer that is taken, in bytes.
const MaxReply = 64 << 10

// DefaultTimeout is for a Request that names none.
const DefaultTimeout = 3 * time.Second

// Options are what a Client is made with.
type Options struct {
	Secrets  string // folder of the files with secrets
	Log      *slog.Logger
	Resolver *net.Resolver  // nil = the machine's
	Roots    *x509.CertPool // who may vouch for services; nil = the machine's
}

// Client asks services. All methods are safe for concurrent use.
type Client struct {
	options Options
	metrics *metrics

	mu       sync.Mutex
	services map[string]*service
}

// Request is one question to a service.
type Request struct {
	Service string
	Method  string // GET, POST or PUT
	Path    string // escaped, with a leading slash; may hold a query
	Body    string // JSON; "" = none
	Timeout time.Duration
	Retries int    // further tries of a GET, when no answer came or its status is 5xx
	Key     string // idempotency key, sent with POST and PUT
}

// Response is the answer, or why there is none.
type Response struct {
	Status  int    // of HTTP; 0 when there was no answer
	Body    []byte // at most MaxReply bytes
	Failure string // "" when Status counts, else TimedOut, or "error: " and the reason
}

// TimedOut is the Failure of a service that did not answer in time.
const TimedOut = "timeout"

// New makes a client for these services, by name. It fails when one of them cannot be
// used as it is written, or a secret is not there.
func New(services map[string]Service, o Options) (*Client, error) {
	c := &Client{options: o, metrics: newMetrics(), services: map[string]*service{}}
	if err := c.Use(services); err != nil {
		return nil, err
	}
	return c, nil
}

// Use replaces the services, all or none. Those that stay as they are keep their state.
func (c *Client) Use(services map[string]Service) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[string]*service{}
	for name, s := range services {
		s.Name = name
		if known := c.services[name]; known != nil && known.same(s) {
			next[name] = known
			continue
		}
		opened, err := s.open(c.options)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		next[name] = opened
	}
	for name, s := range c.services {
		if next[name] != s {
			s.close()
		}
	}
	c.services = next
	return nil
}

// Close lets idle connections go.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.services {
		s.close()
	}
}

// Do asks and gives the answer; it takes no longer than the request's timeout, and ends
// at once with ctx.
func (c *Client) Do(ctx context.Context, r Request) Response {
	c.mu.Lock()
	s := c.services[r.Service]
	c.mu.Unlock()
	if s == nil {
		return failed(reason("no such service"))
	}
	began := time.Now()
	answer, outcome := s.ask(ctx, r)
	c.metrics.count(s.Name, outcome, time.Since(began))
	if answer.Failure != "" {
		c.options.Log.Warn("outside service", "service", s.Name, "method", r.Method, "outcome", outcome,
			"why", answer.Failure, "took", time.Since(began).Round(time.Millisecond).String())
	}
	return answer
}

// ask lets a request through when the service has room and is not left alone.
func (s *service) ask(ctx context.Context, r Request) (Response, string) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		return failed(reason("too many requests are under way")), outcomeBusy
	}
	answer, err := s.breaker.Execute(func() (Response, error) { return s.try(ctx, r) })
	switch {
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return failed(reason("it failed too often and is left alone")), outcomeResting
	case answer.Failure == TimedOut:
		return answer, outcomeTimeout
	case ctx.Err() != nil:
		return answer, outcomeGivenUp
	case answer.Failure != "":
		return answer, outcomeError
	}
	return answer, fmt.Sprintf("%dxx", answer.Status/100)
}

func failed(why error) Response { return Response{Failure: "error: " + why.Error()} }
