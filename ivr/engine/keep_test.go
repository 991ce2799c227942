package engine

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/journal"
	"talian/ivr/mailbox"
)

// desk is an engine that does not run, with a journal and an Asterisk of its own.
func desk(t *testing.T, ari http.HandlerFunc) (*Engine, *journal.Journal) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		ari(w, r)
	}))
	t.Cleanup(server.Close)
	client, err := asterisk.New(asterisk.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.BootClock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return &Engine{ari: client, journal: j, clock: journal.BootClock(), log: slog.New(slog.DiscardHandler), recordings: t.TempDir(),
		files: mailbox.New[call.Message](), calls: map[ivr.CallID]*call.Call{}, langs: map[string]remembered{}}, j
}

// TestMessageIsAFactOnce: a message whose copy at Asterisk cannot be removed at first is
// told once.
func TestMessageIsAFactOnce(t *testing.T) {
	deletes := 0
	e, j := desk(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodDelete {
			_, _ = w.Write([]byte("RIFF"))
			return
		}
		if deletes++; deletes == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	m := call.Message{Call: "c1", Recording: "c1/r1", File: "general/c1-r1.wav", Box: "general"}
	if err := e.fileVoicemail(t.Context(), &m); err == nil {
		t.Fatal("the copy was removed at once")
	}
	if err := e.fileVoicemail(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	facts, err := j.After(t.Context(), 0, 10)
	if err != nil || len(facts) != 1 {
		t.Errorf("facts: %+v, %v", facts, err)
	}
	if left, err := j.States(t.Context(), call.MessageKind); err != nil || len(left) != 0 {
		t.Errorf("states left: %v, %v", left, err)
	}
}

// TestRememberedLanguagesAreForgotten: a language is kept no longer than it is to be, also by
// an engine that runs for months.
func TestRememberedLanguagesAreForgotten(t *testing.T) {
	e, j := desk(t, nil)
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	e.clock = func() ivr.Stamp { return ivr.Stamp{At: now} }
	for _, number := range []string{"0111111111", "0122222222"} {
		id := ivr.CallID("call-" + number)
		e.calls[id] = call.New(call.State{ID: id, From: number}, call.Parts{Log: e.log})
		e.remember(id, flow.Remember{Lang: "ms", For: time.Hour})
		now = now.Add(2 * time.Hour)
	}
	if len(e.langs) != 1 || e.langs["0122222222"].Lang != "ms" {
		t.Errorf("remembered: %v", e.langs)
	}
	if err := j.Append(nil).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept, err := j.States(t.Context(), languageKind); err != nil || len(kept) != 1 {
		t.Errorf("kept: %v, %v", kept, err)
	}
}

// oneBundle is a site with one program.
type oneBundle struct {
	Bundles
	program *flow.Program
}

func (b oneBundle) Current() *flow.Program { return b.program }

// TestHoursSetInAHurry: who sets hours and does not wait for the end leaves no doubt: what
// holds now holds after a restart.
func TestHoursSetInAHurry(t *testing.T) {
	e, j := desk(t, nil)
	e.bundles = oneBundle{program: &flow.Program{Calendars: map[string]*hours.Calendar{"office": {}}}}
	e.hours = map[string]ivr.HoursSet{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_ = e.setHours(gone, ivr.HoursSet{Calendar: "office", Mode: ivr.HoursClosed, Why: "flood", Who: "anna"})
	if err := j.Append(nil).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := j.States(t.Context(), hoursKind)
	if _, holds := e.hours["office"]; err != nil || holds != (len(kept) == 1) {
		t.Errorf("holds now: %t; after a restart: %v, %v", holds, kept, err)
	}
}
