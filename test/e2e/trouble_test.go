package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talian/test/browser"
	"talian/test/desk"
	"talian/test/stage"
)

// Whatever is wrong at the start is told in one line that says where and what to do.
func TestClearStartErrors(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *scene)
		want  []string
	}{
		"no ARI password": {
			func(s *scene) { s.must(os.Remove(filepath.Join(s.Dir, "asterisk/ari-password"))) },
			[]string{"ari-password is missing", "configure Asterisk first"}},
		"unknown key": {
			func(s *scene) { s.config("lissen: x\n") },
			[]string{"ivrd.yaml:", "unknown key lissen"}},
		"journal not writable": {
			func(s *scene) { s.must(os.Mkdir(filepath.Join(s.Dir, "journal.db"), 0o700)) },
			[]string{"journal.db"}},
		"sounds missing and nothing to make them with": {
			func(s *scene) {
				s.must(os.Remove(filepath.Join(s.Dir, "speech")))
				s.Ivrd.Env = []string{"HOME=" + s.Dir, "PATH=" + s.Dir}
			},
			[]string{"sounds are missing", "espeak-ng", "apt-get install"}},
		"bad flow": {
			func(s *scene) { s.badSite() },
			[]string{"flows/main.yaml:", "ivrd check"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := prepare(t)
			c.spoil(s)
			s.Ivrd.Launch(t)
			select {
			case <-s.Ivrd.Done():
			case <-time.After(10 * time.Second):
				t.Fatalf("ivrd did not give up:\n%s", s.Ivrd.Log())
			}
			lines := strings.Split(strings.TrimSpace(s.Ivrd.Log()), "\n")
			last := lines[len(lines)-1]
			for _, want := range c.want {
				if !strings.Contains(last, want) {
					t.Errorf("the last line does not say %q:\n%s", want, s.Ivrd.Log())
				}
			}
		})
	}
}

// config appends to ivrd.yaml.
func (s *scene) config(text string) {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.Dir, "ivrd.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	s.must(err)
	_, err = f.WriteString(text)
	s.must(err)
	s.must(f.Close())
}

// badSite gives the stage a copy of the bundle with a target that does not exist.
func (s *scene) badSite() {
	s.t.Helper()
	site := filepath.Join(s.Dir, "site")
	s.must(os.CopyFS(site, os.DirFS(s.Site)))
	path := filepath.Join(site, "flows/main.yaml")
	text, err := os.ReadFile(path)
	s.must(err)
	s.must(os.WriteFile(path, []byte(strings.Replace(string(text), "next: language", "next: langauge", 1)), 0o600))
	old, err := os.ReadFile(filepath.Join(s.Dir, "ivrd.yaml"))
	s.must(err)
	s.must(os.WriteFile(filepath.Join(s.Dir, "ivrd.yaml"), []byte(strings.Replace(string(old), s.Site, site, 1)), 0o600))
}

// Without the records calls are answered all the same, and it is told what is wrong with them.
func TestNoRecords(t *testing.T) {
	s := prepare(t)
	s.must(os.Mkdir(filepath.Join(s.Dir, "talian.db"), 0o700))
	s.Asterisk.Start(t)
	s.Ivrd.Launch(t)
	s.says("the records cannot be written; calls go on")
	s.hears(s.call("0123456789"), "ms", "welcome", "welcome_after_hours")
	s.says("talian.db")
}

// A second ivrd on the same machine is refused and does the first one no harm.
func TestSecondIvrd(t *testing.T) {
	s := prepare(t)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	out, err := exec.CommandContext(s.ctx, stage.Binary(t, "ivrd"), "run", "--config", filepath.Join(s.Dir, "ivrd.yaml")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another program") {
		t.Errorf("%v: %s", err, out)
	}
	s.must(s.Ivrd.WaitReady(s.within(5 * time.Second)))
}

// Without Asterisk, or with a wrong ARI password, ivrd says so once, is not ready, and
// goes on by itself when that is mended.
func TestNoAsterisk(t *testing.T) {
	s := prepare(t)
	s.Ivrd.Launch(t)
	s.says("is Asterisk running?")
	s.Asterisk.Start(t)
	s.must(s.Ivrd.WaitReady(s.within(10 * time.Second)))
	if n := strings.Count(s.Ivrd.Log(), "is Asterisk running?"); n != 1 {
		t.Errorf("said %d times:\n%s", n, s.Ivrd.Log())
	}
}

func TestWrongPasswordOfARI(t *testing.T) {
	s := prepare(t)
	s.Asterisk.Start(t)
	s.must(os.WriteFile(filepath.Join(s.Dir, "asterisk/ari-password"), []byte("wrong"), 0o600))
	s.Ivrd.Launch(t)
	s.says("refuses the ARI user")
}

// says waits until ivrd's log holds a text.
func (s *scene) says(text string) {
	s.t.Helper()
	ctx := s.within(15 * time.Second)
	for !strings.Contains(s.Ivrd.Log(), text) {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("ivrd does not say %q:\n%s", text, s.Ivrd.Log())
		}
	}
}

// A wrong password at the desk is told, and nothing else.
func TestWrongPassword(t *testing.T) {
	s := open(t)
	_, err := desk.SignIn(s.ctx, "http://"+stage.Web, stage.WebOrigin, "agent01", "wrong")
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Fatal(err)
	}
	b := browser.Start(t, toneFile(t))
	p := b.Open("agent01", stage.WebOrigin+"/")
	p.Fill("[name=username]", "agent01")
	p.Fill("[name=password]", "wrong")
	p.Click("form button.primary")
	p.See("[role=alert]", 5*time.Second)
	s.shot(p, "wrong")
}

// Without a microphone the shift does not begin, and the page says what to do.
func TestNoMicrophone(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	d.Eval(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'))`, nil)
	d.Click(".shift .primary")
	d.See(".shift .problem", 5*time.Second)
	s.shot(d.Page, "nomic")
	var state string
	d.Eval(`window.__talian.state().self.agent.state`, &state)
	if state != "logged_out" {
		t.Errorf("the shift began without a microphone: %s", state)
	}
}

// Two tabs of one agent show the same call; the one without audio can end it.
func TestTwoTabs(t *testing.T) {
	s := open(t)
	b := browser.Start(t, toneFile(t))
	d := s.signIn(b, "agent01")
	d.startShift()
	second := &webDesk{Page: b.Open("agent01", stage.WebOrigin+"/?testaudio=1"), s: s}
	c := s.queued("0123456789", "2")
	second.See(".offer .go", 20*time.Second)
	second.Click(".offer .go")
	d.See(".talk.talking", 5*time.Second)
	d.hears(citizenTone, 5*time.Second)
	_, err := c.Ear.WaitTone(s.within(5*time.Second), agentTone)
	s.must(err)
	s.shot(second.Page, "second")
	second.Click(".controls button:nth-child(4)")
	s.declines(c, "en")
	d.See(".wrap .primary", 5*time.Second)
}
