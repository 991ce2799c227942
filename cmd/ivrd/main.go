// Command ivrd owns the calls: it drives Asterisk over ARI, runs the flows, queues callers
// and offers them to agents. Its subcommands check and try bundles and change the running
// ivrd.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// commands lists the subcommands: the daemon, a bundle's tools, and what is asked of the
// running ivrd.
//
//nolint:contextcheck // ExecuteContext gives them their context
func commands() []*cobra.Command {
	return []*cobra.Command{
		runCommand(),
		checkCommand(), testCommand(), playCommand(), speakCommand(), fmtCommand(), migrateCommand(), schemaCommand(),
		graphCommand(), diffCommand(), explainCommand(), scriptCommand(), importCommand(),
		publishCommand(), approveCommand(), rollbackCommand(), canaryCommand(), revisionsCommand(),
		hoursCommand(), traceCommand(), outboxCommand(),
	}
}

// showUse has a command, and those below it, answer wrong arguments by what is right.
func showUse(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		showUse(below)
	}
	check := cmd.Args
	if check == nil || cmd.HasSubCommands() {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return fmt.Errorf("%w; write %s", err, cmd.UseLine())
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use + " COMMAND", Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q; %s --help tells those there are", args[0], cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(below...)
	return cmd
}

// run is main with its outside as arguments; it gives the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := &cobra.Command{
		Use:           "ivrd",
		Short:         "Talian's call engine: flows, queues and agents' lines over Asterisk",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	root.AddCommand(commands()...)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help tells the flags", err, cmd.CommandPath())
	})
	for _, cmd := range root.Commands() {
		showUse(cmd)
	}
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(errs, "ivrd:", err)
		return 1
	}
	return 0
}
