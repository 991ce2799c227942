package phone

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func dial(t *testing.T, f *farEnd, cfg Config) *Citizen {
	t.Helper()
	cfg.Server, cfg.Number, cfg.From = f.addr(), "0380008000", "0123456789"
	c, err := Dial(within(t, testTime), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testTime)
		defer cancel()
		if err := c.Hangup(ctx); err != nil {
			t.Error(err)
		}
	})
	waitClosed(t, "ACK", f.started)
	return c
}

func TestCitizenHearsItself(t *testing.T) {
	for _, laws := range [][]Law{nil, {MuLaw}} {
		f := newFarEnd(t)
		before := time.Now()
		c := dial(t, f, Config{Tone: 1000, Laws: laws})
		ctx := within(t, testTime)
		if _, err := c.Ear.WaitTone(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		if err := c.Mouth.Tone(1500); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Ear.WaitTone(ctx, 1500); err != nil {
			t.Error(err)
		}
		c.Mouth.Silence()
		if err := c.Ear.WaitSilence(ctx, 200*time.Millisecond); err != nil {
			t.Error(err)
		}
		times := c.Times()
		if times.InviteSent.Before(before) || !times.Answered.After(times.InviteSent) ||
			!times.FirstRTP.After(times.Answered) || !times.Ended.IsZero() {
			t.Errorf("times %+v", times)
		}
		if c.Ear.Heard(400, before) > 0 || c.Ear.Gap() > 200*time.Millisecond {
			t.Errorf("gap %v, timeline %v", c.Ear.Gap(), c.Ear.Timeline())
		}
		checkStream(t, f)
	}
}

// checkStream looks at the packets that the far end got.
func checkStream(t *testing.T, f *farEnd) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.audio) == 0 || !f.audio[0].Marker {
		t.Fatalf("%d packets; the first must have the marker bit", len(f.audio))
	}
	for i, h := range f.audio[1:] {
		if prev := f.audio[i]; h.SequenceNumber != prev.SequenceNumber+1 || h.Timestamp != prev.Timestamp+FrameSamples ||
			h.SSRC != prev.SSRC || h.Marker {
			t.Fatalf("packet %+v after %+v", h, prev)
		}
	}
}

func TestPress(t *testing.T) {
	f := newFarEnd(t)
	c := dial(t, f, Config{Tone: 1000})
	ctx := within(t, testTime)
	begin := time.Now()
	if err := c.Press(ctx, "12#"); err != nil {
		t.Fatal(err)
	}
	if err := c.Press(ctx, "*0d"); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d < 6*8*FrameTime || d > 6*12*FrameTime {
		t.Errorf("six keys took %v, want about %v", d, 6*9*FrameTime)
	}
	c.Ear.Reset()
	if _, err := c.Ear.WaitTone(ctx, 1000); err != nil {
		t.Errorf("audio after the keys: %v", err)
	}
	keys := f.pressed()
	var pressed []byte
	for i, k := range keys {
		pressed = append(pressed, k.key)
		if k.duration != 800 || k.ends != 3 || k.packets != 7 || k.markers != 1 {
			t.Errorf("key %c: %+v", k.key, k)
		}
		if i == 0 {
			continue
		}
		// One key and the pause after it last 180 ms when pressed in one row; audio
		// may lie between two rows.
		if d := k.timestamp - keys[i-1].timestamp; d < 9*FrameSamples || i != 3 && d != 9*FrameSamples {
			t.Errorf("key %c begins %d samples after the one before", k.key, d)
		}
	}
	if string(pressed) != "12#*0D" {
		t.Errorf("pressed %q", pressed)
	}
	if err := c.Press(ctx, "1x"); err == nil {
		t.Error("pressed a key that no phone has")
	}
}

