package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when every scene begins.
func noon() time.Time { return time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) }

// scene writes down facts on a clock that only moves when told.
type scene struct {
	now   ivr.Stamp
	facts []ivr.Fact
}

func newScene() *scene { return &scene{now: ivr.Stamp{At: noon(), Mono: 5000}} }

// after lets so many milliseconds pass.
func (s *scene) after(ms ivr.Millis) *scene {
	s.now.At, s.now.Mono = s.now.At.Add(ms.Duration()), s.now.Mono+ms
	return s
}

func (s *scene) say(call ivr.CallID, agent ivr.AgentID, body ivr.Body) *scene {
	s.facts = append(s.facts, ivr.Fact{Seq: uint64(len(s.facts) + 1), At: s.now.At, Mono: s.now.Mono,
		Call: call, Agent: agent, Body: body})
	return s
}

// arrive is the usual beginning: 8 s from the first INVITE to the queue.
func (s *scene) arrive(call ivr.CallID) *scene {
	s.say(call, "", ivr.CallArrived{From: "0123456789", To: "0380008000", Flow: "main", Revision: "r1", Waited: 500})
	s.after(500).say(call, "", ivr.CallAnswered{})
	s.after(3000).say(call, "", ivr.CallLanguage{Lang: "ms"})
	s.after(2000).say(call, "", ivr.CallChose{Flow: "main", Node: "menu", Key: "2", Words: "Tax"})
	return s.after(2000).say(call, "", ivr.CallQueued{Queue: "tax", Skills: map[string]string{"cluster": "tax", "language": "ms"}})
}

func (s *scene) offer(call ivr.CallID, agent ivr.AgentID, lease ivr.Token) *scene {
	return s.say(call, agent, ivr.CallOffered{Lease: lease, Until: s.now.At.Add(20 * time.Second)})
}

func (s *scene) connect(call ivr.CallID, agent ivr.AgentID, lease ivr.Token) *scene {
	return s.say(call, agent, ivr.CallOfferEnded{Lease: lease, How: ivr.OfferAccepted}).
		say(call, agent, ivr.CallConnected{Lease: lease})
}

func openStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(soon(t), filepath.Join(t.TempDir(), "talian.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// told gives a store that was told all facts of s.
func told(t testing.TB, s *scene) *Store {
	t.Helper()
	store := openStore(t)
	if err := store.Apply(soon(t), s.facts); err != nil {
		t.Fatal(err)
	}
	return store
}

// fataler is what dump needs of a test, also of a property's.
type fataler interface{ Fatal(args ...any) }

// dump gives every row of the tables that facts fill, as text.
func dump(t fataler, s *Store) string {
	var out strings.Builder
	for _, table := range []string{"cursors ORDER BY source", "calls ORDER BY call_id", "queue_stays ORDER BY call_id, n",
		"offers ORDER BY call_id, lease", "voicemails ORDER BY id", "agent_states ORDER BY source, seq", "hours_log ORDER BY source, seq",
		"cases ORDER BY number", "case_history ORDER BY number, n", "recordings ORDER BY file", "callbacks ORDER BY key",
		"surveys ORDER BY call_id, n", "survey_answers ORDER BY call_id, n, question", "transfers ORDER BY call_id, n", "bundles ORDER BY n"} {
		dumpTable(t, s, table, &out)
	}
	return out.String()
}

func dumpTable(t fataler, s *Store, table string, out *strings.Builder) {
	rows, err := s.db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		out.WriteString(strings.Fields(table)[0] + ":")
		for i, cell := range cells {
			fmt.Fprintf(out, " %s=%v", columns[i], *cell.(*any))
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// one gives the only stay of the only call, and the call.
func one(t *testing.T, s *Store) (CallRecord, *Stay) {
	t.Helper()
	calls, err := s.Calls(soon(t), noon().Add(-time.Hour), noon().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) != 1 || len(calls[0].Stays) != 1 {
		t.Fatalf("%d calls %+v, want one with one stay", len(calls), calls)
	}
	return calls[0], calls[0].Stays[0]
}

func ms(v ivr.Millis) *ivr.Millis { return &v }
