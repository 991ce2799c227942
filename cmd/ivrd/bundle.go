package main

import (
	"context"
	"fmt"
	"log/slog"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/journal"
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

func folder(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return "flows"
}
