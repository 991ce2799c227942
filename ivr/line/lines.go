package line

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/journal"
	"talian/ivr/mailbox"
)

// Journal is what lines need of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
}

// Lines are all agents' lines.
type Lines struct {
	ari     *asterisk.Client
	journal Journal
	log     *slog.Logger
	tell    func(agent ivr.AgentID, up bool, silent time.Duration)
	busy    func(agent ivr.AgentID) bool

	mu   sync.Mutex
	all  map[ivr.AgentID]*line
	up   map[ivr.AgentID]bool
	ctx  context.Context //nolint:containedctx // the lifetime of Run, for lines made later
	done sync.WaitGroup
}

// New makes the lines. tell is told of every change between up and not up, after it is in
// the journal, and how long the page had been silent before it; busy says whether the agent
// has a call now. Neither may wait.
func New(ari *asterisk.Client, j Journal, log *slog.Logger,
	tell func(ivr.AgentID, bool, time.Duration), busy func(ivr.AgentID) bool) *Lines {
	return &Lines{ari: ari, journal: j, log: log, tell: tell, busy: busy,
		all: map[ivr.AgentID]*line{}, up: map[ivr.AgentID]bool{}}
}

// Start takes the lines back that the journal knows; lines live until ctx ends, and Wait
// returns when the last one has ended.
func (ls *Lines) Start(ctx context.Context) error {
	states, err := ls.journal.States(ctx, StateKind)
	if err != nil {
		return fmt.Errorf("lines' states: %w", err)
	}
	ls.mu.Lock()
	ls.ctx = ctx
	ls.mu.Unlock()
	for id, data := range states {
		var st state
		if err := json.Unmarshal(data, &st); err != nil {
			return fmt.Errorf("state of line %s: %w", id, err)
		}
		ls.get(ivr.AgentID(id), &st).box.Put(adopt{})
	}
	return nil
}

// Wait waits until all lines have ended.
func (ls *Lines) Wait() { ls.done.Wait() }

// get gives the agent's line, made if need be, from st when that is given.
func (ls *Lines) get(agent ivr.AgentID, st *state) *line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l := ls.all[agent]; l != nil {
		return l
	}
	l := &line{agent: agent, lines: ls, log: ls.log.With("agent", string(agent)), box: mailbox.New[any](), status: ivr.LineDown}
	if st != nil {
		l.st, l.status = *st, "" // not known before adopt
	}
	ls.all[agent] = l
	ls.done.Go(func() { l.run(ls.ctx) })
	return l
}

func (ls *Lines) find(agent ivr.AgentID) *line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.all[agent]
}

// Claim gives the agent's page a new line.
func (ls *Lines) Claim(ctx context.Context, agent ivr.AgentID) (ivr.LineGrant, error) {
	reply := make(chan grant, 1)
	ls.get(agent, nil).box.Put(claim{reply})
	select {
	case g := <-reply:
		return g.grant, g.err
	case <-ctx.Done():
		return ivr.LineGrant{}, ctx.Err()
	}
}

// Release gives the agent's line up.
func (ls *Lines) Release(agent ivr.AgentID) { ls.put(agent, release{}) }

// Fail says that the page of a claim lost its audio; it will claim again.
func (ls *Lines) Fail(agent ivr.AgentID, epoch uint64) { ls.put(agent, failed{epoch}) }

func (ls *Lines) put(agent ivr.AgentID, m any) {
	if l := ls.find(agent); l != nil {
		l.box.Put(m)
	}
}

// Up tells whether the agent's audio line is up.
func (ls *Lines) Up(agent ivr.AgentID) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.up[agent]
}

// changed notes whether a line is up and tells who cares.
func (ls *Lines) changed(agent ivr.AgentID, up bool, silent time.Duration) {
	ls.mu.Lock()
	ls.up[agent] = up
	ls.mu.Unlock()
	ls.tell(agent, up, silent)
}

// Legs have ids of the form leg-AGENT-EPOCH-COUNT; AgentOf reads the agent out of one.
func AgentOf(channel string) (agent ivr.AgentID, isLeg bool) {
	rest, isLeg := strings.CutPrefix(channel, "leg-")
	if !isLeg {
		return "", false
	}
	for range 2 {
		i := strings.LastIndexByte(rest, '-')
		if i < 0 {
			return "", false
		}
		rest = rest[:i]
	}
	return ivr.AgentID(rest), true
}

// Handle takes an event of a leg or of an agent's endpoint; it tells whether it was one.
func (ls *Lines) Handle(e asterisk.Event) bool {
	if e.Endpoint != nil {
		// EndpointStateChange would not do: it comes for every leg that begins or ends, too.
		if e.Type == "ContactStatusChange" && e.Contact.Status != asterisk.ContactRemoved {
			ls.put(ivr.AgentID(e.Endpoint.Resource), registered{e.Contact.URI})
		}
		return true
	}
	leg := e.ChannelID()
	agent, isLeg := AgentOf(leg)
	if !isLeg {
		return false
	}
	switch e.Type {
	case "StasisStart":
		epoch := ""
		if len(e.Args) == 3 {
			epoch = e.Args[2]
		}
		ls.put(agent, started{leg, epoch})
	case "StasisEnd", "ChannelDestroyed":
		ls.put(agent, ended{leg})
	}
	return true
}

// Reconcile settles all lines with what Asterisk has after the events were away: the ids
// of its legs' channels, or a new life (reboot) in which nothing is left. Legs without a
// line are given back to be hung up.
func (ls *Lines) Reconcile(channels []string, reboot bool) (strays []string) {
	legs := map[ivr.AgentID][]string{}
	for _, id := range channels {
		if agent, isLeg := AgentOf(id); isLeg {
			legs[agent] = append(legs[agent], id)
		}
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for agent, l := range ls.all {
		if reboot {
			l.box.Put(rebooted{})
		} else {
			l.box.Put(present{legs[agent]})
		}
		delete(legs, agent)
	}
	for _, ids := range legs {
		strays = append(strays, ids...)
	}
	return strays
}

// Owns tells whether a bridge is that of a line that is known.
func (ls *Lines) Owns(bridge string) bool {
	agent := Owner(bridge)
	return agent != "" && ls.find(agent) != nil
}