// TestPressTones: a phone without telephone-event sends keys as tones, 100 ms and a pause.
func TestPressTones(t *testing.T) {
	offer := string(audioOffer(netip.MustParseAddrPort("127.0.0.1:4000"), []Law{ALaw}, false))
	if !strings.Contains(offer, "RTP/AVP 8\r\n") || strings.Contains(offer, "telephone-event") {
		t.Errorf("offer\n%s", offer)
	}
	for key, tones := range map[string][2]int{"1": {697, 1209}, "6": {770, 1477}, "9": {852, 1477}, "#": {941, 1477}, "D": {941, 1633}} {
		codes, err := keyCodes(key)
		if err != nil {
			t.Fatal(err)
		}
		p := &pressing{codes: codes}
		var tone []int16
		for n := range keyFrames + pauseFrames {
			samples := make([]int16, FrameSamples)
			for i, b := range p.sound(ALaw) {
				samples[i] = ALaw.Decode(b)
			}
			if n < keyFrames {
				tone = append(tone, samples...)
			} else if decibels(meanSquare(samples)) > -60 {
				t.Errorf("key %s: frame %d is no pause", key, n)
			}
		}
		both := goertzel(tone, tones[0]) + goertzel(tone, tones[1])
		if all := meanSquare(tone); both < 0.95*all || both > 1.05*all || !p.finished() {
			t.Errorf("key %s: %.0f of %.0f is in its two tones", key, both, all)
		}
	}
	f := newFarEnd(t)
	c := dial(t, f, Config{Tone: 1000, Tones: true})
	if err := c.Press(within(t, testTime), "12"); err != nil {
		t.Fatal(err)
	}
	if keys := f.pressed(); len(keys) > 0 {
		t.Errorf("events %v", keys)
	}
	waitTone(t, c.Ear, 1000)
	checkStream(t, f)
}

func TestPressWithoutEvents(t *testing.T) {
	far, err := parseFarAudio([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"+
		"m=audio 4000 RTP/AVP 0 8\r\nc=IN IP4 127.0.0.2\r\n"), []Law{ALaw, MuLaw})
	if err != nil {
		t.Fatal(err)
	}
	if want := (farAudio{addr: netip.MustParseAddrPort("127.0.0.2:4000"), law: MuLaw}); far != want {
		t.Errorf("far audio %+v, want %+v", far, want)
	}
	s := &stream{}
	s.far.Store(&far)
	if err := s.press(t.Context(), "1"); !errors.Is(err, errNoKeys) {
		t.Errorf("press: %v", err)
	}
}

func TestFarAudioRefused(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
	for name, body := range map[string]string{
		"nothing":    "",
		"no audio":   head + "c=IN IP4 127.0.0.1\r\nm=video 4000 RTP/AVP 8\r\n",
		"refused":    head + "c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 8\r\n",
		"codec":      head + "c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 3 9\r\n",
		"no address": head + "m=audio 4000 RTP/AVP 8\r\n",
		"a name":     head + "c=IN IP4 far.example\r\nm=audio 4000 RTP/AVP 8\r\n",
		"format":     head + "c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 8 x\r\n",
	} {
		if far, err := parseFarAudio([]byte(body), []Law{ALaw, MuLaw}); err == nil {
			t.Errorf("%s: accepted as %+v", name, far)
		}
	}
}

func TestFarEndHangsUp(t *testing.T) {
	f := newFarEnd(t)
	c := dial(t, f, Config{})
	if err := f.call().Bye(within(t, testTime)); err != nil {
		t.Fatal(err)
	}
	waitClosed(t, "the end of the call", c.Done())
	if c.Times().Ended.IsZero() {
		t.Error("no time of the end")
	}
	if err := c.Press(within(t, testTime), "1"); !errors.Is(err, ErrCallEnded) {
		t.Errorf("press after the end: %v", err)
	}
	if err := c.Hangup(within(t, testTime)); err != nil {
		t.Errorf("hang up after the end: %v", err)
	}
}

func TestCitizenHangsUp(t *testing.T) {
	f := newFarEnd(t)
	c := dial(t, f, Config{})
	if err := c.Hangup(within(t, testTime)); err != nil {
		t.Fatal(err)
	}
	waitClosed(t, "BYE", f.ended)
	waitClosed(t, "the end of the call", c.Done())
}

