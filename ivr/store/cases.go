package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"talian/ivr"
)

// Case is the record of one case, as it is after all that happened to it.
type Case struct {
	Number   ivr.CaseNumber
	Key      string // of the visit that opened it
	Desk     string
	Type     ivr.CaseKind
	Status   ivr.CaseStatus
	Category string
	Cluster  string
	Caller   string // number to call; personal
	Identity string // identity card number; personal
	Lang     string
	Note     string
	Audio    string // file below run/recordings; "" = none
	Length   ivr.Millis
	Due      string // date, "2006-01-02", in the site's zone; "" = none
	Opened   time.Time
	Call     ivr.CallID
	Closed   time.Time // zero = not closed
	Kept     bool      // Audio is whole and on the disk; not a column
}

func (c *Case) fields() []any {
	return []any{&c.Number, &c.Key, &c.Desk, &c.Type, &c.Status, &c.Category, &c.Cluster, &c.Caller, &c.Identity, &c.Lang,
		&c.Note, &c.Audio, &c.Length, &c.Due, wall{&c.Opened}, &c.Call, wall{&c.Closed}}
}

func (c *Case) read() []any { return append(c.fields(), &c.Kept) }

// Overdue tells whether the case should have been closed before this day, a date as in
// Due. A draft is never overdue: its caller was promised nothing.
func (c *Case) Overdue(day string) bool {
	return (c.Status == ivr.CaseNew || c.Status == ivr.CaseInProgress) && c.Due != "" && c.Due < day
}

// What happened to a case.
const (
	WhatOpened   = "opened"
	WhatAppended = "appended"
	WhatMoved    = "moved"
)

// CaseEvent is one thing that happened to a case.
type CaseEvent struct {
	N      int // 1, 2 ... within the case
	At     time.Time
	What   string         // WhatOpened, WhatAppended or WhatMoved
	Status ivr.CaseStatus // of the case from then on; "" = as before
	Who    string         // "" = the caller
	Why    string
	Note   string
	Audio  string // file below run/recordings; "" = none
	Length ivr.Millis
	Kept   bool // as in Case
}

func (e *CaseEvent) read() []any {
	return []any{&e.N, wall{&e.At}, &e.What, &e.Status, &e.Who, &e.Why, &e.Note, &e.Audio, &e.Length, &e.Kept}
}

const caseColumns = `number, key, desk, type, status, category, cluster, caller, identity, lang, note, audio, length_ms,
	due, opened_at, call_id, closed_at`

