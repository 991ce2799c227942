package cti

import (
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

const bodyLimit = 4 << 10 // bytes of a request

// readBody reads a small JSON body into v.
func readBody(rw http.ResponseWriter, req *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return ivr.NewError(ivr.CodeInvalid, "the body must be application/json")
	}
	if err := json.NewDecoder(http.MaxBytesReader(rw, req.Body, bodyLimit)).Decode(v); err != nil {
		return ivr.NewError(ivr.CodeInvalid, "the body is not understood")
	}
	return nil
}

func (w *Web) postSession(rw http.ResponseWriter, req *http.Request, _ visitor) {
	var body struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := readBody(rw, req, &body); err != nil {
		w.fail(rw, req, err)
		return
	}
	_, token, err := w.SignIns.In(req.Context(), body.User, body.Password, address(req))
	var locked *auth.LockedError
	switch {
	case errors.Is(err, auth.ErrWrong):
		w.Metrics.signIns.WithLabelValues("wrong").Inc()
		refuse(rw, http.StatusUnauthorized, "wrong_password", err.Error())
	case errors.As(err, &locked):
		w.Metrics.signIns.WithLabelValues("locked").Inc()
		wait := math.Ceil(locked.Until.Sub(w.Floor.now()).Seconds())
		rw.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait))))
		refuse(rw, http.StatusTooManyRequests, "locked", err.Error())
	case err != nil:
		w.Metrics.signIns.WithLabelValues("failed").Inc()
		w.fail(rw, req, err)
	default:
		w.Metrics.signIns.WithLabelValues("ok").Inc()
		http.SetCookie(rw, auth.Cookie(token))
		rw.WriteHeader(http.StatusNoContent)
	}
}

func (w *Web) deleteSession(rw http.ResponseWriter, req *http.Request, who visitor) {
	err := w.SignIns.Out(req.Context(), who.signIn.Hash)
	w.Floor.EndSignIn(who.signIn.Hash)
	w.relays.cutSignIn(who.signIn.Hash)
	http.SetCookie(rw, auth.NoCookie())
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (w *Web) getMe(rw http.ResponseWriter, _ *http.Request, who visitor) {
	answerJSON(rw, http.StatusOK, struct {
		wire.Me
		Reads   bool      `json:"reads"`
		CSRF    string    `json:"csrf"`
		Expires time.Time `json:"expires"`
	}{meOf(who.user), w.reads(who.user), who.signIn.CSRF, who.signIn.Expires.UTC()})
}
