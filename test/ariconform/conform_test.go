package ariconform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

const agent = "agent01"

// play runs the whole script in a world and gives the record.
func play(t *testing.T, w world, capture string) []string {
	s := &script{t: t, world: w, cfg: w.config(), capture: capture, frames: make(chan frame, 10000)}
	for _, scene := range []struct {
		name string
		run  func(*script)
	}{
		{"start", (*script).start}, {"nothing there", (*script).nothing}, {"bridges", (*script).bridges},
		{"a call", (*script).call}, {"lines", (*script).lines}, {"reconnect", (*script).reconnect},
		{"numbers outside", (*script).outside}, {"playback control", (*script).control},
	} {
		s.note("--- %s", scene.name)
		scene.run(s)
	}
	return s.record
}

func filter(types ...string) any {
	list := []map[string]string{}
	for _, name := range types {
		list = append(list, map[string]string{"type": name})
	}
	return map[string]any{"disallowed": list}
}

func (s *script) start() {
	good := s.cfg.Password
	s.cfg.Password = "wrong"
	s.named("error-password", "GET", "asterisk/info", nil, nil)
	s.cfg.Password = good
	s.named("info", "GET", "asterisk/info", nil, nil)
	s.named("error-no-app", "PUT", "applications/"+s.cfg.App+"/eventFilter", nil, filter())
	s.listen()
	s.named("application", "PUT", "applications/"+s.cfg.App+"/eventFilter", nil, filter("ChannelVarset", "ChannelDialplan", "ChannelCreated",
		"ChannelStateChange", "ChannelCallerId", "ChannelConnectedLine", "BridgeCreated", "BridgeDestroyed", "BridgeMerged",
		"BridgeVideoSourceChanged", "DeviceStateChanged", "PeerStatusChange", "Dial", "ChannelHangupRequest"))
	s.named("channels-none", "GET", "channels", nil, nil)
	s.named("bridges-none", "GET", "bridges", nil, nil)
}

// nothing asks for things that are not there.
func (s *script) nothing() {
	s.named("error-channel", "GET", "channels/none", nil, nil)
	s.ask("POST", "channels/none/answer", nil, nil)
	s.ask("DELETE", "channels/none", nil, nil)
	s.ask("POST", "channels/none/play/p1", nil, map[string]any{"media": []string{"sound:x"}})
	s.ask("POST", "channels/none/moh", nil, nil)
	s.ask("DELETE", "channels/none/moh", nil, nil)
	s.ask("POST", "channels/none/record", url.Values{"name": {"n"}, "format": {"wav"}}, nil)
	s.ask("POST", "channels/none/dtmf", url.Values{"dtmf": {"1"}}, nil)
	s.ask("GET", "channels/none/rtp_statistics", nil, nil)
	s.named("error-playback", "GET", "playbacks/none", nil, nil)
	s.ask("DELETE", "playbacks/none", nil, nil)
	s.named("error-recording", "POST", "recordings/live/none/stop", nil, nil)
	s.ask("GET", "recordings/stored/none/file", nil, nil)
	s.ask("DELETE", "recordings/stored/none", nil, nil)
	s.named("error-bridge", "DELETE", "bridges/none", nil, nil)
	s.ask("POST", "bridges/none/addChannel", url.Values{"channel": {"none"}}, nil)
	s.named("error-subscribe", "POST", "applications/"+s.cfg.App+"/subscription", url.Values{"eventSource": {"endpoint:PJSIP/" + agent}}, nil)
	s.named("error-offline", "POST", "channels", originate(s.cfg.App, "x1"), map[string]any{"variables": map[string]string{}})
	s.ask("DELETE", "asterisk/config/dynamic/res_pjsip/endpoint/"+agent, nil, nil)
}

func mixing(id string) url.Values { return url.Values{"type": {"mixing,dtmf_events"}, "name": {id}} }

