package cti

import (
	"context"
	"errors"
	"time"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr/store"
)

// People is a store as package auth wants it.
type People struct{ *store.Store }

var _ auth.Store = People{}

// Users implements auth.Store.
func (p People) Users(ctx context.Context) ([]auth.User, error) {
	users, err := p.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	people := make([]auth.User, len(users))
	for i, user := range users {
		people[i] = auth.User{ID: user.ID, Name: user.Name, Role: auth.Role(user.Role), PasswordHash: user.PasswordHash,
			Skills: user.Skills, WrapUp: user.WrapUp, Manual: user.Manual}
	}
	return people, nil
}

// PutUser implements auth.Store.
func (p People) PutUser(ctx context.Context, user auth.User) error {
	return p.UpsertUser(ctx, store.User{ID: user.ID, Name: user.Name, Role: string(user.Role), PasswordHash: user.PasswordHash,
		Skills: user.Skills, WrapUp: user.WrapUp, Manual: user.Manual})
}

// SignIns implements auth.Store.
func (p People) SignIns(ctx context.Context) ([]auth.SignIn, error) {
	rows, err := p.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	signIns := make([]auth.SignIn, len(rows))
	for i, row := range rows {
		signIns[i] = auth.SignIn{Hash: row.TokenHash, User: row.User, CSRF: row.CSRF, Created: row.Created, Expires: row.Expires}
	}
	return signIns, nil
}

// PutSignIn implements auth.Store.
func (p People) PutSignIn(ctx context.Context, s auth.SignIn) error {
	return p.PutSession(ctx, store.Session{TokenHash: s.Hash, User: s.User, CSRF: s.CSRF, Created: s.Created, Expires: s.Expires})
}

// DeleteSignIn implements auth.Store.
func (p People) DeleteSignIn(ctx context.Context, hash string) error {
	return p.DeleteSession(ctx, hash)
}

// Usable tells whether the database answers within a second.
func (p People) Usable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := p.Session(ctx, ""); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// Callers is a store as a Floor wants it.
type Callers struct{ *store.Store }

var _ EarlierCalls = Callers{}

// EarlierCalls implements the interface of the same name.
func (c Callers) EarlierCalls(ctx context.Context, from string, limit int) ([]wire.Earlier, error) {
	calls, err := c.Store.EarlierCalls(ctx, from, limit)
	if err != nil {
		return nil, err
	}
	earlier := make([]wire.Earlier, len(calls))
	for i, call := range calls {
		earlier[i] = wire.Earlier{At: call.At.UnixMilli(), Cluster: call.Cluster, Agent: string(call.Agent),
			Disposition: call.Disposition, Note: call.Note, Outcome: string(call.Outcome)}
	}
	return earlier, nil
}
