package e2e

import (
	"context"
	"encoding/binary"
	"io"
	"path/filepath"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/test/phone"
)

// longestGap is the longest silence in RTP that a talker may notice while a daemon dies.
const longestGap = 150 * time.Millisecond

// gapAmongMany is the same, as measured while dozens of ears share the processors. A daemon
// that held the sound up would do so until it is back, which takes longer than a second.
const gapAmongMany = 500 * time.Millisecond

// kill -9 of ivrd with a call in the menu, one waiting and one talking: nobody is lost.
// Talkers never lose audio, the waiter keeps place and waited time, the menu asks again,
// every record is there once.
func TestKillIvrd(t *testing.T) {
	s := open(t)
	talker, d, talkCard := s.conversation("0111111111")
	waiter := s.queued("0122222222", "2")
	s.measured(`talian_calls{phase="waiting",queue="citizens"} 1`)
	queuedAt := time.Now()
	inMenu := s.call("0133333333")
	s.hears(inMenu, "ms", "welcome")
	s.press(inMenu, "2")
	s.hears(inMenu, "en", "topic_menu")

	talker.Ear.Reset()
	d.Ear().Reset()
	s.Ivrd.Kill(t)
	s.talking(talker, d)
	newcomer := s.answeredWhileAway()
	s.Ivrd.Start(t)

	s.hears(inMenu, "en", "topic_menu_short", "topic_menu")
	s.talking(talker, d)
	for who, ear := range map[string]*phone.Ear{"caller": talker.Ear, "agent": d.Ear()} {
		if gap := ear.Gap(); gap > longestGap {
			t.Errorf("%s heard nothing for %v", who, gap)
		}
	}
	s.hears(newcomer, "ms", "welcome")

	_, err := d.Wait(s.within(10*time.Second), "ctid to hear ivrd again", func(x wire.Self) bool { return x.Link && x.Call != nil })
	s.must(err)
	_, err = d.Command(s.ctx, wire.CmdEnd, nil)
	s.must(err)
	s.press(talker, "2") // no survey
	_, err = d.Wait(s.within(5*time.Second), "wrap-up", func(x wire.Self) bool { return x.Agent.State == "wrap_up" })
	s.must(err)
	_, err = d.Command(s.ctx, "agent.endWrap", nil)
	s.must(err)
	waitCard, err := d.Offer(s.within(60 * time.Second))
	s.must(err)
	if waitCard.From != "0122222222" {
		t.Fatalf("offered %+v, want the waiter", waitCard)
	}
	if waited := time.Duration(waitCard.WaitedMs) * time.Millisecond; waited < time.Since(queuedAt)-2*time.Second {
		t.Errorf("the waiter's time begins anew: %v of %v", waited, time.Since(queuedAt))
	}
	s.must(d.Answer(s.ctx, waitCard))
	s.talking(waiter, d)
	s.must(waiter.Hangup(s.ctx))
	s.reported(talkCard.ID, "answered", "agent01")
	s.reported(waitCard.ID, "answered", "agent01")
}

// answeredWhileAway: a call that comes while ivrd is away is answered and hears that it
// should hold the line.
func (s *scene) answeredWhileAway() *phone.Citizen {
	s.t.Helper()
	c := s.call("0144444444")
	s.must(c.Ear.WaitOpening(s.within(10*time.Second), filepath.Join(s.Dir, "asterisk/data/fallback/please-hold.wav"), time.Second))
	return c
}

// kill -9 of ctid: talk goes on, the desk comes back to the same call, offers go on.
func TestKillCtid(t *testing.T) {
	s := open(t)
	c, d, card := s.conversation("0123456789")
	c.Ear.Reset()
	d.Ear().Reset()
	s.Ctid.Kill(t)
	s.talking(c, d)
	s.Ctid.Start(t)
	s.must(d.Connect(s.within(10 * time.Second)))
	self := d.Self()
	if self.Call == nil || self.Call.ID != card.ID || self.Call.Phase != "talking" || self.Call.WaitedMs != card.WaitedMs {
		t.Fatalf("after ctid's restart the desk shows %+v", self.Call)
	}
	s.talking(c, d)
	if gap := c.Ear.Gap(); gap > longestGap {
		t.Errorf("the caller heard nothing for %v", gap)
	}
	_, err := d.Command(s.ctx, wire.CmdEnd, nil)
	s.must(err)
	s.declines(c, "ms")
}