func (s *script) bridges() {
	s.named("bridge", "POST", "bridges/b1", mixing("b1"), nil)
	s.named("error-bridge-again", "POST", "bridges/b1", mixing("b1"), nil)
	s.named("bridges", "GET", "bridges", nil, nil)
	s.ask("GET", "bridges/b1", nil, nil)
	s.ask("GET", "bridges/none", nil, nil)
	s.named("error-add-unknown", "POST", "bridges/b1/addChannel", url.Values{"channel": {"none"}}, nil)
	s.named("error-remove-unknown", "POST", "bridges/b1/removeChannel", url.Values{"channel": {"none"}}, nil)
}

func media(files ...string) any {
	list := []string{}
	for _, f := range files {
		list = append(list, "sound:"+f)
	}
	return map[string]any{"media": list}
}

func (s *script) call() {
	caller := s.world.dial(s.t)
	ch := s.until("StasisStart")[0].Channel.ID
	path := func(verb string) string { return "channels/" + ch + verb }
	ask := func(method, verb string, query url.Values, body any) []byte {
		s.t.Helper()
		status, answer := s.send(method, path(verb), query, body)
		s.note("%s channel%s %s: %d", method, verb, query.Encode(), status)
		return answer
	}
	played := 0
	heard := func(when string) {
		s.t.Helper()
		played++
		s.note("play %s", when)
		ask("POST", fmt.Sprintf("/play/h%d", played), nil, media(s.world.silence()))
		s.until("PlaybackStarted", "PlaybackFinished")
	}
	s.keep("channels-ring", s.answerOf("channels"))
	ask("POST", "/answer", nil, nil)
	ask("POST", "/answer", nil, nil)
	s.keep("channel", ask("GET", "", nil, nil))

	s.keep("playback", ask("POST", "/play/p1", nil, media(s.world.silence())))
	s.until("PlaybackStarted", "PlaybackFinished")
	s.ask("GET", "playbacks/p1", nil, nil)
	ask("POST", "/play/p2", nil, media("/nowhere/at/all"))
	s.keep("event-PlaybackFinished-failed", s.until("PlaybackFinished")[1].raw)
	ask("POST", "/play/p3", nil, media(s.world.silence(), s.world.silence(), s.world.silence()))
	s.until("PlaybackStarted")
	s.ask("GET", "playbacks/p3", nil, nil)
	s.ask("DELETE", "playbacks/p3", nil, nil)
	s.until("PlaybackFinished")
	caller.press(s.t, "5")
	s.until("ChannelDtmfReceived")

	ask("POST", "/moh", url.Values{"mohClass": {"default"}}, nil)
	ask("POST", "/moh", url.Values{"mohClass": {"default"}}, nil)
	ask("DELETE", "/moh", nil, nil)
	ask("DELETE", "/moh", nil, nil)
	heard("after music")

	record := url.Values{"name": {"c1/r1"}, "format": {"wav"}, "ifExists": {"overwrite"}, "maxDurationSeconds": {"10"}, "terminateOn": {"#"}, "beep": {"false"}}
	s.keep("recording", ask("POST", "/record", record, nil))
	s.until("RecordingStarted")
	time.Sleep(1200 * time.Millisecond) // the length of the message
	s.ask("POST", "recordings/live/c1%2Fr1/stop", nil, nil)
	s.until("RecordingFinished")
	s.ask("POST", "recordings/live/c1%2Fr1/stop", nil, nil)
	s.ask("GET", "recordings/stored/c1%2Fr1/file", nil, nil)
	ask("POST", "/record", record, nil)
	s.until("RecordingStarted")
	caller.press(s.t, "#")
	s.until("ChannelDtmfReceived", "RecordingFinished")
	s.ask("DELETE", "recordings/stored/c1%2Fr1", nil, nil)
	heard("after a recording")

	in := url.Values{"channel": {ch}}
	s.named("error-remove-outside", "POST", "bridges/b1/removeChannel", in, nil)
	s.ask("POST", "bridges/b1/addChannel", in, nil)
	s.until("ChannelEnteredBridge")
	s.keep("bridges-one", s.answerOf("bridges"))
	ask("POST", "/record", record, nil)
	s.until("RecordingFailed")
	ask("POST", "/dtmf", url.Values{"dtmf": {"12"}}, nil)
	s.keep("rtp", ask("GET", "/rtp_statistics", nil, nil))
	s.ask("POST", "bridges/b1/removeChannel", in, nil)
	s.until("ChannelLeftBridge")
	heard("out of the bridge")
	s.ask("POST", "bridges/b1/removeChannel", in, nil)
	s.ask("POST", "bridges/b1/addChannel", in, nil)
	s.until("ChannelEnteredBridge")
	s.ask("POST", "bridges/b2", mixing("b2"), nil)
	s.ask("POST", "bridges/b2/addChannel", in, nil)
	s.until("ChannelLeftBridge", "ChannelEnteredBridge")
	s.ask("DELETE", "bridges/b2", nil, nil)
	s.until("ChannelLeftBridge")
	s.ask("DELETE", "bridges/b1", nil, nil)
	heard("after the bridge's end")

	ask("POST", "/play/p4", nil, media(s.world.silence(), s.world.silence()))
	s.until("PlaybackStarted")
	caller.hangup(s.t)
	s.until("PlaybackFinished", "StasisEnd")
	s.gone(ch)
	ask("POST", "/answer", nil, nil)
	s.ask("GET", "channels", nil, nil)

	speaker := s.world.dial(s.t)
	ch = s.until("StasisStart")[0].Channel.ID
	ask("POST", "/record", record, nil)
	s.until("RecordingStarted")
	speaker.hangup(s.t)
	s.until("RecordingFinished", "StasisEnd")
	s.ask("GET", "recordings/stored/c1%2Fr1/file", nil, nil)
	s.ask("DELETE", "recordings/stored/c1%2Fr1", nil, nil)

	other := s.world.dial(s.t)
	ch = s.until("StasisStart")[0].Channel.ID
	ask("POST", "/answer", nil, nil)
	ask("DELETE", "", url.Values{"reason_code": {"16"}}, nil)
	s.until("StasisEnd")
	s.gone(ch)
	ask("DELETE", "", url.Values{"reason_code": {"16"}}, nil)
	other.hangup(s.t)
}

