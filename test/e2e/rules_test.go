package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"talian/ivr"
	"talian/test/phone"
	"talian/test/stage"
)

// TestRules tries the numbered rules of the flow language on the real Asterisk, and what else
// callers can hear and time, on a site that is nothing but questions: each rule in a call of
// its own, all at the same time.
func TestRules(t *testing.T) {
	s := prepare(t, stage.WithSite(filepath.Join(stage.Top(), "test/e2e/testdata/rules")))
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	rules := map[string]func(*scene, string){
		"B1TypeAhead":            ruleB1TypeAhead,
		"B2Silence":              ruleB2Silence,
		"B2Interrupt":            ruleB2Interrupt,
		"B3Digits":               ruleB3Digits,
		"B7HoldAndIgnore":        ruleB7HoldAndIgnore,
		"B8BackAndRepeat":        ruleB8BackAndRepeat,
		"B10HangUpWhileSpeaking": ruleB10HangUpWhileSpeaking,
		"CaseIsOpened":           ruleCaseIsOpened,
		"PlainPhone":             rulePlainPhone,
		"B11LostSound":           ruleB11LostSound,
		"SlowService":            ruleSlowService,
		"Controls":               ruleControls,
		"Pause":                  rulePause,
	}
	from := 100000000
	t.Run("calls", func(t *testing.T) {
		for name, rule := range rules {
			from++
			number := fmt.Sprintf("0%d", from)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rule(s.in(t), number)
			})
		}
	})
}

// B1: a valid key from before answers a question unheard.
func ruleB1TypeAhead(s *scene, from string) {
	c := s.call(from)
	s.press(c, "12") // the menu, and the question behind it
	s.hearsAll(c, "en", "second_chosen", nil)
	s.hears(c, "en", "main_menu")
}

// B2, B5, B6: silence counts from the end of the question; the words for it grow; after the
// last try the caller hears where it leads.
func ruleB2Silence(s *scene, from string) {
	c := s.call(from)
	s.hearsAll(c, "en", "main_menu", nil)
	asked := time.Now()
	s.hearsAll(c, "en", "nothing_heard", nil)
	if waited := time.Since(asked); waited < 4*time.Second || waited > 7*time.Second { // 3 s, and the words
		s.t.Errorf("the first silence took %v with its words", waited)
	}
	s.hearsAll(c, "en", "main_menu", nil)
	s.hearsAll(c, "en", "still_nothing", nil)
	s.hearsAll(c, "en", "main_menu", nil)
	s.hearsAll(c, "en", "gave_up", nil)
	s.gone(c)
}

// B2: the key that cuts the question stops the audio at once.
func ruleB2Interrupt(s *scene, from string) {
	c := s.call(from)
	s.hears(c, "en", "main_menu")
	s.press(c, "1")
	s.hears(c, "en", "interrupt_menu")
	s.press(c, "2")
	pressed := time.Now()
	s.hears(c, "en", "second_chosen") // a second of it
	if took := time.Since(pressed); took > 1700*time.Millisecond {
		s.t.Errorf("%v from the key to the end of the next prompt's first second", took)
	}
}

// B3, B4: digits end at the last that fits, at the end key, or by a pause; hash alone skips.
func ruleB3Digits(s *scene, from string) {
	c := s.call(from)
	s.press(c, "4")
	read := func(keys string, least, most time.Duration) {
		s.t.Helper()
		s.hears(c, "en", "enter_digits")
		s.press(c, keys)
		pressed := time.Now()
		s.hears(c, "en", "read_back")
		if took := time.Since(pressed); took < least || took > most {
			s.t.Errorf("%s: read back begins and lasts a second after %v, %v to %v are wanted", keys, took, least, most)
		}
		s.press(c, "2")
	}
	read("1234", 0, 2*time.Second)
	read("12#", 0, 2*time.Second)
	s.hears(c, "en", "enter_digits") // the third and last try
	s.press(c, "#")
	s.hearsAll(c, "en", "second_chosen", nil)
	s.hears(c, "en", "main_menu")
	s.press(c, "4")
	read("123", 2400*time.Millisecond, 4500*time.Millisecond) // 2 s gap
	s.hears(c, "en", "enter_digits")
	s.press(c, "407#")
	s.hearsAll(c, "en", "read_back", map[string]any{"n": "407"})
	s.press(c, "1")
	s.hearsAll(c, "en", "first_chosen", nil)
}

// B7: hold hears the question to its end and then takes the key; ignore drops it.
func ruleB7HoldAndIgnore(s *scene, from string) {
	c := s.call(from)
	s.press(c, "2")
	s.hears(c, "en", "hold_menu")
	s.press(c, "1")
	pressed := time.Now()
	s.hears(c, "en", "first_chosen")
	if held := time.Since(pressed); held < 5*time.Second {
		s.t.Errorf("the question of 6 s was cut %v after the key", held)
	}
	s.hears(c, "en", "main_menu")
	s.press(c, "3")
	s.hears(c, "en", "ignore_menu")
	s.press(c, "1")
	s.hearsAll(c, "en", "nothing_heard", nil) // the key was dropped: silence
	s.hearsAll(c, "en", "ignore_menu", nil)
	s.quiet(c, 700*time.Millisecond) // the file ends in silence
	s.press(c, "2")
	s.hearsAll(c, "en", "second_chosen", nil)
}

