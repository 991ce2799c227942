// Ctid is the agents' side of Talian: it serves the web application, the agents'
// websockets, the reports and the way to Asterisk's SIP socket. It follows ivrd and keeps
// nothing about calls that it could not throw away.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"talian/cmd/internal/daemon"
)

// Exit codes.
const (
	exitFailed = 1 // could not start, or broke down
	exitConfig = 2 // bad configuration or command line
)

func main() { os.Exit(mainCode()) }

func mainCode() int {
	ctx, stop := daemon.Signals(context.Background())
	defer stop()
	err := command().ExecuteContext(ctx)
	var bad *daemon.ConfigError
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		return 0 // also when stopped before it was ready
	case errors.As(err, &bad):
		fmt.Fprintln(os.Stderr, "ctid:", err)
		return exitConfig
	default:
		fmt.Fprintln(os.Stderr, "ctid:", err)
		return exitFailed
	}
}

func command() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "ctid", Short: "Serve the agents' desks", Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			return run(c.Context(), cfg, daemon.NewLog(os.Stderr))
		},
	}
	c.Flags().StringVar(&path, "config", "run/ctid.yaml", "configuration file")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &daemon.ConfigError{Text: err.Error()} })
	return c
}
