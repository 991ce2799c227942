package line_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
	"talian/ivr/journal"
	"talian/ivr/line"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const anna = ivr.AgentID("anna")

// desk is the lines with what is around them, on virtual time.
type desk struct {
	t     *testing.T
	fake  *aritest.Asterisk
	path  string
	lines *line.Lines
	busy  bool
	mu    sync.Mutex
	told  []bool // what was told of anna's line
	stop  func()
	life  time.Time
}

func bubble(t *testing.T, run func(d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, fake: aritest.New(t, aritest.InMemory()), path: filepath.Join(t.TempDir(), "journal.db")}
		d.start()
		t.Cleanup(func() { d.stop() })
		synctest.Wait()
		run(d)
	})
}

func clock() ivr.Stamp { return ivr.Stamp{At: time.Now(), Mono: ivr.Millis(time.Now().UnixMilli())} }

// start is what an engine does for its lines; stop ends it as a kill would.
func (d *desk) start() {
	d.t.Helper()
	j, err := journal.Open(d.path, clock)
	if err != nil {
		d.t.Fatal(err)
	}
	ari, err := asterisk.New(d.fake.Config())
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	lines := line.New(ari, j, slog.New(slog.DiscardHandler), func(agent ivr.AgentID, up bool, _ time.Duration) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if agent == anna {
			d.told = append(d.told, up)
		}
	}, func(ivr.AgentID) bool { return d.busy })
	if err := lines.Start(ctx); err != nil {
		d.t.Fatal(err)
	}
	done := make(chan struct{}, 2)
	go func() { _ = ari.Run(ctx); done <- struct{}{} }()
	go func() { d.listen(ctx, ari, lines); done <- struct{}{} }()
	d.lines = lines
	d.stop = func() {
		cancel()
		<-done
		<-done
		lines.Wait()
		_ = j.Close()
	}
}

func (d *desk) listen(ctx context.Context, ari *asterisk.Client, lines *line.Lines) {
	for {
		n, err := ari.Next(ctx)
		switch {
		case err != nil:
			return
		case n.Kind == asterisk.Happened:
			lines.Handle(n.Event)
		case n.Kind == asterisk.Up:
			list, err := ari.Channels(ctx)
			if err != nil {
				continue
			}
			var ids []string
			for _, ch := range list {
				ids = append(ids, ch.ID)
			}
			for _, stray := range lines.Reconcile(ids, !d.life.IsZero() && !d.life.Equal(n.Life)) {
				_ = ari.Hangup(ctx, stray, 16)
			}
			d.life = n.Life
		}
	}
}

// pass lets time pass.
func (d *desk) pass(t time.Duration) {
	time.Sleep(t) // virtual
	synctest.Wait()
}

// claim gets a grant; register signs a page in with it.
func (d *desk) claim() ivr.LineGrant {
	d.t.Helper()
	g, err := d.lines.Claim(d.t.Context(), anna)
	if err != nil {
		d.t.Fatal(err)
	}
	return g
}

func (d *desk) register(g ivr.LineGrant) *aritest.Page {
	d.t.Helper()
	p, err := d.fake.Register(g.User, g.Secret, func(nonce string) bool { return nonce == g.Leg })
	if err != nil {
		d.t.Fatal(err)
	}
	synctest.Wait()
	return p
}

// registerAs signs a page in with the grant that is as it was made before it is dialled.
func (d *desk) registerAs(g ivr.LineGrant, as func(*aritest.Page)) *aritest.Page {
	d.t.Helper()
	release := d.fake.Hold("POST /channels")
	p := d.register(g)
	as(p)
	release()
	synctest.Wait()
	return p
}

// expect checks the bridge's members, what was told last, and how often an INVITE was sent.
func (d *desk) expect(when string, up bool, legs ...string) {
	d.t.Helper()
	if got := d.fake.Bridges()["line-anna"]; !slices.Equal(got, legs) {
		d.t.Errorf("%s: in the bridge %v, want %v", when, got, legs)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lines.Up(anna) != up || len(d.told) > 0 && d.told[len(d.told)-1] != up {
		d.t.Errorf("%s: up %t, told %v, want %t", when, d.lines.Up(anna), d.told, up)
	}
}

func (d *desk) dialled() int {
	n := 0
	for _, r := range d.fake.Requests() {
		if r == "POST /channels" {
			n++
		}
	}
	return n
}

func TestClaimAndDial(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		if g.User != "anna" || len(g.Secret) < 20 || len(g.Leg) < 20 || g.Secret == g.Leg || g.Epoch != 1 {
			t.Errorf("grant %+v", g)
		}
		if _, err := d.fake.Register("anna", "another", nil); err == nil {
			t.Error("another secret is taken")
		}
		d.pass(5 * time.Second)
		d.expect("before the page", false)
		page := d.register(g)
		d.expect("registered", true, "leg-anna-1-1")
		if legs := page.Legs(); len(legs) != 1 {
			t.Errorf("legs %v", legs)
		}
	})
}

func TestNobodyRegisters(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		d.pass(32 * time.Second)
		if n := d.dialled(); n != 0 {
			t.Errorf("dialled %d times, to nobody", n)
		}
		d.register(g) // too late: the page must claim anew
		d.expect("too late", false)
		g = d.claim()
		d.register(g)
		d.expect("once more", true, d.fake.Channels()...)
	})
}

