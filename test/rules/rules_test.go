package rules

import (
	"strings"
	"testing"
	"testing/fstest"
)

// rule gives a line for each place that breaks it.
type rule func(*project) []string

func wakeful(p *project) []string { return checkSleep(p, sleepers()) }

func TestProject(t *testing.T) {
	t.Parallel()
	p := theProject(t)
	if len(p.packages) < 20 || len(p.product()) < 100 {
		t.Fatalf("only %d packages and %d files were found: read looks in the wrong place", len(p.packages), len(p.product()))
	}
	for name, check := range map[string]rule{
		"imports": checkImports, "rows": checkRows, "libraries": checkLibraries, "pure": checkPure, "comments": checkComments,
		"init": checkInit, "sleep": wakeful, "variables": checkVariables, "readme": checkReadme,
	} {
		t.Run(name, func(t *testing.T) {
			for _, line := range check(p) {
				t.Error(line)
			}
		})
	}
}

// TestPureExists keeps a file that was renamed from slipping out of the list.
func TestPureExists(t *testing.T) {
	t.Parallel()
	p := theProject(t)
	known := map[string]bool{}
	for _, f := range p.product() {
		known[f.path], known[f.dir()] = true, true
	}
	for _, place := range pure() {
		if !known[place] {
			t.Errorf("%s is on the list of pure places, but is not there", place)
		}
	}
}

// TestRules breaks each rule once and looks that it is told, and keeps it once.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path, text string
		check            rule
		want             string // "" = all is well
	}{
		{"upward", "ivr/call/a.go", `package call; import "talian/ivr/queue"`, checkImports, "ivr/call must not import ivr/queue"},
		{"across", "ivr/store/a.go", `package store; import "talian/cti"`, checkImports, "ivr/store must not import cti"},
		{"from a test", "ivr/store/a_test.go", `package store; import "talian/cti/wire"`, checkImports, "ivr/store must not import cti/wire"},
		{"test of the same side", "ivr/report/a_test.go", `package report; import "talian/ivr/journal"`, checkImports, ""},
		{"own row", "ivr/report/a.go", `package report; import "talian/ivr/store"`, checkImports, ""},
		{"test package in the product", "cmd/ivrd/a.go", `package main; import "talian/test/phone"`, checkImports, "must not import test/phone"},
		{"test package in a test package", "test/load/a.go", `package load; import "talian/test/phone"`, checkImports, ""},
		{"no row", "ivr/new/a.go", `package new; import "talian/ivr"`, checkImports, "no row"},
		{"new package", "ivr/new/a.go", `package new`, checkRows, "ivr/new: no row"},
		{"old row", "ivr/new/a.go", `package new`, checkRows, "ivr/queue: a row in the table of imports, but"},
		{"ARI", "ivr/engine/a.go", `package engine; import "github.com/CyCoreSystems/ari/v5"`, checkLibraries, "one package knows Asterisk"},
		{"ARI at home", "ivr/asterisk/a.go", `package asterisk; import "github.com/CyCoreSystems/ari/v5"`, checkLibraries, ""},
		{"SIP in a test", "ivr/line/a_test.go", `package line; import "github.com/emiago/sipgo/sip"`, checkLibraries, "SIP through Asterisk only"},
		{"a test's own library", "ivr/line/a_test.go", `package line; import "go.uber.org/goleak"`, checkLibraries, ""},
		{"a test's library", "ivr/line/a.go", `package line; import "go.uber.org/goleak"`, checkLibraries, "for tests"},
		{"network", "ivr/flow/a.go", `package flow; import "net/http"`, checkPure, "must not import net/http"},
		{"clock", "ivr/queue/pool.go", "package queue\nimport \"time\"\nvar t = time.Now()", checkPure, "pool.go:3: pure code is told the time"},
		{"clock by another name", "ivr/hours/a.go", "package hours\nimport c \"time\"\nfunc f() { c.Sleep(1) }", checkPure, "time.Sleep"},
		{"goroutine", "ivr/call/step.go", "package call\nfunc f() { go f() }", checkPure, "no goroutine"},
		{"clock where it may be", "ivr/queue/queue.go", "package queue\nimport \"time\"\nvar t = time.Now()", checkPure, ""},
		{"clock in a test", "ivr/flow/a_test.go", "package flow\nimport \"time\"\nvar t = time.Now()", checkPure, ""},
		{"no comment", "ivr/a.go", "package ivr", checkComments, "ivr: no package comment"},
		{"comment", "ivr/a.go", "// Package ivr is it.\npackage ivr", checkComments, ""},
		{"init", "ivr/a.go", "package ivr\nfunc init() {}", checkInit, "init()"},
		{"method init", "ivr/a.go", "package ivr\ntype T int\nfunc (T) init() {}", checkInit, ""},
		{"sleep", "cti/a_test.go", "package cti\nimport \"time\"\nfunc f() { time.Sleep(1) }", wakeful, "a_test.go:3: time.Sleep"},
		{"sleep of a fake clock", "cti/a_test.go", "package cti\nimport (\n\"testing/synctest\"\n\"time\"\n)\nvar _ = synctest.Wait\nfunc f() { time.Sleep(1) }", wakeful, ""},
		{"sleeper awake", "test/ariconform/conform_test.go", "package ariconform", wakeful, "take it off"},
		{"variable", "ivr/a.go", "package ivr\nvar n = 7", checkVariables, "a.go:2: n"},
		{"variable in a block", "ivr/a.go", "package ivr\nvar (\n_ = 1\nTimeout = 7\n)", checkVariables, "a.go:4: Timeout"},
		{"error that is none", "ivr/a.go", "package ivr\nvar errors int", checkVariables, "errors"},
		{"excuse without a reason", "ivr/a.go", "package ivr\n//nolint:gochecknoglobals\nvar n = 7", checkVariables, "a.go:3: n"},
		{"excuse", "ivr/a.go", "package ivr\n//nolint:gochecknoglobals // a constant table\nvar n = 7", checkVariables, ""},
		{"error", "ivr/a.go", "package ivr\nimport \"errors\"\nvar ErrGone = errors.New(\"gone\")", checkVariables, ""},
		{"embedded", "ivr/a.go", "package ivr\nimport \"embed\"\n//go:embed x\nvar files embed.FS", checkVariables, ""},
		{"not in README", "ivr/hours/a.go", "package hours", checkReadme, "`ivr/hours`"},
		{"in README", "ivr/a.go", "package ivr", checkReadme, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := read(fstest.MapFS{"README.md": {Data: []byte("`ivr`")}, c.path: {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			told := strings.Join(c.check(p), "\n")
			if c.want == "" && told != "" || !strings.Contains(told, c.want) {
				t.Errorf("told %q, want %q", told, c.want)
			}
		})
	}
}
