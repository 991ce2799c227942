package asterisk

import (
	"context"
	"net/http"
)

// Endpoint is a SIP endpoint that we push to Asterisk at run time. It lives in Asterisk's
// memory: a restart of Asterisk forgets it.
type Endpoint struct {
	ID      string // endpoint, address of record and user name
	Secret  string // digest password
	Context string // dialplan context of its own calls
	Codecs  string // for example "alaw"
}

type attribute struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

type object struct {
	kind   string
	fields []attribute
}

// PutEndpoint makes or replaces a WebRTC endpoint: auth, aor, endpoint, in this order.
// The values are those of a line in a browser: rtp_timeout ends the leg of a dead
// browser, rtp_keepalive keeps an idle path open, timers=no since a refresh towards a dead
// socket must not end a good call.
func (c *Client) PutEndpoint(ctx context.Context, e Endpoint) error {
	for _, o := range objects(e) {
		err := c.do(ctx, request{method: http.MethodPut, own: true,
			path: []string{"asterisk", "config", "dynamic", "res_pjsip", o.kind, e.ID},
			body: map[string]any{"fields": o.fields}}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func objects(e Endpoint) []object {
	return []object{
		{"auth", []attribute{{"auth_type", "digest"}, {"username", e.ID}, {"password", e.Secret}}},
		{"aor", []attribute{{"max_contacts", "1"}, {"remove_existing", "yes"}}},
		{"endpoint", []attribute{
			{"webrtc", "yes"}, {"dtls_auto_generate_cert", "yes"}, {"disallow", "all"}, {"allow", e.Codecs},
			{"context", e.Context}, {"auth", e.ID}, {"aors", e.ID}, {"direct_media", "no"}, {"timers", "no"},
			{"rtp_keepalive", "5"}, {"rtp_timeout", "30"}, {"allow_transfer", "no"}, {"allow_subscribe", "no"},
			{"dtmf_mode", "rfc4733"}, {"max_video_streams", "0"},
		}},
	}
}

// DeleteEndpoint removes a pushed endpoint; calls that it is in go on. One that is gone is no error.
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	for _, kind := range []string{"endpoint", "aor", "auth"} {
		err := c.do(ctx, request{method: http.MethodDelete,
			path: []string{"asterisk", "config", "dynamic", "res_pjsip", kind, id}}, nil)
		if err != nil && Status(err) != http.StatusNotFound {
			return err
		}
	}
	return nil
}
