package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/store"
	"talian/test/phone"
)

const (
	crowdAgents  = 12
	crowdRate    = 3.0 // calls/s
	crowdArrives = 60 * time.Second
	crowdCloses  = 8 * time.Second // after the last arrival: who still waits hangs up
	crowdLeaves  = 25 * time.Second
	crowdWrap    = 3 * time.Second // after-call work at most
	ivrdKills    = 5
	longestAway  = 3 * time.Second        // ivrd, from a kill to the start
	wasTalking   = 400 * time.Millisecond // a talk this old is watched through a kill
)

// crowd is many callers and agents, each acting by itself, while daemons are killed.
type crowd struct {
	*scene
	robots  []*robot
	closing chan struct{} // closed when who still waits should hang up

	mu       sync.Mutex
	guests   map[string]*guest  // by number
	talks    map[*robot]talking // who can hear whom now
	problems []string
	outages  []outage
	watched  int // conversations watched through a kill
	longest  time.Duration
}

// talking is a conversation in which nobody is about to do anything.
type talking struct {
	guest *guest
	since time.Time
}

// outage is the time in which ivrd could not take a call.
type outage struct{ from, to time.Time }

// Many callers, agents and kill -9 of ivrd and ctid: no call is lost, no agent is in two,
// and the callers' ledger, Asterisk's and ours say the same. TALIAN_SEED=n draws what
// people do and when daemons die as a failed run has printed it.
func TestManyKills(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TALIAN_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("TALIAN_SEED: %v", err)
		}
		seed = given
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the same again: TALIAN_SEED=%d", seed)
		}
	})
	began := time.Now()
	c := gather(t, seed)
	c.play(seed)
	c.noGhosts()
	c.ledgers(began)
	for _, p := range c.problems {
		t.Error(p)
	}
	if c.watched == 0 {
		t.Error("no conversation was going on when a daemon was killed")
	}
	t.Logf("seed %d: %d calls, %d conversations watched through kills, longest gap %v, all in %v",
		seed, len(c.guests), c.watched, c.longest, time.Since(began).Round(time.Millisecond))
}

// gather opens the office with all agents at their desks.
func gather(t *testing.T, seed uint64) *crowd {
	t.Helper()
	c := &crowd{scene: open(t), closing: make(chan struct{}), guests: map[string]*guest{}, talks: map[*robot]talking{}}
	c.shortWrapUps()
	for n := range crowdAgents {
		id := fmt.Sprintf("agent%02d", n+1)
		c.robots = append(c.robots, &robot{crowd: c, desk: c.desk(id), id: id, random: rand.New(rand.NewPCG(seed, uint64(n)+1))})
	}
	failed := make(chan error, len(c.robots))
	for _, r := range c.robots {
		go func() { failed <- r.desk.StartShift(c.ctx, agentTone) }()
	}
	for range c.robots {
		c.must(<-failed)
	}
	return c
}

// shortWrapUps changes the agents' profiles before they sign in.
func (c *crowd) shortWrapUps() {
	c.t.Helper()
	people, err := store.Open(c.ctx, filepath.Join(c.Dir, "talian.db"))
	c.must(err)
	defer people.Close()
	users, err := people.Users(c.ctx)
	c.must(err)
	for _, user := range users {
		user.WrapUp = ivr.MillisOf(crowdWrap)
		c.must(people.UpsertUser(c.ctx, user))
	}
}

// play lets the callers come and go and the daemons die, and returns when every phone is
// down and the agents have stopped.
func (c *crowd) play(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	var agents, callers sync.WaitGroup
	for _, r := range c.robots {
		agents.Go(func() { r.work(ctx) })
	}
	kills := faults(random)
	arrivals := rand.New(rand.NewPCG(seed, 1<<32))
	callers.Go(func() { c.arrive(ctx, arrivals, &callers) })
	begin := time.Now()
	for _, k := range kills {
		pause(ctx, k.at-time.Since(begin))
		c.fault(k, random)
	}
	pause(ctx, crowdArrives+crowdCloses-time.Since(begin))
	close(c.closing)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		callers.Wait()
	}()
	select {
	case <-gone:
	case <-time.After(crowdLeaves):
		c.t.Errorf("%v after closing there are still callers on the phone: %v", crowdLeaves, c.present())
	}
	stop()
	agents.Wait()
	<-gone
}

// arrive has citizens call, at random moments, crowdRate a second.
func (c *crowd) arrive(ctx context.Context, random *rand.Rand, callers *sync.WaitGroup) {
	end := time.Now().Add(crowdArrives)
	for n := 0; ; n++ {
		pause(ctx, time.Duration(random.ExpFloat64()/crowdRate*float64(time.Second)))
		if ctx.Err() != nil || time.Now().After(end) {
			return
		}
		g := newGuest(c, fmt.Sprintf("01%08d", 10000000+n), random)
		c.mu.Lock()
		c.guests[g.number] = g
		c.mu.Unlock()
		callers.Go(func() { g.live(ctx) })
	}
}

// fault is a moment in which daemons are killed.
type fault struct {
	at, away   time.Duration // from the begin; until ivrd is started again
	ivrd, ctid bool
}

