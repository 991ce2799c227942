package cti

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/gorilla/websocket"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// Options are what the web side of ctid needs.
type Options struct {
	Floor        *Floor
	SignIns      *auth.SignIns
	Records      Archive
	Origins      auth.Origins
	Pages        http.Handler // the web application
	Metrics      *Metrics
	Log          *slog.Logger
	Recordings   string   // folder of the recordings
	Asterisk     string   // http://host:port whose /ws speaks SIP
	Numbers      []string // that a guest may dial
	AllReports   bool     // agents too may read the reports
	GuestsRemote bool     // guests may come from other machines
	TLS          bool     // browsers come by https
}

// Web is the HTTP side: routes, rights and the sockets' way in.
type Web struct {
	Options
	upgrader websocket.Upgrader
	relays   *relays
	guests   *guests
}

// NewWeb makes the HTTP side. Its Run must be running while it serves.
func NewWeb(opts Options) *Web {
	w := &Web{Options: opts, relays: newRelays(opts.Metrics)}
	w.guests = newGuests(opts.Floor.engine, w.relays, opts.Metrics, opts.Log, opts.Floor.now)
	w.upgrader = websocket.Upgrader{HandshakeTimeout: writeWithin, ReadBufferSize: 2048, WriteBufferSize: 2048,
		WriteBufferPool: bufferPool(), CheckOrigin: opts.Origins.Allowed,
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			refuse(w, status, "handshake", reason.Error())
		}}
	opts.Floor.onLineOver(func(agent ivr.AgentID) { w.relays.cut(string(agent)) })
	return w
}

// access says who may use a route.
type access int

const (
	anyone  access = iota
	person         // any sign-in
	readers        // those who may read reports
	movers         // those who may change records: supervisors
	caller         // a guest, or the routes that check for themselves
)

// route is one path of the HTTP interface.
type route struct {
	method  string
	path    string
	access  access
	origin  bool // the Origin is checked for reading too: a handshake
	handler func(http.ResponseWriter, *http.Request, visitor)
}

// visitor is who asks; the zero value is nobody.
type visitor struct {
	signIn auth.SignIn
	user   auth.User
}

func (w *Web) routes() []route {
	return []route{
		{"GET", "/cti", person, true, w.serveCTI},
		{"GET", "/sip", caller, true, w.serveSIP},
		{"GET", "/api/v1/openapi.json", anyone, false, w.getOpenAPI},
		{"POST", "/api/v1/session", anyone, false, w.postSession},
		{"DELETE", "/api/v1/session", person, false, w.deleteSession},
		{"GET", "/api/v1/me", person, false, w.getMe},
		{"GET", "/api/v1/reports/clusters", readers, false, w.getClusters},
		{"GET", "/api/v1/reports/clusters.csv", readers, false, w.getClustersCSV},
		{"GET", "/api/v1/reports/calls", readers, false, w.getCalls},
		{"GET", "/api/v1/reports/ivr", readers, false, w.getIVR},
		{"GET", "/api/v1/reports/cases", readers, false, w.getCaseFigures},
		{"GET", "/api/v1/reports/cases.csv", readers, false, w.getCaseFiguresCSV},
		{"GET", "/api/v1/voicemails", readers, false, w.getVoicemails},
		{"GET", "/api/v1/voicemails/{id}/audio", readers, false, w.getVoicemailAudio},
		{"GET", "/api/v1/cases", person, false, w.getCases},
		{"GET", "/api/v1/cases/{number}", person, false, w.getCase},
		{"GET", "/api/v1/cases/{number}/audio", readers, false, w.getCaseAudio},
		{"POST", "/api/v1/cases/{number}/status", movers, false, w.postCaseStatus},
		{"GET", "/api/v1/callbacks", person, false, w.getCallbacks},
		{"GET", "/api/v1/surveys", readers, false, w.getSurveys},
		{"GET", "/api/v1/surveys.csv", readers, false, w.getSurveysCSV},
		{"GET", "/api/v1/bundle", readers, false, w.getBundle},
		{"POST", "/api/v1/guest", caller, false, w.postGuest},
		{"DELETE", "/api/v1/guest", caller, false, w.deleteGuest},
	}
}

