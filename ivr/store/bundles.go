package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"talian/ivr"
)

// Bundle is one change of the bundle that answers calls, or of its candidate.
type Bundle struct {
	At        time.Time
	Revision  string // "" of a candidate: taken back
	Candidate bool
	Percent   int // of calls that get the candidate
	Who       string
	Approved  string // the second person; "" = the site asks for none
	Why       string
}

func (b *Bundle) fields() []any {
	return []any{wall{&b.At}, &b.Revision, &b.Candidate, &b.Percent, &b.Who, &b.Approved, &b.Why}
}

const bundleColumns = `at, revision, candidate, percent, who, approved, why`

const insertBundle = `INSERT INTO bundles (n, ` + bundleColumns + `)
	SELECT COALESCE(MAX(n), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM bundles`

func logBundle(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.BundleSet) error {
	b := Bundle{At: f.At, Revision: body.Revision, Candidate: body.Candidate, Percent: body.Percent, Who: body.Who,
		Approved: body.Approved, Why: body.Why}
	_, err := tx.ExecContext(ctx, insertBundle, b.fields()...)
	return err
}

// Refusal is a bundle that was not taken; the one before it went on answering.
type Refusal struct {
	At   time.Time
	From string // folder or person
	Why  string // the first problem, with file:line:col
}

func (r *Refusal) fields() []any { return []any{wall{&r.At}, &r.From, &r.Why} }

const insertRefusal = `INSERT INTO refusals (n, at, bundle, source, why)
	SELECT COALESCE(MAX(n), 0) + 1, $1, (SELECT COALESCE(MAX(n), 0) FROM bundles), $2, $3 FROM refusals`

func logRefusal(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.BundleRefused) error {
	r := Refusal{At: f.At, From: body.From, Why: body.Why}
	_, err := tx.ExecContext(ctx, insertRefusal, r.fields()...)
	return err
}

// A refusal is over when anything was taken since.
const selectRefusal = `SELECT at, source, why FROM refusals r WHERE NOT EXISTS (SELECT 1 FROM bundles b WHERE b.n > r.bundle)
	ORDER BY n DESC LIMIT 1`

// Refused gives the bundle that was refused last, if nothing was taken since; nil = none.
func (s *Store) Refused(ctx context.Context) (*Refusal, error) {
	all, err := list(ctx, s.db, (*Refusal).fields, selectRefusal)
	if err != nil {
		return nil, fmt.Errorf("refused bundles: %w", err)
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // there is none, and that is good
	}
	return all[0], nil
}

const selectBundles = `SELECT ` + bundleColumns + ` FROM bundles ORDER BY n DESC LIMIT $1`

// Bundles gives up to limit changes, newest first.
func (s *Store) Bundles(ctx context.Context, limit int) ([]Bundle, error) {
	all, err := list(ctx, s.db, (*Bundle).fields, selectBundles, limit)
	if err != nil {
		return nil, fmt.Errorf("bundles: %w", err)
	}
	return values(all), nil
}

// A candidate stands until it is taken back, another one follows, or everybody gets it.
const selectStanding = `SELECT ` + bundleColumns + ` FROM bundles b WHERE revision <> '' AND NOT EXISTS
	(SELECT 1 FROM bundles later WHERE later.n > b.n AND
		(later.candidate = b.candidate OR b.candidate AND later.revision = b.revision)) ORDER BY candidate`

// BundlesNow gives the changes that are in force: what everybody gets, then the
// candidate; what there is none of is left out.
func (s *Store) BundlesNow(ctx context.Context) ([]Bundle, error) {
	all, err := list(ctx, s.db, (*Bundle).fields, selectStanding)
	if err != nil {
		return nil, fmt.Errorf("bundles in force: %w", err)
	}
	return values(all), nil
}
