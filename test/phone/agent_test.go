package phone

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestAgentTalks(t *testing.T) {
	for _, law := range []Law{ALaw, MuLaw} {
		t.Run(law.String(), func(t *testing.T) {
			d := newDesk(t)
			cfg := d.config()
			cfg.Tone = 1500
			line := d.line(cfg)
			call, err := d.call(within(t, testTime), "n1", law, 1000)
			if err != nil {
				t.Fatal(err)
			}
			leg := waitLeg(t, line)
			waitTone(t, leg.Ear, 1000)
			waitTone(t, call.ear, 1500)
			if err := line.Mouth.Tone(800); err != nil {
				t.Fatal(err)
			}
			waitTone(t, call.ear, 800)
			if leg.Nonce != "n1" || leg.law != law || !leg.Connected().After(leg.Invited()) {
				t.Errorf("leg %q in %v, invited %v, connected %v", leg.Nonce, leg.law, leg.Invited(), leg.Connected())
			}
		})
	}
}

// A key of the far side is no sound, and does not end it.
func TestLegHearsOnAfterAKey(t *testing.T) {
	d := newDesk(t)
	line := d.line(d.config())
	call, err := d.call(within(t, testTime), "n", ALaw, 1000)
	if err != nil {
		t.Fatal(err)
	}
	leg := waitLeg(t, line)
	waitTone(t, leg.Ear, 1000)
	call.track.key.Store(true)
	ctx := within(t, testTime)
	for call.track.key.Load() { // sent with the next frame
		if _, err := leg.Ear.WaitTone(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		leg.Ear.Reset()
	}
	waitTone(t, leg.Ear, 1000)
}

func TestAgentAnswersOnlyItsLegs(t *testing.T) {
	d := newDesk(t)
	cfg := d.config()
	cfg.AcceptLeg = func(nonce string) bool { return nonce == "right" }
	line := d.line(cfg)
	for _, nonce := range []string{"wrong", ""} {
		_, err := d.call(within(t, testTime), nonce, ALaw, 1000)
		var rejected *Rejected
		if !errors.As(err, &rejected) || rejected.Code != sip.StatusForbidden {
			t.Errorf("nonce %q: %v", nonce, err)
		}
	}
	if legs := line.Legs(); len(legs) != 0 {
		t.Errorf("%d legs after refused calls", len(legs))
	}
	if _, err := d.call(within(t, testTime), "right", ALaw, 1000); err != nil {
		t.Fatal(err)
	}
	if leg := waitLeg(t, line); leg.Nonce != "right" {
		t.Errorf("leg with nonce %q", leg.Nonce)
	}
}

// The end of a leg, from each side, and what the other side is told.
func TestLegEnds(t *testing.T) {
	tests := []struct {
		name   string
		end    func(t *testing.T, line *AgentLine, leg *Leg, call *deskCall)
		reason string
		bye    bool // told to the desk
	}{
		{"desk hangs up", func(t *testing.T, _ *AgentLine, _ *Leg, call *deskCall) {
			if err := call.dialog.Bye(within(t, testTime)); err != nil {
				t.Error(err)
			}
		}, "far side hung up", false},
		{"agent hangs up", func(t *testing.T, _ *AgentLine, leg *Leg, _ *deskCall) {
			if err := leg.Hangup(within(t, testTime)); err != nil {
				t.Error(err)
			}
		}, "hung up", true},
		{"page drops the leg", func(t *testing.T, line *AgentLine, _ *Leg, _ *deskCall) {
			if !line.DropLeg() {
				t.Error("no leg to drop")
			}
		}, "dropped", false},
		{"line closes", func(t *testing.T, line *AgentLine, _ *Leg, _ *deskCall) {
			if err := line.Close(); err != nil {
				t.Error(err)
			}
		}, "hung up", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			var mu sync.Mutex
			var events []LegEvent
			cfg := d.config()
			cfg.OnLeg = func(e LegEvent) {
				mu.Lock()
				defer mu.Unlock()
				events = append(events, e)
			}
			line := d.line(cfg)
			call, err := d.call(within(t, testTime), "n", ALaw, 1000)
			if err != nil {
				t.Fatal(err)
			}
			leg := waitLeg(t, line)
			waitTone(t, leg.Ear, 1000)
			tt.end(t, line, leg, call)
			waitClosed(t, "the end of the leg", leg.Done())
			if tt.bye {
				waitClosed(t, "BYE", call.bye)
			}
			select {
			case <-call.bye:
				if !tt.bye {
					t.Error("the desk got a BYE")
				}
			default:
			}
			mu.Lock()
			defer mu.Unlock()
			if len(events) != 2 || !events[0].Up || events[1].Up || events[1].Reason != tt.reason || events[1].Leg != leg {
				t.Errorf("events %+v, want up and %q", events, tt.reason)
			}
			if len(line.Legs()) != 0 || line.DropLeg() {
				t.Error("the line still has a leg")
			}
			if err := leg.Hangup(t.Context()); err != nil {
				t.Errorf("hang up after the end: %v", err)
			}
		})
	}
}

