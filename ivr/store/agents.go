package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"talian/ivr"
)

const stateColumns = `source, seq, agent, state, reason, call_id, began_at, began_mono, ended_at, length_ms`

const selectOpenState = `SELECT ` + stateColumns + ` FROM agent_states WHERE agent = $1 AND ended_at IS NULL`

// openState gives the stretch that the agent is in; ErrNotFound when signed out.
func openState(ctx context.Context, db querier, agent ivr.AgentID) (AgentState, error) {
	var a AgentState
	err := db.QueryRowContext(ctx, selectOpenState, agent).Scan(a.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return a, ErrNotFound
	}
	return a, err
}

const insertState = `INSERT INTO agent_states (` + stateColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// beginState ends the agent's stretch and begins the next, when state or reason differ
// (a new pending next state alone begins nothing). A sign-in, to, with no state, begins
// not_ready unless the agent is in a stretch already.
func beginState(ctx context.Context, tx *sql.Tx, source string, f ivr.Fact, to ivr.AgentChanged) error {
	open, err := openState(ctx, tx, f.Agent)
	signedOut := errors.Is(err, ErrNotFound)
	switch {
	case err != nil && !signedOut:
		return err
	case !signedOut && (to.State == "" || open.State == to.State && open.Reason == to.Reason):
		return nil
	case to.State == "":
		to = ivr.AgentChanged{State: ivr.NotReady, Reason: ivr.ReasonSignedIn}
	}
	if err := endState(ctx, tx, f); err != nil {
		return err
	}
	if to.State == ivr.LoggedOut {
		return nil
	}
	next := AgentState{Source: source, Seq: f.Seq, Agent: f.Agent, State: to.State, Reason: to.Reason, Call: f.Call, Began: f.Stamp()}
	_, err = tx.ExecContext(ctx, insertState, next.fields()...)
	return err
}

const closeState = `UPDATE agent_states SET ended_at = $1, length_ms = $2 WHERE source = $3 AND seq = $4`

// endState ends the stretch that the agent is in, if any.
func endState(ctx context.Context, tx *sql.Tx, f ivr.Fact) error {
	open, err := openState(ctx, tx, f.Agent)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, closeState, wall{&f.At}, f.Stamp().Since(open.Began), open.Source, open.Seq)
	return err
}

const selectStates = `SELECT ` + stateColumns + ` FROM agent_states
	WHERE began_at < $1 AND (ended_at IS NULL OR ended_at > $2) ORDER BY agent, began_at, seq`

// AgentStates gives the stretches that touch the time from (included) to (not included),
// by agent and time; also those that last.
func (s *Store) AgentStates(ctx context.Context, from, to time.Time) ([]*AgentState, error) {
	all, err := list(ctx, s.db, (*AgentState).fields, selectStates, wall{&to}, wall{&from})
	if err != nil {
		return nil, fmt.Errorf("agents' states: %w", err)
	}
	return all, nil
}
