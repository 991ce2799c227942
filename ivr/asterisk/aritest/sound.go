package aritest

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// playback is one POST play: its files one after the other.
type playback struct {
	id      string
	channel *channel
	media   []string
	state   string // queued, playing, paused
	timer   *time.Timer
	ends    time.Time     // of the present file, while it plays
	left    time.Duration // of it, while paused
}

func (p *playback) json(state string) object {
	o := heard("playback")
	o["id"], o["target_uri"], o["state"], o["media_uri"] = p.id, "channel:"+p.channel.id, state, p.media[0]
	return o
}

func (p *playback) stopTimer() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// failing tells whether a file cannot be played: those below /nowhere.
func failing(media string) bool { return strings.HasPrefix(media, "sound:/nowhere/") }

func (a *Asterisk) startPlayback(channelID, id string, body []byte) (int, object) {
	c, status, refusal := a.ours(channelID)
	if c == nil {
		return status, refusal
	}
	var in struct {
		Media []string `json:"media"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Media) == 0 {
		return http.StatusBadRequest, words("At least one media URI must be provided")
	}
	p := &playback{id: id, channel: c, media: in.Media, state: "queued"}
	a.playbacks[id] = p
	if len(c.plays) == 0 {
		c.idle = make(chan struct{})
	}
	c.plays = append(c.plays, p)
	queued := p.json("queued")
	if len(c.plays) == 1 {
		a.begin(p)
	}
	a.change()
	return http.StatusCreated, queued
}

// begin plays; it ends the music of the channel for good.
func (a *Asterisk) begin(p *playback) {
	p.state, p.channel.music = "playing", false
	a.next(p)
}

// next plays the next file.
func (a *Asterisk) next(p *playback) {
	a.emit("PlaybackStarted", object{"playback": p.json("playing")})
	if failing(p.media[0]) {
		a.finish(p, "failed")
		return
	}
	a.run(p, a.play)
}

// run plays the rest of a file.
func (a *Asterisk) run(p *playback, rest time.Duration) {
	p.ends = time.Now().Add(rest)
	p.timer = time.AfterFunc(rest, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.playbacks[p.id] != p || p.state != "playing" {
			return
		}
		if len(p.media) == 1 {
			a.finish(p, "done")
			return
		}
		p.media = p.media[1:]
		a.emit("PlaybackContinuing", object{"playback": p.json("continuing")})
		a.next(p)
	})
}

// control serves POST /playbacks/{id}/control, as far as halting and going on.
func (a *Asterisk) control(id, operation string) (int, object) {
	p := a.playbacks[id]
	switch {
	case p == nil:
		return http.StatusNotFound, message("playback")
	case operation == "pause" && p.state == "playing":
		p.stopTimer()
		p.state, p.left = "paused", time.Until(p.ends)
	case operation == "unpause" && p.state == "paused":
		p.state = "playing"
		a.emit("PlaybackStarted", object{"playback": p.json("playing")})
		a.run(p, p.left)
	default:
		return http.StatusNotImplemented, words("not known here")
	}
	a.change()
	return http.StatusNoContent, nil
}

// finish ends a playback; the next of the channel begins.
func (a *Asterisk) finish(p *playback, state string) {
	c := p.channel
	p.stopTimer()
	delete(a.playbacks, p.id)
	first := len(c.plays) > 0 && c.plays[0] == p
	kept := c.plays[:0]
	for _, other := range c.plays {
		if other != p {
			kept = append(kept, other)
		}
	}
	c.plays = kept
	a.emit("PlaybackFinished", object{"playback": p.json(state)})
	switch {
	case len(c.plays) == 0:
		close(c.idle)
	case first:
		a.begin(c.plays[0])
	}
	a.change()
}

func (a *Asterisk) getPlayback(id string) (int, object) {
	p := a.playbacks[id]
	if p == nil {
		return http.StatusNotFound, message("playback")
	}
	return http.StatusOK, p.json(p.state)
}

func (a *Asterisk) stopPlayback(id string) (int, object) {
	p := a.playbacks[id]
	if p == nil {
		return http.StatusNotFound, message("playback")
	}
	a.finish(p, "done")
	return http.StatusNoContent, nil
}

// recording is a live recording of a channel.
type recording struct {
	name    string
	channel *channel
	endKey  string
	begun   time.Time
	timer   *time.Timer
}

func (r *recording) json(captured string) object {
	o := object{}
	for key, value := range heard(captured) {
		o[key] = value
	}
	o["name"], o["target_uri"] = r.name, "channel:"+r.channel.id
	return o
}

func (a *Asterisk) startRecording(channelID string, query url.Values) (int, object) {
	c, status, refusal := a.ours(channelID)
	if c == nil {
		return status, refusal
	}
	r := &recording{name: query.Get("name"), channel: c, endKey: query.Get("terminateOn"), begun: time.Now()}
	if a.live[r.name] != nil {
		return http.StatusConflict, words("Recording '%s' already in progress", r.name)
	}
	queued := r.json("recording")
	if c.bridge != nil {
		failed := r.json("recording")
		failed["state"], failed["cause"] = "failed", "Cannot record channel while in bridge"
		a.emit("RecordingFailed", object{"recording": failed})
		return http.StatusCreated, queued
	}
	seconds, _ := strconv.Atoi(query.Get("maxDurationSeconds"))
	if seconds <= 0 {
		seconds = 24 * 3600
	}
	r.timer = time.AfterFunc(time.Duration(seconds)*time.Second, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if c.record == r {
			a.finishRecording(c, "done")
		}
	})
	c.record, c.state, c.music = r, "Up", false // recording answers, and ends music
	a.live[r.name] = r
	a.emit("RecordingStarted", object{"recording": queued})
	a.change()
	return http.StatusCreated, queued
}

// finishRecording ends the channel's recording, if there is one, and stores it.
func (a *Asterisk) finishRecording(c *channel, state string) {
	r := c.record
	if r == nil {
		return
	}
	r.timer.Stop()
	c.record = nil
	delete(a.live, r.name)
	length := time.Since(r.begun)
	a.stored[r.name] = Silence(min(length, time.Second))
	done := r.json("recording")
	done["state"], done["duration"] = state, int(length/time.Second)
	a.emit("RecordingFinished", object{"recording": done})
	a.change()
}

func (a *Asterisk) stopRecording(name string) (int, object) {
	r := a.live[name]
	if r == nil {
		return http.StatusNotFound, message("recording")
	}
	a.finishRecording(r.channel, "done")
	return http.StatusNoContent, nil
}

func (a *Asterisk) deleteRecording(name string) (int, object) {
	if a.stored[name] == nil {
		return http.StatusNotFound, message("recording")
	}
	delete(a.stored, name)
	a.change()
	return http.StatusNoContent, nil
}

// Recordings gives the names of the stored recordings.
func (a *Asterisk) Recordings() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for name := range a.stored {
		names = append(names, name)
	}
	return names
}

// Silence gives silence as Asterisk records and plays it: a WAV of 8 kHz, 16 bit, mono.
func Silence(d time.Duration) []byte {
	data := make([]byte, 16*int(d/time.Millisecond))
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, uint32(36+len(data)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	for _, v := range []uint16{1, 1, 8000, 0, 16000, 0, 2, 16} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, "data"...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(data))), data...)
}
