package phone

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Rejected is the error of a call or a registration that the other side refused.
type Rejected struct {
	Code   int // SIP status code
	Reason string
}

// Error gives the status line.
func (r *Rejected) Error() string { return fmt.Sprintf("rejected with %d %s", r.Code, r.Reason) }

// rejection turns sipgo's error for a final response into our own.
func rejection(err error) error {
	var response *sipgo.ErrDialogResponse
	if errors.As(err, &response) {
		return &Rejected{Code: response.Res.StatusCode, Reason: response.Res.Reason}
	}
	return err
}

// sipEnd is one SIP user agent with its two halves. Its log is thrown away: what
// went wrong comes back as an error or shows in what was heard.
type sipEnd struct {
	ua     *sipgo.UserAgent
	client *sipgo.Client
	server *sipgo.Server
}

func newSIPEnd(name string, transports sip.TransportsConfig, local string) (sipEnd, error) {
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgent(name),
		sipgo.WithUserAgentTransportLayerOptions(
			sip.WithTransportLayerLogger(quiet), sip.WithTransportLayerTransports(transports)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {})),
	)
	if err != nil {
		return sipEnd{}, fmt.Errorf("user agent: %w", err)
	}
	options := []sipgo.ClientOption{sipgo.WithClientLogger(quiet)}
	if local != "" {
		options = append(options, sipgo.WithClientAddr(local), sipgo.WithClientConnectionAddr(local))
	}
	client, err := sipgo.NewClient(ua, options...)
	if err != nil {
		return sipEnd{}, errors.Join(fmt.Errorf("user agent client: %w", err), ua.Close())
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return sipEnd{}, errors.Join(fmt.Errorf("user agent server: %w", err), ua.Close())
	}
	server.OnOptions(respond(sip.StatusOK, "OK"))
	return sipEnd{ua: ua, client: client, server: server}, nil
}

// respond answers every request alike. An error means that the other side is
// gone, and it will notice by itself.
func respond(code int, reason string) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, code, reason, nil))
	}
}

// udpSocket is a SIP user agent on one UDP socket of its own.
type udpSocket struct {
	sipEnd
	conn   net.PacketConn
	served chan struct{}
}

// listenSIP opens a SIP socket on a free port of ip; serve must follow.
func listenSIP(name string, ip netip.Addr) (*udpSocket, error) {
	return listenSIPAt(name, netip.AddrPortFrom(ip, 0))
}

// listenSIPAt opens a SIP socket at an address. Port 0 is a free one.
func listenSIPAt(name string, local netip.AddrPort) (*udpSocket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, fmt.Errorf("listen for SIP: %w", err)
	}
	end, err := newSIPEnd(name, sip.TransportsConfig{}, conn.LocalAddr().String())
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &udpSocket{sipEnd: end, conn: conn, served: make(chan struct{})}, nil
}

// serve starts to read. All request handlers must be set. When it returns, sipgo
// knows the socket; a request sent earlier would open a second one.
func (s *udpSocket) serve() {
	reading := make(chan struct{})
	go func() {
		defer close(s.served)
		_ = s.server.ServeUDP(&announcedConn{PacketConn: s.conn, reading: reading})
	}()
	select {
	case <-reading:
	case <-s.served:
	}
}

func (s *udpSocket) close() error {
	err := errors.Join(s.ua.Close(), s.conn.Close())
	<-s.served
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// announcedConn tells when it is read for the first time.
type announcedConn struct {
	net.PacketConn
	once    sync.Once
	reading chan struct{}
}

func (c *announcedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.reading) })
	return c.PacketConn.ReadFrom(b)
}