// Asterisk is killed and started again: records are closed with a cause, no ghost is
// left, the agent's line comes back and the next call is taken.
func TestRestartAsterisk(t *testing.T) {
	s := open(t)
	_, d, card := s.conversation("0123456789")
	s.Asterisk.Kill(t)
	s.Asterisk.Start(t)
	s.must(s.Ivrd.WaitReady(s.within(10 * time.Second)))
	row := s.reported(card.ID, "answered", "agent01")
	if row.Cause != "asterisk_restart" {
		t.Errorf("cause %q", row.Cause)
	}
	_, err := d.Wait(s.within(10*time.Second), "line down", func(x wire.Self) bool { return x.Line.Status == "down" })
	s.must(err)
	s.must(d.ClaimLine(s.within(20 * time.Second)))
	if d.Self().Agent.State == "wrap_up" {
		_, err = d.Command(s.ctx, "agent.endWrap", nil)
		s.must(err)
	}
	s.must(d.Ready(s.within(10 * time.Second)))
	again := s.queued("0155555555", "1")
	next, err := d.Offer(s.within(60 * time.Second))
	s.must(err)
	if next.From != "0155555555" {
		t.Fatalf("offered %+v", next)
	}
	s.must(d.Answer(s.ctx, next))
	s.talking(again, d)
}

// The agent's page is loaded anew in mid-call: the caller stays, audio is back within a second.
func TestNewLegInCall(t *testing.T) {
	s := open(t)
	c, d, card := s.conversation("0123456789")
	c.Ear.Reset()
	began := time.Now()
	s.must(d.ClaimLine(s.within(10 * time.Second)))
	s.talking(c, d)
	t.Logf("audio back %v after the new claim, largest gap for the caller %v", time.Since(began), c.Ear.Gap())
	if self := d.Self(); self.Call == nil || self.Call.ID != card.ID {
		t.Fatalf("the card is %+v", self.Call)
	}
	if gap := c.Ear.Gap(); gap > time.Second {
		t.Errorf("the caller heard nothing for %v", gap)
	}
}

// The agent's browser dies in mid-call: the caller hears music, then is put
// back into the queue at the old place and another agent takes the call.
func TestAgentVanishes(t *testing.T) {
	s := open(t)
	c, d, card := s.conversation("0123456789")
	second := s.agent("agent02")
	c.Ear.Reset()
	s.must(d.Close())
	_, err := c.Ear.WaitSpeech(s.within(10 * time.Second)) // music, after 3 s of nothing
	s.must(err)
	next, err := second.Offer(s.within(60 * time.Second))
	s.must(err)
	if next.ID != card.ID {
		t.Fatalf("offered %+v", next)
	}
	s.must(second.Answer(s.ctx, next))
	s.talking(c, second)
}

// After hours the caller can leave a message, which the report lists and plays.
func TestVoicemailAfterHours(t *testing.T) {
	s := open(t)
	c := s.speaking()
	s.press(c, "#")
	s.hears(c, "en", "keep_recording")
	s.press(c, "1")
	s.hears(c, "en", "message_kept")
	s.must(c.Hangup(s.ctx))
	s.plays("0123456789", 2500*time.Millisecond)
}

// Asterisk is killed while a caller speaks: what was said is a message that can be played.
func TestVoicemailAsteriskKilled(t *testing.T) {
	s := open(t)
	s.speaking()
	s.Asterisk.Kill(t)
	s.Asterisk.Start(t)
	s.plays("0123456789", time.Second) // Asterisk writes now and then
}