// B8: hash repeats, the star leads back.
func ruleB8BackAndRepeat(s *scene, from string) {
	c := s.call(from)
	s.press(c, "1")
	s.hears(c, "en", "interrupt_menu")
	s.press(c, "#")
	s.hearsAll(c, "en", "interrupt_menu", nil)
	s.press(c, "*")
	s.hears(c, "en", "main_menu")
	s.press(c, "#")
	s.hearsAll(c, "en", "main_menu", nil)
}

// B10: who hangs up while speaking has said what was said by then: it becomes a draft.
func ruleB10HangUpWhileSpeaking(s *scene, from string) {
	c := s.call(from)
	s.press(c, "5")
	s.hears(c, "en", "speak")
	s.quiet(c, 800*time.Millisecond) // behind the beep
	s.pause(3 * time.Second)         // the statement: a tone
	s.must(c.Hangup(s.ctx))
	opened := s.caseOf(from)
	if opened.Status != ivr.CaseDraft || opened.Caller != from || opened.Length < 2500 {
		s.t.Errorf("case %+v", opened)
	}
	s.kept(opened.Audio)
}

// A statement becomes a case, and its number is read.
func ruleCaseIsOpened(s *scene, from string) {
	c := s.call(from)
	s.press(c, "5")
	s.hears(c, "en", "speak")
	s.quiet(c, 800*time.Millisecond)
	s.pause(2 * time.Second)
	s.press(c, "#")
	opened := s.caseOf(from)
	if !opened.Number.Valid() || opened.Status != ivr.CaseNew {
		s.t.Errorf("case %+v", opened)
	}
	s.hearsAll(c, "en", "number_is", map[string]any{"n": string(opened.Number)})
	s.hearsAll(c, "en", "thanks", nil)
	s.gone(c)
	s.kept(opened.Audio)
}

// A phone without telephone-event presses keys as tones; its number, which the caller
// withholds, is nowhere; the carrier's questions whether the call still stands are answered.
func rulePlainPhone(s *scene, from string) {
	c, err := phone.Dial(s.within(10*time.Second), phone.Config{Server: stage.SIP, Number: stage.Number, From: "+6" + from,
		Tone: citizenTone, Tones: true, Withheld: true})
	s.must(err)
	s.t.Cleanup(func() { _ = c.Hangup(context.WithoutCancel(s.ctx)) })
	s.must(c.KeepAlive(s.within(5 * time.Second)))
	s.press(c, "5")
	s.hears(c, "en", "speak")
	s.quiet(c, 800*time.Millisecond)
	s.pause(2 * time.Second)
	s.press(c, "#")
	opened := s.caseOf("")
	s.hearsAll(c, "en", "number_is", map[string]any{"n": string(opened.Number)})
}

// B11: a sound that is lost while we run is said in other words, and the call goes on.
func ruleB11LostSound(s *scene, from string) {
	lost := s.sound("en", "lost_prompt")
	sound, err := os.ReadFile(lost)
	s.must(err)
	s.must(os.Remove(lost))
	s.t.Cleanup(func() { s.must(os.WriteFile(lost, sound, 0o644)) }) // the folder is shared
	c := s.call(from)
	s.press(c, "8")
	s.hearsAll(c, "en", "apology", nil)
	s.hearsAll(c, "en", "first_chosen", nil)
}

// A slow service: the caller hears that we are looking, then the answer.
func ruleSlowService(s *scene, from string) {
	release := make(chan struct{})
	listener, err := net.Listen("tcp", "127.0.0.1:8099")
	s.must(err)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"word": "yes"})
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	s.t.Cleanup(func() {
		_ = server.Close()
		<-served //nolint:errcheck // closed is what it says
	})
	c := s.call(from)
	s.press(c, "6")
	s.hearsAll(c, "en", "one_moment", nil)
	close(release)
	s.hearsAll(c, "en", "first_chosen", nil)
	s.must(server.Close())
	s.hears(c, "en", "main_menu")
	s.press(c, "6")
	s.hearsAll(c, "en", "gave_up", nil)
	s.gone(c)
}

// The caller steers a long text: 9 goes on 10 s, 8 pauses, and goes on.
func ruleControls(s *scene, from string) {
	c := s.call(from)
	s.press(c, "7")
	s.hears(c, "en", "long_story")
	s.press(c, "8")
	s.quiet(c, 3*time.Second) // paused
	s.press(c, "8")
	_, err := c.Ear.WaitSpeech(s.within(5 * time.Second))
	s.must(err)
	s.press(c, "9")
	s.press(c, "9")
	s.press(c, "9")
	skipped := time.Now()
	s.hearsAll(c, "en", "thanks", nil)
	if took := time.Since(skipped); took > 12*time.Second {
		s.t.Errorf("the end of a story of 25 s took %v after skipping 30 s", took)
	}
}

// Time passes with music, then the flow goes on.
func rulePause(s *scene, from string) {
	c := s.call(from)
	s.press(c, "9")
	s.hearsAll(c, "en", "first_chosen", nil)
}
