package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"talian/ivr"
)

const selectStays = `SELECT ` + stayColumns + ` FROM queue_stays
	WHERE queued_at >= $1 AND queued_at < $2 ORDER BY queued_at, call_id, n`

// Stays gives the stays that began from (included) to (not included), in that order.
func (s *Store) Stays(ctx context.Context, from, to time.Time) ([]*Stay, error) {
	all, err := list(ctx, s.db, (*Stay).fields, selectStays, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("stays: %w", err)
	}
	return all, nil
}

const selectOffers = `SELECT ` + offerColumns + ` FROM offers
	WHERE offered_at >= $1 AND offered_at < $2 ORDER BY offered_at, lease`

// Offers gives the offers that began from (included) to (not included), in that order.
func (s *Store) Offers(ctx context.Context, from, to time.Time) ([]*Offer, error) {
	all, err := list(ctx, s.db, (*Offer).fields, selectOffers, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("offers: %w", err)
	}
	return all, nil
}

// CallRecord is a call with its stays in queues and the outside numbers rung for it.
type CallRecord struct {
	Call
	Stays     []*Stay     // by N
	Transfers []*Transfer // by N
}

const selectCalls = `SELECT ` + callColumns + ` FROM calls
	WHERE arrived_at >= $1 AND arrived_at < $2 ORDER BY arrived_at, call_id`

const selectStaysOfCalls = `SELECT ` + stayColumns + ` FROM queue_stays WHERE call_id IN
	(SELECT call_id FROM calls WHERE arrived_at >= $1 AND arrived_at < $2) ORDER BY call_id, n`

const selectTransfersOfCalls = `SELECT ` + transferColumns + ` FROM transfers WHERE call_id IN
	(SELECT call_id FROM calls WHERE arrived_at >= $1 AND arrived_at < $2) ORDER BY call_id, n`

// Calls gives the calls that arrived from (included) to (not included), in that order.
func (s *Store) Calls(ctx context.Context, from, to time.Time) ([]CallRecord, error) {
	calls, err := list(ctx, s.db, (*Call).fields, selectCalls, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	stays, err := list(ctx, s.db, (*Stay).fields, selectStaysOfCalls, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	transfers, err := list(ctx, s.db, (*Transfer).fields, selectTransfersOfCalls, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	staysOf, transfersOf := map[ivr.CallID][]*Stay{}, map[ivr.CallID][]*Transfer{}
	for _, stay := range stays {
		staysOf[stay.Call] = append(staysOf[stay.Call], stay)
	}
	for _, t := range transfers {
		transfersOf[t.Call] = append(transfersOf[t.Call], t)
	}
	records := make([]CallRecord, len(calls))
	for i, call := range calls {
		records[i] = CallRecord{Call: *call, Stays: staysOf[call.ID], Transfers: transfersOf[call.ID]}
	}
	return records, nil
}

// EarlierCall is what an agent sees of a caller's earlier call. What belongs to a queue
// is that of the last stay, "" for a call that never came to one.
type EarlierCall struct {
	Call        ivr.CallID
	At          time.Time // arrived
	Cluster     string
	Agent       ivr.AgentID
	Disposition string
	Note        string
	Outcome     ivr.Outcome
}

func (e *EarlierCall) fields() []any {
	return []any{&e.Call, wall{&e.At}, &e.Cluster, &e.Agent, &e.Disposition, &e.Note, &e.Outcome}
}

const selectEarlier = `SELECT c.call_id, c.arrived_at, COALESCE(s.cluster, ''), COALESCE(s.agent, ''),
	COALESCE(s.disposition, ''), COALESCE(s.note, ''), COALESCE(s.outcome, '')
	FROM calls c LEFT JOIN queue_stays s ON s.call_id = c.call_id
		AND s.n = (SELECT MAX(n) FROM queue_stays m WHERE m.call_id = c.call_id)
	WHERE c.from_number = $1 AND c.gone_at IS NOT NULL ORDER BY c.arrived_at DESC, c.call_id DESC LIMIT $2`

// EarlierCalls gives up to limit finished calls from this number, newest first; none for
// a withheld number.
func (s *Store) EarlierCalls(ctx context.Context, from string, limit int) ([]EarlierCall, error) {
	if from == "" {
		return []EarlierCall{}, nil
	}
	all, err := list(ctx, s.db, (*EarlierCall).fields, selectEarlier, from, limit)
	if err != nil {
		return nil, fmt.Errorf("earlier calls: %w", err)
	}
	return values(all), nil
}

const selectVoicemails = `SELECT ` + voicemailColumns + ` FROM voicemails ORDER BY at DESC, id DESC LIMIT $1`

// Voicemails gives up to limit messages, newest first.
func (s *Store) Voicemails(ctx context.Context, limit int) ([]Voicemail, error) {
	all, err := list(ctx, s.db, (*Voicemail).fields, selectVoicemails, limit)
	if err != nil {
		return nil, fmt.Errorf("voicemails: %w", err)
	}
	return values(all), nil
}

const selectVoicemail = `SELECT ` + voicemailColumns + ` FROM voicemails WHERE id = $1`

// Voicemail gives one message; ErrNotFound when there is none of this id.
func (s *Store) Voicemail(ctx context.Context, id string) (Voicemail, error) {
	var v Voicemail
	err := s.db.QueryRowContext(ctx, selectVoicemail, id).Scan(v.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Voicemail{}, fmt.Errorf("voicemail %s: %w", id, err)
	}
	return v, nil
}
