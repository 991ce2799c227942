package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"talian/cmd/internal/daemon"
	"talian/cti"
	"talian/cti/auth"
	"talian/cti/web"
	"talian/ivr/link"
	"talian/ivr/store"
)

const (
	keyWithin   = 30 * time.Second // that ivrd may take to make our key
	keyLook     = 200 * time.Millisecond
	drainWithin = 5 * time.Second
	headerLimit = 16 << 10
)

// run serves until ctx ends, then sends the pages away and stops.
func run(ctx context.Context, cfg config, log *slog.Logger) error {
	certificates, err := cfg.TLS.certificates()
	if err != nil {
		return err
	}
	public, err := daemon.Listen(ctx, "listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer public.Close() //nolint:errcheck // the server has closed it
	private, err := daemon.Listen(ctx, "health", cfg.Health)
	if err != nil {
		return err
	}
	defer private.Close() //nolint:errcheck // the server has closed it
	records, signIns, err := openRecords(ctx, cfg)
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // nothing is left to write
	seed := link.SeedFile(filepath.Join(cfg.Run, "nats"), link.UserCtid)
	if err := waitForKey(ctx, seed, log); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := cti.NewMetrics(registry)
	linkUp := make(chan bool, 64)
	client, err := link.Dial(ctx, "nats://"+cfg.NATS, seed, link.ClientOptions{OnChange: func(up bool) { linkUp <- up }})
	if err != nil {
		return err
	}
	defer client.Close()
	floor := cti.NewFloor(cti.FloorOptions{Engine: client, SignIns: signIns, Earlier: cti.Callers{Store: records}, Metrics: metrics, Log: log})
	desk := cti.NewWeb(cti.Options{Floor: floor, SignIns: signIns, Records: cti.Archive{Store: records, Now: time.Now},
		Origins: auth.NewOrigins(cfg.origins(public.Addr())...), Pages: web.Serve(), Metrics: metrics, Log: log,
		Recordings: filepath.Join(cfg.Run, "recordings"), Asterisk: cfg.SIP, Numbers: cfg.Numbers,
		AllReports: cfg.Reports == "all", GuestsRemote: cfg.Guests == "all", TLS: cfg.TLS != nil})
	health := daemon.Health(alive(floor), map[string]daemon.Check{"link": heard(floor), "store": cti.People{Store: records}.Usable}, nil, registry)
	return serve(ctx, parts{certificates: certificates, log: log, floor: floor, web: desk, health: health, linkUp: linkUp}, public, private)
}

// alive checks that the floor is not stuck: it takes its mutex.
func alive(floor *cti.Floor) daemon.Check {
	return func(context.Context) error { floor.Synced(); return nil }
}

// heard checks that the engine is heard.
func heard(floor *cti.Floor) daemon.Check {
	return func(context.Context) error {
		if !floor.Synced() {
			return errors.New("the telephone engine is away")
		}
		return nil
	}
}

// parts are what serve runs.
type parts struct {
	certificates []tls.Certificate // none: without TLS
	log          *slog.Logger
	floor        *cti.Floor
	web          *cti.Web
	health       http.Handler
	linkUp       <-chan bool
}

// serve runs the parts. They outlive ctx by the time that draining takes.
func serve(ctx context.Context, p parts, public, private net.Listener) error {
	living, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, living := errgroup.WithContext(living)
	front, back := p.server(living, p.web.Handler()), p.server(living, p.health)
	g.Go(func() error { return p.floor.Run(living) })
	g.Go(func() error { return p.web.Run(living) })
	g.Go(func() error { return tellLink(living, p.linkUp, p.floor, p.log) })
	g.Go(func() error { return daemon.Watchdog(living, alive(p.floor)) })
	g.Go(func() error { return serveHTTP(back, private, nil) })
	g.Go(func() error { return serveHTTP(front, public, p.certificates) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-living.Done():
		}
		defer stop()
		return p.drain(living, front, back)
	})
	p.log.Info("serving", "address", public.Addr().String(), "health", private.Addr().String())
	if err := daemon.Notify(ctx, "READY=1"); err != nil {
		p.log.Warn("telling systemd", "error", err)
	}
	return g.Wait()
}

func (p parts) server(living context.Context, handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: headerLimit, BaseContext: func(net.Listener) context.Context { return living },
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)}
}

func serveHTTP(server *http.Server, on net.Listener, certificates []tls.Certificate) error {
	var err error
	if len(certificates) > 0 {
		server.TLSConfig = &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
		err = server.ServeTLS(on, "", "")
	} else {
		err = server.Serve(on)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving %s: %w", on.Addr(), err)
}

// drain says bye to the pages, then ends the servers.
func (p parts) drain(living context.Context, servers ...*http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(living), drainWithin)
	defer cancel()
	if err := daemon.Notify(ctx, "STOPPING=1"); err != nil {
		p.log.Warn("telling systemd", "error", err)
	}
	if err := p.floor.Drain(ctx); err != nil {
		p.log.Warn("some sockets did not close in time", "error", err)
	}
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			p.log.Warn("some requests did not end in time", "error", err)
			_ = server.Close() // it has said what is wrong
		}
	}
	return nil
}

// tellLink passes the link's ups and downs on.
func tellLink(ctx context.Context, changes <-chan bool, floor *cti.Floor, log *slog.Logger) error {
	for {
		select {
		case up := <-changes:
			floor.SetLink(up)
			log.Info("telephone engine", "heard", up)
		case <-ctx.Done():
			return nil
		}
	}
}

func openRecords(ctx context.Context, cfg config) (*store.Store, *auth.SignIns, error) {
	if err := os.MkdirAll(cfg.Run, 0o700); err != nil {
		return nil, nil, fmt.Errorf("run: %w", err)
	}
	records, err := store.Open(ctx, filepath.Join(cfg.Run, "talian.db"))
	if err != nil {
		return nil, nil, err
	}
	people := cti.People{Store: records}
	if cfg.DemoPeople {
		err = auth.SeedDemo(ctx, people, cfg.Clusters, filepath.Join(cfg.Run, "demo-password"))
	}
	if err != nil {
		return nil, nil, errors.Join(records.Plain(err), records.Close())
	}
	signIns, err := auth.Restore(ctx, people, time.Now)
	if err != nil {
		return nil, nil, errors.Join(records.Plain(err), records.Close())
	}
	return records, signIns, nil
}

// waitForKey waits for ivrd, which makes our key at its first start.
func waitForKey(ctx context.Context, path string, log *slog.Logger) error {
	late := time.NewTimer(keyWithin)
	defer late.Stop()
	look := time.NewTicker(keyLook)
	defer look.Stop()
	for told := false; ; told = true {
		_, err := os.Stat(path)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("nkey: %w", err)
		}
		if !told {
			log.Info("waiting for ivrd to make the key of the link", "file", path)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return fmt.Errorf("nkey %s is not there after %s: start ivrd first, with the same run folder", path, keyWithin)
		}
	}
}