// A leg is replaced as after a page reload: the new one is up before the old one
// goes, and both carry audio meanwhile.
func TestLegReplaced(t *testing.T) {
	d := newDesk(t)
	cfg := d.config()
	cfg.Tone = 1500
	line := d.line(cfg)
	oldCall, err := d.call(within(t, testTime), "old", ALaw, 1000)
	if err != nil {
		t.Fatal(err)
	}
	oldLeg := waitLeg(t, line)
	newCall, err := d.call(within(t, testTime), "new", ALaw, 800)
	if err != nil {
		t.Fatal(err)
	}
	newLeg := waitLeg(t, line)
	if legs := line.Legs(); len(legs) != 2 || legs[0] != oldLeg || legs[1] != newLeg {
		t.Fatalf("legs %v", legs)
	}
	waitTone(t, oldLeg.Ear, 1000)
	waitTone(t, newLeg.Ear, 800)
	waitTone(t, oldCall.ear, 1500)
	waitTone(t, newCall.ear, 1500)
	if err := oldCall.dialog.Bye(within(t, testTime)); err != nil {
		t.Fatal(err)
	}
	waitClosed(t, "the end of the old leg", oldLeg.Done())
	waitTone(t, newLeg.Ear, 800)
	waitTone(t, newCall.ear, 1500)
}

// A cut socket leaves the audio alone; after a new registration the old leg can be
// hung up and a new one comes.
func TestSocketCut(t *testing.T) {
	d := newDesk(t)
	cfg := d.config()
	cfg.Tone = 1500
	line := d.line(cfg)
	call, err := d.call(within(t, testTime), "n1", ALaw, 1000)
	if err != nil {
		t.Fatal(err)
	}
	leg := waitLeg(t, line)
	if err := line.CutSocket(); err != nil {
		t.Fatal(err)
	}
	waitTone(t, leg.Ear, 1000)
	waitTone(t, call.ear, 1500)
	if err := line.Register(within(t, testTime)); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	registers := d.registers
	d.mu.Unlock()
	if registers != 2 {
		t.Errorf("%d registrations", registers)
	}
	if _, err := d.call(within(t, testTime), "n2", ALaw, 800); err != nil {
		t.Fatal(err)
	}
	if second := waitLeg(t, line); second.Nonce != "n2" {
		t.Errorf("second leg has nonce %q", second.Nonce)
	}
	if err := leg.Hangup(within(t, testTime)); err != nil {
		t.Error(err)
	}
	waitClosed(t, "BYE over the new socket", call.bye)
}

func TestRegistrationRefused(t *testing.T) {
	d := newDesk(t)
	cfg := d.config()
	cfg.Password = "wrong"
	_, err := NewAgentLine(within(t, testTime), cfg)
	var rejected *Rejected
	if !errors.As(err, &rejected) || rejected.Code != sip.StatusForbidden {
		t.Errorf("wrong password: %v", err)
	}

	cfg = d.config()
	cfg.Header.Set("Cookie", "desk=forged")
	_, err = NewAgentLine(within(t, 2*time.Second), cfg)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "403") {
		t.Errorf("wrong cookie: %v", err)
	}

	for _, address := range []string{"http://127.0.0.1:1/sip", "ws://127.0.0.1/sip", "ws://127.0.0.1:x/", ""} {
		cfg.URL = address
		if _, err := NewAgentLine(within(t, testTime), cfg); err == nil {
			t.Errorf("address %q accepted", address)
		}
	}
}

func TestBrowserOffer(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
	tests := []struct {
		name, media string
		law         Law
		formats     string
		refused     bool
	}{
		{"A-law", "m=audio 9 UDP/TLS/RTP/SAVPF 8 101\r\na=rtpmap:8 PCMA/8000\r\n", ALaw, "8 101 13", false},
		{"mu-law first", "m=audio 9 UDP/TLS/RTP/SAVPF 0 8\r\n", MuLaw, "0 8 13", false},
		{"noise is there", "m=audio 9 UDP/TLS/RTP/SAVPF 13 8\r\n", ALaw, "13 8", false},
		{"opus only", "m=audio 9 UDP/TLS/RTP/SAVPF 107\r\n", 0, "", true},
		{"no audio", "m=video 9 UDP/TLS/RTP/SAVPF 8\r\n", 0, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, law, err := browserOffer([]byte(head + tt.media))
			if tt.refused {
				if !errors.Is(err, errNoCodec) {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err != nil || law != tt.law || !strings.Contains(got, "SAVPF "+tt.formats+"\r\n") {
				t.Errorf("law %v, %v, offer\n%s", law, err, got)
			}
			if added := strings.Contains(got, "a=rtpmap:13 CN/8000\r\n"); added == strings.Contains(tt.media, "13") {
				t.Errorf("comfort noise described: %v\n%s", added, got)
			}
		})
	}
}

func TestBrowserAnswerIsNotHold(t *testing.T) {
	answer, err := browserAnswer("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 8\r\nc=IN IP4 0.0.0.0\r\n" +
		"a=candidate:1 1 udp 2130706431 10.77.0.1 40000 typ host\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer), "c=IN IP4 10.77.0.1\r\n") || strings.Contains(string(answer), "c=IN IP4 0.0.0.0") {
		t.Errorf("answer\n%s", answer)
	}
}
