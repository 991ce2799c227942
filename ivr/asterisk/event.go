package asterisk

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// Event is one ARI event. Types that we do not know pass through with Type and Raw alone.
type Event struct {
	Type        string                 `json:"type"`
	At          Time                   `json:"timestamp"`
	Application string                 `json:"application"`
	Args        []string               `json:"args"`  // StasisStart
	Digit       string                 `json:"digit"` // ChannelDtmfReceived
	Cause       int                    `json:"cause"` // ChannelDestroyed: Q.850; ChannelHangupRequest: also Asterisk's own flags
	Soft        bool                   `json:"soft"`  // ChannelHangupRequest: Asterisk wants it, not the far end
	Channel     *Channel               `json:"channel"`
	Bridge      *ari.BridgeData        `json:"bridge"`
	Playback    *ari.PlaybackData      `json:"playback"`
	Recording   *ari.LiveRecordingData `json:"recording"`
	Endpoint    *ari.EndpointData      `json:"endpoint"`
	Contact     Contact                `json:"contact_info"` // ContactStatusChange
	Raw         json.RawMessage        `json:"-"`            // the whole event, as it came
}

// Contact is where a SIP user can be reached.
type Contact struct {
	URI    string `json:"uri"`
	Status string `json:"contact_status"` // ContactRemoved: it is no longer there
}

// ContactRemoved is the status of a contact whose registration or socket has ended.
const ContactRemoved = "Removed"

// Channel is a channel as ARI shows it, with the fields that the library lacks.
type Channel struct {
	ari.ChannelData
	Dialplan Dialplan
	Created  Time
}

// Dialplan is where a channel is.
type Dialplan struct {
	Context string `json:"context"`
	Exten   string `json:"exten"`
	App     string `json:"app_name"` // "Stasis" while the channel is in an application
	AppData string `json:"app_data"` // "<application>,<arguments>"
}

// UnmarshalJSON reads both parts: the library's type has an UnmarshalJSON of its own, which
// would otherwise be taken for the whole.
func (c *Channel) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &c.ChannelData); err != nil {
		return err
	}
	var ours struct {
		Dialplan Dialplan `json:"dialplan"`
		Created  Time     `json:"creationtime"`
	}
	if err := json.Unmarshal(b, &ours); err != nil {
		return err
	}
	c.Dialplan, c.Created = ours.Dialplan, ours.Created
	return nil
}

// Time is a moment as Asterisk writes it: 2006-01-02T15:04:05.000-0700.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000-0700"

// UnmarshalJSON reads Asterisk's form of a time.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	at, err := time.Parse(timeLayout, s)
	if err != nil {
		return fmt.Errorf("asterisk time %q: %w", s, err)
	}
	t.Time = at
	return nil
}

// MarshalJSON writes Asterisk's form of a time.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(t.Format(timeLayout)) }

// DecodeEvent reads one websocket frame. A frame that is JSON with a type but does not
// fit our types keeps Type and Raw; anything else is an error.
func DecodeEvent(frame []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(frame, &e); err != nil {
		var bare struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(frame, &bare) != nil || bare.Type == "" {
			return Event{}, fmt.Errorf("not an ARI event: %w", err)
		}
		return Event{Type: bare.Type, Raw: frame}, nil
	}
	if e.Type == "" {
		return Event{}, fmt.Errorf("not an ARI event: no type in %.80q", frame)
	}
	e.Raw = frame
	return e, nil
}

// ChannelID gives the id of the channel concerned, or "".
func (e Event) ChannelID() string {
	if e.Channel == nil {
		return ""
	}
	return e.Channel.ID
}

// Spoken is how long a finished recording is; one of nothing but silence has no length.
// Asterisk tells talk and silence apart only where silence ends the recording.
func (e Event) Spoken() time.Duration {
	if e.Recording == nil || e.Recording.Silence > 0 && e.Recording.Talking == 0 {
		return 0
	}
	return time.Duration(e.Recording.Duration)
}
