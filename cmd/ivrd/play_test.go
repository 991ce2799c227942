package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// play makes a call in the terminal with the lines given.
func play(t *testing.T, lines string, args ...string) (out, errs string, err error) {
	t.Helper()
	cmd := playCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var o, e bytes.Buffer
	cmd.SetIn(strings.NewReader(lines))
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	none := t.TempDir()
	cmd.SetArgs(append(args, "--sounds", none, "--speech", none))
	err = cmd.ExecuteContext(t.Context())
	return o.String(), e.String(), err
}

// testSite is the bundle of package flowtest.
func testSite() string {
	return filepath.Join("..", "..", "ivr", "flow", "flowtest", "testdata", "site")
}

// A call in the terminal: what is spoken, keys, silence, a recording, a service, the clock.
func TestPlay(t *testing.T) {
	at := []string{"after_hours", "--dir", testSite(), "--at", "2026-03-04T22:15", "--lang", "en"}
	out, _, err := play(t, "/help\n/where\n\n3\n26063000173\n/vars\n/reply 200 {\"state\": \"closed\"}\n1\n2 1 #\n/speak 12s\n#\n/quiet 7s\n/quiet 10s\n/vars\n", at...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"/quiet 7s", // of the help
		"2026-03-04 22:15:13  after_hours.main, language en",
		"hears agents_back_at (en) They are back at seven thirty a.m.",
		"asks GET /cases/26063000173 of service complaints\nthe service waits for you",
		"hears case_closed (en) Your case is closed.",
		"speaks 12s",
		"hears use_this_number (en) May we call you at zero one two three four five six seven eight nine",
		"quiet 7s",
		"  after_hours.message = ***\n",
		"  after_hours.case_status.state = closed\n",
		"hangs up\n", // at the end of the lines
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	out, _, err = play(t, "/queue agents 2 waiting 1 wait 2m\n1\n/quiet 60s\n/agent answers 10s talks 20s\n", "main", "--dir", testSite(), "--at", "2026-03-04T10:00")
	if err != nil || !strings.Contains(out, "You are number two") || !strings.Contains(out, "talks an agent for 20s") || !strings.Contains(out, "ends normal") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What cannot be done is told in words, and ends a call that nobody watches.
func TestPlayRefuses(t *testing.T) {
	for lines, want := range map[string]string{
		"/quite 7s\n":                    "neither keys nor a command",
		"/quiet 7\n":                     "not a duration",
		"/speak 3s\n":                    "nobody records",
		"/at noon\n":                     "not a time of day",
		"/agent hangs up\n":              "answers, talks",
		"/queue agents\n":                "agents, wait, waiting",
		"/queue agents many\n":           "whole number",
		"/reply 200\n":                   "no service was asked",
		"3\n26063000173\n1\n":            "/reply first",
		"3\n26063000173\n/reply fine\n":  "status of HTTP",
		"3\n26063000173\n/reply 99 {}\n": "status of HTTP",
	} {
		if _, _, err := play(t, lines, "after_hours", "--dir", testSite()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", lines, err, want)
		}
	}
	for _, args := range [][]string{{"nowhere"}, {"main", "--lang", "fr"}, {"main", "--at", "noon"}, {"main", "--dir", t.TempDir()}} {
		if _, _, err := play(t, "", append([]string{"--dir", testSite()}, args...)...); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// A dialogue written down by --repro is a test that passes.
func TestPlayRepro(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(testSite())); err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]string{
		"case":    "3\n26063000173\n/reply timeout\n2\n/speak 5s\n#\n1\n",
		"draft":   "21#\n/speak 20s\n/hangup\n",
		"silence": "/quiet 7s\n/quiet 10s\n/quiet 13s\n/at 23:00\n1\n1\n1\n",
	} {
		out, _, err := play(t, lines, "after_hours", "--dir", dir, "--at", "2026-03-04T22:15", "--repro")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "tests", name+".yaml"), []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, told, errs := command(t, "test", dir, "--run", "^"+name+"/", "-v"); code != 0 || !strings.Contains(told, "1 tests, 0 failed") {
			t.Errorf("%s: code %d\n%s%s\n%s", name, code, told, errs, out)
		}
	}
}