func (s *script) answerOf(path string) []byte {
	_, answer := s.send("GET", path, nil, nil)
	return answer
}

// gone waits until a channel is no longer listed.
func (s *script) gone(id string) {
	s.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		var list []struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(s.answerOf("channels"), &list); err != nil {
			s.t.Fatal(err)
		}
		if !slices.ContainsFunc(list, func(c struct {
			ID string `json:"id"`
		}) bool {
			return c.ID == id
		}) {
			return
		}
	}
	s.t.Fatalf("channel %s is still there", id)
}

func originate(app, channel string) url.Values {
	return url.Values{"endpoint": {"PJSIP/" + agent}, "app": {app}, "appArgs": {"leg," + agent + ",1"}, "channelId": {channel}, "timeout": {"10"}}
}

func nonce(n string) any {
	return map[string]any{"variables": map[string]string{"PJSIP_HEADER(add,X-CTI-Leg)": n}}
}

func fields(pairs ...string) any {
	list := []map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, map[string]string{"attribute": pairs[i], "value": pairs[i+1]})
	}
	return map[string]any{"fields": list}
}

func (s *script) putEndpoint(secret string) {
	at := "asterisk/config/dynamic/res_pjsip/"
	s.ask("PUT", at+"auth/"+agent, nil, fields("auth_type", "digest", "username", agent, "password", secret))
	s.ask("PUT", at+"aor/"+agent, nil, fields("max_contacts", "1", "remove_existing", "yes"))
	s.ask("PUT", at+"endpoint/"+agent, nil, fields("webrtc", "yes", "dtls_auto_generate_cert", "yes", "disallow", "all", "allow", "alaw",
		"context", "agents", "auth", agent, "aors", agent, "direct_media", "no", "timers", "no", "rtp_keepalive", "5", "rtp_timeout", "30",
		"allow_transfer", "no", "allow_subscribe", "no", "dtmf_mode", "rfc4733", "max_video_streams", "0"))
}

