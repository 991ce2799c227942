package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
	"talian/ivr/flow/trace"
)

func traceCommand() *cobra.Command {
	var run, zone string
	var repro bool
	cmd := &cobra.Command{
		Use:   "trace CALL",
		Short: "Tell a call's way through its flows: nodes, exits, what was heard and pressed; personal values are masked",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			location, err := time.LoadLocation(zone)
			if err != nil {
				return fmt.Errorf("--zone: %w", err)
			}
			lines, err := trace.Read(traces(run), ivr.CallID(args[0]))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if len(lines) == 0 {
				return fmt.Errorf("there is no trace of call %s in %s", args[0], traces(run))
			}
			if !repro {
				return writeTrace(cmd.OutOrStdout(), lines, location)
			}
			text, err := trace.Repro(lines, location)
			fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&run, "run", "run", "ivrd's folder")
	cmd.Flags().StringVar(&zone, "zone", "Local", "time zone, such as Asia/Kuala_Lumpur")
	cmd.Flags().BoolVar(&repro, "repro", false, "print the call as a test instead")
	return cmd
}

// writeTrace writes one line for each, with the time since the call began.
func writeTrace(out io.Writer, lines []trace.Line, zone *time.Location) error {
	fmt.Fprintf(out, "call %s, %s\n", lines[0].Call, lines[0].At.In(zone).Format("2006-01-02 15:04:05 MST"))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		place := strings.TrimSuffix(l.Flow+"."+l.Node, ".")
		fmt.Fprintf(table, "+%.1fs\t%s\t%s\t%s\n", l.At.Sub(lines[0].At).Seconds(), place, l.What, strings.Join(details(l), ", "))
	}
	return table.Flush()
}

// details gives what a line says beside its place.
func details(l trace.Line) []string {
	var all []string
	add := func(format string, value string) {
		if value != "" {
			all = append(all, fmt.Sprintf(format, value))
		}
	}
	add("from %s", l.From)
	add("by %s", l.Exit)
	add("%s", strings.Join(l.Prompts, " "))
	add("key %s", l.Key)
	add("%s", l.Name)
	add("%s", l.Text)
	add("in %s", l.Lang)
	if l.For > 0 {
		add("%s", (time.Duration(l.For) * time.Millisecond).String())
	}
	for _, name := range slices.Sorted(maps.Keys(l.Vars)) {
		add("%s", name+" = "+l.Vars[name])
	}
	return all
}
