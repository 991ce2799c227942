package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"talian/ivr"
)

const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Second
	pruneEvery = 10 * time.Second
	pruneRows  = 2000 // at once, a few milliseconds
	tailFacts  = 8192 // kept in memory for followers
)

// write is the one writer, from Open to Close.
func (j *Journal) write() {
	defer close(j.stopped)
	prune := time.NewTicker(pruneEvery)
	defer prune.Stop()
	for open := true; open; {
		select {
		case _, open = <-j.wake:
		case <-prune.C:
			j.tidy()
			continue
		}
		for batch := j.take(); len(batch) > 0; batch = j.take() {
			if err := j.persist(batch); err != nil {
				j.giveUp(batch, err)
				return
			}
		}
	}
	j.giveUp(nil, nil)
}

func (j *Journal) take() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	batch := j.queue
	j.queue = nil
	return batch
}

// persist writes batch, trying again until it works; after Close only for CloseGrace.
func (j *Journal) persist(batch []entry) error {
	var deadline <-chan time.Time
	wait := firstRetry
	for {
		err := j.commit(context.Background(), batch)
		if err == nil {
			j.publish(batch)
			return nil
		}
		if isFull(err) && j.shrinkReserve() {
			continue // room was made: try at once
		}
		j.setFault(err)
		if deadline == nil && j.isClosing() {
			deadline = time.After(CloseGrace)
		}
		select {
		case <-time.After(wait):
		case <-deadline:
			return err
		}
		wait = min(2*wait, lastRetry)
	}
}

// Facts are replaced, not only inserted: a commit that reported a failure may have
// reached the disk after all.
const (
	insertFact   = `INSERT OR REPLACE INTO facts (seq, at, fact) VALUES (?, ?, ?)`
	upsertState  = `INSERT OR REPLACE INTO states (kind, id, data) VALUES (?, ?, ?)`
	deleteState  = `DELETE FROM states WHERE kind = ? AND id = ?`
	upsertCursor = `INSERT OR REPLACE INTO cursors (name, seq) VALUES (?, ?)`
	deleteCursor = `DELETE FROM cursors WHERE name = ?`
)

// commit writes batch in one transaction.
func (j *Journal) commit(ctx context.Context, batch []entry) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := j.insert(ctx, tx, batch); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// statements are prepared once: most transactions are a few rows, and preparing costs as
// much as writing them.
type statements struct{ fact, state, forget *sql.Stmt }

func prepareStatements(ctx context.Context, db *sql.DB) (s statements, err error) {
	for text, into := range map[string]**sql.Stmt{insertFact: &s.fact, upsertState: &s.state, deleteState: &s.forget} {
		if *into, err = db.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // they end with the database
			return s, fmt.Errorf("prepare: %w", err)
		}
	}
	return s, nil
}

// in gives the statements for use inside a transaction; they end with it.
func (s statements) in(ctx context.Context, tx *sql.Tx) statements {
	return statements{tx.StmtContext(ctx, s.fact), tx.StmtContext(ctx, s.state), tx.StmtContext(ctx, s.forget)}
}

func (j *Journal) insert(ctx context.Context, tx *sql.Tx, batch []entry) error {
	with := j.prepared.in(ctx, tx)
	for _, e := range batch {
		for _, r := range e.rows {
			if _, err := with.fact.ExecContext(ctx, r.seq, r.at, r.text); err != nil {
				return fmt.Errorf("fact %d: %w", r.seq, err)
			}
		}
		for _, s := range e.states {
			if err := with.keep(ctx, s); err != nil {
				return fmt.Errorf("state %s %s: %w", s.Kind, s.ID, err)
			}
		}
		if c := e.cursor; c != nil {
			if err := c.keep(ctx, tx); err != nil {
				return fmt.Errorf("cursor %s: %w", c.name, err)
			}
		}
	}
	return nil
}

// keep writes a cursor, or deletes it.
func (c *cursor) keep(ctx context.Context, tx *sql.Tx) error {
	var err error
	if c.gone {
		_, err = tx.ExecContext(ctx, deleteCursor, c.name)
	} else {
		_, err = tx.ExecContext(ctx, upsertCursor, c.name, c.seq)
	}
	return err
}

