package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"talian/ivr"
)

// CloseGrace is how long Close goes on trying to write when writing fails: with what else
// a process does at its end, well under the 15 s that systemd gives it.
const CloseGrace = 5 * time.Second

// DefaultKeep is how long facts are kept at least.
const DefaultKeep = 7 * 24 * time.Hour

// ErrClosed is what a journal answers after Close.
var ErrClosed = errors.New("journal is closed")

// State is the last state of one live thing, kept so that a restart can go on from it.
type State struct {
	Kind string          // of thing: call, agent ...
	ID   string          // of the thing, unique within its kind
	Data json.RawMessage // nil deletes the state; not to be changed after Append
}

// Journal is the open file. All methods are safe for concurrent use.
type Journal struct {
	path     string
	id       string
	clock    func() ivr.Stamp
	keep     time.Duration
	db       *sql.DB
	prepared statements
	reserve  *reserve
	log      *slog.Logger

	wake    chan struct{} // one token: something is queued, or Close was called
	stopped chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	next    uint64 // seq of the next fact
	queue   []entry
	closing bool
	last    uint64        // last durable seq
	tail    []ivr.Fact    // the newest durable facts, for followers that keep up
	changed chan struct{} // closed and renewed when last moves, closed for good at the end
	fault   error         // of the last write, while it is retried
	scarce  error         // what the reserve lacks
	lost    error         // what Close could not write
}

// entry is what one Append or SetCursor queued.
type entry struct {
	rows   []row
	states []State
	cursor *cursor
	facts  []ivr.Fact
	ticket *Ticket
}

// row is one encoded fact.
type row struct {
	seq  uint64
	at   int64 // Unix milliseconds
	text []byte
}

type cursor struct {
	name string
	seq  uint64
	gone bool // the reader is no more
}

// Option changes a setting of Open.
type Option func(*Journal)

// Keep sets how long facts are kept at least (default DefaultKeep).
func Keep(d time.Duration) Option { return func(j *Journal) { j.keep = d } }

// Reserve keeps so many bytes of disk allocated in a file beside the journal
// (PATH-reserve). When the disk is full they are given up piece by piece, so that
// calls can go on for a while; when there is space again they are taken back.
func Reserve(bytes int64) Option {
	return func(j *Journal) { j.reserve = &reserve{path: j.path + "-reserve", want: bytes} }
}

// Log says where the journal tells that writing began to fail, or that the reserve was
// touched, and when that is over (default: nowhere).
func Log(log *slog.Logger) Option { return func(j *Journal) { j.log = log } }

// Open opens the journal at path, or makes it, and takes it for this process alone. clock
// stamps facts that come without a time (see BootClock). The errors are one line for
// people: a path that cannot be written, a journal that another process holds, a file
// that a newer version wrote or that is no journal.
func Open(path string, clock func() ivr.Stamp, options ...Option) (*Journal, error) {
	j := &Journal{
		path: path, clock: clock, keep: DefaultKeep, log: slog.New(slog.DiscardHandler),
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), changed: make(chan struct{}),
	}
	for _, option := range options {
		option(j)
	}
	j.fillReserve() // a start with a full disk must work; tidy tries again
	db, err := openFile(path)
	for isFull(err) && j.shrinkReserve() {
		db, err = openFile(path)
	}
	if err != nil {
		return nil, errors.Join(err, j.reserve.close())
	}
	j.db = db
	if j.id, j.last, err = loadHead(context.Background(), db); err != nil {
		return nil, errors.Join(plain(path, err), db.Close(), j.reserve.close())
	}
	if j.prepared, err = prepareStatements(context.Background(), db); err != nil {
		return nil, errors.Join(plain(path, err), db.Close(), j.reserve.close())
	}
	j.next = j.last + 1
	go j.write()
	return j, nil
}

// ID names this journal for ever: a random word chosen when the file was made. A reader
// that keeps its own cursor keeps it for this ID, because another journal counts anew.
func (j *Journal) ID() string { return j.id }

// Append queues facts and states as one atomic unit and returns at once. Each fact gets
// its Seq; At and Mono are filled from the clock where both are zero. Nothing is queued
// when a fact cannot be encoded or the journal is closed: Wait then tells.
func (j *Journal) Append(facts []ivr.Fact, states ...State) *Ticket {
	t := &Ticket{done: make(chan struct{})}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing {
		return t.end(ErrClosed)
	}
	stamped, rows, err := j.encode(facts)
	if err != nil {
		return t.end(err)
	}
	j.next += uint64(len(rows))
	t.facts = stamped
	j.enqueue(entry{rows: rows, states: append([]State(nil), states...), facts: stamped, ticket: t})
	return t
}

// encode gives copies of facts with their places and times, and their rows. j.mu is held.
func (j *Journal) encode(facts []ivr.Fact) ([]ivr.Fact, []row, error) {
	stamped := make([]ivr.Fact, len(facts))
	rows := make([]row, len(facts))
	for i, f := range facts {
		f.Seq = j.next + uint64(i)
		if f.At.IsZero() && f.Mono == 0 {
			now := j.clock()
			f.At, f.Mono = now.At, now.Mono
		}
		f.At = f.At.UTC().Truncate(time.Millisecond)
		text, err := json.Marshal(f)
		if err != nil {
			return nil, nil, fmt.Errorf("append: %w", err)
		}
		stamped[i], rows[i] = f, row{seq: f.Seq, at: f.At.UnixMilli(), text: text}
	}
	return stamped, rows, nil
}

// enqueue hands e to the writer. j.mu is held.
func (j *Journal) enqueue(e entry) {
	j.queue = append(j.queue, e)
	select {
	case j.wake <- struct{}{}:
	default: // the writer already knows
	}
}

// Last gives the seq of the last durable fact; 0 when there is none.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Healthy gives the failure of the last write while it is being retried, else nil.
func (j *Journal) Healthy() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.fault
}

// Reserved tells why the reserve is not whole, nil when it is or none was asked for: the
// disk is full or nearly so.
func (j *Journal) Reserved() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.scarce
}

// Close writes all that is queued and lets the file go. When writing fails it tries on
// for CloseGrace and then says what was lost. A second Close does nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	first := !j.closing
	j.closing = true
	j.mu.Unlock()
	if first {
		close(j.wake)
	}
	<-j.stopped
	if !first {
		return nil
	}
	return errors.Join(j.lost, j.db.Close(), j.reserve.close())
}

// Ticket stands for one Append.
type Ticket struct {
	facts []ivr.Fact
	done  chan struct{}
	err   error // read after done
}

// end marks t as durable (nil) or refused. Called once.
func (t *Ticket) end(err error) *Ticket {
	t.err = err
	close(t.done)
	return t
}

// Wait returns nil when the facts and states are on disk, ctx's error when ctx ends
// first (they may still become durable), or the reason why they never will be.
func (t *Ticket) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return t.err
	default:
	}
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the journal: %w", ctx.Err())
	}
}

// Facts gives the facts as written, with their Seq; at once, before they are durable.
// They belong to the journal too: not to be changed.
func (t *Ticket) Facts() []ivr.Fact { return t.facts }
