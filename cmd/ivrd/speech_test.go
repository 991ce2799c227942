package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
)

// Speech that disappears while ivrd runs is made anew; that it cannot be is told, until it can.
func TestSpeechIsKept(t *testing.T) {
	cfg := config{Run: t.TempDir()}
	program, problems := bundle.Load(filepath.Join("..", "..", "test", "bench", "site"), bundle.Options{Speech: cfg.speech()})
	if program == nil {
		t.Fatal(problems)
	}
	s := &shelf{cfg: cfg, every: 5 * time.Millisecond, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.keep(ctx, func() []*flow.Program { return []*flow.Program{program} }) }()
	until := func(what string, ok func() bool) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.After(2 * time.Minute); !ok(); {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatal(what)
			}
		}
	}
	complete := func() bool {
		pause, err := filepath.Glob(filepath.Join(cfg.speech(), "silence", "500ms.wav"))
		return err == nil && len(pause) == 1 && len(prompt.Missing(program.Prompts)) == 0
	}
	until("speech is not made", complete)
	if err := os.Rename(cfg.speech(), filepath.Join(cfg.Run, "away")); err != nil {
		t.Fatal(err)
	}
	until("speech is not made anew", complete)

	for i := 0; os.WriteFile(cfg.speech(), nil, 0o600) != nil; i++ { // a file where the folder should be
		if err := os.Rename(cfg.speech(), filepath.Join(cfg.Run, fmt.Sprint("away", i))); err != nil {
			t.Fatal(err)
		}
	}
	until("nobody is told", func() bool { return s.healthy(ctx) != nil })
	if err := os.Remove(cfg.speech()); err != nil {
		t.Fatal(err)
	}
	until("it is not made good", func() bool { return complete() && s.healthy(ctx) == nil })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
