package cti

import (
	"encoding/json"
	"strings"
	"testing"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// FuzzFrame feeds a page's frames to the decoders: whatever gets through is an intent that
// can be sent.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(`{"t":"cmd","id":"1","type":"call.answer","call":"c1","data":{"lease":"l1"}}`))
	f.Add([]byte(`{"t":"cmd","id":"1","type":"call.dispose","data":{"disposition":"enquiry","note":"x"}}`))
	f.Add([]byte(`{"t":"cmd","id":"1","type":"line.beat","data":{"epoch":3,"ok":true}}`))
	f.Add([]byte(`{"t":"cmd","id":"1","type":"agent.setState","data":{"state":"not_ready","reason":"meal"}}`))
	f.Add([]byte(strings.Repeat(`{"a":`, 40)))
	card := &wire.Card{ID: "c1"}
	f.Fuzz(func(t *testing.T, text []byte) {
		var cmd wire.Command
		if decodeMessage(text, &cmd) != nil {
			return
		}
		if tooDeep(text) {
			t.Fatal("deeper than allowed")
		}
		want, err := wantOf(cmd, auth.User{ID: "agent02"})
		if err != nil {
			if ivr.CodeOf(err) != ivr.CodeInvalid {
				t.Fatalf("refused as %s", ivr.CodeOf(err))
			}
			return
		}
		call, err := callOf(cmd, want, card)
		if err == nil && ofCall(want) != (call == "c1") {
			t.Fatalf("%s for call %q", cmd.Type, call)
		}
		if _, err := json.Marshal(ivr.Intent{ID: cmd.ID, Agent: "agent02", Call: call, Want: want}); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzSIPRules: a request outside a dialog passes in the own name only.
func FuzzSIPRules(f *testing.F) {
	f.Add("REGISTER sip:localhost SIP/2.0\r\nTo: <sip:agent02@x>\r\nFrom: <sip:agent02@x>;tag=1\r\n\r\n")
	f.Add("SIP/2.0 200 OK\r\nf: sip:a@b\r\nt: sip:a@b\r\n\r\n")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		rules := sipRules{user: "agent02"}
		if rules.check([]byte(text)) == nil && strings.HasPrefix(text, "REGISTER ") && !strings.Contains(text, "agent02@") {
			t.Errorf("registers as another: %q", text)
		}
	})
}

func TestSIPRules(t *testing.T) {
	frame := func(first string, headers ...string) string {
		return first + "\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
	}
	own, other := "From: \"A\" <sip:agent02@localhost>;tag=1", "From: <sip:agent03@localhost>;tag=1"
	to, inDialog := "To: <sip:x@localhost>", "To: <sip:x@localhost>;tag=9"
	for _, c := range []struct {
		name  string
		text  string
		agent bool
		guest bool
	}{
		{"register", frame("REGISTER sip:x SIP/2.0", own, to), true, true},
		{"register as another", frame("REGISTER sip:x SIP/2.0", other, to), false, false},
		{"register as another with a tag", frame("REGISTER sip:x SIP/2.0", other, inDialog), false, false},
		{"compact names", frame("REGISTER sip:x SIP/2.0", "f:sip:agent02@localhost;tag=1", "t: <sip:x@y>"), true, true},
		{"two From", frame("REGISTER sip:x SIP/2.0", own, other, to), false, false},
		{"no From", frame("REGISTER sip:x SIP/2.0", to), false, false},
		{"call", frame("INVITE sip:x SIP/2.0", own, to), false, true},
		{"call as another", frame("INVITE sip:x SIP/2.0", other, to), false, false},
		{"bye", frame("BYE sip:x SIP/2.0", "From: <sip:q3f2@a.invalid>;tag=1", inDialog), true, true},
		{"answer", frame("SIP/2.0 200 OK", other, to), true, true},
		{"keep-alive", "\r\n\r\n", true, true},
		{"message", frame("MESSAGE sip:x SIP/2.0", own, to), false, false},
		{"refer in a dialog", frame("REFER sip:x SIP/2.0", own, inDialog), false, false},
		{"nonsense", "hello", false, false},
	} {
		for calls, want := range map[bool]bool{false: c.agent, true: c.guest} {
			if got := (sipRules{user: "agent02", calls: calls}).check([]byte(c.text)) == nil; got != want {
				t.Errorf("%s (may call: %v): %v, want %v", c.name, calls, got, want)
			}
		}
	}
}
