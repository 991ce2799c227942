// Package daemon is what ivrd and ctid have in common around their work: reading a
// configuration file strictly, health and metrics over HTTP, telling systemd, and ending
// at a signal.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v4"
)

// ConfigError is a mistake in a configuration file or on the command line: one line that
// names the file, and the line in it where there is one.
type ConfigError struct{ Text string }

// Error gives the line.
func (e *ConfigError) Error() string { return e.Text }

// ReadConfig reads a YAML file into cfg, which holds the defaults. A key that cfg does not
// have, or a value of the wrong kind, is a *ConfigError with path:line.
func ReadConfig(path string, cfg any) error {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return &ConfigError{fmt.Sprintf("configuration: %v", err)}
	}
	if blank(string(text)) {
		return nil
	}
	if err := yaml.Load(text, cfg, yaml.WithKnownFields()); err != nil {
		return &ConfigError{yamlMistake(path, text, err)}
	}
	return nil
}

// blank tells whether there is nothing but comments, which is no YAML document.
func blank(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
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
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // gives the signals back: the next one kills
	return ctx, stop
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
