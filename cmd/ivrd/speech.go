package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
	"talian/ivr/prompt/speech"
)

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

// silences are the sounds of a pause.
func silences(cfg config) (func(time.Duration) string, error) {
	return speech.Silences(filepath.Join(cfg.speech(), "silence"))
}

// shelf looks after the speech while calls use it: what disappears from the disk is made
// anew, so that a night does not go on without words.
type shelf struct {
	cfg   config
	every time.Duration // between two looks
	log   *slog.Logger
	fault atomic.Pointer[string] // why sounds are missing; nil = none are
}

// keep looks at the speech of programs until ctx ends.
func (s *shelf) keep(ctx context.Context, programs func() []*flow.Program) error {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		made, err := s.fill(ctx, programs())
		if made > 0 {
			s.log.Warn("speech had disappeared from the disk and was made anew", "files", made, "folder", s.cfg.speech())
		}
		if ctx.Err() == nil {
			s.tell(err)
		}
	}
}

func (s *shelf) fill(ctx context.Context, programs []*flow.Program) (made int, err error) {
	if _, err := silences(s.cfg); err != nil {
		return 0, err
	}
	for _, program := range programs {
		if len(prompt.Missing(program.Prompts)) == 0 {
			continue // espeak-ng may have gone as well: nobody needs it
		}
		n, err := speak(ctx, program, s.cfg.speech())
		made += n
		if err != nil {
			return made, err
		}
	}
	return made, nil
}

// tell logs a fault once.
func (s *shelf) tell(err error) {
	if err == nil {
		s.fault.Store(nil)
		return
	}
	fault := "speech is missing and cannot be made: " + err.Error()
	if last := s.fault.Swap(&fault); last == nil || *last != fault {
		s.log.Error(fault)
	}
}

// healthy is nil when all sounds are there.
func (s *shelf) healthy(context.Context) error {
	if fault := s.fault.Load(); fault != nil {
		return fmt.Errorf("%s", *fault)
	}
	return nil
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
