package flow_test

import (
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

const story = head + `vars: {said: {type: recording}}
nodes:
  first: {type: record, prompt: beep, max: 3m, silence: 5s, min: 3s, beep: false, end_key: "*", review: %REVIEW%, keep_on_hangup: %KEEP%, save: said, next: again, exits: {empty: bye}}
  again: {type: menu, prompt: ask, choices: {"1": first, "2": one}, exits: {no_input: bye, no_match: bye}}
` + tail

func recording(t *testing.T, review, keep string) *phone {
	t.Helper()
	c := dial(t, program(t, replace(story, "%REVIEW%", review, "%KEEP%", keep)))
	c.hears("beep")
	c.listens()
	want := flow.Record{ID: c.record.ID, Max: 3 * time.Minute, MaxSilence: 5 * time.Second, EndKey: "*"}
	if *c.record != want {
		t.Fatal(c.record)
	}
	return c
}

// said fails unless the variable holds a recording.
func (c *phone) said(id int, length time.Duration) {
	c.t.Helper()
	want := flow.Clip{Recording: id, Length: length}.String()
	if got := c.s.Vars["main.said"]; got != want {
		c.t.Fatalf("said %q, want %q", got, want)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	c := recording(t, "false", "true")
	id := c.record.ID
	c.recorded(20 * time.Second)
	c.node("again")
	c.said(id, 20*time.Second)
	c.press("1") // a later recording replaces it
	c.listens()
	second := c.record.ID
	if second == id {
		t.Fatal("the same recording")
	}
	c.recorded(4 * time.Second)
	c.said(second, 4*time.Second)
	c.press("1")
	c.listens()
	c.recorded(2 * time.Second) // nothing worth keeping
	c.node("bye")
	c.said(second, 4*time.Second)
}

func TestRecordReview(t *testing.T) {
	t.Parallel()
	c := recording(t, "true", "true")
	c.recorded(20 * time.Second)
	c.hears("keep_recording")
	if c.s.Vars["main.said"] != "" {
		t.Fatal("kept before the caller said so")
	}
	c.press("2")
	c.hears("beep")
	c.press("5") // skips the words
	id := c.record.ID
	c.recorded(9 * time.Second)
	c.restarts()
	c.hears("keep_recording") // the recording is there still
	c.press("1")
	c.node("again")
	c.said(id, 9*time.Second)
}

func TestRecordHangUp(t *testing.T) {
	t.Parallel()
	for keep, kept := range map[string]bool{"true": true, "false": false} {
		for _, spoken := range []time.Duration{2 * time.Second, 20 * time.Second} {
			c := recording(t, "true", keep)
			id := c.record.ID
			c.now = c.now.Add(spoken)
			c.step(flow.HungUp{})
			c.ends("caller")
			if kept && spoken > 3*time.Second {
				c.said(id, spoken)
			} else if c.s.Vars["main.said"] != "" {
				t.Fatalf("kept %s after %s: %v", keep, spoken, c.s.Vars)
			}
		}
		c := recording(t, "true", keep)
		id := c.record.ID
		c.recorded(9 * time.Second)
		c.step(flow.HungUp{})
		c.ends("caller")
		if kept {
			c.said(id, 9*time.Second)
		} else if c.s.Vars["main.said"] != "" {
			t.Fatal(c.s.Vars)
		}
	}
}

func TestSayControls(t *testing.T) {
	t.Parallel()
	p := program(t, head+`nodes:
  first: {type: say, prompt: hello, controls: true, times: 2, next: one}
`+tail)
	c := dial(t, p)
	id := c.play.ID
	for _, key := range []struct {
		key  string
		want flow.Effect
	}{
		{"9", flow.Skip{ID: id, By: 10 * time.Second}}, {"7", flow.Skip{ID: id, By: -10 * time.Second}},
		{"8", flow.Pause{ID: id, On: true}}, {"8", flow.Pause{ID: id}}, {"8", flow.Pause{ID: id, On: true}},
	} {
		c.press(key.key)
		if len(c.last) == 0 || c.last[0] != key.want {
			t.Fatalf("%s: %v, want %v", key.key, c.last, key.want)
		}
	}
	c.restarts()
	c.press("8")
	if pause := one[flow.Pause](c); !pause.On {
		t.Fatal("what plays anew is not halted:", pause)
	}
	c.listens()
	c.press("8")
	if pause := one[flow.Pause](c); !pause.On || pause.ID != c.play.ID {
		t.Fatal("the second time is not halted:", pause)
	}
	c.press("5") // any other key
	c.node("one")
	if c.s.Keys != "5" {
		t.Fatal(c.s.Keys)
	}
}

const pause = head + `nodes:
  first: {type: wait, for: 30s%MUSIC%, next: menu}
  menu: {type: menu, prompt: ask, choices: {"1": one, "2": bye}, exits: {no_input: bye, no_match: bye}}
` + tail

func TestWait(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, replace(pause, "%MUSIC%", ", music: quiet")))
	if music := one[flow.Music](c); music != (flow.Music{On: true, Class: "quiet"}) {
		t.Fatal(music)
	}
	c.waits(10 * time.Second)
	c.now = c.now.Add(5 * time.Second) // away
	c.restarts()
	c.waitsFor("pause", 15*time.Second)
	if !c.music {
		t.Fatal("no music")
	}
	c.press("1")
	c.node("first")
	c.waits(15 * time.Second)
	c.node("one") // the key was for the menu
	if c.music {
		t.Fatal("music does not end")
	}

	c = dial(t, program(t, replace(pause, "%MUSIC%", "")))
	if _, music := did[flow.Music](c); music {
		t.Fatal("music in silence")
	}
	c.waits(30 * time.Second)
	c.hears("ask")
}

func TestWaitIsLeft(t *testing.T) {
	t.Parallel()
	c := dial(t, program(t, replace(pause, "%MUSIC%", ", music: quiet")))
	c.timers["call.1"] = c.now.Add(time.Second)
	c.waits(time.Second)
	c.hears("too_long")
	if off := one[flow.Music](c); off.On {
		t.Fatal("music does not end")
	}
}

func TestLanguageRemembered(t *testing.T) {
	t.Parallel()
	p := program(t, replace(language, "next: menu", "remember: 4320h, next: menu", `choices: {"1": one`, `keys: {"*": BACK}, choices: {"1": one`))
	known := func(from, lang string) *phone {
		c := newPhone(t, p)
		c.s.Call.From = from
		c.also = func(w *flow.World) {
			w.Remembered = func(number string) string {
				if number != from || number == "" {
					t.Errorf("asked for %q", number)
				}
				return lang
			}
		}
		c.step(flow.Start{})
		return c
	}
	c := known("0123456789", "ms")
	c.hears("ask") // unasked
	if langs := told[ivr.CallLanguage](c); len(langs) != 1 || langs[0].Lang != "ms" || c.s.Lang != "ms" {
		t.Fatal(langs)
	}
	if kept, again := did[flow.Remember](c); again {
		t.Fatal(kept)
	}
	c.press("*") // who comes back wants another one
	c.hears("lang")
	c.press("1")
	if kept := one[flow.Remember](c); kept != (flow.Remember{Lang: "en", For: 4320 * time.Hour}) || c.s.Lang != "en" {
		t.Fatal(kept)
	}
	for _, c := range []*phone{known("0123456789", ""), known("0123456789", "zh"), known("", "ms"), dial(t, p)} {
		c.hears("lang")
		c.press("2")
		if _, kept := did[flow.Remember](c); kept != (c.s.Call.From != "") {
			t.Fatal(c.s.Call.From, c.last)
		}
	}
}
