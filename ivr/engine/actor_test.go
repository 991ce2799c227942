package engine_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk/aritest"
)

// actor is one person: steps in order, each done again and again until it came about.
type actor struct {
	name  string
	steps []act
	wait  time.Duration // until the present step is done once more
	aside bool          // never through: nobody waits for it
}

// act is one step: do it, once more each every, until it is so.
type act struct {
	name  string
	do    func()
	until func() bool
	every time.Duration
}

const patience = 20 * time.Minute // virtual: nothing in these lives takes longer

// play lets the actors act, in an order that the seed chooses, until all are through.
func (s *site) play(seed uint64, actors ...*actor) {
	s.t.Helper()
	order := rand.New(rand.NewPCG(seed, 1))
	for end := time.Now().Add(patience); time.Now().Before(end); s.pass(step) {
		busy := false
		order.Shuffle(len(actors), func(i, j int) { actors[i], actors[j] = actors[j], actors[i] })
		for _, a := range actors {
			busy = s.advance(a) && !a.aside || busy
		}
		if !busy {
			return
		}
	}
	for _, a := range actors {
		if len(a.steps) > 0 && !a.aside {
			s.t.Errorf("%s is stuck at: %s", a.name, a.steps[0].name)
		}
	}
	s.t.Logf("Asterisk: %v %v", s.fake.Channels(), s.fake.Bridges())
	s.tell(s.facts())
	s.t.FailNow()
}

// advance takes an actor on by at most one step; false = through.
func (s *site) advance(a *actor) bool {
	if len(a.steps) == 0 {
		return false
	}
	now := a.steps[0]
	if now.until() {
		a.steps, a.wait = a.steps[1:], 0
		return len(a.steps) > 0
	}
	if a.wait <= 0 {
		now.do()
		s.settle()
		a.wait = now.every
		if a.wait == 0 {
			a.wait = 5 * time.Second
		}
	}
	a.wait -= step
	return true
}

// agent is an agent with a page.
type agent struct {
	site *site
	id   ivr.AgentID
	page *aritest.Page
}

func nothing() {}

// seen is what the board says of the agent.
func (a *agent) seen() ivr.BoardAgent {
	if on := a.site.board().Agents[a.id]; on != nil {
		return *on
	}
	return ivr.BoardAgent{}
}

func (a *agent) is(states ...ivr.AgentState) func() bool {
	return func() bool { return slices.Contains(states, a.seen().Now.State) }
}

func (a *agent) ask(want ivr.Want) func() { return func() { _, _ = a.site.do(a.id, want) } }

// present is what ctid says every two seconds.
func (s *site) present(agents ...ivr.AgentID) *actor {
	return &actor{name: "ctid", aside: true, steps: []act{{name: "presence", every: 2 * time.Second,
		do: func() { _, _ = s.do("", ivr.Presence{Agents: agents}) }, until: func() bool { return false }}}}
}

// claim gets a line as a page does: claim, register, answer the leg that carries the nonce.
func (a *agent) claim() {
	if a.page != nil {
		a.page.Close()
		a.page = nil
	}
	r, err := a.site.do(a.id, ivr.LineClaim{})
	if err != nil {
		return
	}
	var g ivr.LineGrant
	if json.Unmarshal(r.Data, &g) != nil {
		return
	}
	a.page, _ = a.site.fake.Register(g.User, g.Secret, func(nonce string) bool { return nonce == g.Leg })
}

func (a *agent) leg() string {
	if a.page == nil {
		return ""
	}
	if legs := a.page.Legs(); len(legs) == 1 {
		return legs[0]
	}
	return ""
}

// shift is the way to ready.
func (a *agent) shift() []act {
	profile := ivr.Profile{Name: "A", Skills: map[string][]string{"language": {"ms", "en"},
		"cluster": {"immigration", "road_transport"}}, WrapUp: 60000}
	return []act{
		{name: "sign in", do: a.ask(ivr.SignIn{Profile: profile}), until: func() bool { return a.seen().ID != "" }},
		{name: "line", do: a.claim, every: 35 * time.Second, until: func() bool { return a.seen().Line == ivr.LineUp && a.leg() != "" }},
		{name: "ready", do: a.ask(ivr.SetState{State: ivr.Ready}), until: a.is(ivr.Ready, ivr.Reserved)},
	}
}

func (a *agent) accept() {
	if on := a.seen(); on.Now.State == ivr.Reserved {
		a.ask(ivr.Accept{Lease: on.Now.Lease})()
	}
}

// citizen is a caller.
type citizen struct {
	site *site
	from string
	*aritest.Caller
}

func (c *citizen) dial() { c.Caller = c.site.fake.Call(number, c.from) }

// phase is what the board says of the call.
func (c *citizen) phase() ivr.Phase {
	for _, on := range c.site.board().Calls {
		if on.From == c.from && on.Phase != ivr.PhaseEnded {
			return on.Phase
		}
	}
	return ""
}

func (c *citizen) in(phases ...ivr.Phase) func() bool {
	return func() bool { return slices.Contains(phases, c.phase()) }
}

func (c *citizen) press(key string) func() { return func() { c.Press(key) } }

// arrive is the way into the queue: English, road transport.
func (c *citizen) arrive() []act {
	return []act{
		{name: "dial", do: func() {
			if c.Caller == nil && c.site.open() {
				c.dial()
			}
		}, every: time.Second, until: func() bool { return c.Caller != nil && c.Answered() }},
		{name: "menu", do: c.press("2"), every: 3 * time.Second, until: c.in(ivr.PhaseWaiting, ivr.PhaseOffered, ivr.PhaseTalking)},
	}
}

// gone hangs up.
func (c *citizen) gone() act {
	return act{name: "hang up", do: func() { c.Hangup() }, until: func() bool { return c.phase() == "" }}
}

// talks tells whether caller and agent hear each other.
func (c *citizen) talks(a *agent) func() bool {
	return func() bool {
		return a.leg() != "" && c.site.fake.Hears(c.Channel(), a.leg()) && c.site.fake.Hears(a.leg(), c.Channel())
	}
}

// held tells whether the caller has music and neither hears the other.
func (c *citizen) held(a *agent) func() bool {
	return func() bool {
		return c.Music() && !c.site.fake.Hears(c.Channel(), a.leg()) && !c.site.fake.Hears(a.leg(), c.Channel())
	}
}
