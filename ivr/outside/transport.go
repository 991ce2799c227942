package outside

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const (
	connectWithin = 5 * time.Second
	idleFor       = time.Minute
	maxHeader     = 32 << 10 // bytes of an answer's header
)

// Reach says where connections of one service may lead.
type Reach struct {
	Networks []netip.Prefix // as in Allowed
	Resolver *net.Resolver  // nil = the machine's
	Roots    *x509.CertPool // who may vouch for the service; nil = the machine's
	AtOnce   int            // connections kept for later use
}

// Transport gives what an http.Client needs: it refuses forbidden addresses, follows no
// proxy from the environment, and speaks TLS 1.2 or newer.
func Transport(r Reach) *http.Transport {
	d := &net.Dialer{Timeout: connectWithin, Resolver: r.Resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrForbidden, err)
			}
			return Allowed(to.Addr(), r.Networks)
		}}
	return &http.Transport{
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: r.Roots},
		TLSHandshakeTimeout:    connectWithin,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    max(2, r.AtOnce),
		IdleConnTimeout:        idleFor,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// Stay is for http.Client.CheckRedirect: an answer that points elsewhere is an answer, and
// nobody goes there.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