func TestCallRejected(t *testing.T) {
	f := newFarEndThat(t, func(tx sip.ServerTransaction, req *sip.Request) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusBusyHere, "Busy Here", nil))
	})
	_, err := Dial(within(t, testTime), Config{Server: f.addr(), Number: "1", From: "2"})
	var rejected *Rejected
	if !errors.As(err, &rejected) || rejected.Code != sip.StatusBusyHere || rejected.Reason != "Busy Here" {
		t.Errorf("dial: %v", err)
	}
	waitClosed(t, "ACK", f.refused)
}

func TestCallGivenUp(t *testing.T) {
	f := newFarEndThat(t, func(tx sip.ServerTransaction, req *sip.Request) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusRinging, "Ringing", nil))
	})
	ctx, cancel := context.WithCancel(within(t, testTime))
	go func() {
		<-f.invited
		cancel()
	}()
	if _, err := Dial(ctx, Config{Server: f.addr(), Number: "1", From: "2"}); !errors.Is(err, context.Canceled) {
		t.Errorf("dial: %v", err)
	}
	waitClosed(t, "CANCEL", f.cancel)
	waitClosed(t, "ACK", f.refused)
}

// A server that never answers must not hold the caller longer than asked.
func TestCallUnanswered(t *testing.T) {
	mute, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	begin := time.Now()
	_, err = Dial(within(t, 200*time.Millisecond), Config{Server: mute.LocalAddr().String(), Number: "1", From: "2"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dial: %v", err)
	}
	if d := time.Since(begin); d > cancelTime+time.Second {
		t.Errorf("gave up after %v", d)
	}
}

func TestReinviteAndOptions(t *testing.T) {
	f := newFarEnd(t)
	c := dial(t, f, Config{Tone: 1000})
	ctx := within(t, testTime)
	if _, err := c.Ear.WaitTone(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	target := f.call().InviteRequest.Contact().Address
	res, err := f.call().Do(ctx, sip.NewRequest(sip.OPTIONS, target))
	if err != nil || res.StatusCode != sip.StatusOK {
		t.Errorf("OPTIONS: %v, %v", res, err)
	}

	// The far side moves its audio to another law.
	again := sip.NewRequest(sip.INVITE, target)
	again.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	again.SetBody(f.sdp("0"))
	res, err = f.call().Do(ctx, again)
	if err != nil || res.StatusCode != sip.StatusOK {
		t.Fatalf("re-INVITE: %v, %v", res, err)
	}
	if string(res.Body()) != f.offer {
		t.Errorf("answered with another description:\n%s\nwant\n%s", res.Body(), f.offer)
	}
	if res.Contact() == nil {
		t.Error("answered without a contact")
	}
	c.Ear.Reset()
	if _, err := c.Ear.WaitTone(ctx, 1000); err != nil {
		t.Error(err)
	}
	f.mu.Lock()
	last := f.audio[len(f.audio)-1].PayloadType
	f.mu.Unlock()
	if last != uint8(MuLaw) {
		t.Errorf("payload type %d after the move to mu-law", last)
	}
}

func TestPortPair(t *testing.T) {
	ip := netip.MustParseAddr("127.0.0.1")
	var pairs []portPair
	defer func() {
		for _, p := range pairs {
			p.rtp.Close()
			p.rtcp.Close()
		}
	}()
	for range 20 {
		p, err := listenPair(ip)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, p)
		if a, b := addrPort(p.rtp).Port(), addrPort(p.rtcp).Port(); a%2 != 0 || b != a+1 {
			t.Errorf("ports %d and %d", a, b)
		}
	}
}

func TestOffer(t *testing.T) {
	offer := string(audioOffer(netip.MustParseAddrPort("127.0.0.1:4000"), []Law{ALaw, MuLaw}, true))
	lines := strings.Split(offer, "\r\n")
	for _, want := range []string{
		"c=IN IP4 127.0.0.1", "m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000",
		"a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q in\n%s", want, offer)
		}
	}
}
