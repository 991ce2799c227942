package aritest

import (
	"net/http"
	"slices"
	"time"
)

type bridge struct {
	id      string
	members []*channel
	created time.Time
}

func (b *bridge) json() object {
	o := heard("bridge")
	o["id"], o["name"], o["creationtime"] = b.id, b.id, stamp(b.created)
	ids := []string{}
	for _, c := range b.members {
		ids = append(ids, c.id)
	}
	o["channels"] = ids
	return o
}

func (a *Asterisk) createBridge(id string) (int, object) {
	if a.bridges[id] != nil {
		return http.StatusConflict, words("Bridge with id '%s' already exists", id)
	}
	b := &bridge{id: id, created: time.Now()}
	a.bridges[id] = b
	a.change()
	return http.StatusOK, b.json()
}

func (a *Asterisk) oneBridge(id string) (int, object) {
	if b := a.bridges[id]; b != nil {
		return http.StatusOK, b.json()
	}
	return http.StatusNotFound, message("bridge")
}

func (a *Asterisk) deleteBridge(id string) (int, object) {
	b := a.bridges[id]
	if b == nil {
		return http.StatusNotFound, message("bridge")
	}
	for len(b.members) > 0 {
		a.leave(b.members[0])
	}
	delete(a.bridges, id)
	a.change()
	return http.StatusNoContent, nil
}

// leave takes a channel out of its bridge, if it is in one.
func (a *Asterisk) leave(c *channel) {
	b := c.bridge
	if b == nil {
		return
	}
	b.members = slices.DeleteFunc(b.members, func(m *channel) bool { return m == c })
	c.bridge = nil
	a.emit("ChannelLeftBridge", object{"bridge": b.json(), "channel": c.json()})
	a.change()
}

func (a *Asterisk) addToBridge(id, member string) (int, object) {
	if a.bridges[id] == nil {
		return http.StatusNotFound, message("bridge")
	}
	if status, refusal := a.mayBridge(member); status != 0 {
		return status, refusal
	}
	c, _, _ := a.onThread(member)
	b := a.bridges[id] // while the command waited both may have gone; it was taken all the same
	if c == nil || b == nil {
		return http.StatusNoContent, nil
	}
	a.leave(c)
	b.members, c.bridge = append(b.members, c), b
	a.emit("ChannelEnteredBridge", object{"bridge": b.json(), "channel": c.json()})
	a.change()
	return http.StatusNoContent, nil
}

// mayBridge gives the refusal of a channel that cannot be put into a bridge, or 0.
func (a *Asterisk) mayBridge(id string) (int, object) {
	c := a.channels[id]
	switch {
	case c == nil:
		return http.StatusBadRequest, message("add-unknown")
	case !c.inApp:
		return http.StatusUnprocessableEntity, words("Channel not in Stasis application")
	case c.record != nil:
		return http.StatusConflict, words("Channel currently recording")
	}
	return 0, nil
}

func (a *Asterisk) removeFromBridge(id, member string) (int, object) {
	b := a.bridges[id]
	if b == nil {
		return http.StatusNotFound, message("bridge")
	}
	c := a.channels[member]
	switch {
	case c == nil:
		return http.StatusBadRequest, message("remove-unknown")
	case !c.inApp:
		return http.StatusUnprocessableEntity, words("Channel not in Stasis application")
	case c.bridge != b:
		return http.StatusUnprocessableEntity, message("remove-outside")
	}
	a.leave(c)
	return http.StatusNoContent, nil
}

// Hears tells whether the far end of channel a hears that of channel b: both in one bridge,
// and a hears neither music nor a prompt instead.
func (a *Asterisk) Hears(listener, speaker string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, s := a.channels[listener], a.channels[speaker]
	if l == nil || s == nil || l == s || l.bridge == nil || l.bridge != s.bridge {
		return false
	}
	return !l.music && len(l.plays) == 0
}

// Bridges gives the ids of the bridges, each with its channels in order of joining.
func (a *Asterisk) Bridges() map[string][]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string][]string{}
	for id, b := range a.bridges {
		all[id] = []string{}
		for _, c := range b.members {
			all[id] = append(all[id], c.id)
		}
	}
	return all
}

// Channels gives the ids of the channels, oldest first.
func (a *Asterisk) Channels() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.order)
}
