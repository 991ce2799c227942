package e2e

import (
	"os"
	"path/filepath"
	"time"

	"talian/ivr/store"
)

// caseOf waits for the newest case of a number.
func (s *scene) caseOf(from string) store.Case {
	s.t.Helper()
	return waitFor(s, "case", func(r *store.Store) (store.Case, bool, error) {
		cases, _, err := r.Cases(s.ctx, store.CaseFilter{})
		for _, c := range cases {
			if c.Caller == from {
				return c, true, err
			}
		}
		return store.Case{}, false, err
	})
}

func (s *scene) callbackOf(from string) store.Callback {
	s.t.Helper()
	return waitFor(s, "callback", func(r *store.Store) (store.Callback, bool, error) {
		all, err := r.Callbacks(s.ctx, time.Now(), time.Now().AddDate(1, 0, 0))
		for _, c := range all {
			if c.Number == from {
				return c, true, err
			}
		}
		return store.Callback{}, false, err
	})
}

// waitFor asks the records until they have what is wanted.
func waitFor[T any](s *scene, what string, ask func(*store.Store) (T, bool, error)) T {
	s.t.Helper()
	records, err := store.Open(s.ctx, filepath.Join(s.Dir, "talian.db"))
	s.must(err)
	defer func() { _ = records.Close() }()
	ctx := s.within(20 * time.Second)
	for {
		got, found, err := ask(records)
		s.must(err)
		if found {
			return got
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("no %s on record; ivrd's log:\n%s", what, s.Ivrd.Log())
		}
	}
}

// kept waits until a recording is a file with sound in it.
func (s *scene) kept(file string) {
	s.t.Helper()
	path := filepath.Join(s.Dir, "recordings", file)
	ctx := s.within(20 * time.Second)
	for {
		if info, err := os.Stat(path); err == nil && info.Size() > 16000 {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("%s is not there, or too short", path)
		}
	}
}
