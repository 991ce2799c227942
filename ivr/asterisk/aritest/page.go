package aritest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// nonceVariable is the channel variable that becomes the header X-CTI-Leg.
const nonceVariable = "PJSIP_HEADER(add,X-CTI-Leg)"

// Page is an agent's page in a browser: it is registered and answers legs.
type Page struct {
	fake    *Asterisk
	user    string
	accept  func(nonce string) bool
	contact string
	mute    bool
	silent  bool
}

// Register signs a page in at the endpoint user. accept decides by the nonce of a leg
// whether it is answered (nil answers all). It fails when the endpoint was not pushed or
// has another secret. A page registered before at the same endpoint loses its place.
func (a *Asterisk) Register(user, secret string, accept func(nonce string) bool) (*Page, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	auth := a.objects["auth/"+user]
	if a.objects["endpoint/"+user] == nil || a.objects["aor/"+user] == nil || auth["password"] != secret {
		return nil, fmt.Errorf("register %s: 401 Unauthorized", user)
	}
	a.contacts++
	p := &Page{fake: a, user: user, accept: accept, contact: fmt.Sprintf("sip:%s@127.0.0.1:%d;transport=ws", user, 50000+a.contacts)}
	a.pages[user] = p
	a.contactChanged(p, "NonQualified")
	return p, nil
}

// Ignore makes the page neither answer nor refuse legs from now on.
func (p *Page) Ignore() {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	p.silent = true
}

// Close closes the page: it is no longer registered. Its leg stays up in Asterisk, and
// nothing comes from it.
func (p *Page) Close() {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	for _, c := range p.fake.channels {
		if c.page == p {
			c.deaf = true
		}
	}
	if p.fake.pages[p.user] == p {
		delete(p.fake.pages, p.user)
		p.fake.contactChanged(p, "Removed")
	}
}

// Mute stops what the page sends, as when a browser hangs, on later legs, too.
func (p *Page) Mute() {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	p.mute = true
	for _, c := range p.fake.channels {
		if c.page == p {
			c.deaf = true
		}
	}
}

// Unmute lets later legs be heard again.
func (p *Page) Unmute() {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	p.mute = false
}

// Legs gives the channels that the page has answered and that are up, oldest first.
func (p *Page) Legs() []string {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	var legs []string
	for _, id := range p.fake.order {
		if c := p.fake.channels[id]; c.page == p && c.state == "Up" {
			legs = append(legs, id)
		}
	}
	return legs
}

// Hangup ends one of the page's legs from its side.
func (p *Page) Hangup(leg string) {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	if c := p.fake.channels[leg]; c != nil && c.page == p {
		p.fake.end(c, "ChannelDestroyed-deleted")
	}
}

func (a *Asterisk) endpointJSON(user string) object {
	state, ids := "offline", []string{}
	if a.pages[user] != nil {
		state = "online"
	}
	for _, id := range a.order {
		if a.channels[id].endpoint == user {
			ids = append(ids, id)
		}
	}
	return object{"technology": "PJSIP", "resource": user, "state": state, "channel_ids": ids}
}

// ofEndpoint runs emit when the application is subscribed to the endpoint.
func (a *Asterisk) ofEndpoint(user string, emit func()) {
	if a.app != nil && a.app.endpoints[user] {
		emit()
	}
}

func (a *Asterisk) contactChanged(p *Page, status string) {
	a.ofEndpoint(p.user, func() {
		a.emit("ContactStatusChange", object{"endpoint": a.endpointJSON(p.user), "contact_info": object{
			"uri": p.contact, "contact_status": status, "aor": p.user, "roundtrip_usec": "0"}})
	})
	a.endpointChanged(p.user)
}

func (a *Asterisk) endpointChanged(user string) {
	a.ofEndpoint(user, func() {
		a.emit("EndpointStateChange", object{"endpoint": a.endpointJSON(user)})
	})
	a.change()
}

// push serves PUT and DELETE below /asterisk/config/dynamic/res_pjsip.
func (a *Asterisk) push(kind, id string, body []byte) (int, object) {
	var in struct {
		Fields []struct {
			Attribute string `json:"attribute"`
			Value     string `json:"value"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return http.StatusBadRequest, words("Invalid request body")
	}
	fields := map[string]string{}
	for _, f := range in.Fields {
		fields[f.Attribute] = f.Value
	}
	a.objects[kind+"/"+id] = fields
	a.change()
	return http.StatusOK, nil
}

func (a *Asterisk) unpush(kind, id string) (int, object) {
	if a.objects[kind+"/"+id] == nil {
		return http.StatusNotFound, words("Object with id '%s' not found", id)
	}
	delete(a.objects, kind+"/"+id)
	if kind == "aor" {
		delete(a.pages, id)
	}
	a.change()
	return http.StatusNoContent, nil
}

func (a *Asterisk) subscribe(source string) (int, object) {
	if a.app == nil {
		return http.StatusNotFound, message("no-app")
	}
	if user, isEndpoint := strings.CutPrefix(source, "endpoint:PJSIP/"); isEndpoint {
		if a.objects["endpoint/"+user] == nil {
			return http.StatusUnprocessableEntity, message("subscribe")
		}
		a.app.endpoints[user] = true
	}
	return http.StatusOK, heard("application")
}

// Endpoints gives the names of the endpoints that were pushed.
func (a *Asterisk) Endpoints() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for name := range a.objects {
		if user, isEndpoint := strings.CutPrefix(name, "endpoint/"); isEndpoint {
			names = append(names, user)
		}
	}
	return names
}

// originate serves POST /channels.
func (a *Asterisk) originate(query url.Values, body []byte) (int, object) {
	id, user := query.Get("channelId"), strings.TrimPrefix(query.Get("endpoint"), "PJSIP/")
	if a.channels[id] != nil {
		return http.StatusConflict, message("channel-again")
	}
	seconds, _ := strconv.Atoi(query.Get("timeout"))
	patience, args := time.Duration(seconds)*time.Second, strings.Split(query.Get("appArgs"), ",")
	if trunk, number, isOutside := outsideNumber(user); isOutside {
		return http.StatusOK, a.dialOutside(id, trunk, number, args, patience)
	}
	page := a.pages[user]
	if a.objects["endpoint/"+user] == nil || page == nil {
		return http.StatusInternalServerError, message("offline")
	}
	var in struct {
		Variables map[string]string `json:"variables"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return http.StatusBadRequest, words("Invalid request body")
	}
	c := &channel{id: id, name: fmt.Sprintf("PJSIP/%s-%08x", user, a.number()), state: "Down", from: "unknown", exten: "s",
		endpoint: user, args: args}
	a.add(c)
	a.endpointChanged(user)
	wait, ring := patience, !page.silent
	if ring {
		wait = 0
	}
	nonce := in.Variables[nonceVariable]
	c.timer = time.AfterFunc(wait, func() { a.ring(c, page, nonce) })
	return http.StatusOK, c.json()
}

// ring is the page's answer to a leg, or the end of its patience.
func (a *Asterisk) ring(c *channel, page *Page, nonce string) {
	a.mu.Lock()
	accept := page.accept
	silent := page.silent
	a.mu.Unlock()
	yes := !silent && (accept == nil || accept(nonce))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.channels[c.id] != c {
		return
	}
	if !yes {
		a.end(c, "ChannelDestroyed-refused")
		return
	}
	c.state, c.page, c.deaf = "Up", page, page.mute
	if !a.enter(c) {
		a.end(c, "ChannelDestroyed-deleted")
	}
}
