// Package daemon is what ivrd and ctid have in common around their work: reading a
// configuration file strictly, health and metrics over HTTP, telling systemd, and ending
// at a signal.
package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.yaml.in/yaml/v4"
)

// ReadConfig reads a YAML file into cfg. A key that cfg does not have, or a value of the
// wrong kind, is an error that names file and line.
func ReadConfig(path string, cfg any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(cfg); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}

// Listen listens on a TCP address; a port that is taken is one clear line that names key,
// the configuration's name for the address.
func Listen(ctx context.Context, key, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %s is in use by another program; stop it or change %s in the configuration", key, addr, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return l, nil
}

// Signals gives a context that ends at the first SIGINT or SIGTERM; the second one ends
// the process at once.
func Signals(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(c)
		for range 2 {
			select {
			case <-c:
				if ctx.Err() != nil {
					os.Exit(1)
				}
				cancel()
			case <-parent.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// Notify tells systemd something, for example READY=1 (sd_notify(3)). Without systemd
// (NOTIFY_SOCKET unset) it does nothing.
func Notify(ctx context.Context, state string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", name)
	if err != nil {
		return fmt.Errorf("systemd: %w", err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// Watchdog tells systemd's watchdog, twice per interval, that we live, as long as alive
// returns; it ends with ctx. Without a watchdog (WATCHDOG_USEC unset) it returns at once.
func Watchdog(ctx context.Context, alive func(context.Context) error) error {
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 {
		return nil //nolint:nilerr // no watchdog
	}
	tick := time.NewTicker(time.Duration(usec) * time.Microsecond / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if alive(ctx) == nil {
				_ = Notify(ctx, "WATCHDOG=1") // the next one may get through
			}
		}
	}
}

// Beside gives path relative to the folder of the file that names it, when it is not absolute.
func Beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}
