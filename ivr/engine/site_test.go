package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
	"talian/ivr/callback"
	"talian/ivr/cases"
	"talian/ivr/dip"
	"talian/ivr/engine"
	"talian/ivr/errand"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/journal"
	"talian/ivr/prompt"
)

// number is what callers dial.
const number = "0380008000"

// site of the tests, loaded once; a program never changes.
//
//nolint:gochecknoglobals // loaded once
var testSite = sync.OnceValues(func() (*flow.Program, error) {
	p, problems := bundle.Load("../call/testdata/site", bundle.Options{Speech: speech})
	if p == nil {
		return nil, fmt.Errorf("the site of the tests: %v", bundle.Errors(problems))
	}
	for _, piece := range prompt.Missing(p.Prompts) {
		if err := os.MkdirAll(filepath.Dir(piece.Speech), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(piece.Speech+".wav", []byte("sound"), 0o600); err != nil {
			return nil, err
		}
	}
	return p, nil
})

// site is what outlives an engine: Asterisk with the people on it, the journal, the time.
// It lives in a synctest bubble: its seconds take no time.
type site struct {
	t       *testing.T
	fake    *aritest.Asterisk
	dir     string
	program *flow.Program
	begin   time.Time

	run *life // the engine now
	cut cutAt
}

// only is a site with one bundle.
type only struct{ program *flow.Program }

func (o only) Current() *flow.Program                                  { return o.program }
func (o only) Pick(string, ivr.CallID) *flow.Program                   { return o.program }
func (o only) Revision(context.Context, string) (*flow.Program, error) { return o.program, nil }
func (o only) Publish(context.Context, ivr.BundleSet) (bool, error)    { return false, nil }
func (o only) Approve(context.Context, string, string) error           { return nil }
func (o only) Log() ivr.BundleStanding                                 { return ivr.BundleStanding{} }

// find stands for the records: what was opened a moment ago, the registry knows itself.
func (s *site) find(context.Context, ivr.CaseNumber) (cases.Case, bool, error) {
	return cases.Case{}, false, nil
}

// life is one life of an engine.
type life struct {
	engine  *engine.Engine
	journal *journal.Journal
	stop    context.CancelFunc
	done    chan struct{}
}

// cutAt says where the engine is killed.
type cutAt struct {
	append int  // the number of the Append; 0 = never
	late   bool // after it is durable; else before
}

// killer is a journal that stops the engine at one Append, as kill -9 would: what comes
// later is not written, and nothing of the last Append has had an effect yet.
type killer struct {
	*journal.Journal
	at   cutAt
	kill context.CancelFunc

	mu    sync.Mutex
	count int
}

// Append counts, and kills.
func (k *killer) Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.count++
	if k.count != k.at.append {
		return k.Journal.Append(facts, states...)
	}
	if !k.at.late {
		k.kill()
		_ = k.Journal.Close()
		return k.Journal.Append(facts, states...) // refused
	}
	ticket := k.Journal.Append(facts, states...)
	_ = ticket.Wait(context.Background())
	k.kill()
	_ = k.Journal.Close()
	return ticket
}

func newSite(t *testing.T, cut cutAt) *site {
	t.Helper()
	program, err := testSite()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, fake: aritest.New(t, aritest.InMemory()), dir: t.TempDir(), program: program,
		begin: time.Now().Add(-time.Hour), cut: cut}
	s.start()
	return s
}

// clock is both clocks on the bubble's time.
func (s *site) clock() ivr.Stamp {
	now := time.Now()
	return ivr.Stamp{At: now.UTC(), Mono: ivr.MillisOf(now.Sub(s.begin))}
}

func (s *site) openJournal() *journal.Journal {
	s.t.Helper()
	j, err := journal.Open(filepath.Join(s.dir, "journal.db"), s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	return j
}

// start begins an engine's life; only the first one is cut.
func (s *site) start() {
	s.t.Helper()
	j := s.openJournal()
	ari, err := asterisk.New(s.fake.Config())
	if err != nil {
		s.t.Fatal(err)
	}
	zone := time.UTC
	ctx, stop := context.WithCancel(context.Background())
	kept := &killer{Journal: j, at: s.cut, kill: stop}
	registry, err := cases.New(kept, s.clock, zone, s.find)
	if err != nil {
		s.t.Fatal(err)
	}
	dips, err := dip.New(errand.Services(s.program), dip.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(dips.Close)
	work := &errand.Errands{Cases: registry, Book: callback.New(kept, s.clock), Dips: dips, Zone: zone, Log: slog.New(slog.DiscardHandler)}
	l := &life{journal: j, stop: stop, done: make(chan struct{})}
	l.engine = engine.New(engine.Parts{ARI: ari, Journal: kept, Clock: s.clock, Bundles: only{s.program}, Work: work, Dial: "PJSIP/trunk/sip:{number}@192.0.2.1",
		Recordings: filepath.Join(s.dir, "recordings"), Log: slog.New(slog.NewTextHandler(s.t.Output(), nil)),
		Silence: func(d time.Duration) string { return fmt.Sprint("/silence/", d) }})
	s.run, s.cut = l, cutAt{}
	go func() {
		defer close(l.done)
		_ = l.engine.Run(ctx) // the reason of a kill is known
	}()
}

// end stops the engine and lets the journal go.
func (l *life) end() {
	l.stop()
	<-l.done
	_ = l.journal.Close()
}

// settle lets everything come to rest, and brings a killed engine back.
func (s *site) settle() {
	synctest.Wait()
	select {
	case <-s.run.done:
		s.run.end()
		s.start()
		synctest.Wait()
	default:
	}
}

// pass lets time pass.
func (s *site) pass(d time.Duration) {
	for ; d > 0; d -= step {
		time.Sleep(min(d, step)) // virtual
		s.settle()
	}
}

const step = 500 * time.Millisecond

// open tells whether callers find somebody: an agent is signed in, or it is after hours.
func (s *site) open() bool {
	b := s.board()
	return len(b.Agents) > 0 || b.Hours["office"].Mode == ivr.HoursClosed
}

// do asks for something; a refusal is an error.
func (s *site) do(agent ivr.AgentID, want ivr.Want) (ivr.Reply, error) {
	r, err := s.run.engine.Do(context.Background(), ivr.Intent{Agent: agent, Want: want})
	if err == nil && r.Err != nil {
		err = r.Err
	}
	return r, err
}

// board gives the live picture.
func (s *site) board() *ivr.Board {
	s.settle()
	b, err := s.run.engine.Snapshot(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// facts ends the engine and reads all that the journal has.
func (s *site) facts() []ivr.Fact {
	s.t.Helper()
	s.run.end()
	j := s.openJournal()
	defer j.Close()
	var all []ivr.Fact
	for {
		facts, err := j.After(context.Background(), uint64(len(all)), 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(facts) == 0 {
			return all
		}
		all = append(all, facts...)
	}
}

// tell logs facts for people.
func (s *site) tell(facts []ivr.Fact) {
	var out strings.Builder
	for _, f := range facts {
		fmt.Fprintf(&out, "%4d %9s %-8.8s %-7s %-17s %+v\n", f.Seq, f.At.Sub(s.begin.Add(time.Hour)), string(f.Call[max(0, len(f.Call)-6):]), f.Agent, f.Body.Kind(), f.Body)
	}
	s.t.Log("\n" + out.String())
}
