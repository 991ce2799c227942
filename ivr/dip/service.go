package dip

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/sony/gobreaker/v2"

	"talian/ivr/outside"
)

// Service says how an outside service is reached.
type Service struct {
	Name     string
	Base     string         // https://host/path, without a slash at the end
	Networks []netip.Prefix // addresses it may have; empty = public ones
	Header   string         // that carries the secret, for example Authorization; "" = none
	Secret   string         // name of a file in the folder of secrets
	Prefix   string         // before the secret, for example "Bearer "
	AtOnce   int            // requests under way at most; 0 = DefaultAtOnce
	Failures int            // in a row, after which it is left alone; 0 = DefaultFailures
	Rest     time.Duration  // how long it is left alone then; 0 = DefaultRest
}

// What a Service has that does not say.
const (
	DefaultAtOnce   = 20
	DefaultFailures = 5
	DefaultRest     = 30 * time.Second
)

// service is a Service in use.
type service struct {
	Service
	base    *url.URL
	secret  *outside.Secret // nil = none
	client  *http.Client
	places  chan struct{} // one for each request under way
	breaker *gobreaker.CircuitBreaker[Response]
}

// open checks what is written and makes it usable.
func (s Service) open(o Options) (*service, error) {
	s = s.filled()
	base, err := s.address()
	if err != nil {
		return nil, err
	}
	opened := &service{Service: s, base: base, places: make(chan struct{}, s.AtOnce)}
	if s.Header != "" {
		if s.Secret == "" || s.Secret != filepath.Base(s.Secret) || !filepath.IsLocal(s.Secret) {
			return nil, fmt.Errorf("secret %q is not the name of a file", s.Secret)
		}
		if opened.secret, err = outside.OpenSecret(filepath.Join(o.Secrets, s.Secret)); err != nil {
			return nil, err
		}
	}
	opened.client = &http.Client{CheckRedirect: outside.Stay, Transport: outside.Transport(
		outside.Reach{Networks: s.Networks, Resolver: o.Resolver, Roots: o.Roots, AtOnce: s.AtOnce})}
	opened.breaker = gobreaker.NewCircuitBreaker[Response](gobreaker.Settings{
		Name: s.Name, MaxRequests: 1, Timeout: s.Rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= s.Failures },
		IsSuccessful: func(err error) bool { return err == nil },
		IsExcluded:   isNeither,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			o.Log.Warn("outside service", "service", s.Name, "breaker", to.String())
		},
	})
	return opened, nil
}

func (s Service) address() (*url.URL, error) {
	base, err := url.Parse(s.Base)
	switch {
	case err != nil:
		return nil, fmt.Errorf("base is not an address: %w", err)
	case base.Scheme != "https" && base.Scheme != "http" || base.Host == "":
		return nil, fmt.Errorf("base %q does not begin with https:// and a host", s.Base)
	case base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, fmt.Errorf("base of host %s may have a path only", base.Host)
	case base.Scheme == "http" && s.Header != "" && len(s.Networks) == 0:
		return nil, fmt.Errorf("base %q: a secret goes over https, or stays within named networks", s.Base)
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	base.RawPath = strings.TrimSuffix(base.RawPath, "/")
	return base, nil
}

// same tells whether another description means the same.
func (s *service) same(other Service) bool { return reflect.DeepEqual(s.Service, other.filled()) }

// filled gives the service with what it does not say.
func (s Service) filled() Service {
	s.AtOnce = cmp.Or(s.AtOnce, DefaultAtOnce)
	s.Failures = cmp.Or(s.Failures, DefaultFailures)
	s.Rest = cmp.Or(s.Rest, DefaultRest)
	return s
}

// close lets idle connections go; requests under way come to their end.
func (s *service) close() { s.client.CloseIdleConnections() }
