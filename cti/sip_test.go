package cti_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"talian/cti"
	"talian/ivr"
)

// asterisk answers /ws with what it was sent.
func asterisk(t *testing.T) (url string) {
	t.Helper()
	upgrader := websocket.Upgrader{Subprotocols: []string{"sip"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ws" || r.Header.Get("Cookie") != "" {
			http.Error(w, "not this", http.StatusBadRequest)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			kind, text, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, text) != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (s *site) sip(query string, cookie *http.Cookie) (*websocket.Conn, int) {
	s.t.Helper()
	header := http.Header{"Origin": {s.url}}
	if cookie != nil {
		header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	dialer := websocket.Dialer{Subprotocols: []string{"sip"}}
	conn, res, err := dialer.DialContext(s.t.Context(), strings.Replace(s.url, "http", "ws", 1)+"/sip"+query, header)
	if err != nil {
		return nil, res.StatusCode
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if conn.Subprotocol() != "sip" {
		s.t.Error("no subprotocol")
	}
	return conn, res.StatusCode
}

func register(user string) string {
	return "REGISTER sip:localhost SIP/2.0\r\nTo: <sip:" + user + "@localhost>\r\nFrom: \"X\" <sip:" + user + "@localhost>;tag=a\r\n\r\n"
}

// echoes tells whether a frame went to Asterisk and back.
func echoes(t *testing.T, conn *websocket.Conn, frame string) bool {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		return false
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, text, err := conn.ReadMessage()
	return err == nil && string(text) == frame
}

// ends tells whether a socket is closed within 10 s; frames under way may still pass until then.
func ends(t *testing.T, conn *websocket.Conn, frame string) bool {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		if !echoes(t, conn, frame) {
			return true
		}
	}
	return false
}

func TestSIP(t *testing.T) {
	far := asterisk(t)
	s := open(t, func(o *cti.Options) { o.Asterisk = far })
	b := s.signIn("agent02")
	conn, _ := s.sip("", b.cookie)
	if !echoes(t, conn, register("agent02")) {
		t.Error("the agent's own REGISTER does not pass")
	}
	if echoes(t, conn, register("agent03")) {
		t.Error("another's REGISTER passes")
	}
	c := b.onShift("t1")
	conn, _ = s.sip("", b.cookie)
	if !echoes(t, conn, register("agent02")) {
		t.Error("second socket")
	}
	c.mustAsk("line.claim", "", nil) // by another tab, say
	if !ends(t, conn, register("agent02")) {
		t.Error("the socket outlives its claim")
	}
	conn, _ = s.sip("", b.cookie)
	s.request("DELETE", "/api/v1/session", "", b.cookie)
	if !ends(t, conn, register("agent02")) {
		t.Error("the socket outlives the sign-in")
	}
	if _, status := s.sip("", s.signIn("supervisor01").cookie); status != http.StatusUnauthorized {
		t.Errorf("a supervisor's SIP: %d", status)
	}
}

func TestGuest(t *testing.T) {
	far := asterisk(t)
	s := open(t, func(o *cti.Options) { o.Asterisk = far })
	var guest struct {
		User, Secret, Token string
		Numbers             []string
	}
	claim := func() int {
		res := s.request("POST", "/api/v1/guest", "{}", nil)
		if res.StatusCode == http.StatusOK {
			if err := json.NewDecoder(res.Body).Decode(&guest); err != nil {
				t.Fatal(err)
			}
		}
		return res.StatusCode
	}
	if status := claim(); status != http.StatusOK || guest.Secret == "" || len(guest.Numbers) != 1 {
		t.Fatalf("%d %+v", status, guest)
	}
	conn, _ := s.sip("?guest="+guest.Token, nil)
	invite := strings.Replace(register(guest.User), "REGISTER", "INVITE", 1)
	if !echoes(t, conn, invite) {
		t.Error("a guest's INVITE does not pass")
	}
	s.clock.Add(int64(2 * time.Minute))
	s.request("DELETE", "/api/v1/guest?token="+guest.Token, "", nil)
	s.until("the release", func() bool { return released(s) == 1 })
	if !ends(t, conn, invite) {
		t.Error("the socket outlives the guest")
	}
	if _, status := s.sip("?guest="+guest.Token, nil); status != http.StatusUnauthorized {
		t.Errorf("an old token: %d", status)
	}
	for range 9 {
		if status := claim(); status != http.StatusOK {
			t.Errorf("claim: %d", status)
		}
	}
	if status := claim(); status != http.StatusTooManyRequests {
		t.Errorf("eleventh claim: %d", status)
	}
	s.clock.Add(int64(2 * time.Minute))
	s.until("idle guests to be released", func() bool { return released(s) == 10 })
}

func released(s *site) int {
	n := 0
	for _, intent := range s.engine.Seen() {
		if _, ok := intent.Want.(ivr.GuestRelease); ok {
			n++
		}
	}
	return n
}
