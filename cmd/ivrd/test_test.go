package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tests of a bundle run, with coverage and JUnit; one that fails gives exit code 1 and
// names the place.
func TestTest(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(testSite())); err != nil {
		t.Fatal(err)
	}
	junit := filepath.Join(dir, "junit.xml")
	code, out, errs := command(t, "test", dir, "--cover", "--cover-min", "100", "--junit", junit)
	if code != 0 || !strings.Contains(out, " 0 failed") || !strings.Contains(out, "all flows                100%") {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	if text, err := os.ReadFile(junit); err != nil || !strings.Contains(string(text), `<testsuite name="tests/main.yaml"`) {
		t.Fatalf("%v\n%s", err, text)
	}
	if code, out, errs := command(t, "check", dir, "--strict"); code != 0 {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	code, out, errs = command(t, "test", dir, "--run", "^main/closed$", "-v", "--cover-min", "100")
	if code != 1 || !strings.Contains(out, "--- PASS: main/closed") || !strings.Contains(errs, "at least 100% are wanted") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	for _, run := range []string{"nothing of that name", "("} {
		if code, _, errs := command(t, "test", dir, "--run", run); code != 1 || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: code %d, %s", run, code, errs)
		}
	}
	path := filepath.Join(dir, "tests", "operator.yaml")
	spoil(t, path, "path: [first, bye]", "path: [bye]")
	code, out, errs = command(t, "test", dir)
	if code != 1 || !strings.Contains(out, "--- FAIL: operator/too long") || !strings.Contains(out, path+":7:") || !strings.Contains(errs, "1 of ") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if code, out, _ := command(t, "check", dir); code != 0 || !strings.Contains(out, path+":7:") || strings.Contains(out, "no test") {
		t.Errorf("code %d\n%s", code, out)
	}
	spoil(t, path, "path: [bye]", "path: [first, bye]")
	if err := os.Remove(filepath.Join(dir, "tests", "main.yaml")); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := command(t, "check", dir); code != 0 || !strings.Contains(out, "flows/main.yaml:10:3: warning[W709]") {
		t.Errorf("code %d\n%s", code, out)
	}
	spoil(t, path, "limit: 10ms", "limits: 10ms")
	for _, what := range []string{"test", "check"} {
		if code, out, _ := command(t, what, dir); code != 1 || !strings.Contains(out, path+":5:5: error[E104]") || !strings.Contains(out, `did you mean "limit"?`) {
			t.Errorf("%s: code %d\n%s", what, code, out)
		}
	}
}

func spoil(t *testing.T, path, good, bad string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), good, bad, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// With --update transcripts are written, and then compared.
func TestTestTranscripts(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(testSite())); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "test", dir, "--update"); code != 0 {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	spoil(t, filepath.Join(dir, "tests", "transcripts", "operator.too-long.txt"), "connecting", "connected")
	code, out, _ := command(t, "test", dir, "--run", "operator/")
	if code != 1 || !strings.Contains(out, "not as its transcript has it: line 2") {
		t.Errorf("code %d\n%s", code, out)
	}
}
