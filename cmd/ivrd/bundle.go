package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/journal"
	"talian/ivr/prompt"
	"talian/ivr/prompt/speech"
	"talian/ivr/release"
)

// releases opens the archive of bundles and takes up what was published. The site's folder is
// taken at the very first start and, where it is watched, at every start.
func releases(ctx context.Context, cfg config, facts *journal.Journal, log *slog.Logger) (*release.Releases, error) {
	r := release.New(release.Parts{
		Archive: archive(cfg), Journal: facts, Log: log, Approve: cfg.Bundle.Approve,
		Prepare: func(ctx context.Context, p *flow.Program) error { return makeSpeech(ctx, p, cfg, log) },
	})
	found, err := r.Restore(ctx)
	if err != nil && !cfg.Bundle.Watch {
		return nil, err
	}
	if found && !cfg.Bundle.Watch {
		return r, nil
	}
	if _, err := r.Replace(ctx, cfg.Site, ivr.BundleSet{Who: "ivrd", Why: "start"}); err != nil && !found {
		return nil, fmt.Errorf("the bundle %s cannot be used: %w", cfg.Site, err)
	}
	return r, nil
}

func archive(cfg config) *release.Archive {
	return &release.Archive{Dir: cfg.bundles(), Options: bundle.Options{Site: cfg.Bundle.Env, Sounds: cfg.Sounds, Speech: cfg.speech()}}
}

// makeSpeech makes the speech that is missing: nothing is synthesised in the call path.
func makeSpeech(ctx context.Context, program *flow.Program, cfg config, log *slog.Logger) error {
	missing := prompt.Missing(program.Prompts)
	if len(missing) == 0 {
		return nil
	}
	log.Info("making speech", "files", len(missing))
	if _, err := speak(ctx, program, cfg.speech()); err != nil {
		return fmt.Errorf("%d sounds are missing and could not be made: %w", len(missing), err)
	}
	return nil
}

func speak(ctx context.Context, program *flow.Program, dir string) (int, error) {
	speaker, err := speech.NewEspeak()
	if err != nil {
		return 0, err
	}
	return speech.Build(ctx, program.Prompts, dir, speaker, runtime.NumCPU())
}

func folder(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return "flows"
}

func speakCommand() *cobra.Command {
	var options bundle.Options
	cmd := &cobra.Command{
		Use:   "speak [DIR]",
		Short: "Make the speech that a bundle needs and no recording provides",
		Args:  oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			program, problems := bundle.Load(folder(args), options)
			if program == nil {
				return report(cmd.OutOrStdout(), folder(args), problems, false)
			}
			began := time.Now()
			made, err := speak(cmd.Context(), program, options.Speech)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d sounds made in %s, %s\n", made, options.Speech, time.Since(began).Round(time.Millisecond))
			return nil
		},
	}
	cmd.Flags().StringVar(&options.Sounds, "sounds", "sounds", "folder of recorded audio")
	cmd.Flags().StringVar(&options.Speech, "out", "run/speech", "folder to put the speech into")
	return cmd
}
