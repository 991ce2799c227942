package asterisk_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
)

// bubble runs a test with a fake and a client on virtual time.
func bubble(t *testing.T, run func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client)) {
	synctest.Test(t, func(t *testing.T) {
		fake := aritest.New(t, aritest.InMemory())
		run(t, fake, client(t, fake.Config()))
	})
}

func client(t *testing.T, cfg asterisk.Config) *asterisk.Client {
	t.Helper()
	c, err := asterisk.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect runs the client's events until the test ends; the channel gives Run's answer.
func connect(t *testing.T, c *asterisk.Client) <-chan error {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ended := make(chan struct{})
	go func() { defer close(ended); done <- c.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return done
}

// next gives the next notice, which must be of a kind.
func next(t *testing.T, c *asterisk.Client, kind asterisk.NoticeKind) asterisk.Notice {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n, err := c.Next(ctx)
	if err != nil || n.Kind != kind {
		t.Fatalf("notice %+v, %v; want kind %d", n, err, kind)
	}
	return n
}

func TestConfig(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:8088", "ftp://127.0.0.1", "http://", "http://[::1"} {
		if _, err := asterisk.New(asterisk.Config{URL: address}); err == nil || !strings.Contains(err.Error(), "want http://HOST:PORT") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestEventsInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		up := next(t, c, asterisk.Up)
		if !c.Up() || up.Life.IsZero() {
			t.Errorf("up %v, life %v", c.Up(), up.Life)
		}
		caller := fake.Call("0380008000", "0123456789")
		caller.Press("12")
		fake.Send(`{"type":"SomethingNew"}`)
		fake.Send(`this is no JSON`)
		fake.Send(`{"type":"StasisStart","channel":"broken"}`)
		caller.Hangup()
		var got []string
		for range 6 {
			e := next(t, c, asterisk.Happened).Event
			got = append(got, e.Type+e.Digit)
		}
		want := []string{"StasisStart", "ChannelDtmfReceived1", "ChannelDtmfReceived2", "SomethingNew", "StasisStart", "StasisEnd"}
		if !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if n := c.Backlog(); n != 0 {
			t.Errorf("backlog %d", n)
		}
	})
}

func TestReconnect(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		first := next(t, c, asterisk.Up).Life
		fake.Cut()
		if down := next(t, c, asterisk.Down); down.Err == nil {
			t.Error("Down does not say why")
		}
		if again := next(t, c, asterisk.Up).Life; !again.Equal(first) {
			t.Errorf("another life %v after a cut, before %v", again, first)
		}
		fake.Restart()
		next(t, c, asterisk.Down)
		if again := next(t, c, asterisk.Up).Life; again.Equal(first) {
			t.Error("the same life after a restart")
		}
		fake.Stop()
		next(t, c, asterisk.Down)
		began := time.Now()
		time.AfterFunc(50*time.Second, fake.Start)
		next(t, c, asterisk.Up)
		if took := time.Since(began); took < 50*time.Second || took > 51*time.Second {
			t.Errorf("up again after %v", took)
		}
	})
}

func TestReplaced(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		done := connect(t, c)
		next(t, c, asterisk.Up)
		leave, err := fake.Replace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		next(t, c, asterisk.Down)
		if n := next(t, c, asterisk.Replaced); !strings.Contains(n.Err.Error(), "second ivrd") {
			t.Errorf("replaced: %v", n.Err)
		}
		if err := <-done; err == nil {
			t.Error("Run goes on")
		}
		if c.Up() {
			t.Error("still up")
		}
	})
}

func TestWrongPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := aritest.New(t, aritest.InMemory())
		cfg := fake.Config()
		var log bytes.Buffer
		cfg.Password, cfg.Log = "wrong", slog.New(slog.NewTextHandler(&log, nil))
		c := client(t, cfg)
		connect(t, c)
		time.Sleep(10 * time.Second) // virtual: 20 tries
		synctest.Wait()
		if n := strings.Count(log.String(), "asterisk.password_file"); n != 1 {
			t.Errorf("told %d times:\n%s", n, &log)
		}
		if _, err := c.Info(t.Context()); asterisk.Status(err) != http.StatusUnauthorized || strings.Contains(err.Error(), "wrong") {
			t.Errorf("info: %v", err)
		}
	})
}

func TestDeadline(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		release := fake.Hold("GET /channels")
		defer release()
		began := time.Now()
		_, err := c.Channels(t.Context())
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Channels(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		fake.Fail("GET /bridges", http.StatusServiceUnavailable, 1)
		if _, err := c.Bridges(t.Context()); asterisk.Status(err) != http.StatusServiceUnavailable {
			t.Errorf("bridges: %v", err)
		}
		if _, err := c.Bridges(t.Context()); err != nil {
			t.Errorf("bridges again: %v", err)
		}
		fake.Stop()
		if _, err := c.Channels(t.Context()); err == nil || asterisk.Status(err) != 0 {
			t.Errorf("nobody there: %v", err)
		}
	})
}

