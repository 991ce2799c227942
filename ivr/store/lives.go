package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"talian/ivr"
)

// The columns stand in the order of the fields methods in records.go.
const (
	callColumns = `call_id, from_number, to_number, flow, revision, lang, path, arrived_at, arrived_mono,
		answered_at, queued_at, offered_at, connected_at, held_ms, ended_at, ended_by, wrapped_at, gone_at, gone_by, cause`
	stayColumns = `call_id, n, queue, cluster, lang, transferred, queued_at, queued_mono, left_at, outcome, wait_ms,
		arrival_wait_ms, agent, lease, connected_at, connected_mono, held_since_at, held_since_mono, hold_ms,
		ended_at, ended_mono, ended_by, talk_ms, wrapped_at, wrap_ms, disposition, note`
	offerColumns     = `lease, call_id, stay, agent, offered_at, offered_mono, until_at, how, ended_at, ring_ms`
	voicemailColumns = `id, call_id, box, file, length_ms, lang, at, from_number`
	transferColumns  = `call_id, n, to_number, began_at, began_mono, answered_at, answered_mono, ended_at, outcome, ring_ms, talk_ms`
)

const (
	selectCall           = `SELECT ` + callColumns + ` FROM calls WHERE call_id = $1`
	selectCallStays      = `SELECT ` + stayColumns + ` FROM queue_stays WHERE call_id = $1 ORDER BY n`
	selectCallOffers     = `SELECT ` + offerColumns + ` FROM offers WHERE call_id = $1 ORDER BY offered_at, lease`
	selectCallVoicemails = `SELECT ` + voicemailColumns + ` FROM voicemails WHERE call_id = $1 ORDER BY id`
	selectCallTransfers  = `SELECT ` + transferColumns + ` FROM transfers WHERE call_id = $1 ORDER BY n`
)

// loadLife reads all records of one call; ErrNotFound when there are none.
func loadLife(ctx context.Context, db querier, id ivr.CallID) (*life, error) {
	l := &life{}
	err := db.QueryRowContext(ctx, selectCall, id).Scan(l.call.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read call %s: %w", id, err)
	}
	if l.stays, err = list(ctx, db, (*Stay).fields, selectCallStays, id); err != nil {
		return nil, fmt.Errorf("read stays of %s: %w", id, err)
	}
	if l.offers, err = list(ctx, db, (*Offer).fields, selectCallOffers, id); err != nil {
		return nil, fmt.Errorf("read offers of %s: %w", id, err)
	}
	if l.voicemails, err = list(ctx, db, (*Voicemail).fields, selectCallVoicemails, id); err != nil {
		return nil, fmt.Errorf("read voicemails of %s: %w", id, err)
	}
	if l.transfers, err = list(ctx, db, (*Transfer).fields, selectCallTransfers, id); err != nil {
		return nil, fmt.Errorf("read transfers of %s: %w", id, err)
	}
	return l, nil
}

// list reads all rows of a query into new records.
func list[T any](ctx context.Context, db querier, fields func(*T) []any, query string, args ...any) ([]*T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*T
	for rows.Next() {
		record := new(T)
		if err := rows.Scan(fields(record)...); err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, rows.Err()
}

const (
	deleteCall       = `DELETE FROM calls WHERE call_id = $1`
	deleteStays      = `DELETE FROM queue_stays WHERE call_id = $1`
	deleteOffers     = `DELETE FROM offers WHERE call_id = $1`
	deleteVoicemails = `DELETE FROM voicemails WHERE call_id = $1`
	deleteTransfers  = `DELETE FROM transfers WHERE call_id = $1`

	insertCall = `INSERT INTO calls (` + callColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	insertStay = `INSERT INTO queue_stays (` + stayColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, $24, $25, $26, $27)`
	insertOffer     = `INSERT INTO offers (` + offerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	insertVoicemail = `INSERT INTO voicemails (` + voicemailColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	insertTransfer  = `INSERT INTO transfers (` + transferColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
)

// saveLife writes all records of one call in place of what the tables hold of it.
func saveLife(ctx context.Context, tx *sql.Tx, l *life) error {
	for _, statement := range []string{deleteCall, deleteStays, deleteOffers, deleteVoicemails, deleteTransfers} {
		if _, err := tx.ExecContext(ctx, statement, l.call.ID); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, insertCall, l.call.fields()...); err != nil {
		return err
	}
	for _, s := range l.stays {
		if _, err := tx.ExecContext(ctx, insertStay, s.fields()...); err != nil {
			return fmt.Errorf("stay %d: %w", s.N, err)
		}
	}
	for _, o := range l.offers {
		if _, err := tx.ExecContext(ctx, insertOffer, o.fields()...); err != nil {
			return fmt.Errorf("offer %s: %w", o.Lease, err)
		}
	}
	for _, v := range l.voicemails {
		if _, err := tx.ExecContext(ctx, insertVoicemail, v.fields()...); err != nil {
			return fmt.Errorf("voicemail %s: %w", v.ID, err)
		}
	}
	for _, t := range l.transfers {
		if _, err := tx.ExecContext(ctx, insertTransfer, t.fields()...); err != nil {
			return fmt.Errorf("transfer %d: %w", t.N, err)
		}
	}
	return nil
}