// speaking gives a caller who has spoken for three seconds after the beep.
func (s *scene) speaking() *phone.Citizen {
	s.t.Helper()
	s.office("closed")
	c := s.call("0123456789")
	s.press(c, "2") // English
	s.hears(c, "en", "after_hours_menu")
	s.press(c, "4")
	s.hears(c, "en", "message_after_beep")
	s.must(c.Ear.WaitSilence(s.within(20*time.Second), time.Second))
	speak, cancel := context.WithTimeout(s.ctx, 3*time.Second)
	<-speak.Done() // the message itself: three seconds of tone
	cancel()
	return c
}

// plays wants one message of this caller, at least so long, in the report and as a WAV
// whose header says so.
func (s *scene) plays(from string, least time.Duration) {
	s.t.Helper()
	d := s.desk("supervisor01")
	type row struct {
		ID       string `json:"id"`
		From     string `json:"from"`
		LengthMs int64  `json:"length_ms"`
	}
	var list struct {
		Rows []row `json:"rows"`
	}
	for deadline := time.Now().Add(15 * time.Second); len(list.Rows) == 0; {
		s.must(d.Read(s.ctx, "/api/v1/voicemails", &list))
		if time.Now().After(deadline) {
			s.t.Fatalf("no voicemail is listed; ivrd's log:\n%s", s.Ivrd.Log())
		}
	}
	if r := list.Rows[0]; len(list.Rows) != 1 || r.From != from || r.LengthMs < least.Milliseconds() {
		s.t.Fatalf("voicemails %+v", list.Rows)
	}
	res, err := d.Request(s.ctx, "GET", "/api/v1/voicemails/"+list.Rows[0].ID+"/audio", nil)
	s.must(err)
	defer res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "audio/wav" {
		s.t.Fatalf("audio: %s %s", res.Status, res.Header.Get("Content-Type"))
	}
	audio, err := io.ReadAll(res.Body)
	s.must(err)
	if len(audio) < 44 || int(binary.LittleEndian.Uint32(audio[40:]))+44 != len(audio) ||
		time.Duration(len(audio)-44)*time.Second/16000 < least {
		s.t.Fatalf("%d bytes, header % x", len(audio), audio[:min(44, len(audio))])
	}
}

// A caller who waits hears music, and can be taken as soon as an agent is ready.
func TestWaitsWithMusic(t *testing.T) {
	s := open(t)
	d := s.agent("agent01")
	_, err := d.Command(s.ctx, wire.CmdSetState, wire.SetState{State: "not_ready", Reason: "break"})
	s.must(err)
	c := s.queued("0123456789", "2")
	s.measured(`talian_calls{phase="waiting",queue="citizens"} 1`)
	_, err = c.Ear.WaitSpeech(s.within(20 * time.Second))
	s.must(err)
	s.must(d.Ready(s.within(10 * time.Second)))
	card, err := d.Offer(s.within(10 * time.Second))
	s.must(err)
	s.must(d.Answer(s.ctx, card))
	s.talking(c, d)
}

// Every minute the waiting caller hears the place in the queue, then music again. The
// second of two callers is told so.
func TestPositionIsAnnounced(t *testing.T) {
	s := open(t)
	d := s.agent("agent01")
	_, err := d.Command(s.ctx, wire.CmdSetState, wire.SetState{State: "not_ready", Reason: "break"})
	s.must(err)
	s.queued("0111111111", "2")
	s.measured(`talian_calls{phase="waiting",queue="citizens"} 1`)
	second := s.queued("0122222222", "2")
	s.measured(`talian_calls{phase="waiting",queue="citizens"} 2`)
	items, err := s.program.Prompts.Say("en", "queue_position", map[string]any{"n": 2})
	s.must(err)
	for _, item := range items {
		if item.File != "" {
			s.must(second.Ear.WaitSound(s.within(90*time.Second), item.File+".wav"))
		}
	}
	second.Ear.Reset()
	_, err = second.Ear.WaitSpeech(s.within(10 * time.Second)) // music
	s.must(err)
}
