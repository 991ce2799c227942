package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"talian/cmd/internal/daemon"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/engine"
	"talian/ivr/errand"
	"talian/ivr/flow"
	"talian/ivr/flow/trace"
	"talian/ivr/journal"
	"talian/ivr/link"
	"talian/ivr/release"
	"talian/ivr/store"
)

func runCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Answer calls until SIGTERM; calls in progress go on in Asterisk and are taken up by the next run",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			ctx, cancel := daemon.Signals(cmd.Context())
			defer cancel()
			return serve(ctx, cfg, daemon.NewLog(cmd.ErrOrStderr()))
		},
	}
	cmd.Flags().StringVar(&path, "config", "run/ivrd.yaml", "configuration file")
	return cmd
}

// reserve is the disk space, in bytes, that the journal keeps back so that calls go on
// when the disk is full: a call takes some kilobytes, so it lasts for thousands of them,
// and allocating it takes milliseconds.
const reserve = 64 << 20

// serve starts every part in order, runs them together and stops them in reverse order.
func serve(ctx context.Context, cfg config, log *slog.Logger) (err error) {
	password, err := cfg.password()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.recordings(), 0o700); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	health, err := daemon.Listen(ctx, "health", cfg.Health)
	if err != nil {
		return err
	}
	defer health.Close()

	clock := journal.BootClock()
	facts, err := journal.Open(cfg.journal(), clock, journal.Reserve(reserve), journal.Log(log)) //nolint:contextcheck // the tables, once begun, are made
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, facts.Close()) }() // which says what was lost
	bundles, err := releases(ctx, cfg, facts, log)
	if err != nil {
		return err
	}
	records, err := store.At(cfg.store())
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // the journal still has what was not written
	ari, err := asterisk.New(asterisk.Config{URL: cfg.Asterisk.URL, App: cfg.Asterisk.App, User: cfg.Asterisk.User,
		Password: password, Log: log})
	if err != nil {
		return err
	}
	bus, err := link.StartServer(ctx, link.ServerOptions{Addr: cfg.NATS, Dir: cfg.nats()})
	if err != nil {
		return err
	}
	defer func() { _ = bus.Close(context.WithoutCancel(ctx)) }()
	conn, err := bus.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()

	silence, err := silences(cfg)
	if err != nil {
		return err
	}
	errands, err := newErrands(ctx, cfg, bundles, facts, records, clock, log)
	if err != nil {
		return err
	}
	way, err := trace.Open(cfg.traces(), trace.Options{Location: bundles.Current().Location, Log: log})
	if err != nil {
		return err
	}
	defer way.Close()
	eng := engine.New(engine.Parts{ARI: ari, Journal: facts, Clock: clock, Bundles: bundles, Work: errands,
		Trace: func(p *flow.Program, t call.Traced) { way.Put(trace.Lines(p, trace.Step(t))) }, Dial: cfg.Asterisk.Dial,
		Recordings: cfg.recordings(), Silence: silence, Log: log})
	return together(ctx, cfg, log, parts{eng, bundles, errands, facts, records, conn, health})
}

func metrics(eng *engine.Engine, errands *errand.Errands) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(eng.Metrics()...)
	r.MustRegister(errands.Dips.Metrics()...)
	if errands.CRM != nil {
		r.MustRegister(errands.CRM.Metrics()...)
	}
	return r
}

// parts are what runs together.
type parts struct {
	engine  *engine.Engine
	bundles *release.Releases
	errands *errand.Errands
	facts   *journal.Journal
	records *store.Store
	conn    *nats.Conn
	health  net.Listener
}

// together runs the parts until ctx ends or one of them fails.
func together(ctx context.Context, cfg config, log *slog.Logger, p parts) error {
	eng, records := p.engine, p.records
	sounds := &shelf{cfg: cfg, every: 10 * time.Second, log: log}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return eng.Run(ctx) })
	g.Go(func() error { return records.Run(ctx, p.facts, log) })
	g.Go(func() error { return link.Serve(ctx, p.conn, eng) })
	g.Go(func() error {
		alive := func(ctx context.Context) error { return eng.Alive(ctx) }
		ready := map[string]daemon.Check{
			"calls":   func(context.Context) error { return eng.Ready() },
			"records": func(context.Context) error { return records.Healthy() },
		}
		warns := map[string]daemon.Check{
			"bundle": func(context.Context) error { return p.bundles.Refused() },
			"disk":   func(context.Context) error { return p.facts.Reserved() },
			"speech": sounds.healthy,
		}
		if crm := p.errands.CRM; crm != nil {
			warns["crm"] = func(context.Context) error { return crm.Healthy() }
		}
		return daemon.Serve(ctx, p.health, daemon.Health(alive, ready, warns, metrics(eng, p.errands)))
	})
	if p.errands.CRM != nil {
		g.Go(func() error { return p.errands.CRM.Run(ctx) })
	}
	if cfg.Bundle.Watch {
		g.Go(func() error { return p.bundles.Watch(ctx, cfg.Site) })
	}
	g.Go(func() error { return sounds.keep(ctx, p.bundles.Programs) })
	g.Go(func() error { return daemon.Watchdog(ctx, eng.Alive) })
	if err := daemon.Notify(ctx, "READY=1"); err != nil {
		log.Warn("systemd was not told", "err", err)
	}
	log.Info("ivrd runs", "health", cfg.Health, "nats", cfg.NATS, "site", cfg.Site)
	err := g.Wait()
	log.Info("ivrd stops; calls go on in Asterisk")
	return err
}