// keep writes a state, or deletes it.
func (s statements) keep(ctx context.Context, st State) error {
	var err error
	if st.Data == nil {
		_, err = s.forget.ExecContext(ctx, st.Kind, st.ID)
	} else {
		_, err = s.state.ExecContext(ctx, st.Kind, st.ID, []byte(st.Data))
	}
	return err
}

// publish makes batch visible: to followers, then to those who wait.
func (j *Journal) publish(batch []entry) {
	j.mu.Lock()
	failed := j.fault != nil
	j.fault = nil
	before := j.last
	for _, e := range batch {
		j.tail = append(j.tail, e.facts...)
		j.last += uint64(len(e.facts))
	}
	if len(j.tail) > 2*tailFacts { // copied rarely, so that each fact is moved once on average
		j.tail = append([]ivr.Fact(nil), j.tail[len(j.tail)-tailFacts:]...)
	}
	if j.last != before {
		close(j.changed)
		j.changed = make(chan struct{})
	}
	j.mu.Unlock()
	for _, e := range batch {
		e.ticket.end(nil)
	}
	if failed {
		j.log.Info("the journal can be written again")
	}
}

// giveUp ends the journal: tells those who still wait, and the followers.
func (j *Journal) giveUp(batch []entry, cause error) {
	batch = append(batch, j.take()...)
	lost := 0
	for _, e := range batch {
		lost += len(e.rows)
		e.ticket.end(errors.Join(ErrClosed, cause))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if cause != nil {
		j.lost = fmt.Errorf("journal %s: %d facts could not be written: %w", j.path, lost, cause)
	}
	close(j.changed)
}

// setFault notes that writing fails; the log hears of the first failure.
func (j *Journal) setFault(err error) {
	err = plain(j.path, err)
	j.mu.Lock()
	first := j.fault == nil
	j.fault = err
	j.mu.Unlock()
	if first {
		j.log.Error("the journal cannot be written; calls wait until it can", "error", err)
	}
}

// shrinkReserve gives a piece of the reserve up and tells whether there was one.
func (j *Journal) shrinkReserve() bool {
	if !j.reserve.shrink() {
		return false
	}
	j.setScarce(fmt.Errorf("the disk is full: %d of %d MB are left of what is kept back for calls; make room",
		j.reserve.have>>20, j.reserve.want>>20))
	return true
}

// fillReserve takes back what the reserve lacks.
func (j *Journal) fillReserve() {
	if err := j.reserve.fill(); err != nil {
		j.setScarce(fmt.Errorf("%d of %d MB are kept back for calls on a full disk; make room: %w",
			j.reserve.have>>20, j.reserve.want>>20, err))
		return
	}
	j.setScarce(nil)
}

// setScarce notes what the reserve lacks; the log hears when it begins and when it is over.
func (j *Journal) setScarce(err error) {
	j.mu.Lock()
	before := j.scarce
	j.scarce = err
	j.mu.Unlock()
	switch {
	case before == nil && err != nil:
		j.log.Warn("the disk has no room to spare; calls go on", "error", err)
	case before != nil && err == nil:
		j.log.Info("the disk has room to spare again")
	}
}

func (j *Journal) isClosing() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closing
}

// tidy deletes some old facts and takes the reserve back. What fails now is tried at the
// next turn; a disk that stays full shows in the writes themselves.
func (j *Journal) tidy() {
	_ = j.prune(context.Background())
	if j.Healthy() == nil {
		j.fillReserve()
	}
}

// The newest fact always stays: it carries the count on. Without any cursor nobody has
// read anything, so nothing goes.
const deletePassed = `DELETE FROM facts WHERE seq IN (
	SELECT seq FROM (SELECT seq, at FROM facts ORDER BY seq LIMIT ?)
	WHERE at < ? AND seq < ? AND seq <= (SELECT MIN(seq) FROM cursors))`

// prune deletes up to pruneRows facts that all cursors have passed and that are older
// than the keep time.
func (j *Journal) prune(ctx context.Context) error {
	before := j.clock().At.Add(-j.keep).UnixMilli()
	if _, err := j.db.ExecContext(ctx, deletePassed, pruneRows, before, j.Last()); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}

// isFull tells whether err means that there is no space left.
func isFull(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT)
}
