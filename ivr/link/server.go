package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const maxPayload = 8 << 20 // bytes; a snapshot is the largest message

// ServerOptions say where the embedded NATS server listens and keeps its keys.
type ServerOptions struct {
	Addr string // host:port; port 0 takes a free one
	Dir  string // folder of the keys, made when missing
}

// Server is the NATS server inside ivrd.
type Server struct {
	nats *server.Server
	dir  string
}

// StartServer starts the server and waits until it takes connections. A port in use is
// one clear line. ctx does not bound the server: Close ends it.
func StartServer(ctx context.Context, opts ServerOptions) (*Server, error) {
	host, port, err := freeAddress(ctx, opts.Addr)
	if err != nil {
		return nil, err
	}
	users, err := natsUsers(opts.Dir)
	if err != nil {
		return nil, err
	}
	ns, err := server.NewServer(&server.Options{
		ServerName: "talian", Host: host, Port: port, Nkeys: users, MaxPayload: maxPayload,
		NoSigs: true, NoLog: true, WriteDeadline: 2 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	ns.Start()
	if !ns.ReadyForConnections(5 * time.Second) {
		ns.Shutdown()
		return nil, fmt.Errorf("nats: not ready at %s within 5 s", opts.Addr)
	}
	return &Server{nats: ns, dir: opts.Dir}, nil
}

// freeAddress splits addr and makes sure that we may listen there; the server itself
// would only log the failure.
func freeAddress(ctx context.Context, addr string) (host string, port int, err error) {
	probe, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", 0, fmt.Errorf("nats: %s is in use by another program; stop it or choose another address (nats: in the configuration)", addr)
	}
	if err != nil {
		return "", 0, fmt.Errorf("nats: %w", err)
	}
	host, text, err := net.SplitHostPort(probe.Addr().String())
	if err != nil {
		return "", 0, errors.Join(err, probe.Close())
	}
	port, err = strconv.Atoi(text)
	return host, port, errors.Join(err, probe.Close())
}

// URL is where clients connect.
func (s *Server) URL() string { return s.nats.ClientURL() }

// Connect gives the engine's own connection, which does not go through the network.
func (s *Server) Connect() (*nats.Conn, error) {
	key, err := nats.NkeyOptionFromSeed(SeedFile(s.dir, UserIvrd))
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	conn, err := nats.Connect("", key, nats.InProcessServer(s.nats), nats.Name(UserIvrd), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	return conn, nil
}

// Close ends the server and its connections.
func (s *Server) Close(ctx context.Context) error {
	s.nats.Shutdown()
	done := make(chan struct{})
	go func() {
		s.nats.WaitForShutdown()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
