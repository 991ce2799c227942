package call

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
	"talian/ivr/journal"
	"talian/ivr/mailbox"
)

// phone notes what it is asked, and checks that the facts of it are durable.
type phone struct {
	journal *journal.Journal
	mu      sync.Mutex
	asked   []string
	early   bool // something was asked before any fact was durable
}

func (p *phone) note(what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
	p.early = p.early || p.journal.Last() == 0
	return nil
}

func (p *phone) Answer(context.Context, string) error                     { return p.note("answer") }
func (p *phone) Hangup(context.Context, string, int) error                { return p.note("hangup") }
func (p *phone) Play(context.Context, string, string, []string) error     { return p.note("play") }
func (p *phone) StopPlayback(context.Context, string) error               { return p.note("stop") }
func (p *phone) Playing(context.Context, string) (bool, error)            { return true, p.note("playing") }
func (p *phone) StartMusic(context.Context, string, string) error         { return p.note("music") }
func (p *phone) StopMusic(context.Context, string) error                  { return p.note("no music") }
func (p *phone) StopRecording(context.Context, string) error              { return p.note("stop recording") }
func (p *phone) DeleteRecording(context.Context, string) error            { return p.note("delete recording") }
func (p *phone) AddChannel(context.Context, string, string) error         { return p.note("add") }
func (p *phone) RemoveChannel(context.Context, string, string) error      { return p.note("remove") }
func (p *phone) SendDigits(context.Context, string, string) error         { return p.note("digits") }
func (p *phone) Record(context.Context, string, asterisk.Recording) error { return p.note("record") }
func (p *phone) SkipPlayback(context.Context, string, bool) error         { return p.note("skip") }
func (p *phone) PausePlayback(context.Context, string, bool) error        { return p.note("pause") }
func (p *phone) CreateBridge(context.Context, string) error               { return p.note("bridge") }
func (p *phone) DeleteBridge(context.Context, string) error               { return p.note("no bridge") }

// around is the engine around a call.
type around struct {
	world    func() World
	works    *mailbox.Mailbox[Work]
	dialled  error
	released atomic.Int64
	over     atomic.Int64
}

func (a *around) World(ivr.CallID, *flow.Program) World        { return a.world() }
func (a *around) Work(_ ivr.CallID, _ *flow.Program, w Work)   { a.works.Put(w) }
func (a *around) Dial(context.Context, ivr.CallID, Dial) error { return a.dialled }
func (a *around) Trace(*flow.Program, []Traced)                {}
func (a *around) Enqueue(ivr.CallID, Stay)                     {}
func (a *around) Relax(ivr.CallID, string)                     {}
func (a *around) Leave(ivr.CallID)                             {}
func (a *around) Connected(ivr.CallID)                         {}
func (a *around) Release(Talk, bool)                           { a.released.Add(1) }
func (a *around) Bridged(ivr.Token, error)                     {}
func (a *around) File(Message)                                 {}
func (a *around) Over(*Call)                                   { a.over.Add(1) }

// running is a call that runs, on virtual time.
type running struct {
	call    *Call
	phone   *phone
	around  *around
	journal *journal.Journal
	cancel  context.CancelFunc
	done    chan struct{}
}

func run(t *testing.T) *running {
	t.Helper()
	sc := begin(t)
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), func() ivr.Stamp { return sc.now })
	if err != nil {
		t.Fatal(err)
	}
	r := &running{journal: j, phone: &phone{journal: j}, around: &around{world: sc.world, works: mailbox.New[Work]()}, done: make(chan struct{})}
	r.call = New(sc.s, Parts{Program: sc.world().Program, Phone: r.phone, Engine: r.around, Journal: j, Log: slog.New(slog.DiscardHandler),
		Bridge: func(a ivr.AgentID) string { return string(a) }})
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { defer close(r.done); r.call.Run(ctx, sc.s) }()
	t.Cleanup(func() { cancel(); <-r.done; _ = j.Close() })
	return r
}

// TestRunToTheEnd: what comes around the end is answered exactly once, and nothing is kept.
func TestRunToTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t)
		var replies [100]atomic.Int64
		r.call.Tell(Arrived{})
		for i := range replies {
			if i == 50 {
				r.call.Tell(CallerGone{CauseNormal})
			}
			r.call.Tell(Asked{anna, ivr.Hold{}, func(error) { replies[i].Add(1) }})
			r.call.Tell(PlaybackDone{ID: i})
			r.call.Tell(OfferAccepted{anna, leaseA})
			r.call.Tell(CallerGone{CauseNormal})
		}
		<-r.done
		for i := range replies {
			if n := replies[i].Load(); n != 1 {
				t.Errorf("question %d has %d replies", i, n)
			}
		}
		if n := r.around.over.Load(); n != 1 {
			t.Errorf("over %d times", n)
		}
		if n := r.around.released.Load(); n != int64(len(replies)) {
			t.Errorf("%d leases given back, want %d", n, len(replies))
		}
		synctest.Wait()
		if states, err := r.journal.States(t.Context(), StateKind); err != nil || len(states) > 0 {
			t.Errorf("states left: %v, %v", states, err)
		}
		if r.phone.early {
			t.Errorf("an effect before its fact: %v", r.phone.asked)
		}
	})
}

// TestRunIsStopped: the call goes on elsewhere; nothing is hung up, its state is kept.
func TestRunIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t)
		r.call.Tell(Arrived{})
		synctest.Wait()
		r.cancel()
		<-r.done
		if states, err := r.journal.States(t.Context(), StateKind); err != nil || len(states) != 1 {
			t.Errorf("states: %v, %v", states, err)
		}
		for _, asked := range r.phone.asked {
			if asked == "hangup" {
				t.Error("hung up")
			}
		}
		if r.around.over.Load() != 0 {
			t.Error("over")
		}
	})
}

// TestPlaybackIsLookedAfter: Asterisk is asked about a prompt whose end nobody told.
func TestPlaybackIsLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t)
		r.call.Tell(Arrived{})
		time.Sleep(2*playCheckAfter + time.Second) // virtual
		synctest.Wait()
		n := 0
		for _, asked := range r.phone.asked {
			if asked == "playing" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("asked %d times: %v", n, r.phone.asked)
		}
	})
}
