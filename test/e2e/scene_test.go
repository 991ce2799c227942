package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
	"talian/test/desk"
	"talian/test/phone"
	"talian/test/stage"
)

// Tones by which the parties are told apart.
const (
	citizenTone = 1000
	agentTone   = 1500
)

// scene is a stage with what tests do on it.
type scene struct {
	*stage.Stage
	t       testing.TB
	ctx     context.Context //nolint:containedctx // bounds the test
	program *flow.Program
}

// open sets everything up, office open whatever the time.
func open(t testing.TB) *scene {
	t.Helper()
	s := prepare(t)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	s.Ctid.Start(t)
	s.office("open")
	return s
}

func prepare(t testing.TB, options ...stage.Option) *scene {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	s := &scene{Stage: stage.Prepare(t, options...), t: t, ctx: ctx}
	program, problems := bundle.Load(s.Site, bundle.Options{Sounds: filepath.Join(stage.Top(), "sounds"), Speech: filepath.Join(s.Dir, "speech")})
	if program == nil {
		t.Fatalf("bundle: %v", problems)
	}
	s.program = program
	return s
}

// in is the same stage for a test inside of this one.
func (s *scene) in(t testing.TB) *scene {
	inner := *s
	inner.t = t
	return &inner
}

func (s *scene) office(mode string) {
	s.t.Helper()
	s.Ivrctl(s.t, "hours", "office", mode, "--why", "test")
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// within bounds one wait.
func (s *scene) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(s.ctx, d)
	s.t.Cleanup(cancel)
	return ctx
}

// call dials the number.
func (s *scene) call(from string) *phone.Citizen {
	s.t.Helper()
	c, err := phone.Dial(s.within(10*time.Second), phone.Config{Server: stage.SIP, Number: stage.Number, From: from, Tone: citizenTone})
	s.must(err)
	s.t.Cleanup(func() { _ = c.Hangup(context.WithoutCancel(s.ctx)) })
	return c
}

// press presses keys.
func (s *scene) press(c *phone.Citizen, keys string) {
	s.t.Helper()
	s.must(c.Press(s.ctx, keys))
}

// hears waits until the citizen hears the beginning of one of the prompts in a language.
func (s *scene) hears(c *phone.Citizen, lang string, ids ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 40*time.Second)
	defer cancel()
	heard := make(chan error, len(ids))
	for _, id := range ids {
		file := s.sound(lang, id)
		go func() { heard <- c.Ear.WaitOpening(ctx, file, time.Second) }()
	}
	var err error
	for range ids {
		if err = <-heard; err == nil {
			return
		}
	}
	wav := filepath.Join(s.Dir, "heard.wav")
	s.t.Fatalf("%s %v: %v; what was heard: %s %v", lang, ids, err, wav, c.Ear.Record(wav))
}

// hearsAll waits until the citizen hears prompts whole, one after the other, with what their
// slots say. What was heard before counts only behind the last prompt that was found.
func (s *scene) hearsAll(c *phone.Citizen, lang string, id string, slots map[string]any) {
	s.t.Helper()
	items, err := s.program.Prompts.Say(lang, id, slots)
	s.must(err)
	for _, item := range items {
		if item.File == "" {
			continue
		}
		if err := c.Ear.WaitSound(s.within(40*time.Second), item.File+".wav"); err != nil {
			wav := filepath.Join(s.Dir, "heard.wav")
			s.t.Fatalf("%s %s, %q: %v; what was heard: %s %v", lang, id, item.Text, err, wav, c.Ear.Record(wav))
		}
	}
}

// quiet waits until nothing was heard for a while.
func (s *scene) quiet(c *phone.Citizen, d time.Duration) {
	s.t.Helper()
	s.must(c.Ear.WaitSilence(s.within(60*time.Second), d))
}

// pause lets time pass that the caller needs: to speak, or to be silent.
func (s *scene) pause(d time.Duration) {
	s.t.Helper()
	<-s.within(d).Done()
}

// sound gives the file of a prompt's first piece.
func (s *scene) sound(lang, id string) string {
	s.t.Helper()
	slots, _ := s.program.Prompts.Slots(id)
	values := map[string]any{}
	for name, kind := range slots { // only the words before the first of them count
		switch kind {
		case prompt.Text:
			values[name] = flow.PromptApology
		case prompt.Date, prompt.Time, prompt.Weekday:
			values[name] = time.Now()
		default:
			values[name] = "1"
		}
	}
	items, err := s.program.Prompts.Say(lang, id, values)
	s.must(err)
	for _, item := range items {
		if item.File != "" {
			return item.File + ".wav"
		}
	}
	s.t.Fatalf("prompt %s has no sound in %s", id, lang)
	return ""
}

// queued takes a new caller through language (1 ms, 2 en) and topic to the immigration queue.
func (s *scene) queued(from, language string) *phone.Citizen {
	s.t.Helper()
	c := s.call(from)
	s.press(c, language+"11") // language, documents, immigration: kept while the prompts play
	return c
}

// agent signs a demo agent in, ready.
func (s *scene) agent(id string) *desk.Desk {
	s.t.Helper()
	d := s.desk(id)
	s.must(d.StartShift(s.within(30*time.Second), agentTone))
	return d
}

func (s *scene) desk(id string) *desk.Desk {
	s.t.Helper()
	password, err := os.ReadFile(filepath.Join(s.Dir, "demo-password"))
	s.must(err)
	d, err := desk.SignIn(s.within(10*time.Second), "http://"+stage.Web, stage.WebOrigin, id, strings.TrimSpace(string(password)))
	s.must(err)
	s.t.Cleanup(func() { _ = d.Close() })
	return d
}

// talking proves audio both ways.
func (s *scene) talking(c *phone.Citizen, d *desk.Desk) {
	s.t.Helper()
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	_, err = d.Ear().WaitTone(s.within(5*time.Second), citizenTone)
	s.must(err)
}

// conversation has agent01 answer a new caller, in Malay, and proves audio both ways.
func (s *scene) conversation(from string) (*phone.Citizen, *desk.Desk, wire.Card) {
	s.t.Helper()
	d := s.agent("agent01")
	c := s.queued(from, "1")
	card := s.answer(d)
	s.talking(c, d)
	return c, d, card
}

// answer waits for an offer and takes it.
func (s *scene) answer(d *desk.Desk) wire.Card {
	s.t.Helper()
	card, err := d.Offer(s.within(60 * time.Second))
	s.must(err)
	s.must(d.Answer(s.ctx, card))
	return card
}

// declines has a citizen, whose agent has ended the talk, refuse the survey and hear the thanks.
func (s *scene) declines(c *phone.Citizen, lang string) {
	s.t.Helper()
	s.hears(c, lang, "survey_consent")
	s.press(c, "2")
	s.hears(c, lang, "thank_you")
	s.gone(c)
}

// gone waits until the citizen's phone was hung up on.
func (s *scene) gone(c *phone.Citizen) {
	s.t.Helper()
	select {
	case <-c.Done():
	case <-time.After(30 * time.Second):
		s.t.Fatal("the citizen's call was not ended")
	}
}

// measured waits until ivrd's metrics hold a line.
func (s *scene) measured(line string) {
	s.t.Helper()
	ctx := s.within(20 * time.Second)
	for {
		text, err := stage.Read(ctx, "http://"+stage.IvrdHealth+"/metrics")
		s.must(err)
		if strings.Contains(text, line+"\n") {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("ivrd does not measure %s", line)
		}
	}
}
