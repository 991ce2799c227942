// Package mailbox is the unbounded first-in, first-out queue between those who tell
// something and the one goroutine that acts on it. Put never waits; one reader at a time.
package mailbox

import (
	"context"
	"sync"
)

// Mailbox holds messages of type T in order. Make it with New.
type Mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	ready chan struct{} // holds one token while items may be there
}

// New makes an empty mailbox.
func New[T any]() *Mailbox[T] { return &Mailbox[T]{ready: make(chan struct{}, 1)} }

// Put appends a message.
func (m *Mailbox[T]) Put(item T) {
	m.mu.Lock()
	m.items = append(m.items, item)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// Next waits for the oldest message; its error is ctx's.
func (m *Mailbox[T]) Next(ctx context.Context) (T, error) {
	for {
		if item, ok := m.take(); ok {
			return item, nil
		}
		select {
		case <-m.ready:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// Len gives the number of messages that wait.
func (m *Mailbox[T]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.items)
}

func (m *Mailbox[T]) take() (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var none T
	if len(m.items) == 0 {
		return none, false
	}
	item := m.items[0]
	m.items[0] = none
	m.items = m.items[1:]
	return item, true
}
