package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"talian/ivr"
	"talian/ivr/callback"
	"talian/ivr/cases"
	"talian/ivr/dip"
	"talian/ivr/errand"
	"talian/ivr/flow"
	"talian/ivr/journal"
	"talian/ivr/outbox"
	"talian/ivr/release"
	"talian/ivr/store"
)

// newErrands makes what flows ask of the world beyond their calls.
func newErrands(ctx context.Context, cfg config, bundles *release.Releases, facts *journal.Journal, records *store.Store,
	clock func() ivr.Stamp, log *slog.Logger) (*errand.Errands, error) {
	zone := bundles.Current().Location
	registry, err := cases.New(facts, clock, zone, finder(records))
	if err != nil {
		return nil, err
	}
	dips, err := dip.New(errand.Services(bundles.Current()), dip.Options{Secrets: cfg.secrets(), Log: log})
	if err != nil {
		return nil, err
	}
	bundles.OnSet(func(p *flow.Program) {
		if err := dips.Use(errand.Services(p)); err != nil {
			log.Error("the services of the new bundle cannot be used; the old ones stay", "error", err)
		}
	})
	crm, err := newOutbox(ctx, cfg, facts, log)
	if err != nil {
		return nil, err
	}
	return &errand.Errands{Cases: registry, Book: callback.New(facts, clock), Dips: dips, CRM: crm, Zone: zone, Log: log}, nil
}

// newOutbox makes what sends cases on; nil when no CRM is configured.
func newOutbox(ctx context.Context, cfg config, facts *journal.Journal, log *slog.Logger) (*outbox.Outbox, error) {
	if cfg.CRM.URL == "" {
		return nil, outbox.Drop(ctx, facts)
	}
	var networks []netip.Prefix
	for _, text := range cfg.CRM.Networks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("crm.networks: %q is not a network such as 10.20.0.0/16", text)
		}
		networks = append(networks, network)
	}
	crm, err := outbox.New(outbox.Options{URL: cfg.CRM.URL, Secret: cfg.CRM.SecretFile, Networks: networks,
		Journal: facts, Clock: time.Now, Log: log})
	if err != nil {
		return nil, fmt.Errorf("crm: %w", err)
	}
	return crm, nil
}

// findWithin is how long the records may take to find a case while a caller waits.
const findWithin = 3 * time.Second

// finder looks cases up in the records.
func finder(records *store.Store) cases.Find {
	return func(ctx context.Context, number ivr.CaseNumber) (cases.Case, bool, error) {
		ctx, cancel := context.WithTimeout(ctx, findWithin)
		defer cancel()
		c, err := records.Case(ctx, number)
		if errors.Is(err, store.ErrNotFound) {
			return cases.Case{}, false, nil
		}
		if err != nil {
			return cases.Case{}, false, err
		}
		history, err := records.CaseHistory(ctx, number)
		if err != nil {
			return cases.Case{}, false, err
		}
		changed := c.Opened
		if len(history) > 0 {
			changed = history[len(history)-1].At
		}
		return cases.Case{Number: c.Number, Desk: c.Desk, Type: c.Type, Status: c.Status, Category: c.Category,
			Cluster: c.Cluster, Opened: c.Opened, Due: c.Due, Changed: changed}, true, nil
	}
}
