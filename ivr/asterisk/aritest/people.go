package aritest

import (
	"context"
	"fmt"
	"slices"
)

// Caller is a citizen on the phone.
type Caller struct {
	fake *Asterisk
	ch   *channel
}

// Call dials a number over the trunk.
func (a *Asterisk) Call(number, from string) *Caller {
	return a.call(number, from, "allowed_not_screened")
}

// CallWithheld dials a number over the trunk, which tells the caller's number and that
// nobody may be shown it.
func (a *Asterisk) CallWithheld(number, from string) *Caller {
	return a.call(number, from, "prohib_not_screened")
}

func (a *Asterisk) call(number, from, shown string) *Caller {
	a.mu.Lock()
	n := a.number()
	c := &channel{id: fmt.Sprintf("17954400%02d.%d", n, n), name: fmt.Sprintf("PJSIP/trunk-%08x", n), state: "Ring",
		from: from, shown: shown, exten: number}
	a.add(c)
	a.mu.Unlock()
	a.try(c)
	return &Caller{fake: a, ch: c}
}

// Channel gives the id of the caller's channel.
func (c *Caller) Channel() string { return c.ch.id }

// Press presses keys.
func (c *Caller) Press(keys string) {
	c.fake.mu.Lock()
	defer c.fake.mu.Unlock()
	for _, key := range keys {
		if c.fake.channels[c.ch.id] != c.ch || !c.ch.inApp {
			return
		}
		c.fake.emit("ChannelDtmfReceived", object{"digit": string(key), "channel": c.ch.json()})
		if r := c.ch.record; r != nil && (r.endKey == string(key) || r.endKey == "any") {
			c.fake.finishRecording(c.ch, "done")
		}
	}
}

// Hangup ends the call from the caller's side.
func (c *Caller) Hangup() {
	c.fake.mu.Lock()
	defer c.fake.mu.Unlock()
	c.fake.end(c.ch, "")
}

// Connected tells whether the call is not over.
func (c *Caller) Connected() bool { return c.look(func() bool { return true }) }

// Answered tells whether the call is answered and not over.
func (c *Caller) Answered() bool { return c.look(func() bool { return c.ch.state == "Up" }) }

// WaitAnswered waits for the answer.
func (c *Caller) WaitAnswered(ctx context.Context) {
	c.fake.t.Helper()
	c.fake.Wait(ctx, "the answer to a call", c.Answered)
}

// Music tells whether the caller hears music.
func (c *Caller) Music() bool {
	return c.look(func() bool { return (c.ch.music || !c.ch.inApp && c.ch.tries > 0) && len(c.ch.plays) == 0 })
}

// Prompts gives the media that are played to the caller now.
func (c *Caller) Prompts() []string {
	var media []string
	c.look(func() bool {
		if len(c.ch.plays) > 0 {
			media = slices.Clone(c.ch.plays[0].media)
		}
		return true
	})
	return media
}

// Recorded tells whether the caller is being recorded now.
func (c *Caller) Recorded() bool { return c.look(func() bool { return c.ch.record != nil }) }

// Digits gives the keys that were sent to the caller's side.
func (c *Caller) Digits() string {
	sent := ""
	c.look(func() bool { sent = c.ch.sent; return true })
	return sent
}

func (c *Caller) look(at func() bool) bool {
	c.fake.mu.Lock()
	defer c.fake.mu.Unlock()
	return c.fake.channels[c.ch.id] == c.ch && at()
}
