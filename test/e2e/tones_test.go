package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/test/phone"
	"talian/test/stage"
)

// candidateNumber asks for the candidate.
const candidateNumber = "0380008001"

// voices are the revisions' ways to say what they say, by a letter: the tones of the first
// menu, the second one and the goodbye. The last is that of broken bundles.
func voices() map[string][3]int {
	return map[string][3]int{"a": {400, 600, 800}, "b": {1200, 1500, 1800}, "x": {2100, 2100, 2100}}
}

// writeTones writes a site with two menus, in one voice. Each comment makes a revision of
// its own; a broken one has a menu that leads nowhere.
func writeTones(t testing.TB, dir, voice, comment string, broken bool) {
	t.Helper()
	second := "second"
	if broken {
		second = "nowhere"
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ivr.yaml")); err != nil {
		write("ivr.yaml", `ivr: 1
languages: [en]
numbers: {"`+stage.Number+`": main, "`+candidateNumber+`": {flow: main, revision: candidate}}
operator: main
defaults: {no_input: [again], no_match: [again], exits: {error: flow:main}}
`)
		prompts := "apology: {en: {text: \"We are sorry.\"}}\nagain: {en: {text: \"Once more.\"}}\n"
		for v := range voices() {
			for _, id := range []string{"first", "second", "bye"} {
				prompts += fmt.Sprintf("%[1]s_%[2]s: {en: {text: \"Press 1, says %[1]s %[2]s.\"}}\n", v, id)
			}
		}
		write("prompts/all.yaml", prompts)
	}
	write("flows/main.yaml", strings.NewReplacer("VOICE", voice, "SECOND", second, "COMMENT", comment).Replace(`# COMMENT
ivr: 1
flow: main
keys: {"0": NONE}
handlers: {loop: bye, too_long: bye}
start: first
nodes:
  first: {type: menu, prompt: VOICE_first, wait: 30s, choices: {"1": SECOND}, exits: {no_input: bye, no_match: bye}}
  second: {type: menu, prompt: VOICE_second, wait: 30s, choices: {"1": bye}, exits: {no_input: bye, no_match: bye}}
  bye: {type: hangup, prompt: VOICE_bye}
`))
	write("tests/main.yaml", strings.ReplaceAll(`ivr: 1
flow: main
tests:
  - test: to the end
    steps: [{hear: VOICE_first, press: "1"}, {hear: VOICE_second, press: "1"}, {hear: VOICE_bye}]
`, "VOICE", voice))
}

// tones is a stage on which revisions are told apart by tones.
func tones(t testing.TB, options ...stage.Option) *scene {
	t.Helper()
	sounds, site := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(sounds, "en"), 0o755); err != nil {
		t.Fatal(err)
	}
	for v, hz := range voices() {
		for i, id := range []string{"first", "second", "bye"} {
			if err := phone.WriteTone(filepath.Join(sounds, "en", v+"_"+id+".wav"), hz[i], 1500*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	}
	writeTones(t, site, "a", "the first revision", false)
	s := prepare(t, append(options, stage.WithSite(site), stage.WithSounds(sounds))...)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	return s
}

// listener is a caller on that site.
type listener struct {
	*phone.Citizen
	voice string // that was heard so far
	at    int    // which tone comes next
}

// listen dials a number.
func listen(ctx context.Context, number, from string) (*listener, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := phone.Dial(ctx, phone.Config{Server: stage.SIP, Number: number, From: from, Ear: phone.EarConfig{Keep: 10 * time.Second}})
	return &listener{Citizen: c}, err
}

// next hears the next tone, whichever revision says it; it must be the same one as before.
func (l *listener) next(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	type answer struct {
		voice string
		err   error
	}
	heard, at := make(chan answer, 2), l.at
	for _, v := range []string{"a", "b"} {
		go func() {
			_, err := l.Ear.WaitTone(ctx, voices()[v][at])
			heard <- answer{v, err}
		}()
	}
	first := <-heard
	if first.err != nil {
		return first.err
	}
	if l.voice != "" && l.voice != first.voice {
		return fmt.Errorf("revision %s, then %s at question %d", l.voice, first.voice, l.at)
	}
	l.voice = first.voice
	l.at++
	return nil
}

// through goes on through the menus to the end of the call, which ivrd makes.
func (l *listener) through(ctx context.Context) error {
	for l.at < 3 {
		if err := l.next(ctx); err != nil {
			return err
		}
		if l.at == 3 {
			break
		}
		if err := l.Press(ctx, "1"); err != nil {
			return err
		}
	}
	select {
	case <-l.Done():
	case <-time.After(10 * time.Second):
		return errors.New("the call was not ended")
	}
	if broken := l.Ear.Heard(voices()["x"][0], time.Time{}); broken > 0 {
		return fmt.Errorf("a broken bundle was heard for %v", broken)
	}
	return nil
}
