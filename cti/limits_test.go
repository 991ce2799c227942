package cti_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"talian/cti/wire"
	"talian/ivr"
)

func TestHandshake(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	socket := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="}
	for _, path := range []string{"/cti", "/sip"} {
		for _, origin := range []string{"http://evil.example", "null", s.url + "0", ""} {
			res := s.request("GET", path, "", b.cookie, append(socket, "Origin", origin)...)
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %q: %s", path, origin, res.Status)
			}
		}
		if res := s.request("GET", path, "", nil, socket...); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without cookie: %s", path, res.Status)
		}
	}
	csrf := b.csrf
	b.csrf = "guessed"
	if bye, closed := b.connect("t1", nil).takeEnd(); bye != wire.CloseForbidden || closed != wire.CloseForbidden {
		t.Errorf("wrong csrf: bye %d, close %d", bye, closed)
	}
	b.csrf = csrf
	for name, first := range map[string]any{
		"a command first": wire.Command{T: wire.KindCommand, ID: "1", Type: wire.CmdHold},
		"no tab":          wire.Hello{T: wire.KindHello, CSRF: b.csrf},
		"a list":          []string{"hello"},
		"too deep":        json.RawMessage(`{"t":"hello","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`),
	} {
		conn, _, err := b.dial()
		if err != nil {
			t.Fatal(err)
		}
		c := &tab{t: t, conn: conn}
		c.write(first)
		if bye, _ := c.takeEnd(); bye != wire.CloseProtocol {
			t.Errorf("%s: bye %d", name, bye)
		}
	}
}

func TestHelloTimeout(t *testing.T) {
	t.Parallel()
	s := open(t)
	conn, _, err := s.signIn("agent02").dial()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if bye, _ := (&tab{t: t, conn: conn}).takeEnd(); bye != wire.CloseProtocol || time.Since(began) < 4*time.Second {
		t.Errorf("bye %d after %s", bye, time.Since(began))
	}
}

func TestFrameLimit(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").desk("t1")
	long, err := json.Marshal(wire.Command{T: wire.KindCommand, ID: "1", Type: wire.CmdSignIn, Data: json.RawMessage(`"` + strings.Repeat("x", 70<<10) + `"`)})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.conn.WriteMessage(websocket.TextMessage, long) // the server may hang up in the middle of it
	s.until("the end of the socket", func() bool { return s.metric("ctid_sockets") == 0 })
	if len(s.engine.Seen()) != 0 {
		t.Error("the command was carried out")
	}
}

// TestForgedCalls tries calls and agents of others (an agent acts on its own call only).
func TestForgedCalls(t *testing.T) {
	s := open(t)
	thief, owner := s.signIn("agent03").onShift("t1"), s.signIn("agent02").onShift("t2")
	id, lease := s.engine.Offer("agent02", caller())
	owner.takeEvent(wire.EventOffered)
	owner.mustAsk(wire.CmdAnswer, string(id), wire.LeaseRef{Lease: string(lease)})
	count := len(s.engine.Seen())
	for _, kind := range []string{wire.CmdAnswer, wire.CmdReject, wire.CmdHold, wire.CmdEnd, wire.CmdRetrieve} {
		if m := thief.ask(kind, string(id), wire.LeaseRef{Lease: string(lease)}); m.OK {
			t.Errorf("%s on another's call: ok", kind)
		}
	}
	if m := thief.ask(wire.CmdDispose, string(id), wire.Dispose{Disposition: "enquiry"}); m.OK || m.Err.Code != "forbidden" {
		t.Errorf("dispose of another's call: %+v", m)
	}
	if len(s.engine.Seen()) != count {
		t.Error("the engine was asked")
	}
	boss := s.signIn("supervisor01").desk("t3")
	if m := boss.ask(wire.CmdSignIn, "", nil); m.OK || m.Err.Code != "forbidden" {
		t.Errorf("supervisor's shift: %+v", m)
	}
}

func TestBadCommands(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	for _, bad := range []struct {
		kind string
		data any
	}{
		{"no.such", nil}, {wire.CmdSetState, nil}, {wire.CmdSetState, wire.SetState{State: "busy"}},
		{wire.CmdSetState, wire.SetState{State: "not_ready", Reason: "missed"}}, {wire.CmdDigits, wire.Digits{Digits: "12x"}},
		{wire.CmdDigits, wire.Digits{}}, {wire.CmdDispose, wire.Dispose{Disposition: "x"}},
		{wire.CmdDispose, wire.Dispose{}}, {wire.CmdDispose, wire.Dispose{Disposition: "x", Note: "n"}},
		{wire.CmdDispose, wire.Dispose{Disposition: "enquiry", Note: strings.Repeat("a", 4001)}},
	} {
		if m := c.ask(bad.kind, "", bad.data); m.OK || m.Err.Code != "invalid" {
			t.Errorf("%s %v: %+v", bad.kind, bad.data, m)
		}
	}
	for i := range 40 {
		c.send(fmt.Sprint("many", i), wire.CmdEndWrap, "", nil)
	}
	refused := 0
	for range 40 {
		if m := c.takeKind(wire.KindResult); m.Err != nil && m.Err.Code == "too_many" {
			refused++
		}
	}
	if refused < 20 || refused == 40 {
		t.Errorf("%d of 40 commands refused at once", refused)
	}
}

// TestSlowReader: a page that does not read is cut, others do not notice.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.signIn("agent02")
	good, slow := b.onShift("t1"), b.desk("t2")
	if err := slow.conn.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	long := strings.Repeat("x", 4000)
	for i := range 900 {
		s.engine.Append(ivr.Fact{Agent: "agent02", Body: ivr.LineChanged{Status: ivr.LineUp, Why: fmt.Sprintf("%d %s", i, long)}})
		for !strings.HasPrefix(good.self.Line.Why, fmt.Sprint(i)+" ") {
			good.takeKind(wire.KindEvent)
		}
	}
	s.until("the slow reader to be cut", func() bool { return s.metric("ctid_sockets") == 1 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("cut after %s", took)
	}
	if s.metric("ctid_closed_total") != 1 {
		t.Errorf("%v sockets closed by us", s.metric("ctid_closed_total"))
	}
	good.mustAsk(wire.CmdEndWrap, "", nil)
}
