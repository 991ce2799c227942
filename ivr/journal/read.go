package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"talian/ivr"
)

// followBatch is the most facts that one deliver gets.
const followBatch = 512

const selectStates = `SELECT id, data FROM states WHERE kind = ?`

// States gives the durable states of one kind, by id.
func (j *Journal) States(ctx context.Context, kind string) (map[string]json.RawMessage, error) {
	rows, err := j.db.QueryContext(ctx, selectStates, kind)
	if err != nil {
		return nil, fmt.Errorf("states of %s: %w", kind, plain(j.path, err))
	}
	defer rows.Close()
	states := map[string]json.RawMessage{}
	for rows.Next() {
		var id string
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return nil, fmt.Errorf("states of %s: %w", kind, plain(j.path, err))
		}
		states[id] = data
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("states of %s: %w", kind, plain(j.path, err))
	}
	return states, nil
}

const selectAfter = `SELECT seq, fact FROM facts WHERE seq > ? ORDER BY seq LIMIT ?`

// After gives up to limit durable facts that come after seq, in order. Facts that were
// deleted for their age are left out.
func (j *Journal) After(ctx context.Context, seq uint64, limit int) ([]ivr.Fact, error) {
	if facts, known := j.recent(seq, limit); known {
		return facts, nil
	}
	rows, err := j.db.QueryContext(ctx, selectAfter, seq, limit)
	if err != nil {
		return nil, fmt.Errorf("facts after %d: %w", seq, plain(j.path, err))
	}
	defer rows.Close()
	var facts []ivr.Fact
	for rows.Next() {
		var at uint64
		var text []byte
		if err := rows.Scan(&at, &text); err != nil {
			return nil, fmt.Errorf("facts after %d: %w", seq, plain(j.path, err))
		}
		fact, err := decode(at, text)
		if err != nil {
			return nil, err
		}
		facts = append(facts, fact)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("facts after %d: %w", seq, plain(j.path, err))
	}
	return facts, nil
}

// decode reads one row of facts.
func decode(seq uint64, text []byte) (ivr.Fact, error) {
	var fact ivr.Fact
	if err := json.Unmarshal(text, &fact); err != nil {
		return ivr.Fact{}, fmt.Errorf("fact %d cannot be read: %w", seq, err)
	}
	if fact.Seq != seq {
		return ivr.Fact{}, fmt.Errorf("fact %d cannot be read: its text says %d", seq, fact.Seq)
	}
	return fact, nil
}

// recent gives the facts after seq from memory, when all of them are there.
func (j *Journal) recent(seq uint64, limit int) (facts []ivr.Fact, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq >= j.last {
		return nil, true
	}
	if len(j.tail) == 0 || seq+1 < j.tail[0].Seq {
		return nil, false
	}
	from := int(seq + 1 - j.tail[0].Seq)
	to := min(from+limit, len(j.tail))
	return append([]ivr.Fact(nil), j.tail[from:to]...), true
}

// Follow gives deliver every durable fact after the given seq, in order and in batches,
// as they come. It ends with ctx's error, deliver's error, or ErrClosed. A slow deliver
// delays nobody but itself.
func (j *Journal) Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error {
	for {
		changed, open := j.change()
		if err := ctx.Err(); err != nil {
			return err
		}
		facts, err := j.After(ctx, after, followBatch)
		if !open && err != nil {
			return ErrClosed
		}
		if err != nil {
			return err
		}
		if len(facts) > 0 {
			if err := deliver(facts); err != nil {
				return err
			}
			after = facts[len(facts)-1].Seq
			continue
		}
		if !open {
			return ErrClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change gives the channel that closes at the next commit; open is false when there
// will be none any more.
func (j *Journal) change() (changed <-chan struct{}, open bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case <-j.changed:
		return j.changed, false
	default:
		return j.changed, true
	}
}

const selectCursor = `SELECT seq FROM cursors WHERE name = ?`

// Cursor tells how far the reader of this name has come; 0 when it never said.
func (j *Journal) Cursor(ctx context.Context, name string) (uint64, error) {
	var seq uint64
	err := j.db.QueryRowContext(ctx, selectCursor, name).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("cursor %s: %w", name, err)
	}
	return seq, nil
}

// SetCursor notes durably that the reader of this name needs nothing up to seq any more.
// It goes with the next group commit.
func (j *Journal) SetCursor(ctx context.Context, name string, seq uint64) error {
	return j.setCursor(ctx, cursor{name: name, seq: seq})
}

// DropCursor notes durably that there is no reader of this name any more: facts are no
// longer kept for it. It does nothing when there was none.
func (j *Journal) DropCursor(ctx context.Context, name string) error {
	return j.setCursor(ctx, cursor{name: name, gone: true})
}

func (j *Journal) setCursor(ctx context.Context, c cursor) error {
	t := &Ticket{done: make(chan struct{})}
	j.mu.Lock()
	switch {
	case j.closing:
		t.end(ErrClosed)
	case c.seq > j.last:
		t.end(fmt.Errorf("cursor %s: %d is past the last fact, %d", c.name, c.seq, j.last))
	default:
		j.enqueue(entry{cursor: &c, ticket: t})
	}
	j.mu.Unlock()
	return t.Wait(ctx)
}
