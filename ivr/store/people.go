package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"talian/ivr"
)

// User is a person who may sign in.
type User struct {
	ID           string
	Name         string
	Role         string
	PasswordHash string
	Skills       map[string][]string // kind to values: cluster, language
	WrapUp       ivr.Millis          // most time for after-call work
	Manual       bool                // not ready after wrap-up
}

func (u *User) fields() []any {
	return []any{&u.ID, &u.Name, &u.Role, &u.PasswordHash, text[map[string][]string]{&u.Skills}, &u.WrapUp, &u.Manual}
}

const userColumns = `id, name, role, password_hash, skills, wrap_up_ms, manual`

const upsertUser = `INSERT INTO users (` + userColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, password_hash = excluded.password_hash,
	skills = excluded.skills, wrap_up_ms = excluded.wrap_up_ms, manual = excluded.manual`

// UpsertUser writes a person, new or changed.
func (s *Store) UpsertUser(ctx context.Context, u User) error {
	if _, err := s.db.ExecContext(ctx, upsertUser, u.fields()...); err != nil {
		return fmt.Errorf("write user %s: %w", u.ID, err)
	}
	return nil
}

const selectUser = `SELECT ` + userColumns + ` FROM users WHERE id = $1`

// User gives one person; ErrNotFound when there is none of this id.
func (s *Store) User(ctx context.Context, id string) (User, error) {
	var u User
	err := s.db.QueryRowContext(ctx, selectUser, id).Scan(u.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return User{}, fmt.Errorf("user %s: %w", id, err)
	}
	return u, nil
}

const selectUsers = `SELECT ` + userColumns + ` FROM users ORDER BY id`

// Users gives all people, by id.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	all, err := list(ctx, s.db, (*User).fields, selectUsers)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return values(all), nil
}

// Session is a browser's sign-in. Only the hash of its token is kept.
type Session struct {
	TokenHash string
	User      string
	Created   time.Time // milliseconds
	Expires   time.Time // milliseconds
	CSRF      string
}

func (s *Session) fields() []any {
	return []any{&s.TokenHash, &s.User, wall{&s.Created}, wall{&s.Expires}, &s.CSRF}
}

const sessionColumns = `token_hash, user_id, created_at, expires_at, csrf`

const upsertSession = `INSERT INTO sessions (` + sessionColumns + `) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (token_hash) DO UPDATE SET user_id = excluded.user_id, created_at = excluded.created_at,
	expires_at = excluded.expires_at, csrf = excluded.csrf`

// PutSession writes a sign-in, new or changed.
func (s *Store) PutSession(ctx context.Context, session Session) error {
	if _, err := s.db.ExecContext(ctx, upsertSession, session.fields()...); err != nil {
		return fmt.Errorf("write session of %s: %w", session.User, err)
	}
	return nil
}

const selectSession = `SELECT ` + sessionColumns + ` FROM sessions WHERE token_hash = $1`

// Session gives one sign-in, expired or not; ErrNotFound when there is none.
func (s *Store) Session(ctx context.Context, tokenHash string) (Session, error) {
	var session Session
	err := s.db.QueryRowContext(ctx, selectSession, tokenHash).Scan(session.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	return session, nil
}

const selectSessions = `SELECT ` + sessionColumns + ` FROM sessions ORDER BY created_at, token_hash`

// Sessions gives all sign-ins, expired or not, oldest first: what a restart goes on with.
func (s *Store) Sessions(ctx context.Context) ([]Session, error) {
	all, err := list(ctx, s.db, (*Session).fields, selectSessions)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return values(all), nil
}

const deleteSession = `DELETE FROM sessions WHERE token_hash = $1`

// DeleteSession ends a sign-in; one that is not there is no error.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string) error {
	if _, err := s.db.ExecContext(ctx, deleteSession, tokenHash); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

const deleteExpired = `DELETE FROM sessions WHERE expires_at <= $1`

// DeleteExpired drops the sign-ins that are over at the given time.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time) error {
	if _, err := s.db.ExecContext(ctx, deleteExpired, wall{&now}); err != nil {
		return fmt.Errorf("delete expired sessions: %w", err)
	}
	return nil
}

// values gives what the pointers point to; never nil.
func values[T any](pointers []*T) []T {
	all := make([]T, len(pointers))
	for i, p := range pointers {
		all[i] = *p
	}
	return all
}
