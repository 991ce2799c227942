package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"talian/ivr"
)

// Callback is the record of a callback that a caller booked.
type Callback struct {
	Key    string // of the visit that booked it
	Queue  string
	Skills map[string]string
	Number string    // personal
	From   time.Time // the slot
	Until  time.Time
	Lang   string
	Call   ivr.CallID
	Booked time.Time
}

func (c *Callback) fields() []any {
	return []any{&c.Key, &c.Queue, text[map[string]string]{&c.Skills}, &c.Number, wall{&c.From}, wall{&c.Until}, &c.Lang, &c.Call, wall{&c.Booked}}
}

const callbackColumns = `key, queue, skills, number, from_at, until_at, lang, call_id, booked_at`

const insertCallback = `INSERT INTO callbacks (` + callbackColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT DO NOTHING`

// bookCallback writes a callback. The same visit books no second one.
func bookCallback(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.CallbackBooked) error {
	c := Callback{Key: body.Key, Queue: body.Queue, Skills: body.Skills, Number: body.Number, From: body.From, Until: body.Until,
		Lang: body.Lang, Call: f.Call, Booked: f.At}
	_, err := tx.ExecContext(ctx, insertCallback, c.fields()...)
	return err
}

const selectCallbacks = `SELECT ` + callbackColumns + ` FROM callbacks
	WHERE from_at < $1 AND until_at > $2 ORDER BY from_at, until_at, booked_at, key`

// Callbacks gives the callbacks whose slot touches the time from (included) to (not
// included), by slot.
func (s *Store) Callbacks(ctx context.Context, from, to time.Time) ([]Callback, error) {
	all, err := list(ctx, s.db, (*Callback).fields, selectCallbacks, wall{&to}, wall{&from})
	if err != nil {
		return nil, fmt.Errorf("callbacks: %w", err)
	}
	return values(all), nil
}
