package aritest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ServeHTTP is the HTTP server of the fake.
func (a *Asterisk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if user != User || password != Password {
		answer(w, http.StatusUnauthorized, message("password"))
		return
	}
	escaped, isARI := strings.CutPrefix(r.URL.EscapedPath(), "/ari/")
	if !isARI {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	parts := strings.Split(escaped, "/")
	for i := range parts {
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			answer(w, http.StatusBadRequest, words("Bad path"))
			return
		}
	}
	if parts[0] == "events" {
		a.events(w, r)
		return
	}
	op := r.Method + " /" + escaped
	if status, broken := a.obstruct(r, op); broken {
		answer(w, status, words("injected"))
		return
	}
	a.serve(w, r, op, parts, body)
}

func (a *Asterisk) serve(w http.ResponseWriter, r *http.Request, op string, parts []string, body []byte) {
	a.mu.Lock()
	a.requests = append(a.requests, op)
	status, list, o := a.route(r, parts, body)
	if status == http.StatusNotImplemented {
		a.wrong("nobody knows %s", op)
	}
	a.mu.Unlock()
	if raw, isRaw := list.([]byte); isRaw {
		w.Header().Set("Content-Type", "audio/wav")
		_, _ = w.Write(raw)
		return
	}
	if list != nil {
		answer(w, status, list)
		return
	}
	if o == nil {
		w.WriteHeader(status)
		return
	}
	answer(w, status, o)
}

// route carries a request out; list is an answer that is no object. a.mu is held.
func (a *Asterisk) route(r *http.Request, parts []string, body []byte) (status int, list any, o object) {
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	key := r.Method + " " + parts[0]
	query := r.URL.Query()
	switch key {
	case "GET channels", "POST channels", "DELETE channels":
		return a.routeChannel(r.Method, at(1), at(2), at(3), query, body)
	case "GET bridges", "POST bridges", "DELETE bridges":
		return a.routeBridge(r.Method, at(1), at(2), query)
	case "GET recordings", "POST recordings", "DELETE recordings":
		return a.routeRecording(r.Method, at(1), at(2), at(3))
	case "GET playbacks":
		status, o = a.getPlayback(at(1))
	case "POST playbacks":
		status, o = a.control(at(1), query.Get("operation"))
	case "DELETE playbacks":
		status, o = a.stopPlayback(at(1))
	case "GET asterisk":
		status, o = http.StatusOK, a.info()
		if at(1) == "ping" {
			o = object{"ping": "pong"}
		}
	case "PUT asterisk":
		status, o = a.push(at(4), at(5), body)
	case "DELETE asterisk":
		status, o = a.unpush(at(4), at(5))
	case "PUT applications":
		status, o = a.filter(r, body)
	case "POST applications":
		status, o = a.subscribe(query.Get("eventSource"))
	default:
		status, o = http.StatusNotImplemented, words("not known here")
	}
	return status, nil, o
}

func (a *Asterisk) routeChannel(method, id, verb, name string, query url.Values, body []byte) (status int, list any, o object) {
	switch {
	case method == "GET" && id == "":
		all := []object{}
		for _, id := range slices.Backward(a.order) {
			all = append(all, a.channels[id].json())
		}
		return http.StatusOK, all, nil
	case method == "GET" && verb == "":
		if c := a.channels[id]; c != nil {
			return http.StatusOK, nil, c.json()
		}
		return http.StatusNotFound, nil, message("channel")
	}
	switch method + " " + verb {
	case "POST ":
		status, o = a.originate(query, body)
	case "DELETE ":
		status, o = a.hangup(id)
	case "POST answer":
		status, o = a.answerChannel(id)
	case "POST play":
		status, o = a.startPlayback(id, name, body)
	case "POST moh":
		status, o = a.setMusic(id, true)
	case "DELETE moh":
		status, o = a.setMusic(id, false)
	case "POST record":
		status, o = a.startRecording(id, query)
	case "POST dtmf":
		status, o = a.sendDigits(id, query.Get("dtmf"))
	case "GET rtp_statistics":
		status, o = a.statistics(id)
	default:
		status, o = http.StatusNotImplemented, words("not known here")
	}
	return status, nil, o
}

func (a *Asterisk) routeBridge(method, id, verb string, query url.Values) (status int, list any, o object) {
	switch method + " " + verb {
	case "GET ":
		if id != "" {
			status, o = a.oneBridge(id)
			break
		}
		all := []object{}
		for _, b := range a.bridges {
			all = append(all, b.json())
		}
		return http.StatusOK, all, nil
	case "POST ":
		status, o = a.createBridge(id)
	case "DELETE ":
		status, o = a.deleteBridge(id)
	case "POST addChannel":
		status, o = a.addToBridge(id, query.Get("channel"))
	case "POST removeChannel":
		status, o = a.removeFromBridge(id, query.Get("channel"))
	default:
		status, o = http.StatusNotImplemented, words("not known here")
	}
	return status, nil, o
}

func (a *Asterisk) routeRecording(method, kind, name, verb string) (status int, list any, o object) {
	switch method + " " + kind + " " + verb {
	case "POST live stop":
		status, o = a.stopRecording(name)
	case "DELETE stored ":
		status, o = a.deleteRecording(name)
	case "GET stored file":
		if data, found := a.stored[name]; found {
			return http.StatusOK, data, nil
		}
		status, o = http.StatusNotFound, message("recording")
	default:
		status, o = http.StatusNotImplemented, words("not known here")
	}
	return status, nil, o
}

func (a *Asterisk) info() object {
	o := heard("info")
	status := object{"startup_time": stamp(a.life), "last_reload_time": stamp(a.life)}
	o["status"] = status
	return o
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// rule is an obstacle for requests.
type rule struct {
	pattern string
	status  int           // answered instead; 0 = none
	times   int           // how often it still counts
	held    chan struct{} // closed when the requests may go on; nil = not held
}

// Fail answers the next times requests that fit pattern with status and does nothing else.
// A pattern is METHOD PATH as path.Match has it, for example "POST /channels/*/answer";
// '/' inside an id counts as %2F.
func (a *Asterisk) Fail(pattern string, status, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rules = append(a.rules, &rule{pattern: pattern, status: status, times: times})
}

// Hold lets requests that fit pattern wait, before they do anything, until release.
func (a *Asterisk) Hold(pattern string) (release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	held := &rule{pattern: pattern, times: -1, held: make(chan struct{})}
	a.rules = append(a.rules, held)
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if i := slices.Index(a.rules, held); i >= 0 {
			a.rules = slices.Delete(a.rules, i, i+1)
			close(held.held)
		}
	}
}

// obstruct applies the rules to a request. A client that gives up a held request is gone:
// the request is not carried out.
func (a *Asterisk) obstruct(r *http.Request, op string) (status int, broken bool) {
	a.mu.Lock()
	var found *rule
	for i, rule := range a.rules {
		if fits, _ := path.Match(rule.pattern, op); !fits {
			continue
		}
		found = rule
		if rule.times--; rule.times == 0 {
			a.rules = slices.Delete(a.rules, i, i+1)
		}
		break
	}
	a.mu.Unlock()
	if found == nil {
		return 0, false
	}
	if found.held == nil {
		return found.status, true
	}
	select {
	case <-found.held:
		return 0, false
	case <-r.Context().Done():
		return http.StatusServiceUnavailable, true
	}
}

// Requests gives the requests carried out so far, as METHOD PATH.
func (a *Asterisk) Requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}
