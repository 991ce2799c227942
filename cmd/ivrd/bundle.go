package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
	"talian/ivr/prompt/speech"
)

// loadProgram loads the site's bundle for the call path and makes the speech that is missing.
func loadProgram(ctx context.Context, cfg config, log *slog.Logger) (*flow.Program, error) {
	program, problems := bundle.Load(cfg.Site, bundle.Options{Sounds: cfg.Sounds, Speech: cfg.speech()})
	for _, p := range problems {
		if p.Warning() {
			log.Warn("bundle", "at", fmt.Sprintf("%s:%d:%d", filepath.Join(cfg.Site, p.File), p.Line, p.Col), "code", p.Code, "text", p.Text)
		}
	}
	if program == nil {
		first := bundle.Errors(problems)[0]
		return nil, fmt.Errorf("the bundle %s cannot be used: %d errors, the first is %s:%d:%d: %s (ivrd check %s shows them all)",
			cfg.Site, len(bundle.Errors(problems)), filepath.Join(cfg.Site, first.File), first.Line, first.Col, first.Text, cfg.Site)
	}
	if missing := prompt.Missing(program.Prompts); len(missing) > 0 {
		log.Info("making speech", "files", len(missing))
		if _, err := speak(ctx, program, cfg.speech()); err != nil {
			return nil, fmt.Errorf("%d sounds are missing and could not be made: %w", len(missing), err)
		}
	}
	return program, nil
}

func speak(ctx context.Context, program *flow.Program, dir string) (int, error) {
	speaker, err := speech.NewEspeak()
	if err != nil {
		return 0, err
	}
	return speech.Build(ctx, program.Prompts, dir, speaker, runtime.NumCPU())
}

func checkCommand() *cobra.Command {
	var options bundle.Options
	var strict bool
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check a bundle of flows; every complaint with file:line:col",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := folder(args)
			_, problems := bundle.Load(dir, options)
			return report(cmd.OutOrStdout(), dir, problems, strict)
		},
	}
	cmd.Flags().StringVar(&options.Sounds, "sounds", "sounds", "folder of recorded audio")
	cmd.Flags().StringVar(&options.Speech, "speech", "run/speech", "folder of generated speech")
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings count as errors")
	return cmd
}

func folder(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return "flows"
}

func report(out io.Writer, dir string, problems []bundle.Problem, strict bool) error {
	for _, p := range problems {
		p.File = filepath.Join(dir, p.File)
		fmt.Fprintln(out, p)
	}
	failed := len(bundle.Errors(problems))
	warned := len(problems) - failed
	if failed > 0 || (strict && warned > 0) {
		return fmt.Errorf("%s: %d errors, %d warnings", dir, failed, warned)
	}
	fmt.Fprintf(out, "%s: no errors, %d warnings\n", dir, warned)
	return nil
}

func speakCommand() *cobra.Command {
	var options bundle.Options
	cmd := &cobra.Command{
		Use:   "speak [DIR]",
		Short: "Make the speech that a bundle needs and no recording provides",
		Args:  cobra.MaximumNArgs(1),
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
