package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"talian/cmd/internal/daemon"
	"talian/ivr/asterisk"
	"talian/ivr/engine"
	"talian/ivr/journal"
	"talian/ivr/link"
	"talian/ivr/prompt/speech"
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

	program, err := loadProgram(ctx, cfg, log)
	if err != nil {
		return err
	}
	clock := journal.BootClock()
	facts, err := journal.Open(cfg.journal(), clock) //nolint:contextcheck // the tables, once begun, are made
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, facts.Close()) }() // which says what was lost
	records, err := store.Open(ctx, cfg.store())
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

	silence, err := speech.Silences(filepath.Join(cfg.speech(), "silence"))
	if err != nil {
		return err
	}
	eng := engine.New(engine.Parts{ARI: ari, Journal: facts, Clock: clock, Program: program,
		Recordings: cfg.recordings(), Silence: silence, Log: log})
	return together(ctx, cfg, log, eng, facts, records, conn, health)
}

func metrics(eng *engine.Engine) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(eng.Metrics()...)
	return r
}

// together runs the parts until ctx ends or one of them fails.
func together(ctx context.Context, cfg config, log *slog.Logger, eng *engine.Engine, facts *journal.Journal,
	records *store.Store, conn *nats.Conn, health net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return eng.Run(ctx) })
	g.Go(func() error { return records.Run(ctx, facts) })
	g.Go(func() error { return link.Serve(ctx, conn, eng) })
	g.Go(func() error {
		alive := func(ctx context.Context) error { return eng.Alive(ctx) }
		ready := map[string]daemon.Check{
			"calls":   func(context.Context) error { return eng.Ready() },
			"records": func(context.Context) error { return records.Healthy() },
		}
		return daemon.Serve(ctx, health, daemon.Health(alive, ready, metrics(eng)))
	})
	g.Go(func() error { return daemon.Watchdog(ctx, eng.Alive) })
	if err := daemon.Notify(ctx, "READY=1"); err != nil {
		log.Warn("systemd was not told", "err", err)
	}
	log.Info("ivrd runs", "health", cfg.Health, "nats", cfg.NATS, "site", cfg.Site)
	err := g.Wait()
	log.Info("ivrd stops; calls go on in Asterisk")
	return err
}
