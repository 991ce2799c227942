package engine

import (
	"strconv"
	"strings"

	"talian/ivr/asterisk"
	"talian/ivr/call"
)

// callEvent turns an ARI event into the call's own and names the channel; nil when no call cares.
func callEvent(ev asterisk.Event) (channel string, event call.Event) {
	channel = ev.ChannelID()
	switch ev.Type {
	case "ChannelDtmfReceived":
		if len(ev.Digit) == 1 {
			return channel, call.Digit{Key: ev.Digit[0]}
		}
	case "ChannelHangupRequest":
		if dropped(ev) {
			return channel, call.CallerGone{Cause: call.CauseDropped}
		}
	case "StasisEnd":
		return channel, call.CallerGone{Cause: call.CauseNormal}
	case "PlaybackFinished":
		if ev.Playback == nil {
			return "", nil
		}
		if id, ok := countAfter(ev.Playback.ID, "-p"); ok {
			return target(ev.Playback.TargetURI), call.PlaybackDone{ID: id, Failed: ev.Playback.State == "failed"}
		}
	case "RecordingFinished", "RecordingFailed":
		if ev.Recording == nil {
			return "", nil
		}
		if id, ok := countAfter(ev.Recording.Name, "/r"); ok {
			return target(ev.Recording.TargetURI), call.RecordingDone{ID: id,
				Length: ev.Spoken(), Failed: ev.Type == "RecordingFailed"}
		}
	}
	return "", nil
}

// dropped tells whether Asterisk gives a caller up who has not hung up: no sound came for too
// long, or SIP was not answered. A caller's BYE asks softly for nothing and has no cause. That
// Asterisk stops is seen by its next life.
func dropped(ev asterisk.Event) bool {
	const shutdown = 1 << 4 // AST_SOFTHANGUP_SHUTDOWN, include/asterisk/channel.h
	if ev.Soft {
		return ev.Cause != shutdown
	}
	return ev.Cause != 0 && ev.Cause != causeNormal
}

// target reads the channel out of "channel:ID".
func target(uri string) string {
	id, _ := strings.CutPrefix(uri, "channel:")
	return id
}

// countAfter reads the number behind the last sep of one of our ids.
func countAfter(id, sep string) (int, bool) {
	i := strings.LastIndex(id, sep)
	if i < 0 {
		return 0, false
	}
	n, err := strconv.Atoi(id[i+len(sep):])
	return n, err == nil
}
