package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
	"talian/ivr/engine"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/journal"
)

// number is what callers dial.
const number = "0380008000"

// demo loads the demo site once; a program never changes.
//
//nolint:gochecknoglobals // loaded once
var demo = sync.OnceValues(func() (*flow.Program, error) {
	p, problems := bundle.Load("../../flows", bundle.Options{Sounds: "../../sounds", Speech: "/speech"})
	if p == nil {
		return nil, fmt.Errorf("the demo site: %v", bundle.Errors(problems))
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
	program, err := demo()
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
	ctx, stop := context.WithCancel(context.Background())
	l := &life{journal: j, stop: stop, done: make(chan struct{})}
	l.engine = engine.New(engine.Parts{ARI: ari, Journal: &killer{Journal: j, at: s.cut, kill: stop}, Clock: s.clock, Program: s.program,
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
