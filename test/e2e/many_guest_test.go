package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"talian/test/phone"
	"talian/test/stage"
)

// declineEvery is how often a citizen says no to the survey: ivrd may not be there to hear it.
const declineEvery = 2 * time.Second

// answerWithin is how long a citizen may have to wait for the answer, also while ivrd is away.
const answerWithin = 5 * time.Second

// leave says when a citizen hangs up.
type leave int

const (
	stays   leave = iota // talks until the agent ends it
	menu                 // hangs up in the menu
	waiting              // hangs up when patience is over
	offered              // hangs up when an agent is called, who answers at the same time
	inTalk               // hangs up in the conversation
)

// plan is what a citizen is going to do, drawn from the seed before the call.
type plan struct {
	leave    leave
	keys     []string
	pauses   []time.Duration // before each key
	patience time.Duration
	talk     time.Duration
}

// String gives a plan in a form short enough for an error message.
func (p plan) String() string {
	return fmt.Sprintf("%s %v, patience %v", [...]string{"stays", "leaves the menu", "leaves the queue", "leaves the offer", "leaves the talk"}[p.leave],
		p.keys, p.patience)
}

func newPlan(random *rand.Rand) plan {
	between := func(low, high time.Duration) time.Duration {
		return low + time.Duration(random.Int64N(int64(high-low)))
	}
	topics := [][]string{{"1", "1"}, {"1", "2"}, {"1", "3"}, {"2"}, {"3", "1"}, {"3", "2"}, {"4", "1"}, {"4", "2"}, {"4", "3"},
		{"5", "1"}, {"5", "2"}, {"5", "3"}, {"0"}}
	p := plan{patience: between(15*time.Second, 40*time.Second), talk: between(time.Second, 5*time.Second)}
	p.keys = append([]string{[]string{"1", "2"}[random.IntN(2)]}, topics[random.IntN(len(topics))]...)
	for range p.keys {
		p.pauses = append(p.pauses, between(50*time.Millisecond, time.Second))
	}
	switch draw := random.IntN(100); {
	case draw < 40:
		p.leave = stays
	case draw < 60:
		p.leave, p.keys, p.patience = menu, p.keys[:random.IntN(len(p.keys))], between(0, 6*time.Second)
	case draw < 70:
		p.leave, p.patience = waiting, between(0, 8*time.Second)
	case draw < 80:
		p.leave = offered
	default:
		p.leave = inTalk
	}
	return p
}

// guest is a citizen with a plan.
type guest struct {
	crowd  *crowd
	number string
	plan   plan

	still sync.Mutex // held by whoever acts in the conversation, or wants nobody to

	offer, meet, part sync.Once
	offered           chan struct{} // closed when an agent is called
	met               chan struct{} // closed when talking
	parted            chan struct{} // closed when the agent has ended the talk
	finished          chan struct{} // closed when the phone is down

	phone *phone.Citizen // nil when not answered; set before offered is closed
	left  time.Time      // when the citizen hung up; zero when hung up on
}

func newGuest(c *crowd, number string, random *rand.Rand) *guest {
	return &guest{crowd: c, number: number, plan: newPlan(random), offered: make(chan struct{}), met: make(chan struct{}),
		parted: make(chan struct{}), finished: make(chan struct{})}
}

// over tells whether the phone is down.
func (g *guest) over() bool {
	select {
	case <-g.finished:
		return true
	default:
		return false
	}
}

// live is the whole call.
func (g *guest) live(ctx context.Context) {
	defer close(g.finished)
	dialling, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	c, err := phone.Dial(dialling, phone.Config{Server: stage.SIP, Number: stage.Number, From: g.number, Tone: citizenTone})
	if err != nil {
		g.crowd.problem("%s was not answered: %v", g.number, err)
		return
	}
	g.crowd.mu.Lock()
	g.phone = c
	g.crowd.mu.Unlock()
	for n, key := range g.plan.keys {
		if !g.stay(g.plan.pauses[n], nil, nil) || c.Press(ctx, key) != nil {
			break // hung up on: the ledgers will tell why
		}
	}
	g.waits(ctx)
	if !g.hungUpOn() {
		g.hangUp(ctx)
	}
}

// waits returns when it is time to hang up, or when hung up on.
func (g *guest) waits(ctx context.Context) {
	patience := time.Now().Add(g.plan.patience)
	switch g.plan.leave {
	case menu:
		g.stay(time.Until(patience), nil, nil)
		return
	case offered:
		g.stay(time.Until(patience), g.offered, g.crowd.closing)
		return
	case stays, waiting, inTalk:
	}
	if !g.stay(time.Until(patience), g.met, g.crowd.closing) {
		return
	}
	select {
	case <-g.met:
	default:
		return // patience is over
	}
	if g.plan.leave == inTalk {
		g.stay(g.plan.talk, nil, nil)
		return
	}
	select {
	case <-g.parted:
	case <-g.phone.Done():
		return
	case <-ctx.Done():
		return
	}
	for ctx.Err() == nil && g.stay(declineEvery, nil, nil) {
		_ = g.phone.Press(ctx, "2") // no survey; it fails when hung up on
	}
}

// stay stays on the phone for so long, or until one of the channels is closed; false when
// hung up on meanwhile.
func (g *guest) stay(d time.Duration, until, orUntil <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-until:
	case <-orUntil:
	case <-g.phone.Done():
		return false
	}
	return true
}

func (g *guest) hungUpOn() bool {
	select {
	case <-g.phone.Done():
		return true
	default:
		return false
	}
}

func (g *guest) hangUp(ctx context.Context) {
	g.still.Lock()
	defer g.still.Unlock()
	g.crowd.quiet(nil, g)
	if g.hungUpOn() {
		return
	}
	g.left = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := g.phone.Hangup(ctx); err != nil && !g.hungUpOn() {
		g.crowd.problem("%s could not hang up: %v", g.number, err)
	}
}
