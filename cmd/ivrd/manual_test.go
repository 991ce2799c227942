package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every command and every flag that the manual of the flows shows exists.
func TestManualOfFlows(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "flows", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^ *bin/ivrd ([^#\n]+)`).FindAllStringSubmatch(string(text), -1)
	if len(lines) < 20 {
		t.Fatalf("the manual shows only %d commands", len(lines))
	}
	for _, line := range lines {
		words := strings.Fields(line[1])
		args := words[:1]
		if words[0] == "import" {
			args = words[:2]
		}
		code, help, errs := command(t, append(args, "--help")...)
		if code != 0 || !strings.Contains(help, "ivrd "+strings.Join(args, " ")) {
			t.Errorf("%s: there is no such command: %s", line[0], errs)
			continue
		}
		for _, flag := range regexp.MustCompile(` (--?[a-z]+)`).FindAllStringSubmatch(line[1], -1) {
			if !regexp.MustCompile(regexp.QuoteMeta(flag[1]) + `\b`).MatchString(help) {
				t.Errorf("%s: the command has no flag %s", line[0], flag[1])
			}
		}
	}
}
