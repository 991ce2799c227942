package bundle

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"talian/ivr/prompt"
)

// fill repeats a line until the text has the largest size that is read.
func fill(head string, line func(i int) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; ; i++ {
		next := line(i)
		if b.Len()+len(next) > maxFile {
			return b.String()
		}
		b.WriteString(next)
	}
}

const flowTop = "ivr: 1\nflow: main\nkeys: {\"0\": OPERATOR}\nhandlers: {loop: bye, too_long: bye}\nstart: n0\n"

// nasty lists texts of 256 KiB that ask much of those who read them.
func nasty() map[string]string {
	nodes := func(format string) string {
		return fill(flowTop+"nodes:\n  bye: {type: hangup, prompt: bye}\n", func(i int) string {
			return strings.NewReplacer("%next", fmt.Sprintf("n%d", i+1), "%far", fmt.Sprintf("n%d", i*7919%4000), "%i", fmt.Sprint(i)).Replace(format)
		})
	}
	return map[string]string{
		"nested lists":    strings.Repeat("[", maxFile),
		"closed lists":    strings.Repeat("[", maxFile/2) + strings.Repeat("]", maxFile/2),
		"nested mappings": strings.Repeat("{a: ", maxFile/4),
		"deep blocks":     fill("", func(i int) string { return strings.Repeat(" ", i) + "a:\n" }),
		"many keys":       fill(flowTop, func(i int) string { return fmt.Sprintf("k%d:\n", i) }),
		"same keys":       fill(flowTop, func(int) string { return "k: 1\n" }),
		"short list":      "[" + strings.Repeat("a,", maxFile/2-1) + "]",
		"huge scalar":     flowTop + "about: " + strings.Repeat("x", maxFile-200) + "\nnodes: {}\n",
		"huge id":         flowTop + "nodes: {" + strings.Repeat("x", maxFile-200) + ": {type: say}}\n",
		"huge quotes":     flowTop + "about: \"" + strings.Repeat(`\n`, maxFile/2-200) + "\"\nnodes: {}\n",
		"no type":         fill(flowTop+"nodes:\n", func(i int) string { return fmt.Sprintf("  n%d: {typ: say}\n", i) }),
		"one line":        fill(flowTop+"nodes: {", func(i int) string { return fmt.Sprintf("n%d: {typ: say}, ", i) }) + "}",
		"chain":           nodes("  n%i: {type: say, prompt: hello, next: %next}\n"),
		"silent chain":    nodes("  n%i: {type: set, set: {n: n + 1}, next: %next}\n"),
		"silent web":      nodes("  n%i: {type: hours, calendar: office, exits: {open: %next, closed: %far}}\n"),
		"lost targets":    nodes("  n%i: {type: say, prompt: hello, next: lost_%i}\n"),
		"many slots": fill(flowTop+"vars: {a: {type: int}}\nnodes:\n  bye: {type: hangup, prompt: bye}\n", func(i int) string {
			return fmt.Sprintf("  n%d: {type: say, prompt: number, with: {n: a}, next: n%d}\n", i, i+1)
		}),
		"many variables": variables(),
		"many expressions": fill(flowTop+"nodes:\n  bye: {type: hangup, prompt: bye}\n  n0:\n    type: switch\n    else: bye\n    cases:\n", func(i int) string {
			return fmt.Sprintf("    - {when: len(lang) > %d and not (lang in [\"en\", \"ms\"]), next: bye}\n", i)
		}),
		"deep expressions": fill(flowTop+"nodes:\n  bye: {type: hangup, prompt: bye}\n  n0:\n    type: switch\n    else: bye\n    cases:\n", func(int) string {
			return "    - {when: '" + strings.Repeat("(", 240) + "true" + strings.Repeat(")", 240) + "', next: bye}\n"
		}),
		"long expression": flowTop + "nodes:\n  n0: {type: switch, else: bye, cases: [{when: '" + strings.Repeat("(", maxFile-400) + "', next: bye}]}\n  bye: {type: hangup, prompt: bye}\n",
		"wide ranges":     fill(flowTop+"nodes:\n  bye: {type: hangup, prompt: bye}\n  n0:\n    type: switch\n    else: bye\n    cases:\n", func(int) string { return "    - {when: len(1..100) > 3, next: bye}\n" }),
		"many services":   nodes("  n%i: {type: http, service: x, get: \"/{nr}\", next: %next}\n"),
		"many menus":      nodes("  n%i: {type: menu, prompt: ask, choices: {\"1\": %next, \"2\": %far}, exits: {no_input: bye, no_match: bye}}\n"),
		"many calls":      nodes("  n%i: {type: call, flow: main, next: %next}\n"),
		"many keywords":   nodes("  n%i: {type: say, promt: hello, nxt: %next}\n"),
		"control bytes":   strings.Repeat("\x00\x01\xff", maxFile/3),
		"too large":       strings.Repeat("#", maxFile+1),
	}
}