func (s *script) lines() {
	s.putEndpoint("secret1")
	s.putEndpoint("secret2")
	s.ask("POST", "applications/"+s.cfg.App+"/subscription", url.Values{"eventSource": {"endpoint:PJSIP/" + agent}}, nil)
	s.ask("POST", "applications/"+s.cfg.App+"/subscription", url.Values{"eventSource": {"endpoint:PJSIP/" + agent}}, nil)
	s.ask("POST", "channels", originate(s.cfg.App, "leg-0"), nonce("good"))
	page := s.world.page(s.t, agent, "secret2")
	s.until("EndpointStateChange", "ContactStatusChange")

	s.named("originated", "POST", "channels", originate(s.cfg.App, "leg-1"), nonce("bad"))
	s.keep("event-ChannelDestroyed-refused", last(s.until("EndpointStateChange", "ChannelDestroyed:leg-1")))
	s.ask("POST", "channels", originate(s.cfg.App, "leg-2"), nonce("good"))
	s.until("StasisStart")
	s.named("error-channel-again", "POST", "channels", originate(s.cfg.App, "leg-2"), nonce("good"))
	s.named("channel-leg", "GET", "channels/leg-2", nil, nil)
	s.ask("POST", "bridges/b3", mixing("b3"), nil)
	s.ask("POST", "bridges/b3/addChannel", url.Values{"channel": {"leg-2"}}, nil)
	s.until("ChannelEnteredBridge")
	s.ask("DELETE", "channels/leg-2", url.Values{"reason_code": {"16"}}, nil)
	s.keep("event-ChannelDestroyed-deleted", last(s.until("ChannelLeftBridge", "StasisEnd", "ChannelDestroyed")))
	s.ask("DELETE", "bridges/b3", nil, nil)
	s.ask("POST", "channels", originate(s.cfg.App, "leg-2"), nonce("good"))
	s.until("StasisStart")
	s.ask("DELETE", "channels/leg-2", nil, nil)
	s.until("StasisEnd", "ChannelDestroyed")
	page.leave(s.t)
	s.until("EndpointStateChange", "ContactStatusChange")
	s.ask("POST", "channels", originate(s.cfg.App, "leg-3"), nonce("good"))
	for _, kind := range []string{"endpoint", "aor", "auth"} {
		s.ask("DELETE", "asterisk/config/dynamic/res_pjsip/"+kind+"/"+agent, nil, nil)
		s.ask("DELETE", "asterisk/config/dynamic/res_pjsip/"+kind+"/"+agent, nil, nil)
	}
}

func last(frames []frame) []byte { return frames[len(frames)-1].raw }

