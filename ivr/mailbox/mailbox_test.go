package mailbox_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"talian/ivr/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOrder(t *testing.T) {
	m := mailbox.New[int]()
	for i := range 1000 {
		m.Put(i)
	}
	if m.Len() != 1000 {
		t.Errorf("length %d", m.Len())
	}
	for i := range 1000 {
		if got, err := m.Next(t.Context()); err != nil || got != i {
			t.Fatalf("message %d is %d, %v", i, got, err)
		}
	}
}

// TestMany: what many put while one takes comes once, each one's own in order.
func TestMany(t *testing.T) {
	const writers, each = 8, 500
	m := mailbox.New[[2]int]()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				m.Put([2]int{w, i})
			}
		})
	}
	next := [writers]int{}
	for range writers * each {
		got, err := m.Next(t.Context())
		if err != nil || got[1] != next[got[0]] {
			t.Fatalf("got %v, %v, want %d", got, err, next[got[0]])
		}
		next[got[0]]++
	}
	wg.Wait()
	if m.Len() != 0 {
		t.Errorf("%d left", m.Len())
	}
}

func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := mailbox.New[string]()
		got := make(chan string, 1)
		go func() { s, _ := m.Next(t.Context()); got <- s }()
		synctest.Wait()
		if len(got) > 0 {
			t.Fatal("something came from an empty mailbox")
		}
		m.Put("x")
		if s := <-got; s != "x" {
			t.Errorf("got %q", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { _, err := m.Next(ctx); failed <- err }()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		m.Put("kept")
		if s, err := m.Next(ctx); s != "kept" || err != nil {
			t.Errorf("a message that is there comes although the context is over: %q, %v", s, err)
		}
	})
}