// TestNewLegReplacesOld: the old leg goes only after the new one is in.
func TestNewLegReplacesOld(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		caller := d.fake.Call("0380008000", "01")
		g := d.claim()
		d.expect("claimed anew", true, "leg-anna-1-1")
		d.register(g)
		d.expect("after the reload", true, "leg-anna-2-2")
		if got := d.fake.Channels(); !slices.Equal(got, []string{caller.Channel(), "leg-anna-2-2"}) {
			t.Errorf("channels %v", got)
		}
	})
}

func TestLegLost(t *testing.T) {
	bubble(t, func(d *desk) {
		page := d.register(d.claim())
		page.Hangup("leg-anna-1-1")
		synctest.Wait()
		d.expect("leg lost", false)
		d.pass(time.Minute)
		if n := d.dialled(); n != 1 {
			t.Errorf("dialled %d times without a claim", n)
		}
	})
}

func TestLegLostUnseen(t *testing.T) {
	bubble(t, func(d *desk) {
		page := d.register(d.claim())
		d.fake.Cut()
		page.Hangup("leg-anna-1-1") // nobody is told
		d.pass(2 * time.Second)
		d.expect("after the cut", false)
	})
}

func TestCutChangesNothing(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.fake.Cut()
		d.pass(2 * time.Second)
		d.expect("after the cut", true, "leg-anna-1-1")
		if len(d.told) != 2 { // claimed, and up
			t.Errorf("told %v", d.told)
		}
	})
}

func TestAsteriskRestart(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.fake.Restart()
		d.pass(2 * time.Second)
		d.expect("restarted", false)
		d.register(d.claim())
		d.expect("claimed anew", true, "leg-anna-2-2")
	})
}

// TestSilentPage: a page that sends nothing is given up, sooner when a caller waits for it.
func TestSilentPage(t *testing.T) {
	for name, c := range map[string]struct {
		busy  bool
		after time.Duration
	}{"idle": {false, 40 * time.Second}, "in a call": {true, 4 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(d *desk) {
				d.busy = c.busy
				page := d.register(d.claim())
				d.pass(time.Minute)
				d.expect("it sends", true, "leg-anna-1-1")
				page.Mute()
				d.pass(c.after)
				d.expect("it is silent", false)
				if got := d.fake.Channels(); len(got) != 0 {
					t.Errorf("channels %v", got)
				}
			})
		})
	}
}

func TestFail(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.lines.Fail(anna, 7) // of another claim
		synctest.Wait()
		d.expect("another claim", true, "leg-anna-1-1")
		d.lines.Fail(anna, 1)
		synctest.Wait()
		d.expect("no audio", false, "leg-anna-1-1")
		d.register(d.claim())
		d.expect("claimed anew", true, "leg-anna-2-2")
	})
}

func TestRelease(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.lines.Release(anna)
		synctest.Wait()
		d.expect("released", false)
		if b, c, e := d.fake.Bridges(), d.fake.Channels(), d.fake.Endpoints(); len(b)+len(c)+len(e) > 0 {
			t.Errorf("left: bridges %v, channels %v, endpoints %v", b, c, e)
		}
	})
}

// TestReleaseInCall: the caller stays in the bridge, for the leg that may come back.
func TestReleaseInCall(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.busy = true
		d.lines.Release(anna)
		synctest.Wait()
		if _, there := d.fake.Bridges()["line-anna"]; !there {
			t.Error("the bridge is gone")
		}
	})
}

// TestRestart: another process takes the leg over; nothing is dialled or heard of it.
func TestRestart(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.stop()
		d.start()
		d.pass(5 * time.Second)
		d.expect("restarted", true, "leg-anna-1-1")
		if n := d.dialled(); n != 1 {
			t.Errorf("dialled %d times", n)
		}
		d.register(d.claim())
		d.expect("and claimed anew", true, "leg-anna-2-2")
	})
}

func TestRestartWithoutLeg(t *testing.T) {
	bubble(t, func(d *desk) {
		page := d.register(d.claim())
		d.stop()
		page.Hangup("leg-anna-1-1")
		d.start()
		d.pass(5 * time.Second)
		d.expect("restarted", false)
	})
}

// TestRestartWhileStarting: the claim is over with the process that gave it, and all are told.
func TestRestartWhileStarting(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		d.stop()
		d.told = nil
		d.start()
		synctest.Wait()
		if !slices.Equal(d.told, []bool{false}) {
			t.Errorf("told %v", d.told)
		}
		d.register(g)
		d.pass(5 * time.Second)
		d.expect("an old grant", false)
	})
}

func TestStrayLegs(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim())
		d.stop()
		d.path = filepath.Join(t.TempDir(), "journal.db") // a journal that knows of no line
		d.start()
		d.pass(time.Second)
		if got := d.fake.Channels(); len(got) != 0 {
			t.Errorf("channels %v", got)
		}
	})
}

func TestNames(t *testing.T) {
	for channel, want := range map[string]ivr.AgentID{"leg-anna-1-2": "anna", "leg-an-na-1-2": "an-na", "leg-x": "", "1.2": "", "leg--": ""} {
		if got, _ := line.AgentOf(channel); got != want {
			t.Errorf("%s is of %q, want %q", channel, got, want)
		}
	}
	if line.Owner(line.Bridge(anna)) != anna || line.Owner("b1") != "" {
		t.Error("bridge names")
	}
}
