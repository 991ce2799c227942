package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow/bundle"
	"talian/ivr/link"
	"talian/ivr/prompt"
	"talian/test/phone"
	"talian/test/stage"
)

func sound(t testing.TB, s *stage.Stage, lang, id string) string {
	t.Helper()
	p, problems := bundle.Load(s.Site, bundle.Options{Sounds: filepath.Join(stage.Top(), "sounds"), Speech: filepath.Join(s.Dir, "speech")})
	if p == nil {
		t.Fatalf("bundle: %v", problems)
	}
	items, err := p.Prompts.Say(lang, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = prompt.Item{}
	return items[0].File + ".wav"
}

func TestThread(t *testing.T) {
	s := stage.Prepare(t)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	s.Ivrctl(t, "hours", "office", "open", "--why", "test")

	eng, err := link.Dial(ctx, "nats://127.0.0.1:4222", link.SeedFile(filepath.Join(s.Dir, "nats"), link.UserCtid), link.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	do := func(want ivr.Want) json.RawMessage {
		t.Helper()
		r, err := eng.Do(ctx, ivr.Intent{Agent: "agent01", Want: want})
		if err != nil || r.Err != nil {
			t.Fatalf("%s: %v %v", want.Kind(), err, r.Err)
		}
		return r.Data
	}
	do(ivr.SignIn{Profile: ivr.Profile{Name: "A", Skills: map[string][]string{"language": {"ms", "en"}, "cluster": {"immigration"}}, WrapUp: 30000}})
	go func() {
		for ctx.Err() == nil {
			_, _ = eng.Do(ctx, ivr.Intent{Want: ivr.Presence{Agents: []ivr.AgentID{"agent01"}}})
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second):
			}
		}
	}()
	var g ivr.LineGrant
	if err := json.Unmarshal(do(ivr.LineClaim{}), &g); err != nil {
		t.Fatal(err)
	}
	line, err := phone.NewAgentLine(ctx, phone.AgentConfig{URL: "ws://127.0.0.1:8088/ws", User: g.User, Password: g.Secret, Tone: 1500,
		AcceptLeg: func(n string) bool { return n == g.Leg }})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	leg, err := line.WaitLeg(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, _ := eng.Do(ctx, ivr.Intent{Agent: "agent01", Want: ivr.SetState{State: ivr.Ready}})
		if r.Err == nil {
			break
		}
	}
	caller, err := phone.Dial(ctx, phone.Config{Server: stage.SIP, Number: stage.Number, From: "0123456789", Tone: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("answered after %v", caller.Times().Answered.Sub(caller.Times().InviteSent))
	if err := caller.Ear.WaitOpening(ctx, sound(t, s, "ms", "welcome"), time.Second); err != nil {
		t.Fatal(err)
	}
	t.Log("welcome heard")
	if err := caller.Press(ctx, "2"); err != nil {
		t.Fatal(err)
	}
	if err := caller.Press(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	if err := caller.Press(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	var lease ivr.Token
	for lease == "" {
		b, err := eng.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		lease = b.Agents["agent01"].Now.Lease
		for _, c := range b.Calls {
			t.Logf("%+v", c)
		}
		select {
		case <-ctx.Done():
			t.Fatal("no offer", caller.Ear.Timeline())
		case <-time.After(500 * time.Millisecond):
		}
	}
	at := time.Now()
	do(ivr.Accept{Lease: lease})
	t.Logf("accept took %v", time.Since(at))
	heard, err := caller.Ear.WaitTone(ctx, 1500)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("caller heard the agent %v after accept", heard.Sub(at))
	heard, err = leg.Ear.WaitTone(ctx, 1000)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("agent heard the caller %v after accept", heard.Sub(at))
	do(ivr.EndCall{})
	<-caller.Done()
	t.Log("caller's call ended")
	t.Log(s.Ivrd.Log())
}
