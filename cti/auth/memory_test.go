package auth_test

import (
	"context"
	"maps"
	"slices"
	"sync"

	"talian/cti/auth"
)

// memory is a store for tests.
type memory struct {
	mu      sync.Mutex
	users   map[string]auth.User
	signIns map[string]auth.SignIn
	fail    error
}

func newMemory() *memory {
	return &memory{users: map[string]auth.User{}, signIns: map[string]auth.SignIn{}}
}

func (m *memory) Users(context.Context) ([]auth.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.users)), m.fail
}

func (m *memory) PutUser(_ context.Context, user auth.User) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users[user.ID] = user
	return m.fail
}

func (m *memory) SignIns(context.Context) ([]auth.SignIn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.signIns)), m.fail
}

func (m *memory) PutSignIn(_ context.Context, s auth.SignIn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signIns[s.Hash] = s
	return m.fail
}

func (m *memory) DeleteSignIn(_ context.Context, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.signIns, hash)
	return m.fail
}
