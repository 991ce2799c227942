package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow/diff"
	"talian/ivr/flow/graph"
	"talian/ivr/flow/trace"
)

// graphOptions are the flags of `ivrd graph`.
type graphOptions struct {
	site   siteFlags
	form   string
	before string
	calls  string
}

func graphCommand() *cobra.Command {
	var o graphOptions
	cmd := &cobra.Command{
		Use:   "graph FLOW",
		Short: "Draw a flow: failures dashed, keys at the ways, other flows as boxes",
		Example: `  ivrd graph main
  ivrd graph main --format svg --calls today > main.svg
  ivrd graph main --diff 3f9a1c --format svg > changes.svg`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.draw(cmd, args[0]) },
	}
	o.site.add(cmd, true)
	cmd.Flags().StringVar(&o.form, "format", "mermaid", "mermaid, dot or svg")
	cmd.Flags().StringVar(&o.before, "diff", "", "colour what differs from this folder or revision")
	cmd.Flags().StringVar(&o.calls, "calls", "", "write at each way how many calls took it on a day: today or 2026-11-23")
	return cmd
}

func (o graphOptions) draw(cmd *cobra.Command, id string) error {
	if !slices.Contains([]string{"mermaid", "dot", "svg"}, o.form) {
		return fmt.Errorf("--format %q: mermaid, dot or svg", o.form)
	}
	program, err := o.site.load(o.site.dir)
	if err != nil {
		return err
	}
	var options graph.Options
	if o.before != "" {
		if options.Before, err = o.site.load(o.before); err != nil {
			return err
		}
	}
	if o.calls != "" {
		if options.Calls, err = o.counts(program.Location); err != nil {
			return err
		}
	}
	g, err := graph.Of(program, id, options)
	if err != nil {
		return err
	}
	text := g.Mermaid()
	switch o.form {
	case "dot":
		text = g.DOT()
	case "svg":
		image, err := g.SVG(cmd.Context())
		if err != nil {
			return err
		}
		text = string(image)
	}
	fmt.Fprint(cmd.OutOrStdout(), text)
	return nil
}

// counts reads the traces of one day.
func (o graphOptions) counts(zone *time.Location) (graph.Counts, error) {
	day := o.calls
	if strings.EqualFold(day, "today") {
		day = time.Now().In(zone).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, fmt.Errorf("--calls %q: today, or a day such as 2026-11-23", o.calls)
	}
	counts := graph.Counts{}
	err := trace.Day(traces(o.site.run), day, counts.Add)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--calls: no call of %s is traced in %s", day, traces(o.site.run))
	}
	return counts, err
}

// traces is the folder of traces below ivrd's.
func traces(run string) string { return filepath.Join(run, "trace") }

func diffCommand() *cobra.Command {
	var site siteFlags
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Tell in words what differs between two bundles: folders, or revisions in ivrd's archive",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			before, err := site.load(args[0])
			if err != nil {
				return err
			}
			after, err := site.load(args[1])
			if err != nil {
				return err
			}
			changes := diff.Between(before, after)
			for _, c := range changes {
				fmt.Fprintln(cmd.OutOrStdout(), c)
			}
			if len(changes) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "no difference in what they do")
			}
			return nil
		},
	}
	site.add(cmd, false)
	return cmd
}
