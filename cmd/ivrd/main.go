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
	root.AddCommand(runCommand(), checkCommand(), speakCommand(), hoursCommand()) //nolint:contextcheck // ExecuteContext gives ctx to the commands
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(errs, "ivrd:", err)
		return 1
	}
	return 0
}