const insertCase = `INSERT INTO cases (` + caseColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING`

// openCase writes a new case. The same visit opens no second one.
func openCase(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.CaseOpened) error {
	c := Case{Number: body.Number, Key: body.Key, Desk: body.Desk, Type: body.Type, Status: body.Status, Category: body.Category,
		Cluster: body.Cluster, Caller: body.Caller, Identity: body.Identity, Lang: body.Lang, Note: body.Note, Audio: body.Audio,
		Length: body.Length, Due: body.Due, Opened: f.At, Call: f.Call}
	if body.Status == ivr.CaseClosed {
		c.Closed = f.At
	}
	if _, err := tx.ExecContext(ctx, insertCase, c.fields()...); err != nil {
		return err
	}
	return noteCase(ctx, tx, body.Number, body.Key, CaseEvent{At: f.At, What: WhatOpened, Status: body.Status,
		Who: string(f.Agent), Note: body.Note, Audio: body.Audio, Length: body.Length})
}

func appendCase(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.CaseAppended) error {
	return noteCase(ctx, tx, body.Number, body.Key, CaseEvent{At: f.At, What: WhatAppended, Who: string(f.Agent),
		Note: body.Note, Audio: body.Audio, Length: body.Length})
}

const updateCaseStatus = `UPDATE cases SET status = $1, closed_at = $2 WHERE number = $3`

// moveCase gives the case its status. One that is closed and opened again is not closed.
func moveCase(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.CaseMoved) error {
	var closed time.Time
	if body.Status == ivr.CaseClosed {
		closed = f.At
	}
	if _, err := tx.ExecContext(ctx, updateCaseStatus, body.Status, wall{&closed}, body.Number); err != nil {
		return err
	}
	return noteCase(ctx, tx, body.Number, "", CaseEvent{At: f.At, What: WhatMoved, Status: body.Status, Who: body.Who, Why: body.Why})
}

const insertCaseEvent = `INSERT INTO case_history (number, n, key, at, what, status, who, why, note, audio, length_ms)
	SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM case_history WHERE number = $1
	ON CONFLICT DO NOTHING`

func noteCase(ctx context.Context, tx *sql.Tx, number ivr.CaseNumber, key string, e CaseEvent) error {
	_, err := tx.ExecContext(ctx, insertCaseEvent, number, key, wall{&e.At}, e.What, e.Status, e.Who, e.Why, e.Note, e.Audio, e.Length)
	return err
}

const insertRecording = `INSERT INTO recordings (file, call_id, length_ms, kept_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

func keepRecording(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.RecordingKept) error {
	_, err := tx.ExecContext(ctx, insertRecording, body.File, f.Call, body.Length, wall{&f.At})
	return err
}

const readCase = `SELECT ` + caseColumns + `, EXISTS (SELECT 1 FROM recordings r WHERE r.file = cases.audio) FROM cases`

const selectCase = readCase + ` WHERE number = $1`

// Case gives one case; ErrNotFound when there is none of this number.
func (s *Store) Case(ctx context.Context, number ivr.CaseNumber) (Case, error) {
	var c Case
	err := s.db.QueryRowContext(ctx, selectCase, number).Scan(c.read()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Case{}, fmt.Errorf("case %s: %w", number, err)
	}
	return c, nil
}

// CaseFilter says which cases are wanted; a zero field asks for nothing.
type CaseFilter struct {
	Status   ivr.CaseStatus
	Desk     string
	Category string
	Cluster  string
	From     time.Time      // opened then or later
	Until    time.Time      // opened before
	Digits   string         // that the number has, side by side; nothing but digits
	Overdue  string         // only those that are overdue on this day; see Case.Overdue
	Before   ivr.CaseNumber // the page after the one that ended with this number
	Limit    int            // cases on a page; 0 = all
}

// Numbers rise with day and sequence, so their order is that of opening.
const selectCases = readCase + ` WHERE ($1 = '' OR status = $1) AND ($2 = '' OR desk = $2) AND ($3 = '' OR category = $3)
	AND ($4 = '' OR cluster = $4) AND ($5 IS NULL OR opened_at >= $5) AND ($6 IS NULL OR opened_at < $6)
	AND ($7 = '' OR number LIKE '%' || $7 || '%') AND ($8 = '' OR due <> '' AND due < $8 AND status IN ('new', 'in_progress'))
	AND ($9 = '' OR number < $9) ORDER BY number DESC LIMIT $10`

// Cases gives a page of cases, newest first, and whether there are more behind it.
func (s *Store) Cases(ctx context.Context, f CaseFilter) (page []Case, more bool, err error) {
	limit := int64(1) << 62
	if f.Limit > 0 {
		limit = int64(f.Limit) + 1
	}
	all, err := list(ctx, s.db, (*Case).read, selectCases, f.Status, f.Desk, f.Category, f.Cluster, wall{&f.From}, wall{&f.Until},
		f.Digits, f.Overdue, f.Before, limit)
	if err != nil {
		return nil, false, fmt.Errorf("cases: %w", err)
	}
	page = values(all)
	if f.Limit > 0 && len(page) > f.Limit {
		return page[:f.Limit], true, nil
	}
	return page, false, nil
}

const selectCaseHistory = `SELECT n, at, what, status, who, why, note, audio, length_ms,
	EXISTS (SELECT 1 FROM recordings r WHERE r.file = case_history.audio) FROM case_history WHERE number = $1 ORDER BY n`

// CaseHistory gives what happened to a case, its opening first; nothing for a number that
// no case has.
func (s *Store) CaseHistory(ctx context.Context, number ivr.CaseNumber) ([]CaseEvent, error) {
	all, err := list(ctx, s.db, (*CaseEvent).read, selectCaseHistory, number)
	if err != nil {
		return nil, fmt.Errorf("history of case %s: %w", number, err)
	}
	return values(all), nil
}

// CaseWords are the words that cases have in three of their fields, sorted.
type CaseWords struct {
	Desks      []string `json:"desks"`
	Categories []string `json:"categories"`
	Clusters   []string `json:"clusters"`
}

const selectCaseWords = `SELECT DISTINCT 1, desk FROM cases UNION SELECT DISTINCT 2, category FROM cases
	UNION SELECT DISTINCT 3, cluster FROM cases ORDER BY 1, 2`

// CaseWords gives what one may filter cases by.
func (s *Store) CaseWords(ctx context.Context) (CaseWords, error) {
	type entry struct {
		field int
		word  string
	}
	entries, err := list(ctx, s.db, func(e *entry) []any { return []any{&e.field, &e.word} }, selectCaseWords)
	if err != nil {
		return CaseWords{}, fmt.Errorf("words of cases: %w", err)
	}
	words := CaseWords{Desks: []string{}, Categories: []string{}, Clusters: []string{}}
	fields := map[int]*[]string{1: &words.Desks, 2: &words.Categories, 3: &words.Clusters}
	for _, e := range entries {
		if e.word != "" {
			*fields[e.field] = append(*fields[e.field], e.word)
		}
	}
	return words, nil
}