// faults gives ivrdKills kills of ivrd spread over the arrivals, one of them together with
// ctid, and one of ctid alone.
func faults(random *rand.Rand) []fault {
	var all []fault
	slot := crowdArrives / (ivrdKills + 1)
	ctidAlone, both := random.IntN(ivrdKills+1), random.IntN(ivrdKills)
	for n := range ivrdKills + 1 {
		at := time.Duration(n)*slot + slot/5 + time.Duration(random.Int64N(int64(slot/2)))
		away := time.Duration(random.Int64N(int64(longestAway))) * time.Duration(random.IntN(2)) // half of them at once
		all = append(all, fault{at: at, away: away, ivrd: n != ctidAlone, ctid: n == ctidAlone})
	}
	if both >= ctidAlone {
		both++
	}
	all[both].ctid = true
	return all
}

// fault kills and starts again. Most conversations are left alone for as long, and
// must not notice; in the others people do as they like.
func (c *crowd) fault(f fault, random *rand.Rand) {
	watched := c.watch(random)
	from := time.Now()
	if f.ivrd {
		c.Ivrd.Kill(c.t)
	}
	if f.ctid {
		c.Ctid.Kill(c.t)
	}
	if f.ivrd {
		pause(c.ctx, f.away)
		c.Ivrd.Start(c.t)
		c.mu.Lock()
		c.outages = append(c.outages, outage{from, time.Now()})
		c.mu.Unlock()
	}
	if f.ctid {
		c.Ctid.Start(c.t)
		c.reconnect()
	}
	for _, r := range c.robots {
		if _, err := r.desk.Wait(c.within(5*time.Second), "ctid to hear ivrd again", linked); err != nil {
			c.t.Error(err)
		}
	}
	for r, w := range watched {
		c.unnoticed(r, w, from)
		w.still.Unlock()
	}
}

// watch takes hold of conversations in which both hear each other.
func (c *crowd) watch(random *rand.Rand) map[*robot]*guest {
	watched := map[*robot]*guest{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.robots {
		talk, ok := c.talks[r]
		if !ok || random.IntN(4) == 0 || time.Since(talk.since) < wasTalking || !talk.guest.still.TryLock() {
			continue
		}
		lately := time.Now().Add(-wasTalking / 2)
		here, there := talk.guest.phone.Ear, r.desk.Ear()
		if here.Heard(agentTone, lately) < wasTalking/4 || there.Heard(citizenTone, lately) < wasTalking/4 {
			talk.guest.still.Unlock() // not yet, or just left
			continue
		}
		here.Reset()
		there.Reset()
		watched[r] = talk.guest
	}
	return watched
}

// unnoticed proves that a conversation went on through a kill.
func (c *crowd) unnoticed(r *robot, g *guest, since time.Time) {
	c.watched++
	lasted := time.Since(since)
	for _, side := range []struct {
		who  string
		ear  *phone.Ear
		tone int
	}{{g.number, g.phone.Ear, agentTone}, {r.id, r.desk.Ear(), citizenTone}} {
		gap := side.ear.Gap()
		c.longest = max(c.longest, gap)
		if gap > gapAmongMany {
			c.problem("%s heard nothing for %v through a kill, of %v", side.who, gap, lasted)
		}
		if heard := side.ear.Heard(side.tone, since); heard < lasted*9/10 {
			c.problem("%s heard the other for %v of %v through a kill: %v", side.who, heard, lasted, side.ear.Timeline())
		}
	}
}

// reconnect has every desk connect again, as pages do.
func (c *crowd) reconnect() {
	failed := make(chan error, len(c.robots))
	for _, r := range c.robots {
		go func() { failed <- r.desk.Connect(c.within(10 * time.Second)) }()
	}
	for range c.robots {
		c.must(<-failed)
	}
}

func (c *crowd) problem(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// guest gives the caller with a number; nil when nobody has it.
func (c *crowd) guest(number string) *guest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.guests[number]
}

// present lists those whose call is not over.
func (c *crowd) present() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var here []string
	for number, g := range c.guests {
		if !g.over() {
			here = append(here, number+" "+g.plan.String())
		}
	}
	slices.Sort(here)
	return here
}

// noGhosts waits until Asterisk has nothing but the agents' legs, each alone in its bridge.
func (c *crowd) noGhosts() {
	want := fmt.Sprintf("%d active channels", crowdAgents)
	var channels string
	if !c.soon(5*time.Second, func() bool {
		channels = c.CLI(c.t, "core show channels count")
		return strings.Contains(channels, want+"\n")
	}) {
		c.t.Errorf("want %s, there are %s\n%s", want, channels, c.CLI(c.t, "core show channels"))
	}
	var bridges []string
	for line := range strings.Lines(c.CLI(c.t, "bridge show all")) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.Contains(line, "stasis") {
			bridges = append(bridges, fields[0])
			if !slices.Contains(fields, "1") {
				c.t.Errorf("an agent is not alone in the bridge: %s", line)
			}
		}
	}
	if len(bridges) != crowdAgents {
		c.t.Errorf("%d bridges, want one per agent: %v", len(bridges), bridges)
	}
}

// soon waits until something is so.
func (c *crowd) soon(d time.Duration, so func() bool) bool {
	deadline := time.Now().Add(d)
	for !so() {
		if time.Now().After(deadline) {
			return false
		}
		pause(c.ctx, 100*time.Millisecond)
	}
	return true
}

// pause is the time that a person takes.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// during tells whether a moment lies in an outage, give or take.
func (c *crowd) during(at time.Time, give time.Duration) bool {
	return slices.ContainsFunc(c.outages, func(o outage) bool {
		return at.After(o.from.Add(-give)) && at.Before(o.to.Add(give))
	})
}
