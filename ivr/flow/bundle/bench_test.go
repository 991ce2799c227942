package bundle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wide writes a bundle of 200 nodes: chains of menus, words, conditions and services.
func wide(t testing.TB) string {
	t.Helper()
	dir := overlay(t, "testdata/base")
	var b strings.Builder
	b.WriteString("ivr: 1\nflow: main\nkeys: {\"0\": OPERATOR}\nhandlers: {loop: bye, too_long: bye}\nvars: {kind: {type: enum, of: [road, water]}, n: {type: int, default: \"1\"}}\nstart: n0\nnodes:\n")
	for i := 0; i < 196; i += 4 {
		fmt.Fprintf(&b, "  n%d: {type: menu, prompt: ask, choices: {\"1\": road, \"2\": water}, save: kind, next: n%d, exits: {no_input: bye, no_match: bye}}\n", i, i+1)
		fmt.Fprintf(&b, "  n%d: {type: say, prompt: [hello, number], with: {n: n}, next: n%d}\n", i+1, i+2)
		fmt.Fprintf(&b, "  n%d: {type: switch, cases: [{when: kind == \"road\" and n > %d, next: n%d}], else: n%d}\n", i+2, i, i+3, (i+40)%196)
		fmt.Fprintf(&b, "  n%d: {type: queue, queue: citizens, skills: {language: lang}, next: n%d, exits: {timeout: bye, full: bye, no_agents: bye}}\n", i+3, i+4)
	}
	b.WriteString("  n196: {type: set, set: {n: n + 1}, next: n197}\n  n197: {type: hours, calendar: office, exits: {open: n198, closed: bye}}\n" +
		"  n198: {type: voicemail, box: general, prompt: hello, next: bye, exits: {empty: bye, full: bye}}\n  bye: {type: hangup, prompt: bye}\n")
	if err := os.WriteFile(filepath.Join(dir, "flows/main.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTwoHundredNodesInASecond(t *testing.T) {
	dir := wide(t)
	limit := time.Second
	if raced() {
		limit *= 15
	}
	began := processorTime()
	program, problems := Load(dir, Options{Sounds: dir, Speech: dir})
	if took := processorTime() - began; took > limit {
		t.Errorf("%v", took)
	}
	if program == nil || len(program.Flows["main"].Nodes) != 200 {
		t.Fatal(output(Errors(problems)))
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := wide(b)
	for b.Loop() {
		if program, problems := Load(dir, Options{Sounds: dir, Speech: dir}); program == nil {
			b.Fatal(output(problems))
		}
	}
}
