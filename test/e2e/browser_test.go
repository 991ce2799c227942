package e2e

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/test/browser"
	"talian/test/stage"
)

// toneFile writes a WAV of ten seconds of agentTone, 48 kHz mono, for Chromium's microphone.
func toneFile(t testing.TB) string {
	t.Helper()
	const rate, seconds = 48000, 10
	data := make([]byte, 0, 2*rate*seconds)
	for i := range rate * seconds {
		v := int16(8000 * math.Sin(2*math.Pi*agentTone*float64(i)/rate))
		data = binary.LittleEndian.AppendUint16(data, uint16(v))
	}
	head := []byte("RIFF")
	head = binary.LittleEndian.AppendUint32(head, uint32(36+len(data)))
	head = append(head, "WAVEfmt "...)
	for _, v := range []uint32{16, 1 | 1<<16, rate, 2 * rate, 2 | 16<<16} {
		head = binary.LittleEndian.AppendUint32(head, v)
	}
	head = append(head, "data"...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
	path := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(path, append(head, data...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// webDesk is an agent's desk in Chromium.
type webDesk struct {
	*browser.Page
	s *scene
}

// signIn signs an agent in at the desk and starts the shift: microphone check, line up, ready.
func (s *scene) signIn(b *browser.Browser, agent string) *webDesk {
	s.t.Helper()
	d := s.signInAt(b, agent, agent)
	d.See(".shift .primary", 10*time.Second)
	return d
}

// signInAt signs an agent in from a browser profile of its own.
func (s *scene) signInAt(b *browser.Browser, profile, agent string) *webDesk {
	s.t.Helper()
	password, err := os.ReadFile(filepath.Join(s.Dir, "demo-password"))
	s.must(err)
	d := &webDesk{Page: b.Open(profile, stage.WebOrigin+"/?testaudio=1"), s: s}
	d.Fill("[name=username]", agent)
	d.Fill("[name=password]", strings.TrimSpace(string(password)))
	d.Click("form button.primary")
	return d
}

func (d *webDesk) startShift() {
	d.s.t.Helper()
	d.Click(".shift .primary")
	d.Wait(`window.__talian.state().self?.line.status === 'up'`, 15*time.Second)
	d.Click(".status .go")
	d.Wait(`window.__talian.state().self?.agent.state === 'ready'`, 5*time.Second)
}

// hears waits until the page hears a tone, well above the others.
func (d *webDesk) hears(hz int, limit time.Duration) {
	d.s.t.Helper()
	d.Wait(fmt.Sprintf(`(async () => (await window.__talian.remoteLevel(%d)).level > -40 && (await window.__talian.remoteLevel(%d)).level < -45)()`, hz, hz+700), limit)
}

// The same call with a real browser as the agent: offer card, answer, tones both ways,
// reload in mid-call, hold, end, wrap-up.
func TestDeskInChromium(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	s.shot(d.Page, "shift")
	d.startShift()
	s.shot(d.Page, "ready")

	c := s.queued("0123456789", "2")
	d.See(".offer .go", 20*time.Second)
	s.shot(d.Page, "offer")
	card := d.Text("main")
	for _, want := range []string{"012-345 6789", "Imigresen", "Inggeris", "Documents / Dokumen", "Immigration / Imigresen"} {
		if !strings.Contains(card, want) {
			t.Errorf("the offer does not show %q:\n%s", want, card)
		}
	}
	d.Click(".offer .go")
	d.See(".talk.talking", 5*time.Second)
	d.hears(citizenTone, 5*time.Second)
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	s.shot(d.Page, "talking")

	c.Ear.Reset()
	began := time.Now()
	d.Reload()
	d.See(".talk.talking", 10*time.Second)
	d.hears(citizenTone, 10*time.Second)
	_, err = c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	t.Logf("reload: both hear each other again %v after it; largest gap for the caller %v", time.Since(began), c.Ear.Gap())

	d.Click(".controls button:nth-child(2)")
	d.Wait(`window.__talian.state().self?.call?.phase === 'held'`, 5*time.Second)
	_, err = c.Ear.WaitSpeech(s.within(5 * time.Second)) // music
	s.must(err)
	s.shot(d.Page, "held")
	d.Click(".controls button:nth-child(2)")
	c.Ear.Reset()
	_, err = c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	d.Click(".controls button:nth-child(4)")
	s.declines(c, "en")
	d.See(".wrap .primary", 5*time.Second)
	s.shot(d.Page, "wrap")
	var call string
	d.Eval(`window.__talian.state().self.call.id`, &call)
	d.Press("1")
	d.Click(".wrap .primary")
	d.Wait(`window.__talian.state().self?.agent.state === 'ready'`, 5*time.Second)
	s.reported(call, "answered", "agent01")

	reports := b.OpenDark("supervisor01", stage.WebOrigin+"/reports")
	password, err := os.ReadFile(filepath.Join(s.Dir, "demo-password"))
	s.must(err)
	reports.Fill("[name=username]", "supervisor01")
	reports.Fill("[name=password]", strings.TrimSpace(string(password)))
	reports.Click("form button.primary")
	reports.See("table", 10*time.Second)
	s.shot(reports, "reports")
	s.noErrors(d.Page, reports)
}

// The agent signs in at a second browser in mid-call: the call goes on there, the first
// desk says that it stopped, and neither takes the line back.
func TestSecondBrowserTakesOver(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	first := s.signIn(b, "agent01")
	first.startShift()
	c := s.queued("0123456789", "2")
	first.answers()

	second := s.signInAt(b, "another", "agent01")
	second.See(".talk.talking", 10*time.Second)
	first.See(".banner.bad[role=alert]", 5*time.Second)
	second.Wait(`window.__talian.state().leg.phase === 'up'`, 10*time.Second)
	second.hears(citizenTone, 5*time.Second)
	c.Ear.Reset()
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)

	// Longer than a page that wants the line back would wait.
	second.Wait(`new Promise((done) => setTimeout(() => done(true), 3000))`, 5*time.Second)
	is := `(() => { const s = window.__talian.state(); return [s.self.line.mine, s.replaced, s.leg.phase, s.audio].join(' '); })()`
	for want, d := range map[string]*webDesk{"false true none off": first, "true false up ready": second} {
		var got string
		if d.Eval(is, &got); got != want {
			t.Errorf("mine, replaced, leg, audio: %q, want %q", got, want)
		}
	}
	if gap := c.Ear.Gap(); gap > longestGap {
		t.Errorf("the caller heard nothing for %v", gap)
	}
	second.Click(".controls button:nth-child(4)")
	second.See(".wrap .primary", 5*time.Second)
	s.noErrors(first.Page, second.Page)
}

// The line goes to another tab of the same browser, back in mid-call, and over again when its
// tab is loaded anew: the agent stays ready, the caller stays in the conversation.
func TestUseThisTab(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	first := s.signIn(b, "agent01")
	first.startShift()
	second := &webDesk{Page: b.Open("agent01", stage.WebOrigin+"/?testaudio=1"), s: s}
	second.takeTab()
	var state string
	if second.Eval(`window.__talian.state().self.agent.state`, &state); state != "ready" {
		t.Errorf("after the step to another tab the agent is %q", state)
	}

	c := s.queued("0123456789", "2")
	second.answers()
	first.takeTab()
	first.hears(citizenTone, 5*time.Second)
	c.Ear.Reset()
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	second.Wait(`navigator.locks.query().then((all) => all.pending.length > 0)`, 5*time.Second)
	first.Reload() // which gives the line to the tab that stands in line for it
	second.hears(citizenTone, 10*time.Second)
	if gap := c.Ear.Gap(); gap > time.Second {
		t.Errorf("the caller heard nothing for %v", gap)
	}
	second.Click(".controls button:nth-child(4)")
	second.See(".wrap .primary", 5*time.Second)
	s.noErrors(first.Page, second.Page)
}

// Asterisk is killed while an agent is ready: the line comes back by itself, the agent stays
// ready, and the next call is offered.
func TestReadyOverRestart(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	d.startShift()
	s.Asterisk.Kill(t)
	d.Wait(`window.__talian.state().leg.phase !== 'up' || window.__talian.state().self.line.status !== 'up'`, 20*time.Second)
	s.Asterisk.Start(t)
	d.Wait(`(() => { const s = window.__talian.state(); return s.self.line.status === 'up' && s.leg.phase === 'up'; })()`, 20*time.Second)
	var state string
	if d.Eval(`window.__talian.state().self.agent.state`, &state); state != "ready" {
		t.Errorf("when the line is back the agent is %q", state)
	}
	c := s.queued("0155555555", "1")
	d.answers()
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
}

// answers takes the call that is offered and waits until the caller is heard.
func (d *webDesk) answers() {
	d.s.t.Helper()
	d.See(".offer .go", 20*time.Second)
	d.Click(".offer .go")
	d.hears(citizenTone, 5*time.Second)
}

// takeTab makes this tab the one with the line.
func (d *webDesk) takeTab() {
	d.s.t.Helper()
	d.See(".banner button", 10*time.Second)
	d.Click(".banner button")
	d.Wait(`(() => { const s = window.__talian.state(); return s.self.line.mine && s.self.line.status === 'up' && s.leg.phase === 'up'; })()`, 10*time.Second)
}

// A citizen calls from a second tab, /phone, and talks with the agent's tab.
func TestPhoneInChromium(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	d.startShift()
	phone := b.Open("citizen", stage.WebOrigin+"/phone?testaudio=1")
	phone.Click(".numbers .go")
	phone.Wait(`window.__talian.state().phase === 'talking'`, 15*time.Second)
	s.shot(phone, "phone")
	for range 3 {
		phone.Click(".keypad button:nth-child(1)")
		phone.Wait(`new Promise((done) => setTimeout(() => done(true), 400))`, 5*time.Second) // a key takes its time
	}
	d.See(".offer .go", 30*time.Second)
	d.Click(".offer .go")
	citizen := &webDesk{Page: phone, s: s}
	d.hears(agentTone, 10*time.Second) // both microphones play the same tone
	citizen.hears(agentTone, 10*time.Second)
	var call string
	d.Eval(`window.__talian.state().self.call.id`, &call)
	phone.Click(".phone .stop")
	d.See(".wrap .primary", 5*time.Second)
	if row := s.reported(call, "answered", "agent01"); row.EndedBy != "caller" {
		t.Errorf("ended by %q", row.EndedBy)
	}
	s.noErrors(d.Page, phone)
}

// shot keeps a picture when TALIAN_SHOTS names a folder.
func (s *scene) shot(p *browser.Page, name string) {
	s.t.Helper()
	if dir := os.Getenv("TALIAN_SHOTS"); dir != "" {
		p.Shot(filepath.Join(dir, s.t.Name()+"-"+name+".png"))
	}
}

// noErrors checks that the pages wrote no error to their consoles.
func (s *scene) noErrors(pages ...*browser.Page) {
	s.t.Helper()
	for _, p := range pages {
		for _, line := range p.Said() {
			if strings.HasPrefix(line, "error") && !strings.Contains(line, "401") {
				s.t.Errorf("console: %s", line)
			}
		}
	}
}

// A desk in Chromium outlives each part: ctid and ivrd killed in mid-call cost nothing;
// after a restart of Asterisk the line comes back by itself and the next call is taken.
func TestDeskOutlivesTheDaemons(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	d.startShift()
	c := s.queued("0123456789", "1")
	d.answers()
	c.Ear.Reset()

	s.Ctid.Kill(t)
	d.Wait(`window.__talian.state().socket !== 'open'`, 10*time.Second)
	s.shot(d.Page, "ctid away")
	s.Ctid.Start(t)
	d.Wait(`window.__talian.state().socket === 'open' && window.__talian.state().self?.call?.phase === 'talking'`, 20*time.Second)
	s.Ivrd.Kill(t)
	d.Wait(`window.__talian.state().self?.link === false`, 10*time.Second)
	s.shot(d.Page, "ivrd away")
	s.Ivrd.Start(t)
	d.Wait(`window.__talian.state().self?.link === true`, 10*time.Second)
	d.hears(citizenTone, 5*time.Second)
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	if gap := c.Ear.Gap(); gap > longestGap {
		t.Errorf("the caller heard nothing for %v", gap)
	}

	s.Asterisk.Kill(t)
	s.Asterisk.Start(t)
	d.Wait(`window.__talian.state().self?.agent.state === 'wrap_up'`, 15*time.Second)
	d.Wait(`window.__talian.state().self?.line.status === 'up'`, 30*time.Second)
	d.Press("1")
	d.Click(".wrap .primary")
	d.Wait(`window.__talian.state().self?.agent.state === 'ready'`, 5*time.Second)
	again := s.queued("0155555555", "1")
	d.answers()
	_, err = again.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
}
