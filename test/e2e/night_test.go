package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"talian/ivr"
	"talian/test/phone"
)

// night is a citizen after hours, in one language.
type night struct {
	*scene
	lang string
	from string
	c    *phone.Citizen
}

// TestNight: what a citizen does between 9.01 pm and 7.30 am, in each of the four languages
// at the same time: lodge a complaint, ask how far it is, get a callback, say nothing at all.
// With TALIAN_HEARD=dir what each of them heard is kept there.
func TestNight(t *testing.T) {
	s := open(t)
	kl, err := time.LoadLocation("Asia/Kuala_Lumpur")
	s.must(err)
	until := time.Now().In(kl).Add(time.Hour).Format("2006-01-02T15:04") // with an end, or nobody knows when to call back
	s.Ivrctl(t, "hours", "office", "closed", "--until", until, "--why", "test")
	t.Run("callers", func(t *testing.T) {
		t.Run("silence", func(t *testing.T) {
			t.Parallel()
			n := &night{scene: s.in(t), lang: "ms", from: "0123456700"}
			n.saysNothing()
		})
		for i, lang := range []string{"ms", "en", "zh", "ta"} {
			t.Run(lang, func(t *testing.T) {
				t.Parallel()
				n := &night{scene: s.in(t), lang: lang, from: fmt.Sprintf("012345670%d", i+1)}
				number := n.complain()
				n.askStatus(number)
				n.bookCallback()
			})
		}
	})
}

// dial calls and chooses the language.
func (n *night) dial() {
	n.t.Helper()
	n.c = n.call(n.from)
	n.press(n.c, map[string]string{"ms": "1", "en": "2", "zh": "3", "ta": "4"}[n.lang])
	n.hear("after_hours_menu")
}

func (n *night) hear(id string) { n.t.Helper(); n.hears(n.c, n.lang, id) }

func (n *night) whole(id string, slots map[string]any) {
	n.t.Helper()
	n.hearsAll(n.c, n.lang, id, slots)
}

// done hangs up and keeps what was heard, for people who want to listen.
func (n *night) done(what string) {
	n.t.Helper()
	if dir := os.Getenv("TALIAN_HEARD"); dir != "" {
		n.must(os.MkdirAll(dir, 0o755))
		n.must(n.c.Ear.Record(filepath.Join(dir, n.lang+"-"+what+".wav")))
	}
	n.must(n.c.Hangup(n.ctx))
}

// complain lodges a complaint; the number is read twice.
func (n *night) complain() ivr.CaseNumber {
	n.t.Helper()
	n.dial()
	n.press(n.c, "2")
	n.hear("kind_menu")
	n.press(n.c, "1")
	n.hear("category_menu")
	n.press(n.c, "2")
	n.hear("enter_mykad")
	n.press(n.c, "900101145678")
	n.whole("read_back", map[string]any{"n": "900101145678"})
	n.press(n.c, "1")
	n.whole("tell_us", nil)
	n.quiet(n.c, 800*time.Millisecond) // behind the beep
	n.pause(3 * time.Second)           // the statement: a tone
	n.press(n.c, "#")
	n.hear("keep_recording")
	n.press(n.c, "1")
	n.whole("use_this_number", map[string]any{"n": n.from})
	n.press(n.c, "1")
	lodged := n.caseOf(n.from)
	number := string(lodged.Number)
	n.whole("case_is", map[string]any{"n": number})
	n.whole("case_is_slow", map[string]any{"a": number[:2], "b": number[2:5], "c": number[5:8], "d": number[8:]})
	n.whole("case_due", map[string]any{"due": lodged.Due})
	n.hear("anything_else")
	n.done("complaint")
	if !lodged.Number.Valid() || lodged.Identity != "900101145678" || lodged.Lang != n.lang || lodged.Type != ivr.Complaint || lodged.Category != "roads" {
		n.t.Errorf("case %+v", lodged)
	}
	n.kept(lodged.Audio)
	return lodged.Number
}

// askStatus calls again and enters the number.
func (n *night) askStatus(number ivr.CaseNumber) {
	n.t.Helper()
	n.dial()
	n.press(n.c, "3")
	n.hear("enter_case_number")
	n.press(n.c, string(number))
	n.whole("case_received", nil)
	n.whole("case_due", map[string]any{"due": n.caseOf(n.from).Due})
	n.done("status")
}

// bookCallback asks for a person and takes the second slot.
func (n *night) bookCallback() {
	n.t.Helper()
	n.dial()
	n.press(n.c, "0")
	n.hear("no_agent_now")
	n.press(n.c, "1")
	n.whole("callback_number", map[string]any{"n": n.from})
	n.press(n.c, "1")
	n.hear("callback_slot")
	n.press(n.c, "2")
	n.hear("callback_slot")
	n.press(n.c, "1")
	n.hear("callback_booked")
	n.hear("anything_else")
	n.done("callback")
	booked := n.callbackOf(n.from)
	if booked.Lang != n.lang || booked.Until.Sub(booked.From) != 30*time.Minute {
		n.t.Errorf("callback %+v", booked)
	}
}

// saysNothing is silent all the time: the caller is spoken to in Malay, offered a person, then
// a message, and never simply dropped.
func (n *night) saysNothing() {
	n.t.Helper()
	n.c = n.call(n.from)
	n.c.Mouth.Silence()
	for _, id := range []string{"choose_language", "after_hours_menu", "still_there", "no_agent_now", "message_after_beep"} {
		n.must(n.c.Ear.WaitOpening(n.within(2*time.Minute), n.sound(n.lang, id), time.Second))
	}
	n.done("silence")
}
