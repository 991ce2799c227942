package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"talian/ivr"
)

// Apply turns facts into rows, all in one transaction with the place that has been
// reached. Facts at or before that place are passed over, so that it may be given the
// same facts again. On an error nothing has changed.
func (s *Store) Apply(ctx context.Context, facts []ivr.Fact) error {
	return s.apply(ctx, "", facts)
}

// apply is Apply for the facts of one journal, named by source.
func (s *Store) apply(ctx context.Context, source string, facts []ivr.Fact) error {
	if len(facts) == 0 {
		return nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	b := &batch{tx: tx, source: source, lives: map[ivr.CallID]*life{}}
	if err := b.run(ctx, facts); err != nil {
		return err
	}
	return tx.Commit()
}

// batch is one transaction's work.
type batch struct {
	tx     *sql.Tx
	source string
	lives  map[ivr.CallID]*life // calls touched
	order  []ivr.CallID         // in which they were
}

func (b *batch) run(ctx context.Context, facts []ivr.Fact) error {
	reached, err := cursor(ctx, b.tx, b.source)
	if err != nil {
		return err
	}
	began := reached
	for _, f := range facts {
		if f.Seq == 0 {
			return fmt.Errorf("fact %s has no place in a journal", f.Body.Kind())
		}
		if f.Seq <= reached {
			continue
		}
		if err := b.take(ctx, f); err != nil {
			return fmt.Errorf("fact %d %s: %w", f.Seq, f.Body.Kind(), err)
		}
		reached = f.Seq
	}
	if reached == began {
		return nil
	}
	for _, id := range b.order {
		if err := saveLife(ctx, b.tx, b.lives[id]); err != nil {
			return fmt.Errorf("call %s: %w", id, err)
		}
	}
	return setCursor(ctx, b.tx, b.source, reached)
}

// take applies one fact: to its call, its agent, a case, or one of the logs.
func (b *batch) take(ctx context.Context, f ivr.Fact) error {
	switch body := f.Body.(type) {
	case ivr.HoursSet:
		return logHours(ctx, b.tx, b.source, f, body)
	case ivr.AgentSignedIn:
		return beginState(ctx, b.tx, b.source, f, ivr.AgentChanged{})
	case ivr.AgentChanged:
		return beginState(ctx, b.tx, b.source, f, body)
	case ivr.AgentSignedOut:
		return endState(ctx, b.tx, f)
	case ivr.BundleSet:
		return logBundle(ctx, b.tx, f, body)
	case ivr.BundleRefused:
		return logRefusal(ctx, b.tx, f, body)
	case ivr.CaseMoved:
		return moveCase(ctx, b.tx, f, body)
	case ivr.LineChanged, ivr.Unknown:
		return nil // not on record
	}
	if f.Call == "" {
		return nil
	}
	return b.takeOfCall(ctx, f)
}

// takeOfCall applies one fact of a call: to its life, or to what outlasts it.
func (b *batch) takeOfCall(ctx context.Context, f ivr.Fact) error {
	switch body := f.Body.(type) {
	case ivr.CaseOpened:
		return openCase(ctx, b.tx, f, body)
	case ivr.CaseAppended:
		return appendCase(ctx, b.tx, f, body)
	case ivr.RecordingKept:
		return keepRecording(ctx, b.tx, f, body)
	case ivr.CallbackBooked:
		return bookCallback(ctx, b.tx, f, body)
	case ivr.SurveyBegun:
		return beginSurvey(ctx, b.tx, f, body)
	case ivr.SurveyAnswered:
		return answer(ctx, b.tx, f, body)
	case ivr.SurveyEnded:
		return endSurvey(ctx, b.tx, f, body)
	case ivr.CallEnded:
		if err := closeSurvey(ctx, b.tx, f); err != nil {
			return err
		}
	}
	l, err := b.life(ctx, f)
	if err != nil {
		return err
	}
	l.apply(f)
	return nil
}

// life gives the records of f's call: from this batch, from the tables, or new.
func (b *batch) life(ctx context.Context, f ivr.Fact) (*life, error) {
	if l, known := b.lives[f.Call]; known {
		return l, nil
	}
	l, err := loadLife(ctx, b.tx, f.Call)
	if errors.Is(err, ErrNotFound) {
		l, err = newLife(f), nil
	}
	if err != nil {
		return nil, err
	}
	b.lives[f.Call] = l
	b.order = append(b.order, f.Call)
	return l, nil
}

// querier is what both a transaction and the database can do.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const selectCursor = `SELECT seq FROM cursors WHERE source = $1`

// cursor gives the place reached in the source's journal; 0 at the beginning.
func cursor(ctx context.Context, db querier, source string) (uint64, error) {
	var seq uint64
	err := db.QueryRowContext(ctx, selectCursor, source).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("cursor: %w", err)
	}
	return seq, nil
}

const upsertCursor = `INSERT INTO cursors (source, seq) VALUES ($1, $2)
	ON CONFLICT (source) DO UPDATE SET seq = excluded.seq`

func setCursor(ctx context.Context, tx *sql.Tx, source string, seq uint64) error {
	if _, err := tx.ExecContext(ctx, upsertCursor, source, seq); err != nil {
		return fmt.Errorf("cursor: %w", err)
	}
	return nil
}

const insertHours = `INSERT INTO hours_log (source, seq, at, calendar, mode, until_at, why, who)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func logHours(ctx context.Context, tx *sql.Tx, source string, f ivr.Fact, body ivr.HoursSet) error {
	_, err := tx.ExecContext(ctx, insertHours, source, f.Seq, wall{&f.At}, body.Calendar, body.Mode,
		wall{&body.Until}, body.Why, body.Who)
	return err
}
