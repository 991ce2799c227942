package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"talian/ivr"
)

// applicationID marks the file as a journal of ours; schemaVersion is what this version writes.
const (
	applicationID = 0x54414c4a // "TALJ"
	schemaVersion = 1
)

const schema = `
CREATE TABLE head    (id TEXT NOT NULL);
CREATE TABLE facts   (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, fact TEXT NOT NULL);
CREATE TABLE states  (kind TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
`

// connector opens connections to one file. The lock mode must stand before the file is
// first read, so that the WAL index stays in our memory, where a full disk cannot harm
// it, and no other process can open the file at all: the driver sets it from the DSN, the
// rest after it.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func newConnector(path string) *connector {
	return &connector{
		dsn: (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() + "?_busy_timeout=0&_locking_mode=EXCLUSIVE",
		driver: &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
			_, err := c.Exec(`PRAGMA journal_mode = WAL;
				PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864`, nil)
			return err
		}},
	}
}

// Connect opens one connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// Driver gives the SQLite driver.
func (c *connector) Driver() driver.Driver { return c.driver }

// openFile opens or makes the file and takes its lock. The one connection stays open,
// since the lock lives with it.
func openFile(path string) (*sql.DB, error) {
	if err := createPrivate(path); err != nil {
		return nil, plain(path, err)
	}
	db := sql.OpenDB(newConnector(path))
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := prepare(context.Background(), db); err != nil {
		return nil, errors.Join(plain(path, err), db.Close())
	}
	return db, nil
}

// createPrivate makes an empty file that only its owner may read: it will hold callers'
// numbers. Of a file that is there it only asks whether it may be written (opening and
// closing it here would drop the locks that this process holds on it).
func createPrivate(path string) error {
	if _, err := os.Stat(path); err == nil {
		if err := unix.Access(path, unix.W_OK); err != nil {
			return &fs.PathError{Op: "write", Path: path, Err: err}
		}
		return nil
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

var (
	errNewer   = errors.New("was written by a newer version of ivrd; start that one, or move the file away")
	errForeign = errors.New("is not a journal")
)

// prepare takes the lock, checks whose file it is, and makes the tables of a new one.
func prepare(ctx context.Context, db *sql.DB) error {
	var version, application, tables int
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for query, into := range map[string]*int{
		`PRAGMA user_version`:                &version,
		`PRAGMA application_id`:              &application,
		`SELECT COUNT(*) FROM sqlite_master`: &tables,
	} {
		if err := tx.QueryRowContext(ctx, query).Scan(into); err != nil {
			return err
		}
	}
	switch {
	case tables > 0 && application != applicationID:
		return errForeign
	case version > schemaVersion:
		return errNewer
	case tables == 0:
		if _, err := tx.ExecContext(ctx, schema+fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`,
			applicationID, schemaVersion)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO head (id) VALUES (?)`, ivr.NewSecret()); err != nil {
			return err
		}
	}
	// The write also proves that the file can be written; on a full disk it will be again.
	_, err = tx.ExecContext(ctx, `UPDATE head SET id = id`)
	if err == nil {
		err = tx.Commit()
	}
	if tables > 0 && isFull(err) {
		return nil
	}
	return err
}

// loadHead gives the journal's id and the last fact's seq.
func loadHead(ctx context.Context, db *sql.DB) (id string, last uint64, err error) {
	err = db.QueryRowContext(ctx, `SELECT id, COALESCE((SELECT MAX(seq) FROM facts), 0) FROM head`).Scan(&id, &last)
	return id, last, err
}

// damaged is what to do about a file that SQLite cannot read.
const damaged = "stop ivrd, then restore journal.db and talian.db from one copy, or move the journal away together with -wal: " +
	"the calls in progress, what was published and the count of today's cases are then lost (deploy/README.md tells more)"

// plain turns what opening may meet into one line for people.
func plain(path string, err error) error {
	var e sqlite3.Error
	var p *fs.PathError
	switch {
	case errors.Is(err, errNewer), errors.Is(err, errForeign):
		return fmt.Errorf("journal %s %w", path, err)
	case errors.As(err, &p):
		return fmt.Errorf("journal %s cannot be written: %w", path, p.Err)
	case !errors.As(err, &e):
		return fmt.Errorf("journal %s: %w", path, err)
	case e.Code == sqlite3.ErrBusy, e.Code == sqlite3.ErrLocked:
		return fmt.Errorf("another ivrd uses %s: %w", path, err)
	case e.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("journal %s %w: %w; if it was one, %s", path, errForeign, err, damaged)
	case e.Code == sqlite3.ErrCorrupt:
		return fmt.Errorf("journal %s is damaged: %w; %s", path, err, damaged)
	case e.Code == sqlite3.ErrReadonly, e.Code == sqlite3.ErrCantOpen, e.Code == sqlite3.ErrPerm, e.Code == sqlite3.ErrAuth:
		return fmt.Errorf("journal %s cannot be written: %w", path, err)
	}
	return fmt.Errorf("journal %s: %w", path, err)
}
