package ariconform

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
	"talian/test/phone"
	"talian/test/stage"
)

// real is the real Asterisk.
type real struct {
	stage *stage.Stage
	dir   string
	far   *phone.Exchange
}

func startReal(t *testing.T) *real {
	s := stage.Prepare(t)
	s.Asterisk.Start(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "second.wav"), aritest.Silence(time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	return &real{stage: s, dir: dir}
}

func (r *real) config() asterisk.Config {
	password, err := os.ReadFile(filepath.Join(r.stage.Dir, "asterisk", "ari-password"))
	if err != nil {
		panic(err)
	}
	return asterisk.Config{URL: "http://" + stage.ARI, App: "ivrd", User: "ivrd", Password: strings.TrimSpace(string(password))}
}

func (r *real) silence() string { return filepath.Join(r.dir, "second") }

type citizen struct{ phone chan *phone.Citizen }

func (r *real) dial(t *testing.T) caller {
	c := &citizen{phone: make(chan *phone.Citizen, 1)}
	go func() {
		p, err := phone.Dial(t.Context(), phone.Config{Server: stage.SIP, Number: stage.Number, From: "0123456789", Tone: 1000})
		if err != nil && t.Context().Err() == nil {
			t.Errorf("dial: %v", err)
		}
		c.phone <- p
	}()
	return c
}

// get waits for the answer.
func (c *citizen) get(t *testing.T) *phone.Citizen {
	t.Helper()
	p := <-c.phone
	c.phone <- p
	if p == nil {
		t.Fatal("the call was not answered")
	}
	return p
}

func (c *citizen) press(t *testing.T, key string) {
	t.Helper()
	if err := c.get(t).Press(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

func (c *citizen) hangup(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_ = c.get(t).Hangup(ctx) // an error says that the far side was first
}

type browser struct{ line *phone.AgentLine }

func (r *real) page(t *testing.T, user, secret string) page {
	line, err := phone.NewAgentLine(t.Context(), phone.AgentConfig{URL: "ws://" + stage.ARI + "/ws", User: user, Password: secret, Tone: 1500,
		AcceptLeg: func(nonce string) bool { return nonce == "good" }})
	if err != nil {
		t.Fatal(err)
	}
	return &browser{line}
}

func (b *browser) leave(t *testing.T) {
	if err := b.line.Close(); err != nil {
		t.Logf("close: %v", err)
	}
}

func (r *real) outside(t *testing.T) {
	reactions := map[string]phone.Reaction{numberGood: phone.Answers, numberBusy: phone.IsBusy, numberSilent: phone.Gone, numberNone: phone.IsUnknown}
	far, err := phone.Listen(exchange, 1500, func(c *phone.Called) phone.Reaction {
		if c.Number == numberSilent {
			_ = c.Ring(nil) // until Asterisk gives up
		}
		return reactions[c.Number]
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := far.Close(); err != nil {
			t.Error(err)
		}
	})
	r.far = far
}

func (r *real) hangUpOutside(t *testing.T) {
	for {
		called, err := r.far.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-called.Done():
			continue
		default:
		}
		if called.Number == numberGood {
			if err := called.Hangup(t.Context()); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}
