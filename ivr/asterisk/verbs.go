package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// Info is what we need to know of an Asterisk.
type Info struct {
	Version string
	Started time.Time // tells one life from the next
}

// Info asks for version and start time.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var body struct {
		System struct {
			Version string `json:"version"`
		} `json:"system"`
		Status struct {
			Startup Time `json:"startup_time"`
		} `json:"status"`
	}
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"asterisk", "info"}}, &body)
	return Info{Version: body.System.Version, Started: body.Status.Startup.Time}, err
}

// Channels lists all channels, ours or not.
func (c *Client) Channels(ctx context.Context) ([]Channel, error) {
	var list []Channel
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"channels"}}, &list)
	return list, err
}

// InApp tells whether the channel is in our application now.
func (c *Client) InApp(ch Channel) bool {
	app, _, _ := strings.Cut(ch.Dialplan.AppData, ",")
	return ch.Dialplan.App == "Stasis" && app == c.cfg.App
}

// AppArgs gives the arguments with which a channel entered our application.
func AppArgs(ch Channel) []string {
	_, args, _ := strings.Cut(ch.Dialplan.AppData, ",")
	return strings.Split(args, ",")
}

// Bridges lists all bridges.
func (c *Client) Bridges(ctx context.Context) ([]ari.BridgeData, error) {
	var list []ari.BridgeData
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"bridges"}}, &list)
	return list, err
}

func (c *Client) channel(ctx context.Context, method, channel, verb string, query url.Values, body any) error {
	path := []string{"channels", channel}
	if verb != "" {
		path = append(path, verb)
	}
	return c.do(ctx, request{method: method, path: path, query: query, body: body}, nil)
}

// Answer answers a channel.
func (c *Client) Answer(ctx context.Context, channel string) error {
	return c.channel(ctx, http.MethodPost, channel, "answer", nil, nil)
}

// Hangup ends a channel with a Q.850 cause (16 = normal clearing). A channel that is gone is no error.
func (c *Client) Hangup(ctx context.Context, channel string, cause int) error {
	err := c.channel(ctx, http.MethodDelete, channel, "", url.Values{"reason_code": {strconv.Itoa(cause)}}, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Play plays files (absolute, without extension) one after the other as the playback id.
// One PlaybackFinished follows, except after an error here.
func (c *Client) Play(ctx context.Context, channel, id string, files []string) error {
	media := make([]string, len(files))
	for i, f := range files {
		media[i] = "sound:" + f
	}
	return c.do(ctx, request{method: http.MethodPost, path: []string{"channels", channel, "play", id}, own: true,
		body: map[string]any{"media": media, "skipms": skipBy.Milliseconds()}}, nil)
}

// skipBy is how far SkipPlayback moves.
const skipBy = 10 * time.Second

// SkipPlayback moves a playback 10 s forward or back, within the file that it is at.
func (c *Client) SkipPlayback(ctx context.Context, id string, forward bool) error {
	if forward {
		return c.control(ctx, id, "forward")
	}
	return c.control(ctx, id, "reverse")
}

// PausePlayback halts a playback, or lets it go on.
func (c *Client) PausePlayback(ctx context.Context, id string, on bool) error {
	if on {
		return c.control(ctx, id, "pause")
	}
	return c.control(ctx, id, "unpause")
}

// control steers a playback; one that is over is no error.
func (c *Client) control(ctx context.Context, id, operation string) error {
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"playbacks", id, "control"},
		query: url.Values{"operation": {operation}}}, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// StopPlayback stops a playback; one that is over is no error.
func (c *Client) StopPlayback(ctx context.Context, id string) error {
	err := c.do(ctx, request{method: http.MethodDelete, path: []string{"playbacks", id}}, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Playing tells whether a playback is being heard; one that is over, or that Asterisk has
// not begun, is not.
func (c *Client) Playing(ctx context.Context, id string) (bool, error) {
	var p ari.PlaybackData
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"playbacks", id}}, &p)
	if Status(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil && p.State != "queued", err
}

// StartMusic starts music on hold on a channel, class "" being the default. A class that
// does not exist is silence, not an error.
func (c *Client) StartMusic(ctx context.Context, channel, class string) error {
	if class == "" {
		class = "default"
	}
	return c.channel(ctx, http.MethodPost, channel, "moh", url.Values{"mohClass": {class}}, nil)
}

// StopMusic stops music on hold. It must be done before AddChannel: music masks the bridge.
func (c *Client) StopMusic(ctx context.Context, channel string) error {
	return c.channel(ctx, http.MethodDelete, channel, "moh", nil, nil)
}

// Recording says how to record a channel.
type Recording struct {
	Name       string // below Asterisk's recording folder, without extension; may hold '/'
	Max        time.Duration
	MaxSilence time.Duration // 0 = no limit
	EndKey     string        // * # any none
	Beep       bool
}

// Record records a channel into <Name>.wav, 8 kHz mono; RecordingFinished or RecordingFailed follows.
func (c *Client) Record(ctx context.Context, channel string, r Recording) error {
	query := url.Values{"name": {r.Name}, "format": {"wav"}, "ifExists": {"overwrite"},
		"terminateOn": {r.EndKey}, "beep": {strconv.FormatBool(r.Beep)}}
	if r.Max > 0 {
		query.Set("maxDurationSeconds", strconv.Itoa(int(r.Max.Round(time.Second)/time.Second)))
	}
	if r.MaxSilence > 0 {
		query.Set("maxSilenceSeconds", strconv.Itoa(max(1, int(r.MaxSilence.Round(time.Second)/time.Second))))
	}
	return c.channel(ctx, http.MethodPost, channel, "record", query, nil)
}

// StopRecording ends a live recording and keeps it; one that is over is no error.
func (c *Client) StopRecording(ctx context.Context, name string) error {
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"recordings", "live", name, "stop"}}, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// RecordingFile fetches a stored recording as WAV bytes.
func (c *Client) RecordingFile(ctx context.Context, name string) ([]byte, error) {
	var raw []byte
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"recordings", "stored", name, "file"},
		limit: 30 * time.Second}, &raw)
	return raw, err
}