// TestStalled: an Asterisk that leaves a command without an answer may carry it out later. The
// events are connected anew, which has everything reconciled, unless it answers others.
func TestStalled(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		next(t, c, asterisk.Up)
		release := fake.Hold("POST /bridges/b/addChannel")
		if err := c.AddChannel(t.Context(), "b", "c"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		release()
		if !c.Up() {
			t.Error("given up, though only one command hung")
		}
		defer fake.Hold("POST /bridges/b/*")()
		defer fake.Hold("GET /asterisk/ping")()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := c.AddChannel(ctx, "b", "c"); !errors.Is(err, context.Canceled) || !c.Up() {
			t.Errorf("cancelled by us: %v, up %t", err, c.Up())
		}
		if err := c.AddChannel(t.Context(), "b", "c"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		next(t, c, asterisk.Down)
		next(t, c, asterisk.Up)
	})
}

// TestPasswordChanged: a password that Asterisk takes no longer is told by the events going
// down, not by every call that fails.
func TestPasswordChanged(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		next(t, c, asterisk.Up)
		fake.Fail("POST /channels/c/answer", http.StatusUnauthorized, 1)
		if err := c.Answer(t.Context(), "c"); asterisk.Status(err) != http.StatusUnauthorized {
			t.Error(err)
		}
		next(t, c, asterisk.Down)
	})
}

func TestMeaningOfRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		next(t, c, asterisk.Up)
		ctx := t.Context()
		caller := fake.Call("0380008000", "0123456789")
		ch := caller.Channel()
		if err := c.CreateBridge(ctx, "b"); err != nil {
			t.Fatal(err)
		}
		none := map[string]error{
			"create again": c.CreateBridge(ctx, "b"), "hang up": c.Hangup(ctx, "none", 16), "stop playback": c.StopPlayback(ctx, "none"),
			"stop recording": c.StopRecording(ctx, "none"), "delete recording": c.DeleteRecording(ctx, "none"),
			"delete bridge": c.DeleteBridge(ctx, "none"), "delete endpoint": c.DeleteEndpoint(ctx, "none"),
		}
		for what, err := range none {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		gone := map[string]error{
			"answer": c.Answer(ctx, "none"), "add": c.AddChannel(ctx, "b", "none"), "remove": c.RemoveChannel(ctx, "b", ch),
			"add to none": c.AddChannel(ctx, "none", ch), "statistics": second(c.RTPStatistics(ctx, "none")),
		}
		for what, err := range gone {
			if !asterisk.Gone(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		err := c.Originate(ctx, asterisk.Originate{Endpoint: "PJSIP/agent01", Channel: "leg-1", Timeout: time.Second})
		if !asterisk.Offline(err) || asterisk.Gone(err) || !strings.Contains(err.Error(), "Allocation failed") {
			t.Errorf("offline: %v", err)
		}
		if asterisk.Gone(nil) || asterisk.Offline(nil) || asterisk.Gone(context.Canceled) {
			t.Error("no refusal is taken for one")
		}
		if playing, err := c.Playing(ctx, "none"); playing || err != nil {
			t.Errorf("playing: %t, %v", playing, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestIDsAreEscaped(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		ctx := t.Context()
		_ = c.StopRecording(ctx, "c1/r1")
		_ = c.DeleteBridge(ctx, "a b?c#d%")
		_ = c.Hangup(ctx, "../bridges", 16)
		got := fake.Requests()
		want := []string{"POST /recordings/live/c1%2Fr1/stop", "GET /bridges/a%20b%3Fc%23d%25", "DELETE /channels/..%2Fbridges"}
		if !slices.Equal(got, want) {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

// TestDeletedBridgeIsEmpty: nobody is in a bridge when it is deleted.
func TestDeletedBridgeIsEmpty(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		connect(t, c)
		next(t, c, asterisk.Up)
		ctx := t.Context()
		one, two := fake.Call("0380008000", "0111111111").Channel(), fake.Call("0380008000", "0122222222").Channel()
		err := errors.Join(c.CreateBridge(ctx, "b"), c.AddChannel(ctx, "b", one), c.AddChannel(ctx, "b", two))
		if err != nil {
			t.Fatal(err)
		}
		before := len(fake.Requests())
		if err := c.DeleteBridge(ctx, "b"); err != nil {
			t.Fatal(err)
		}
		got := fake.Requests()[before:]
		want := []string{"GET /bridges/b", "POST /bridges/b/removeChannel", "POST /bridges/b/removeChannel", "DELETE /bridges/b"}
		if !slices.Equal(got, want) || len(fake.Bridges()) > 0 {
			t.Errorf("requests %q, want %q; bridges %v", got, want, fake.Bridges())
		}
	})
}

// TestListing: what a restart of ours is told of channels.
func TestListing(t *testing.T) {
	bubble(t, func(t *testing.T, fake *aritest.Asterisk, c *asterisk.Client) {
		outside := fake.Call("0380008000", "0111111111") // nobody is connected: it waits in the dialplan
		list, err := c.Channels(t.Context())
		if err != nil || len(list) != 1 || c.InApp(list[0]) {
			t.Fatalf("channels %+v, %v", list, err)
		}
		connect(t, c)
		next(t, c, asterisk.Up)
		if e := next(t, c, asterisk.Happened).Event; e.ChannelID() != outside.Channel() || e.Args[1] == "0" {
			t.Errorf("event %+v", e)
		}
		list, err = c.Channels(t.Context())
		if err != nil || len(list) != 1 || !c.InApp(list[0]) || asterisk.AppArgs(list[0])[0] != "0380008000" || list[0].Created.IsZero() {
			t.Errorf("channels %+v, %v", list, err)
		}
	})
}
