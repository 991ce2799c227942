package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3" // also the driver "sqlite3"
	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"

	"talian/ivr/journal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNotFound is what a read of one thing answers when there is no such thing.
var ErrNotFound = errors.New("not found")

const (
	busyTimeout = 2 * time.Second       // that one statement waits for another process; nothing can end it before
	lockRetry   = 20 * time.Millisecond // between looks at the migration lock
	connections = 4                     // at once; SQLite has one writer, readers run beside it
	dsnOptions  = "?mode=rw&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_busy_timeout=%d"
)

// Store is the database. All methods are safe for concurrent use.
type Store struct {
	path   string
	db     *sql.DB
	health health
}

// Open opens the database at path, or makes it, and brings its tables up to this
// version. Processes that open it at the same time wait for each other. A database that
// a newer version has changed is refused.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := At(path)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.Plain(err), s.Close())
	}
	return s, nil
}

// At gives the database at path without opening it, for those who must start even where
// it is damaged: Run does what Open does, as often as it takes. Until then reads fail.
func At(path string) (*Store, error) {
	location := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	db, err := sql.Open("sqlite3", location.String()+fmt.Sprintf(dsnOptions, busyTimeout.Milliseconds()))
	if err != nil {
		return nil, fmt.Errorf("records %s: %w", path, err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &Store{path: path, db: db}, nil
}

// prepare makes the file where there is none, and brings its tables up to date.
func (s *Store) prepare(ctx context.Context) error {
	if err := createPrivate(s.path); err != nil {
		return err
	}
	return migrate(ctx, s.db, s.path+".lock")
}

// damaged is what to do about a file that SQLite cannot read.
const damaged = "the file is damaged: stop ivrd and ctid, then restore a copy of it, or move it away together with -wal and -shm: " +
	"the last %d days of calls come back from the journal, but people, sign-ins and older rows do not"

// Plain turns what the database may say into one line for people: which file it is, and
// what to do where it is damaged.
func (s *Store) Plain(err error) error {
	var e sqlite3.Error
	var p *fs.PathError
	switch {
	case errors.As(err, &p):
		return fmt.Errorf("records %s cannot be written: %w", s.path, p.Err)
	case errors.As(err, &e) && (e.Code == sqlite3.ErrNotADB || e.Code == sqlite3.ErrCorrupt):
		return fmt.Errorf("records %s: %w; "+damaged, s.path, err, journal.DefaultKeep/(24*time.Hour))
	}
	return fmt.Errorf("records %s: %w", s.path, err)
}

// Close lets the database go.
func (s *Store) Close() error { return s.db.Close() }

// createPrivate makes an empty file that only its owner may read, where there is none.
func createPrivate(path string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// migrate brings the tables up to date while it holds the lock file.
func migrate(ctx context.Context, db *sql.DB, lockPath string) error {
	lock, err := acquire(ctx, lockPath)
	if err != nil {
		return fmt.Errorf("lock for migrations: %w", err)
	}
	defer lock.Close() //nolint:errcheck // closing also unlocks
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	steps, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	have, want, err := steps.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("written by a newer version (schema %d, this program knows %d): start that one, or restore a copy", have, want)
	}
	if _, err := steps.Up(ctx); err != nil {
		return fmt.Errorf("migrate from schema %d to %d: %w", have, want, err)
	}
	return nil
}

// acquire takes the lock file; it is held until the file is closed or the process ends.
func acquire(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(lockRetry)
	defer again.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}
