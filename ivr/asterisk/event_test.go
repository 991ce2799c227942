package asterisk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/ivr/asterisk"
)

// captured gives the events that a real Asterisk was heard to send.
func captured(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("aritest/testdata/event-*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no captured events: %v", err)
	}
	events := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		events[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(p), "event-"), ".json")] = data
	}
	return events
}

func TestDecodeCaptured(t *testing.T) {
	for name, frame := range captured(t) {
		e, err := asterisk.DecodeEvent(frame)
		want, _, _ := strings.Cut(name, "-")
		if err != nil || e.Type != want || e.Application != "ivrd" || e.At.Year() < 2026 || len(e.Raw) == 0 {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		if strings.HasPrefix(want, "Channel") && (e.ChannelID() == "" || e.Channel.Created.IsZero() || e.Channel.Dialplan.Context == "") {
			t.Errorf("%s: channel %+v", name, e.Channel)
		}
	}
}

func TestDecodeFields(t *testing.T) {
	events := captured(t)
	decode := func(name string) asterisk.Event {
		t.Helper()
		e, err := asterisk.DecodeEvent(events[name])
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	start := decode("StasisStart")
	if got := start.Args; len(got) != 3 || got[0] != "0380008000" || got[1] != "0" || got[2] != "allowed_not_screened" {
		t.Errorf("arguments %q", got)
	}
	if p := start.Channel.Dialplan; p.App != "Stasis" || p.AppData != "ivrd,0380008000,0,allowed_not_screened" || p.Exten != "0380008000" {
		t.Errorf("dialplan %+v", p)
	}
	if got := start.Channel.Caller.GetNumber(); got != "0123456789" {
		t.Errorf("caller %q", got)
	}
	if got := asterisk.AppArgs(*start.Channel); len(got) != 3 || got[0] != "0380008000" {
		t.Errorf("arguments of the channel %q", got)
	}
	if e := decode("ChannelDtmfReceived"); e.Digit != "5" {
		t.Errorf("digit %q", e.Digit)
	}
	if e := decode("RecordingFinished"); e.Recording.Name != "c1/r1" || time.Duration(e.Recording.Duration) != time.Second {
		t.Errorf("recording %+v", e.Recording)
	}
	if e := decode("PlaybackFinished-failed"); e.Playback.State != "failed" || e.Playback.ID != "p2" {
		t.Errorf("playback %+v", e.Playback)
	}
	if e := decode("ChannelDestroyed-refused"); e.Cause != 21 {
		t.Errorf("cause %d", e.Cause)
	}
	if e := decode("ContactStatusChange"); e.Endpoint.Resource != "agent01" || e.Endpoint.State != "online" {
		t.Errorf("endpoint %+v", e.Endpoint)
	}
}

func TestDecodeStrange(t *testing.T) {
	for frame, want := range map[string]string{
		`{"type":"SomethingNew","x":[1,{"y":null}]}`:       "SomethingNew",
		`{"type":"StasisStart","channel":5}`:               "StasisStart", // does not fit: type and frame alone
		`{"type":"StasisEnd","timestamp":"tomorrow"}`:      "StasisEnd",
		`{"type":"ChannelDtmfReceived","digit":{"a":"b"}}`: "ChannelDtmfReceived",
	} {
		e, err := asterisk.DecodeEvent([]byte(frame))
		if err != nil || e.Type != want || string(e.Raw) != frame || e.Channel != nil {
			t.Errorf("%s: %+v, %v", frame, e, err)
		}
	}
	for _, frame := range []string{``, `[]`, `{}`, `{"type":""}`, `{"type":7}`, `{"type":"X"`, "\x00\xff"} {
		if e, err := asterisk.DecodeEvent([]byte(frame)); err == nil {
			t.Errorf("%q is taken as %+v", frame, e)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, frame := range captured(f) {
		f.Add(frame)
	}
	f.Add([]byte(`{"type":"X","channel":null,"timestamp":""}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		e, err := asterisk.DecodeEvent(frame)
		if err == nil && (e.Type == "" || string(e.Raw) != string(frame)) {
			t.Errorf("%q gives %+v", frame, e)
		}
		_ = e.ChannelID()
	})
}