// variables is a flow in which every node reads a variable of its own.
func variables() string {
	vars := "vars: {"
	for i := range 2000 {
		vars += fmt.Sprintf("v%d: {type: int}, ", i)
	}
	return fill(flowTop+vars+"}\nnodes:\n  bye: {type: hangup, prompt: bye}\n", func(i int) string {
		return fmt.Sprintf("  n%d: {type: say, prompt: number, with: {n: v%d}, next: n%d}\n", i, i%2000, i+1)
	})
}

// TestNastyInputs loads each as every kind of file. A second and 64 MiB are the most that
// one may take.
func TestNastyInputs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	catalogue, problems := prompt.Load("testdata/base/prompts", []string{"en", "ms"}, t.TempDir(), t.TempDir())
	prompts := func([]string) (*prompt.Catalogue, []prompt.Problem) { return catalogue, problems }
	base := baseFiles(t)
	limit := time.Second
	if raced() {
		limit *= 15
	}
	for name, text := range nasty() {
		for _, file := range kindsFor(text) {
			if len(text) > maxFile && name != "too large" {
				t.Fatalf("%s has %d bytes", name, len(text))
			}
			tree := fstest.MapFS{}
			for other, content := range base {
				tree[other] = content
			}
			tree[file] = &fstest.MapFile{Data: []byte(text)}
			took, peak := measure(func() { assemble(tree, Options{}, prompts) })
			if took > limit/2 {
				t.Logf("%s as %s: %v, %d MiB", name, file, took, peak>>20)
			}
			if took > limit || peak > 64<<20 {
				t.Errorf("%s as %s: %v, %d MiB", name, file, took, peak>>20)
			}
		}
	}
	dir := overlay(t, "testdata/base")
	for name, text := range nastyPrompts() {
		if err := os.WriteFile(filepath.Join(dir, "prompts/all.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		took, peak := measure(func() { Load(dir, Options{Sounds: dir, Speech: dir}) })
		if took > limit || peak > 64<<20 {
			t.Errorf("%s as prompts: %v, %d MiB", name, took, peak>>20)
		}
	}
}

// nastyPrompts lists texts of 256 KiB that ask much of those who read prompts.
func nastyPrompts() map[string]string {
	all := map[string]string{
		"many prompts":  fill("", func(i int) string { return fmt.Sprintf("p%d: {en: {text: a}, ms: {text: b}}\n", i) }),
		"many lacks":    fill("", func(i int) string { return fmt.Sprintf("p%d: {en: {text: a}}\n", i) }),
		"many slots":    "p: {slots: {n: digits}, en: {text: \"" + strings.Repeat("{n} ", maxFile/5) + "\"}, ms: {text: x}}\n",
		"many mistakes": "p: {en: {text: \"" + strings.Repeat("%", maxFile-100) + "\"}, ms: {text: x}}\n",
		"long text":     "p: {en: {text: \"" + strings.Repeat("press 1 ", maxFile/9) + "\"}, ms: {text: x}}\n",
	}
	for name, text := range nasty() {
		if !strings.HasPrefix(text, flowTop) {
			all[name] = text
		}
	}
	return all
}

// kindsFor gives the kinds of files that a text is loaded as: flows as flows, the others as
// every kind.
func kindsFor(text string) []string {
	if strings.HasPrefix(text, flowTop) {
		return fileKinds()[:1]
	}
	return fileKinds()
}

// measure gives the processor time that a function takes, and the most memory that it holds
// when it is done again: then collections are made so often that the heap is hardly larger
// than what is held, which takes time of its own.
func measure(do func()) (took time.Duration, peak uint64) {
	began := processorTime()
	do()
	took = processorTime() - began
	debug.FreeOSMemory()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return took, after.HeapSys - after.HeapReleased - (before.HeapSys - before.HeapReleased)
}

func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// raced tells whether the race detector slows the tests down.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if ok && s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

// baseFiles gives the good bundle of the examples.
func baseFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, kind := range fileKinds() {
		if text, err := os.ReadFile("testdata/base/" + kind); err == nil {
			files[kind] = &fstest.MapFile{Data: text}
		}
	}
	return files
}

// fileKinds gives a file of every kind but prompts, which have a reader of their own.
func fileKinds() []string {
	return []string{"flows/main.yaml", "ivr.yaml", "env/here.yaml", "queues.yaml", "calendars/office.yaml", "services.yaml", "topics/info.yaml", "surveys/csi.yaml"}
}
