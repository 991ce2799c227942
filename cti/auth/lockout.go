package auth

import (
	"sync"
	"time"
)

// The lock-out: after mostFailures within failureWindow the same user from the same
// address is refused until the oldest of them is out of the window.
const (
	mostFailures  = 5
	failureWindow = 15 * time.Minute
)

// lockout counts failures by user and address.
type lockout struct {
	mu       sync.Mutex
	failures map[string][]time.Time
}

func newLockout() *lockout { return &lockout{failures: map[string][]time.Time{}} }

func lockoutKey(user, address string) string { return address + " " + user }

// until gives the end of the lock-out in force, or the zero time.
func (l *lockout) until(user, address string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := within(l.failures[lockoutKey(user, address)], now)
	if len(recent) < mostFailures {
		return time.Time{}
	}
	return recent[len(recent)-mostFailures].Add(failureWindow)
}

// try notes an attempt before the password is looked at, so that many at the same time
// cannot pass together; succeeded takes the user's attempts back.
func (l *lockout) try(user, address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lockoutKey(user, address)
	l.failures[key] = append(within(l.failures[key], now), now)
}

func (l *lockout) succeeded(user, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failures, lockoutKey(user, address))
}

func (l *lockout) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, times := range l.failures {
		if len(within(times, now)) == 0 {
			delete(l.failures, key)
		}
	}
}

func within(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= failureWindow {
		times = times[1:]
	}
	return times
}