// outside: numbers beyond the trunk that answer, are busy, do not answer, and do not exist.
func (s *script) outside() {
	s.world.outside(s.t)
	ring := func(channel, number string) {
		s.t.Helper()
		query := url.Values{"endpoint": {"PJSIP/trunk/sip:" + number + "@" + exchange}, "app": {s.cfg.App}, "appArgs": {"transfer"},
			"channelId": {channel}, "timeout": {"2"}, "callerId": {"0380008000"}}
		s.ask("POST", "channels", query, map[string]any{"variables": map[string]string{}})
	}
	destroyed := func(channel string, first ...string) []byte {
		s.t.Helper()
		frames := s.until(append(first, "ChannelDestroyed:"+channel)...)
		i := slices.IndexFunc(frames, func(f frame) bool { return f.is("ChannelDestroyed:" + channel) })
		var end struct{ Cause int }
		if err := json.Unmarshal(frames[i].raw, &end); err != nil {
			s.t.Fatal(err)
		}
		s.note("cause %d", end.Cause)
		return frames[i].raw
	}
	ring("leg-busy", numberBusy)
	s.keep("event-ChannelDestroyed-busy", destroyed("leg-busy"))
	ring("leg-silent", numberSilent)
	s.keep("event-ChannelDestroyed-silent", destroyed("leg-silent"))
	ring("leg-none", numberNone)
	s.keep("event-ChannelDestroyed-none", destroyed("leg-none"))
	ring("leg-up", numberGood)
	s.until("StasisStart:leg-up")
	s.named("channel-outside", "GET", "channels/leg-up", nil, nil)
	s.ask("DELETE", "channels/leg-up", url.Values{"reason_code": {"16"}}, nil)
	destroyed("leg-up", "StasisEnd:leg-up")
	ring("leg-down", numberGood)
	s.until("StasisStart:leg-down")
	s.world.hangUpOutside(s.t)
	s.keep("event-ChannelDestroyed-far", destroyed("leg-down", "StasisEnd:leg-down"))
	s.ask("GET", "channels", nil, nil)
}

// control halts a playback and lets it go on.
func (s *script) control() {
	caller := s.world.dial(s.t)
	ch := s.until("StasisStart")[0].Channel.ID
	s.note("answer: %d", first(s.send("POST", "channels/"+ch+"/answer", nil, nil)))
	operation := func(name string) url.Values { return url.Values{"operation": {name}} }
	s.ask("POST", "playbacks/none/control", operation("pause"), nil)
	s.note("play: %d", first(s.send("POST", "channels/"+ch+"/play/p11", nil, media(s.world.silence()))))
	s.until("PlaybackStarted")
	s.ask("POST", "playbacks/p11/control", operation("pause"), nil)
	s.keep("playback-paused", s.ask("GET", "playbacks/p11", nil, nil))
	s.until()                           // nothing comes
	time.Sleep(1200 * time.Millisecond) // it would be over
	s.ask("GET", "playbacks/p11", nil, nil)
	s.ask("POST", "playbacks/p11/control", operation("unpause"), nil)
	s.until("PlaybackFinished")
	s.ask("POST", "playbacks/p11/control", operation("unpause"), nil)
	caller.hangup(s.t)
	s.until("StasisEnd")
	s.gone(ch)
}

// reconnect: a second connection takes the name over; calls go on without any.
func (s *script) reconnect() {
	caller := s.world.dial(s.t)
	ch := s.until("StasisStart")[0].Channel.ID
	s.note("answer: %d", first(s.send("POST", "channels/"+ch+"/answer", nil, nil)))
	before := s.frames
	s.frames = make(chan frame, 10000)
	second := s.listen()
	newer := s.frames
	s.frames = before
	s.until("ApplicationReplaced")
	s.frames = newer
	s.note("play: %d", first(s.send("POST", "channels/"+ch+"/play/p9", nil, media(s.world.silence()))))
	s.until("PlaybackStarted", "PlaybackFinished")

	second.Close()
	caller.press(s.t, "7") // lost: nobody listens
	s.note("play: %d", first(s.send("POST", "channels/"+ch+"/play/p10", nil, media(s.world.silence(), s.world.silence()))))
	for _, body := s.send("GET", "playbacks/p10", nil, nil); bytes.Contains(body, []byte(`"queued"`)); { // its start is lost, too
		_, body = s.send("GET", "playbacks/p10", nil, nil)
	}
	s.frames = make(chan frame, 10000)
	s.listen()
	s.note("playing: %d", first(s.send("GET", "playbacks/p10", nil, nil)))
	s.until("PlaybackFinished")
	caller.hangup(s.t)
	s.until("StasisEnd")
	s.gone(ch)
}

func first(status int, _ []byte) int { return status }
