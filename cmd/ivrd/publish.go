package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/release"
)

// published are the flags that the commands about publishing share.
type published struct {
	config string
	why    string
}

func (p *published) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.config, "config", "run/ivrd.yaml", "configuration file")
	cmd.Flags().StringVar(&p.why, "why", "", "the reason, for the log")
}

func publishCommand() *cobra.Command {
	var p published
	var skip bool
	cmd := &cobra.Command{
		Use:   "publish [DIR]",
		Short: "Check and test a bundle, then have the running ivrd answer calls with it",
		Long: `Publish checks the bundle and runs its tests; only then does it become a revision of the
archive and answers new calls. Calls in progress finish on the revision they began with.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(p.config)
			if err != nil {
				return err
			}
			revision, err := proven(cmd, cfg, folderOr(args, cfg.Site), skip)
			if err != nil {
				return err
			}
			return set(cmd, cfg, ivr.BundleSet{Revision: revision, Who: whoami(), Why: p.why})
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&skip, "skip-tests", false, "publish although its tests were not run")
	return cmd
}

func folderOr(args []string, otherwise string) string {
	if len(args) == 1 {
		return args[0]
	}
	return otherwise
}

// proven checks and tests a bundle and puts it into the archive.
func proven(cmd *cobra.Command, cfg config, dir string, skip bool) (string, error) {
	options := archive(cfg).Options
	options.Publish, options.Now = true, time.Now()
	program, problems := bundle.Load(dir, options)
	problems = append(problems, renamed(cmd.Context(), cfg, dir, program)...)
	if err := report(cmd.OutOrStdout(), dir, problems, false); err != nil {
		return "", err
	}
	if !skip {
		if err := (testOptions{bundle: options}).test(cmd, dir); err != nil {
			return "", fmt.Errorf("nothing was published: %w (--skip-tests publishes all the same)", err)
		}
	}
	revision, _, err := archive(cfg).Put(dir)
	if err == nil && revision != program.Revision {
		err = fmt.Errorf("%s was changed meanwhile; publish again", dir)
	}
	return revision, err
}

// renamed warns of nodes that got another id since the present revision: reports would count
// them as new ones. Without a running ivrd, or a present revision, there is nothing to tell.
func renamed(ctx context.Context, cfg config, dir string, program *flow.Program) []bundle.Problem {
	var standing ivr.BundleStanding
	if program == nil || ask(ctx, cfg, ivr.BundleShow{}, &standing) != nil {
		return nil
	}
	before, err := archive(cfg).Load(standing.Current)
	if err != nil {
		return nil
	}
	return bundle.Renamed(os.DirFS(dir), before, program)
}

func rollbackCommand() *cobra.Command {
	var p published
	cmd := &cobra.Command{
		Use:   "rollback [REVISION]",
		Short: "Answer calls with an older revision again; without a name with the one before the present",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(p.config)
			if err != nil {
				return err
			}
			var revision string
			if len(args) == 1 {
				revision, err = archive(cfg).Find(args[0])
			} else {
				revision, err = previous(cmd.Context(), cfg)
			}
			if err != nil {
				return err
			}
			return set(cmd, cfg, ivr.BundleSet{Revision: revision, Who: whoami(), Why: p.why})
		},
	}
	p.flags(cmd)
	return cmd
}

// previous gives the revision that was current before the present one.
func previous(ctx context.Context, cfg config) (string, error) {
	var standing ivr.BundleStanding
	if err := ask(ctx, cfg, ivr.BundleShow{}, &standing); err != nil {
		return "", err
	}
	if revision := standing.Previous(); revision != "" {
		return revision, nil
	}
	return "", errors.New("there is no earlier revision")
}

func canaryCommand() *cobra.Command {
	var p published
	var percent int
	var skip bool
	cmd := &cobra.Command{
		Use:   "canary [DIR|REVISION|off]",
		Short: "Have a candidate answer the numbers that ask for it and a share of all calls",
		Example: `  ivrd canary flows                 # only the numbers of ivr.yaml with revision: candidate
  ivrd canary flows --percent 5     # and 5 % of all calls
  ivrd canary off`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(p.config)
			if err != nil {
				return err
			}
			wanted := ivr.BundleSet{Candidate: true, Percent: percent, Who: whoami(), Why: p.why}
			if args[0] != "off" {
				if wanted.Revision, err = archive(cfg).Find(args[0]); err != nil {
					wanted.Revision, err = proven(cmd, cfg, args[0], skip)
				}
				if err != nil {
					return err
				}
			}
			return set(cmd, cfg, wanted)
		},
	}
	p.flags(cmd)
	cmd.Flags().IntVar(&percent, "percent", 0, "share of all calls, 0 to 100")
	cmd.Flags().BoolVar(&skip, "skip-tests", false, "publish although its tests were not run")
	return cmd
}

// set asks the running ivrd for a revision and says what came of it.
func set(cmd *cobra.Command, cfg config, wanted ivr.BundleSet) error {
	var reply ivr.BundlePublished
	if err := ask(cmd.Context(), cfg, ivr.BundlePublish{BundleSet: wanted}, &reply); err != nil {
		return err
	}
	out, revision := cmd.OutOrStdout(), release.Short(wanted.Revision)
	switch {
	case reply.Pending:
		fmt.Fprintf(out, "revision %s waits for a second person: ivrd approve %s\n", revision, revision)
	case wanted.Candidate && wanted.Revision == "":
		fmt.Fprintln(out, "no candidate any more")
	case wanted.Candidate:
		fmt.Fprintf(out, "candidate %s answers the numbers that ask for it and %d %% of all calls\n", revision, wanted.Percent)
	default:
		fmt.Fprintf(out, "revision %s answers new calls\n", revision)
	}
	return nil
}

func approveCommand() *cobra.Command {
	var p published
	cmd := &cobra.Command{
		Use:   "approve REVISION",
		Short: "Put into force what another person has published",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(p.config)
			if err != nil {
				return err
			}
			revision, err := archive(cfg).Find(args[0])
			if err != nil {
				return err
			}
			if err := ask(cmd.Context(), cfg, ivr.BundleApprove{Revision: revision, Who: whoami()}, nil); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "revision %s is approved\n", release.Short(revision))
			return nil
		},
	}
	p.flags(cmd)
	return cmd
}

func revisionsCommand() *cobra.Command {
	var p published
	cmd := &cobra.Command{
		Use:     "revisions",
		Aliases: []string{"log"},
		Short:   "Say which revisions answer calls, and who wanted it so",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(p.config)
			if err != nil {
				return err
			}
			var standing ivr.BundleStanding
			if err := ask(cmd.Context(), cfg, ivr.BundleShow{}, &standing); err != nil {
				return err
			}
			show(cmd.OutOrStdout(), standing)
			return nil
		},
	}
	p.flags(cmd)
	return cmd
}

func show(out io.Writer, s ivr.BundleStanding) {
	for _, entry := range s.Log {
		what := "published"
		switch {
		case entry.Candidate && entry.Revision == "":
			what = "candidate ended"
		case entry.Candidate:
			what = fmt.Sprintf("candidate, %d %%", entry.Percent)
		}
		who := entry.Who
		if entry.Approved != "" {
			who += ", approved by " + entry.Approved
		}
		fmt.Fprintf(out, "%s  %-12s  %s by %s  %s\n", entry.At.Local().Format(time.DateTime), release.Short(entry.Revision), what, who, entry.Why)
	}
	fmt.Fprintf(out, "current    %s\n", release.Short(s.Current))
	if s.Candidate != "" {
		fmt.Fprintf(out, "candidate  %s, %d %% of all calls\n", release.Short(s.Candidate), s.Percent)
	}
	if s.Pending != nil {
		fmt.Fprintf(out, "pending    %s by %s\n", release.Short(s.Pending.Revision), s.Pending.Who)
	}
	if s.Fault != "" {
		fmt.Fprintf(out, "refused    %s\n", s.Fault)
	}
}