// Handler gives the whole HTTP interface.
func (w *Web) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range w.routes() {
		mux.HandleFunc(r.method+" "+r.path, w.guard(r))
	}
	mux.HandleFunc("/api/", func(rw http.ResponseWriter, _ *http.Request) {
		refuse(rw, http.StatusNotFound, string(ivr.CodeNotFound), "no such path; see /api/v1/openapi.json")
	})
	mux.Handle("/", w.Pages)
	return w.headers(mux)
}

// guard lets a request through to its route when origin and rights are in order.
func (w *Web) guard(r route) http.HandlerFunc {
	return func(rw http.ResponseWriter, req *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		if (r.origin || req.Method != http.MethodGet && req.Method != http.MethodHead) && !w.Origins.Allowed(req) {
			refuse(rw, http.StatusForbidden, "origin", "the Origin header must be one of ours; see origins in the configuration")
			return
		}
		var who visitor
		signIn, user, known := w.SignIns.Find(req)
		if known {
			who = visitor{signIn, user}
		}
		switch {
		case r.access == anyone || r.access == caller:
		case !known:
			refuse(rw, http.StatusUnauthorized, "signed_out", "sign in first")
			return
		case r.access == readers && !w.reads(user):
			refuse(rw, http.StatusForbidden, string(ivr.CodeForbidden), "only supervisors may read this")
			return
		case r.access == movers && user.Role == auth.RoleAgent:
			refuse(rw, http.StatusForbidden, string(ivr.CodeForbidden), "only supervisors may do this")
			return
		}
		r.handler(rw, req, who)
	}
}

// reads tells whether somebody may read reports, and with them personal data.
func (w *Web) reads(user auth.User) bool { return user.Role != auth.RoleAgent || w.AllReports }

// headers are on every answer.
func (w *Web) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; "+
			"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if w.TLS {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(rw, req)
	})
}

func (w *Web) serveCTI(rw http.ResponseWriter, req *http.Request, who visitor) {
	upgrader := w.upgrader
	upgrader.Subprotocols = []string{wire.Proto}
	conn, err := upgrader.Upgrade(rw, req, nil)
	if err != nil {
		return // the upgrader has answered
	}
	w.Floor.Serve(req.Context(), conn, who.signIn, who.user)
}

// problem is every refusal's body.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func refuse(rw http.ResponseWriter, status int, code, message string) {
	answerJSON(rw, status, problem{code, message})
}

// fail answers with an error; what is not meant for people is logged and not shown.
func (w *Web) fail(rw http.ResponseWriter, req *http.Request, err error) {
	var known *ivr.Error
	if !errors.As(err, &known) {
		w.Log.Error("request failed", "method", req.Method, "path", req.URL.Path, "error", err)
		known = ivr.NewError(ivr.CodeUnavailable, "the records cannot be reached; try again")
	}
	refuse(rw, statusOf(known.Code), string(known.Code), known.Message)
}

func statusOf(code ivr.Code) int {
	switch code {
	case ivr.CodeInvalid:
		return http.StatusBadRequest
	case ivr.CodeNotFound:
		return http.StatusNotFound
	case ivr.CodeConflict, ivr.CodeOfferOver, ivr.CodeLineDown, ivr.CodeNotSignedIn:
		return http.StatusConflict
	case ivr.CodeForbidden:
		return http.StatusForbidden
	case ivr.CodeUnavailable:
		return http.StatusServiceUnavailable
	case ivr.CodeInternal:
	}
	return http.StatusInternalServerError
}

func answerJSON(rw http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"code":"internal","message":"answer not encodable"}`)
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_, _ = rw.Write(append(data, '\n')) // the client may be gone
}

// address gives the other side's IP address.
func address(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	return host
}
