package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// command runs ivrd as from the command line.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// The commented configuration beside the source has every key and no other.
func TestManual(t *testing.T) {
	cfg, err := readConfig("ivrd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.NATS != "127.0.0.1:4222" || cfg.Site != filepath.Join(filepath.Dir("ivrd.yaml"), "flows") && cfg.Site != filepath.Join(here, "flows") {
		t.Errorf("%+v", cfg)
	}
}

// A configuration without what is needed, or with more than there is, is refused in one line.
func TestConfigRefused(t *testing.T) {
	for text, want := range map[string]string{
		"site: x\nrun: y\n": "asterisk.password_file is missing",
		"sight: x\n":        "ivrd.yaml:1: unknown key sight",
		"site: [x\n":        "ivrd.yaml:",
	} {
		path := filepath.Join(t.TempDir(), "ivrd.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := command(t, "run", "--config", path)
		if code == 0 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: code %d, %q; want %q in one line", text, code, errs, want)
		}
	}
}

// The demo site checks clean; a spoiled copy names the place.
func TestCheck(t *testing.T) {
	site := filepath.Join("..", "..", "flows")
	if code, out, errs := command(t, "check", site); code != 0 || !strings.Contains(out, "no errors") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	bad := t.TempDir()
	if err := os.CopyFS(bad, os.DirFS(site)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(bad, "flows", "main.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := strings.Replace(string(text), "type: hours", "type: hour", 1)
	if err := os.WriteFile(path, []byte(spoiled), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t, "check", bad)
	if code == 0 || !strings.Contains(out, path+":") || !strings.Contains(out, "^") || !strings.Contains(errs, "errors") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// --until takes the next such time of day, or a whole moment, in the calendar's zone.
func TestMoment(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 15, 0, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"":                 {},
		"16:30":            time.Date(2026, 3, 4, 16, 30, 0, 0, zone),
		"14:00":            time.Date(2026, 3, 5, 14, 0, 0, 0, zone),
		"2026-03-10T08:00": time.Date(2026, 3, 10, 8, 0, 0, 0, zone),
	} {
		if got, err := moment(text, now, zone); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	if _, err := moment("half past two", now, zone); err == nil || !strings.Contains(err.Error(), "HH:MM") {
		t.Errorf("%v", err)
	}
}

// Without a running ivrd the command says so.
func TestHoursWithoutIvrd(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ivrd.yaml")
	text := "site: flows\nrun: .\nasterisk: {password_file: x}\nnats: 127.0.0.1:1\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "hours", "office", "closed", "--why", "test", "--config", path); code == 0 || !strings.Contains(errs, "is ivrd running?") {
		t.Errorf("code %d, %q", code, errs)
	}
}
