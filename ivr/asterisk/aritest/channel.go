package aritest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// channel is one channel. Everything in it is guarded by the fake's mutex.
type channel struct {
	id       string
	name     string
	state    string // Ring, Up, Down
	from     string
	shown    string // presentation of the number that it comes from
	exten    string
	created  time.Time
	inApp    bool
	args     []string
	tries    int
	music    bool
	bridge   *bridge
	plays    []*playback // the first one is being played
	record   *recording
	endpoint string // of a leg: the agent's
	outside  string // of a leg to a number outside: the number
	page     *Page
	sent     string // digits sent to the far end
	packets  int64
	deaf     bool          // nothing comes from the far end
	timer    *time.Timer   // next try in the dialplan, or the end of ringing
	idle     chan struct{} // closed when no playback is left; renewed when one begins
}

// kill stops what the channel has under way.
func (c *channel) kill() {
	if c.timer != nil {
		c.timer.Stop()
	}
	for _, p := range c.plays {
		p.stopTimer()
	}
	if len(c.plays) > 0 {
		close(c.idle)
	}
	c.plays = nil
}

func (c *channel) json() object {
	o := heard("channel")
	o["id"], o["name"], o["state"] = c.id, c.name, c.state
	o["caller"] = object{"name": "", "number": c.from}
	o["creationtime"] = stamp(c.created)
	plan := object{"context": "reception", "exten": c.exten, "priority": 2, "app_name": "MusicOnHold", "app_data": "default,1"}
	if c.endpoint != "" {
		plan = object{"context": "agents", "exten": "s", "priority": 1, "app_name": "AppDial2", "app_data": "(Outgoing Line)"}
	}
	if c.inApp {
		data := App
		for _, arg := range c.args {
			data += "," + arg
		}
		plan["app_name"], plan["app_data"] = "Stasis", data
	}
	o["dialplan"] = plan
	return o
}

// add makes a channel known.
func (a *Asterisk) add(c *channel) {
	c.created, c.idle = time.Now(), make(chan struct{})
	close(c.idle)
	a.channels[c.id] = c
	a.order = append(a.order, c.id)
	a.change()
}

// enter puts a channel into the application, if that is there.
func (a *Asterisk) enter(c *channel) bool {
	if !a.active() {
		return false
	}
	c.inApp = true
	a.emit("StasisStart", object{"args": c.args, "channel": c.json()})
	a.change()
	return true
}

// try is the dialplan: the application, or a second of music and once more.
func (a *Asterisk) try(c *channel) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.channels[c.id] != c {
		return
	}
	c.args = []string{c.exten, fmt.Sprint(c.tries), c.shown}
	if a.enter(c) {
		return
	}
	c.tries++
	c.state = "Up"
	c.timer = time.AfterFunc(time.Second, func() { a.try(c) })
	a.change()
}

// end is the end of a channel: what is under way ends first, then it leaves.
func (a *Asterisk) end(c *channel, captured string) {
	if a.channels[c.id] != c {
		return
	}
	a.finishRecording(c, "done")
	for len(c.plays) > 0 {
		a.finish(c.plays[0], "failed")
	}
	c.kill()
	a.leave(c)
	delete(a.channels, c.id)
	a.order = slices.DeleteFunc(a.order, func(id string) bool { return id == c.id })
	if c.inApp {
		a.emit("StasisEnd", object{"channel": c.json()})
	}
	if c.endpoint != "" {
		c.inApp = false
		a.emitAs("ChannelDestroyed", captured, object{"channel": c.json()})
		a.ofEndpoint(c.endpoint, func() { a.emitAs("ChannelDestroyed", captured, object{"channel": c.json()}) })
		a.endpointChanged(c.endpoint)
	}
	c.inApp = false
	a.forgetApp()
	a.change()
}

// ours gives a channel that is in the application, or the refusal.
func (a *Asterisk) ours(id string) (*channel, int, object) {
	c := a.channels[id]
	switch {
	case c == nil:
		return nil, http.StatusNotFound, message("channel")
	case !c.inApp:
		return nil, http.StatusConflict, words("Channel not in Stasis application")
	}
	return c, 0, nil
}

// onThread gives the channel when it is free: commands on it wait for the prompts that run.
// a.mu is given up meanwhile.
func (a *Asterisk) onThread(id string) (*channel, int, object) {
	for {
		c, status, refusal := a.ours(id)
		if c == nil || len(c.plays) == 0 {
			return c, status, refusal
		}
		idle := c.idle
		a.mu.Unlock()
		<-idle
		a.mu.Lock()
	}
}

func (a *Asterisk) answerChannel(id string) (int, object) {
	c, status, refusal := a.onThread(id)
	if c == nil {
		return status, refusal
	}
	c.state = "Up"
	a.change()
	return http.StatusNoContent, nil
}

func (a *Asterisk) hangup(id string) (int, object) {
	c := a.channels[id]
	if c == nil {
		return http.StatusNotFound, message("channel")
	}
	a.end(c, "ChannelDestroyed-deleted")
	return http.StatusNoContent, nil
}

func (a *Asterisk) setMusic(id string, on bool) (int, object) {
	c, status, refusal := a.ours(id)
	if c == nil {
		return status, refusal
	}
	c.music = on
	a.change()
	return http.StatusNoContent, nil
}

func (a *Asterisk) sendDigits(id, digits string) (int, object) {
	c, status, refusal := a.ours(id)
	if c == nil {
		return status, refusal
	}
	c.sent += digits
	a.change()
	return http.StatusNoContent, nil
}

func (a *Asterisk) statistics(id string) (int, object) {
	c, status, refusal := a.ours(id)
	if c == nil {
		return status, refusal
	}
	if !c.deaf {
		c.packets += 50
	}
	o := heard("rtp")
	o["rxcount"], o["channel_uniqueid"] = c.packets, c.id
	return http.StatusOK, o
}
