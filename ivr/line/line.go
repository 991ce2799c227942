package line

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/journal"
	"talian/ivr/mailbox"
)

// StateKind is the kind of the lines' states in the journal.
const StateKind = "line"

const (
	dialTimeout  = 10 * time.Second // of one INVITE
	claimTimeout = 30 * time.Second // from claim to leg
	redialEvery  = time.Second
	soundEvery   = 50 * time.Millisecond // RTP statistics of a leg that was answered, until it is heard
	soundTimeout = 3 * time.Second       // from a leg's answer to the first packet of its page
	checkIdle    = 10 * time.Second      // RTP statistics of a line without a call
	checkBusy    = time.Second           // and with one
	deadIdle     = 20 * time.Second      // without a packet from the page: the leg is dead
	deadBusy     = 3 * time.Second       // with a call on it
	silentChecks = 2                     // at least: an Asterisk that stood still has counted nothing meanwhile
	headerNonce  = "X-CTI-Leg"
	causeNormal  = 16
	noAudio      = "no_audio" // why a line is not up although its leg is there
	agentContext = "agents"
	unseen       = "unseen" // contact that may have registered while the events were away
)

// Bridge names the bridge of an agent's line.
func Bridge(agent ivr.AgentID) string { return "line-" + string(agent) }

// Owner tells whose line a bridge is; "" when it is no line's.
func Owner(bridge string) ivr.AgentID {
	agent, isLine := strings.CutPrefix(bridge, "line-")
	if !isLine {
		return ""
	}
	return ivr.AgentID(agent)
}

// state is what a restart must know of a line.
type state struct {
	Epoch uint64 `json:"epoch"` // of the newest claim
	Nonce string `json:"nonce"`
	Leg   string `json:"leg,omitempty"` // channel in the bridge; "" = none
	Dials int    `json:"dials"`         // legs dialled, for their ids
}

// line is one agent's line; only its own goroutine touches what is below the mailbox.
type line struct {
	agent ivr.AgentID
	lines *Lines
	log   *slog.Logger
	box   *mailbox.Mailbox[any]

	st      state
	status  ivr.LineStatus
	contact string           // where the page of the newest claim has registered; "" = not yet
	dialed  string           // leg on its way, until it is heard; "" = none
	since   time.Time        // when that leg was answered; zero = not yet
	sound   <-chan time.Time // when to look whether it is heard
	until   time.Time        // give up dialling
	silent  int              // checks without a packet
	packets int64
	heard   time.Time // when there were packets last
}

// Messages to a line's goroutine.
type (
	claim      struct{ reply chan<- grant }
	release    struct{}
	failed     struct{ epoch uint64 }
	registered struct{ contact string } // the page did
	started    struct{ leg, epoch string }
	ended      struct{ leg string }
	present    struct{ legs []string } // after a reconnect: the line's channels that there are
	rebooted   struct{}                // Asterisk was started anew
	adopt      struct{}                // after a restart of ours: look at the leg that the journal names
)

type grant struct {
	grant ivr.LineGrant
	err   error
}

