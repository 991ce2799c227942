package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"talian/ivr"
)

// CookieName carries the sign-in; browsers take a __Host- cookie only with Secure and Path=/.
const CookieName = "__Host-ctid"

// Lifetime is how long a sign-in lasts.
const Lifetime = 12 * time.Hour

// hashesAtOnce bounds the memory that sign-ins at the same time take: 19 MiB each.
const hashesAtOnce = 4

const (
	maxPassword = 256 // bytes
	maxUser     = 64  // bytes
)

// ErrWrong says that user or password is wrong; it does not say which.
var ErrWrong = errors.New("user or password is wrong")

// LockedError says that there were too many failures.
type LockedError struct {
	Until time.Time
}

// Error names the end of the lock-out.
func (e *LockedError) Error() string {
	return "too many failures; try again after " + e.Until.UTC().Format(time.RFC3339)
}

// SignIns knows who is signed in. It is safe for concurrent use.
type SignIns struct {
	store Store
	now   func() time.Time
	locks *lockout
	slots chan struct{}
	dummy string // hash that unknown users are checked against

	mu     sync.RWMutex
	users  map[string]User
	byHash map[string]SignIn
}

// Restore reads people and their sign-ins from the store.
func Restore(ctx context.Context, store Store, now func() time.Time) (*SignIns, error) {
	s := &SignIns{store: store, now: now, locks: newLockout(), slots: make(chan struct{}, hashesAtOnce),
		dummy: HashPassword(ivr.NewSecret()), users: map[string]User{}, byHash: map[string]SignIn{}}
	users, err := store.Users(ctx)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	for _, user := range users {
		s.users[user.ID] = user
	}
	kept, err := store.SignIns(ctx)
	if err != nil {
		return nil, fmt.Errorf("sign-ins: %w", err)
	}
	for _, signIn := range kept {
		if _, known := s.users[signIn.User]; known && now().Before(signIn.Expires) {
			s.byHash[signIn.Hash] = signIn
		}
	}
	return s, nil
}

// In checks a password and begins a sign-in; token is the cookie's value. The error is
// ErrWrong, a *LockedError, or the store's.
func (s *SignIns) In(ctx context.Context, id, password, address string) (signIn SignIn, token string, err error) {
	if len(id) > maxUser || len(password) > maxPassword {
		return SignIn{}, "", ErrWrong
	}
	now := s.now()
	if until := s.locks.until(id, address, now); !until.IsZero() {
		return SignIn{}, "", &LockedError{Until: until}
	}
	s.locks.try(id, address, now)
	if err := s.check(ctx, id, password); err != nil {
		return SignIn{}, "", err
	}
	s.locks.succeeded(id, address)
	token = ivr.NewSecret()
	signIn = SignIn{Hash: hashToken(token), User: id, CSRF: ivr.NewSecret(), Created: now, Expires: now.Add(Lifetime)}
	if err := s.store.PutSignIn(ctx, signIn); err != nil {
		return SignIn{}, "", fmt.Errorf("sign-in of %s: %w", id, err)
	}
	s.mu.Lock()
	s.byHash[signIn.Hash] = signIn
	s.mu.Unlock()
	return signIn, token, nil
}

// check takes the same time for a user who does not exist.
func (s *SignIns) check(ctx context.Context, id, password string) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	user, known := s.User(id)
	hash := s.dummy
	if known {
		hash = user.PasswordHash
	}
	same, err := samePassword(password, hash)
	if err != nil {
		return fmt.Errorf("password of %s: %w", id, err)
	}
	if !known || !same {
		return ErrWrong
	}
	return nil
}

// Find gives the sign-in that a request's cookie names, and its user.
func (s *SignIns) Find(r *http.Request) (SignIn, User, bool) {
	cookie, err := r.Cookie(CookieName)
	if err != nil {
		return SignIn{}, User{}, false
	}
	return s.Valid(hashToken(cookie.Value))
}

// Valid gives the sign-in of that hash while it lasts.
func (s *SignIns) Valid(hash string) (SignIn, User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	signIn, known := s.byHash[hash]
	if !known || !s.now().Before(signIn.Expires) {
		return SignIn{}, User{}, false
	}
	user, known := s.users[signIn.User]
	return signIn, user, known
}

// User gives a person.
func (s *SignIns) User(id string) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	user, known := s.users[id]
	return user, known
}

// Out ends a sign-in; ending one that is over is no error.
func (s *SignIns) Out(ctx context.Context, hash string) error {
	s.mu.Lock()
	delete(s.byHash, hash)
	s.mu.Unlock()
	if err := s.store.DeleteSignIn(ctx, hash); err != nil {
		return fmt.Errorf("sign-out: %w", err)
	}
	return nil
}

// Sweep forgets sign-ins and failures that are over.
func (s *SignIns) Sweep(ctx context.Context) error {
	now := s.now()
	s.locks.sweep(now)
	var over []string
	s.mu.RLock()
	for hash, signIn := range s.byHash {
		if !now.Before(signIn.Expires) {
			over = append(over, hash)
		}
	}
	s.mu.RUnlock()
	var errs []error
	for _, hash := range over {
		errs = append(errs, s.Out(ctx, hash))
	}
	return errors.Join(errs...)
}

// Cookie carries a new sign-in to the browser.
func Cookie(token string) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: token, Path: "/", HttpOnly: true, Secure: true,
		SameSite: http.SameSiteStrictMode, MaxAge: int(Lifetime / time.Second)}
}

// NoCookie takes the cookie back.
func NoCookie() *http.Cookie {
	cookie := Cookie("")
	cookie.MaxAge = -1
	return cookie
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
