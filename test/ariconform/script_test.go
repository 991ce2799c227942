package ariconform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"talian/ivr/asterisk"
)

// world is a real Asterisk or a fake one, with the people around it.
type world interface {
	config() asterisk.Config
	// dial calls Number; it may return before the call is answered.
	dial(t *testing.T) caller
	// page registers an agent's page; it answers legs that carry nonce "good" and refuses others.
	page(t *testing.T, user, secret string) page
	silence() string // a file that plays for a second, without extension
	// outside connects the numbers below.
	outside(t *testing.T)
	// hangUpOutside has the number outside that is up hang up.
	hangUpOutside(t *testing.T)
}

// Where numbers outside are, and how they take calls.
const (
	exchange     = "127.0.0.1:5090"
	numberGood   = "0388880001"
	numberBusy   = "0388880002"
	numberSilent = "0388880003"
	numberNone   = "0388880004" // does not exist
)

type caller interface {
	press(t *testing.T, key string)
	hangup(t *testing.T)
}

type page interface{ leave(t *testing.T) }

// script is one run, and the record of what was said.
type script struct {
	t       *testing.T
	world   world
	cfg     asterisk.Config
	capture string // folder; "" = none
	frames  chan frame
	record  []string
}

// lateAfter is how long events are awaited that may come a little later than others.
const lateAfter = 150 * time.Millisecond

type frame struct {
	Type    string `json:"type"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	raw []byte
}

// listen connects the events of our application.
func (s *script) listen() *websocket.Conn {
	s.t.Helper()
	target, err := url.Parse(s.cfg.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	target.Scheme, target.Path, target.RawQuery = "ws", "/ari/events", url.Values{"app": {s.cfg.App}}.Encode()
	header := http.Header{}
	(&http.Request{Header: header}).SetBasicAuth(s.cfg.User, s.cfg.Password)
	ws, res, err := websocket.DefaultDialer.DialContext(s.t.Context(), target.String(), header)
	if err != nil {
		s.t.Fatalf("events: %v", err)
	}
	res.Body.Close()
	frames := s.frames
	s.t.Cleanup(func() { ws.Close() })
	go func() {
		for {
			_, raw, err := ws.ReadMessage()
			if err != nil {
				return
			}
			var f frame
			_ = json.Unmarshal(raw, &f)
			f.raw = raw
			frames <- f
		}
	}()
	return ws
}

// note writes one line of the record; what differs between two runs is left out by the caller.
func (s *script) note(format string, args ...any) {
	s.record = append(s.record, fmt.Sprintf(format, args...))
}

// ask sends a request and records its status.
func (s *script) ask(method, path string, query url.Values, body any) []byte {
	s.t.Helper()
	status, answer := s.send(method, path, query, body)
	s.note("%s %s %s: %d", method, path, shown(query), status)
	return answer
}

// named is ask for an answer that is worth keeping.
func (s *script) named(name, method, path string, query url.Values, body any) []byte {
	s.t.Helper()
	answer := s.ask(method, path, query, body)
	s.keep(name, answer)
	return answer
}

func shown(query url.Values) string {
	q := url.Values{}
	for key, values := range query {
		if key != "channel" && key != "eventSource" {
			q[key] = values
		}
	}
	return q.Encode()
}

func (s *script) send(method, path string, query url.Values, body any) (int, []byte) {
	s.t.Helper()
	target := s.cfg.URL + "/ari/" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Close = true // a thread of Asterisk says 409 to what is 500 when it said 409 before
	req.SetBasicAuth(s.cfg.User, s.cfg.Password)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// is tells whether the event is what until was asked for: TYPE, or TYPE:CHANNEL.
func (f frame) is(want string) bool { return want == f.Type || want == f.Type+":"+f.Channel.ID }

// until waits for events of these types, or of these types and channels, and records all that came, in order within each channel.
func (s *script) until(types ...string) []frame {
	s.t.Helper()
	want := slices.Clone(types)
	var came []frame
	deadline := time.After(15 * time.Second)
	for len(want) > 0 {
		select {
		case f := <-s.frames:
			came = append(came, f)
			s.keep("event-"+f.Type, f.raw)
			if i := slices.IndexFunc(want, f.is); i >= 0 {
				want = slices.Delete(want, i, i+1)
			}
		case <-deadline:
			s.t.Fatalf("no %v after\n%s\ncame: %v", want, strings.Join(s.record, "\n"), typesOf(came))
		}
	}
	for late := time.After(lateAfter); ; { // what comes beside, without an order of its own
		select {
		case f := <-s.frames:
			came = append(came, f)
			continue
		case <-late:
		}
		break
	}
	s.note("events: %s", strings.Join(typesOf(came), " "))
	return came
}

func typesOf(frames []frame) []string {
	var types []string
	for _, f := range frames {
		name := f.Type
		if strings.HasPrefix(f.Channel.ID, "leg-") {
			name += ":" + f.Channel.ID
		}
		types = append(types, name)
	}
	slices.Sort(types)
	return types
}

// keep writes what the real Asterisk said, the first of each name.
func (s *script) keep(name string, data []byte) {
	if s.capture == "" {
		return
	}
	path := filepath.Join(s.capture, name+".json")
	if _, err := os.Stat(path); err == nil {
		return
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, data, "", "  ") != nil {
		pretty.Reset()
		pretty.Write(data)
	}
	if err := os.WriteFile(path, append(pretty.Bytes(), '\n'), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