// run acts on messages until ctx ends.
func (l *line) run(ctx context.Context) {
	tick := time.NewTicker(redialEvery)
	defer tick.Stop()
	next := make(chan any)
	go func() {
		defer close(next)
		for {
			m, err := l.box.Next(ctx)
			if err != nil {
				return
			}
			select {
			case next <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	lastCheck := time.Now()
	for {
		select {
		case m, ok := <-next:
			if !ok {
				return
			}
			l.act(ctx, m)
		case <-l.sound:
			l.listen(ctx)
		case now := <-tick.C:
			l.tick(ctx, now, &lastCheck)
		case <-ctx.Done():
			return
		}
	}
}

func (l *line) act(ctx context.Context, m any) {
	switch m := m.(type) {
	case claim:
		g, err := l.claim(ctx)
		m.reply <- grant{g, err}
	case release:
		l.release(ctx)
	case failed:
		if m.epoch == l.st.Epoch && l.st.Leg != "" && l.status == ivr.LineUp {
			_ = l.set(ctx, ivr.LineRestoring, noAudio)
		}
	case registered:
		l.registered(ctx, m.contact)
	case started:
		l.started(ctx, m)
	case ended:
		l.ended(ctx, m.leg, "leg_ended")
	case present:
		l.settle(ctx, m.legs)
	case rebooted:
		l.st.Leg, l.dialed = "", ""
		_ = l.set(ctx, ivr.LineDown, "asterisk_restart")
	case adopt:
		l.adopt(ctx)
	}
}

// claim makes a new secret and nonce; the leg is dialled when the page has registered.
func (l *line) claim(ctx context.Context) (ivr.LineGrant, error) {
	g := ivr.LineGrant{User: string(l.agent), Secret: ivr.NewSecret(), Leg: ivr.NewSecret(), Epoch: l.st.Epoch + 1}
	l.st.Epoch, l.st.Nonce = g.Epoch, g.Leg
	l.until, l.contact = time.Now().Add(claimTimeout), ""
	if l.dialed != "" {
		l.hangup(ctx, l.dialed)
		l.dialed = ""
	}
	status := ivr.LineStarting
	if l.st.Leg != "" {
		status = ivr.LineRestoring
	}
	if err := l.set(ctx, status, ""); err != nil {
		return ivr.LineGrant{}, err
	}
	err := l.lines.ari.PutEndpoint(ctx, asterisk.Endpoint{ID: string(l.agent), Secret: g.Secret,
		Context: agentContext, Codecs: "alaw"})
	if err == nil {
		err = l.lines.ari.Subscribe(ctx, "endpoint:PJSIP/"+string(l.agent))
	}
	if err != nil {
		l.log.Error("the line's endpoint could not be made", "err", err)
		return ivr.LineGrant{}, ivr.NewError(ivr.CodeUnavailable, "the telephone system is away; trying again helps")
	}
	return g, nil
}

func (l *line) release(ctx context.Context) {
	leg, dialed := l.st.Leg, l.dialed
	l.st.Leg, l.dialed, l.until = "", "", time.Time{}
	_ = l.set(ctx, ivr.LineDown, "released")
	for _, channel := range []string{leg, dialed} {
		if channel != "" {
			l.hangup(ctx, channel)
		}
	}
	if err := l.lines.ari.DeleteEndpoint(ctx, string(l.agent)); err != nil {
		l.log.Warn("the line's endpoint could not be removed", "err", err)
	}
	if l.lines.busy(l.agent) {
		return // a caller is in the bridge, and a new leg may still come to it
	}
	if err := l.lines.ari.DeleteBridge(ctx, Bridge(l.agent)); err != nil {
		l.log.Warn("the line's bridge could not be removed", "err", err)
	}
}

// adopt goes on with the leg that the journal names; present tells later whether it lives.
func (l *line) adopt(ctx context.Context) {
	if l.st.Leg == "" {
		_ = l.set(ctx, ivr.LineDown, "")
		return
	}
	if err := l.lines.ari.Subscribe(ctx, "endpoint:PJSIP/"+string(l.agent)); err != nil {
		l.log.Warn("no events of the line's endpoint", "err", err)
	}
	_ = l.set(ctx, ivr.LineUp, "")
}

// set journals a status and tells those who care. The state goes with it. They are told
// before the fact can be seen: who sees that the line is up may be ready at once.
// The error, that it is not durable, is for an answer that promises so; the line itself
// goes on either way.
func (l *line) set(ctx context.Context, status ivr.LineStatus, why string) error {
	data, err := json.Marshal(l.st)
	if err != nil {
		return fmt.Errorf("line state: %w", err)
	}
	var facts []ivr.Fact
	if status != l.status {
		facts = append(facts, ivr.Fact{Agent: l.agent, Body: ivr.LineChanged{Status: status, Why: why, Epoch: l.st.Epoch}})
	}
	changed := status != l.status
	l.status = status
	ticket := l.lines.journal.Append(facts, journal.State{Kind: StateKind, ID: string(l.agent), Data: data})
	if changed {
		l.log.Info("line", "status", status, "why", why, "epoch", l.st.Epoch)
		up := l.st.Leg != "" && why != noAudio // up, too, while a new leg is put beside it
		l.lines.changed(l.agent, up, l.quiet())
	}
	return ticket.Wait(ctx)
}

func (l *line) tick(ctx context.Context, now time.Time, lastCheck *time.Time) {
	if !l.until.IsZero() && now.After(l.until) {
		l.until = time.Time{}
		if l.st.Leg == "" {
			_ = l.set(ctx, ivr.LineDown, "not_registered")
		} else {
			_ = l.set(ctx, ivr.LineUp, "") // the old leg is still there
		}
		return
	}
	l.dial(ctx)
	every, dead := checkIdle, deadIdle
	if l.lines.busy(l.agent) {
		every, dead = checkBusy, deadBusy
	}
	if l.st.Leg == "" || now.Sub(*lastCheck) < every {
		return
	}
	*lastCheck = now
	l.check(ctx, dead)
}
