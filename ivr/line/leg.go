package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
)

// registered: only the page of the newest claim can, as it alone has the secret. An INVITE
// to another contact may be lost: the socket of a page that is gone answers nothing.
func (l *line) registered(ctx context.Context, contact string) {
	if l.dialed != "" && contact != l.contact {
		l.hangup(ctx, l.dialed)
		l.dialed = ""
	}
	l.contact = contact
	l.dial(ctx)
}

// dial sends the INVITE of the present claim, if it is wanted and not under way.
func (l *line) dial(ctx context.Context) {
	wanted := l.status == ivr.LineStarting || l.status == ivr.LineRestoring
	if !wanted || l.contact == "" || l.dialed != "" || l.until.IsZero() {
		return
	}
	l.st.Dials++
	leg := fmt.Sprintf("leg-%s-%d-%d", l.agent, l.st.Epoch, l.st.Dials)
	l.dialed, l.since = leg, time.Time{}
	err := l.lines.ari.Originate(ctx, asterisk.Originate{Endpoint: "PJSIP/" + string(l.agent), Channel: leg,
		Args: fmt.Sprintf("leg,%s,%d", l.agent, l.st.Epoch), Timeout: dialTimeout,
		Headers: map[string]string{headerNonce: l.st.Nonce}})
	if err != nil {
		l.dialed = ""
		if !asterisk.Offline(err) {
			l.log.Warn("the line could not be dialled", "err", err)
		}
	}
}

// started: a leg was answered. The one we wait for goes into the bridge; it is up when it is
// heard, and the old one goes.
func (l *line) started(ctx context.Context, m started) {
	if m.leg != l.dialed || m.epoch != fmt.Sprint(l.st.Epoch) {
		l.hangup(ctx, m.leg)
		return
	}
	err := l.lines.ari.CreateBridge(ctx, Bridge(l.agent))
	if err == nil {
		err = l.lines.ari.AddChannel(ctx, Bridge(l.agent), m.leg)
	}
	if err != nil {
		l.log.Error("the leg could not be put into its bridge", "err", err)
		l.hangup(ctx, m.leg)
		return
	}
	l.since = time.Now()
	l.listen(ctx)
}

// listen looks whether the page of the leg that was answered is heard. ICE and DTLS come after
// the answer, and they may fail: SIP alone would take such a leg for good.
func (l *line) listen(ctx context.Context) {
	if l.dialed == "" || l.since.IsZero() {
		return // over since
	}
	rtp, err := l.lines.ari.RTPStatistics(ctx, l.dialed)
	switch {
	case asterisk.Gone(err):
		l.dialed = ""
	case err == nil && rtp.Received > 0:
		l.heardOf(ctx, rtp.Received)
	case time.Since(l.since) < soundTimeout:
		l.sound = time.After(soundEvery)
	default:
		l.log.Warn("a leg was answered, but no sound comes from its page; dialling anew", "leg", l.dialed)
		silent := l.dialed
		l.dialed = ""
		l.dial(ctx) // first: a page that loses its only leg claims the line anew
		l.hangup(ctx, silent)
	}
}

// heardOf: the leg that was answered is heard, and is the line from now on.
func (l *line) heardOf(ctx context.Context, packets int64) {
	old := l.st.Leg
	l.st.Leg, l.dialed, l.until = l.dialed, "", time.Time{}
	l.silent, l.packets, l.heard = 0, packets, time.Now()
	_ = l.set(ctx, ivr.LineUp, "")
	if old != "" {
		l.hangup(ctx, old)
	}
}

// ended: a channel of ours is gone.
func (l *line) ended(ctx context.Context, leg, why string) {
	switch leg {
	case l.dialed: // refused or not answered: the tick tries again
		l.dialed = ""
	case l.st.Leg:
		l.st.Leg = ""
		if !l.until.IsZero() {
			_ = l.set(ctx, ivr.LineStarting, why)
			return
		}
		_ = l.set(ctx, ivr.LineDown, why)
	}
}

// settle compares with the legs that Asterisk has: one that is gone has ended, one that
// nobody waits for is hung up. So is one that may have been answered while the events were
// away: the tick dials it anew.
func (l *line) settle(ctx context.Context, legs []string) {
	if l.st.Leg != "" && !slices.Contains(legs, l.st.Leg) {
		l.ended(ctx, l.st.Leg, "leg_ended")
	}
	if l.dialed != "" && (l.since.IsZero() || !slices.Contains(legs, l.dialed)) {
		l.dialed = ""
	}
	for _, leg := range legs {
		if leg != l.st.Leg && leg != l.dialed {
			l.hangup(ctx, leg)
		}
	}
	if l.contact == "" {
		l.contact = unseen
	}
}

// check proves that the page still sends: a browser sends 50 packets/s also when muted.
func (l *line) check(ctx context.Context, dead time.Duration) {
	rtp, err := l.lines.ari.RTPStatistics(ctx, l.st.Leg)
	switch {
	case asterisk.Gone(err):
		l.ended(ctx, l.st.Leg, "leg_ended")
		return
	case err != nil:
		return
	}
	if rtp.Received > l.packets {
		l.packets, l.silent, l.heard = rtp.Received, 0, time.Now()
		return
	}
	if l.silent++; l.silent < silentChecks || time.Since(l.heard) < dead {
		return
	}
	l.log.Warn("no packets from the page; the leg is given up", "for", time.Since(l.heard).Round(time.Millisecond))
	leg := l.st.Leg
	l.ended(ctx, leg, noAudio)
	l.hangup(ctx, leg)
}

// quiet is how long the page has sent nothing, as far as its silence was looked at.
func (l *line) quiet() time.Duration {
	if l.silent < silentChecks {
		return 0
	}
	return time.Since(l.heard)
}

func (l *line) hangup(ctx context.Context, channel string) {
	if err := l.lines.ari.Hangup(ctx, channel, causeNormal); err != nil {
		l.log.Warn("a leg could not be hung up", "channel", channel, "err", err)
	}
}
