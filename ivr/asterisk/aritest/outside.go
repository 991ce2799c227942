package aritest

import (
	"fmt"
	"strings"
	"time"
)

// Outside is how a number outside takes a call that we make.
type Outside struct {
	Rings   time.Duration // then it answers
	Busy    bool
	Unknown bool // the number does not exist
	Silent  bool // nobody answers: it rings until the caller's patience is over
}

// Far is what sits at the outside end of one call that we made.
type Far struct {
	fake *Asterisk
	ch   *channel
}

// Outsiders says how numbers outside take calls; without it none can be reached. An
// endpoint is outside when it holds a SIP address: PJSIP/trunk/sip:NUMBER@HOST.
func (a *Asterisk) Outsiders(take func(number string) Outside) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outside = take
}

// Called gives the outside end of the newest call to a number that is up; nil when none is.
func (a *Asterisk) Called(number string) *Far {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.order) - 1; i >= 0; i-- {
		if c := a.channels[a.order[i]]; c.outside == number && c.state == "Up" {
			return &Far{fake: a, ch: c}
		}
	}
	return nil
}

// Channel gives the id of its channel.
func (f *Far) Channel() string { return f.ch.id }

// Hangup ends the call from the far side.
func (f *Far) Hangup() {
	f.fake.mu.Lock()
	defer f.fake.mu.Unlock()
	f.fake.end(f.ch, "ChannelDestroyed-far")
}

// outsideNumber gives the number of an outside endpoint, and the trunk that leads there.
func outsideNumber(endpoint string) (trunk, number string, isOutside bool) {
	trunk, address, isOutside := strings.Cut(endpoint, "/sip:")
	number, _, _ = strings.Cut(address, "@")
	return trunk, number, isOutside
}

// dialOutside rings a number. a.mu is held.
func (a *Asterisk) dialOutside(id, trunk, number string, args []string, patience time.Duration) object {
	c := &channel{id: id, name: fmt.Sprintf("PJSIP/%s-%08x", trunk, a.number()), state: "Down", from: number, exten: "s",
		endpoint: trunk, outside: number, args: args}
	a.add(c)
	how := Outside{Silent: true}
	if a.outside != nil {
		how = a.outside(number)
	}
	wait := how.Rings
	if how.Silent || patience < wait {
		how.Silent, wait = true, patience
	}
	c.timer = time.AfterFunc(wait, func() { a.taken(c, how) })
	return c.json()
}

// taken is the end of the ringing.
func (a *Asterisk) taken(c *channel, how Outside) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.channels[c.id] != c:
	case how.Silent:
		a.end(c, "ChannelDestroyed-silent")
	case how.Busy:
		a.end(c, "ChannelDestroyed-busy")
	case how.Unknown:
		a.end(c, "ChannelDestroyed-none")
	default:
		c.state = "Up"
		if !a.enter(c) {
			a.end(c, "ChannelDestroyed-deleted")
		}
	}
}