// DeleteRecording removes a stored recording; one that is gone is no error.
func (c *Client) DeleteRecording(ctx context.Context, name string) error {
	err := c.do(ctx, request{method: http.MethodDelete, path: []string{"recordings", "stored", name}}, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// CreateBridge makes a mixing bridge that lets DTMF events through; one that exists is no error.
func (c *Client) CreateBridge(ctx context.Context, id string) error {
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"bridges", id}, own: true,
		query: url.Values{"type": {"mixing,dtmf_events"}, "name": {id}}}, nil)
	if Status(err) == http.StatusConflict {
		return nil
	}
	return err
}

// DeleteBridge removes a bridge; its channels stay, silent. One that is gone is no error.
//
// Its channels are taken out one by one before: Asterisk lets them go from a bridge that is
// destroyed after it has answered, and drops what is played to them until then without a word
// (play_uri in res_stasis_playback.c), while removeChannel returns when the channel is out.
func (c *Client) DeleteBridge(ctx context.Context, id string) error {
	var b ari.BridgeData
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"bridges", id}}, &b)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	for _, channel := range b.ChannelIDs {
		if outErr := c.RemoveChannel(ctx, id, channel); !Gone(outErr) {
			err = errors.Join(err, outErr)
		}
	}
	deleteErr := c.do(ctx, request{method: http.MethodDelete, path: []string{"bridges", id}}, nil)
	if Status(deleteErr) == http.StatusNotFound {
		deleteErr = nil
	}
	return errors.Join(err, deleteErr)
}

// AddChannel moves a channel into a bridge, out of any other it is in.
func (c *Client) AddChannel(ctx context.Context, bridge, channel string) error {
	return c.do(ctx, request{method: http.MethodPost, path: []string{"bridges", bridge, "addChannel"},
		query: url.Values{"channel": {channel}}}, nil)
}

// RemoveChannel takes a channel out of a bridge; it stays in our application.
func (c *Client) RemoveChannel(ctx context.Context, bridge, channel string) error {
	return c.do(ctx, request{method: http.MethodPost, path: []string{"bridges", bridge, "removeChannel"},
		query: url.Values{"channel": {channel}}}, nil)
}

// SendDigits sends DTMF to the far end of a channel.
func (c *Client) SendDigits(ctx context.Context, channel, digits string) error {
	return c.channel(ctx, http.MethodPost, channel, "dtmf", url.Values{"dtmf": {digits}}, nil)
}

// Originate dials an endpoint into our application.
type Originate struct {
	Endpoint string // for example PJSIP/agent01
	Channel  string // id of the new channel
	Args     string // given to StasisStart
	Timeout  time.Duration
	CallerID string
	Headers  map[string]string // SIP headers of the INVITE
}

// Originate starts a call to an endpoint; Offline tells of its error that nobody is registered there.
func (c *Client) Originate(ctx context.Context, o Originate) error {
	variables := map[string]string{}
	for name, value := range o.Headers {
		variables["PJSIP_HEADER(add,"+name+")"] = value
	}
	query := url.Values{"endpoint": {o.Endpoint}, "app": {c.cfg.App}, "appArgs": {o.Args},
		"channelId": {o.Channel}, "timeout": {strconv.Itoa(int(o.Timeout / time.Second))}}
	if o.CallerID != "" {
		query.Set("callerId", o.CallerID)
	}
	return c.do(ctx, request{method: http.MethodPost, path: []string{"channels"}, query: query, own: true,
		body: map[string]any{"variables": variables}}, nil)
}

// Offline tells whether an Originate failed because nobody is registered at the endpoint:
// Asterisk says 500 "Allocation failed" to that.
func Offline(err error) bool { return Status(err) == http.StatusInternalServerError }

// Subscribe asks for the events of something: "endpoint:PJSIP/agent01", "channel:ID", "bridge:ID".
func (c *Client) Subscribe(ctx context.Context, source string) error {
	return c.do(ctx, request{method: http.MethodPost, path: []string{"applications", c.cfg.App, "subscription"},
		query: url.Values{"eventSource": {source}}}, nil)
}

// EventFilter tells Asterisk which event types not to send.
func (c *Client) EventFilter(ctx context.Context, disallowed ...string) error {
	types := make([]map[string]string, len(disallowed))
	for i, t := range disallowed {
		types[i] = map[string]string{"type": t}
	}
	return c.do(ctx, request{method: http.MethodPut, path: []string{"applications", c.cfg.App, "eventFilter"},
		body: map[string]any{"disallowed": types}}, nil)
}

// RTP are counters of a channel's media.
type RTP struct {
	Received int64 `json:"rxcount"` // packets
	Sent     int64 `json:"txcount"` // packets
}

// RTPStatistics asks for the media counters of a channel.
func (c *Client) RTPStatistics(ctx context.Context, channel string) (RTP, error) {
	var r RTP
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"channels", channel, "rtp_statistics"}}, &r)
	return r, err
}
