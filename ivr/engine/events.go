package engine

import (
	"strconv"
	"strings"

	"talian/ivr/asterisk"
	"talian/ivr/call"
)

// guestPrefix begins the names of the endpoints of citizens' phones in a browser.
const guestPrefix = "guest-"

// callEvent turns an ARI event into the call's own and names the channel; nil when no call cares.
func callEvent(ev asterisk.Event) (channel string, event call.Event) {
	channel = ev.ChannelID()
	switch ev.Type {
	case "ChannelDtmfReceived":
		if len(ev.Digit) == 1 {
			return channel, call.Digit{Key: ev.Digit[0]}
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

// callerNumber gives the caller's number: digits as the trunk sent them, "" when
// withheld, "web" for a phone in a browser.
func callerNumber(ch asterisk.Channel) string {
	if strings.HasPrefix(ch.Name, "PJSIP/"+guestPrefix) {
		return "web"
	}
	number := ch.Caller.GetNumber()
	if strings.EqualFold(number, "anonymous") || strings.EqualFold(number, "unknown") {
		return ""
	}
	return number
}
