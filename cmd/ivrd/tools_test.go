package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"talian/ivr/flow/bundle"
	"talian/ivr/flow/trace"
)

// tools is a small site in a folder of its own, and the folder of an ivrd that ran there.
func tools(t *testing.T) (dir, run string) {
	t.Helper()
	dir, run = t.TempDir(), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../ivr/flow/trace/testdata/site")); err != nil {
		t.Fatal(err)
	}
	return dir, run
}

func respell(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%q is not in %s: %v", old, path, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ok runs a command that must not fail and gives what it says.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := command(t, args...)
	if code != 0 {
		t.Fatalf("ivrd %s: code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func TestFmt(t *testing.T) {
	dir, _ := tools(t)
	ok(t, "fmt", dir)
	if out := ok(t, "fmt", dir); out != "" {
		t.Errorf("the second time: %s", out)
	}
	ok(t, "fmt", "--check", dir)
	path := filepath.Join(dir, "flows", "helper.yaml")
	respell(t, path, "{type: say, prompt: trouble", "{prompt: trouble, type: say")
	spoiled, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "fmt", "--check", dir); code == 0 || strings.TrimSpace(out) != path || !strings.Contains(errs, "1 file in") {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(spoiled) {
		t.Error("--check wrote the file", err)
	}
	if err := os.WriteFile(path, []byte("flow: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "fmt", dir); code == 0 || !strings.Contains(errs, "flows/helper.yaml") {
		t.Errorf("code %d, %q", code, errs)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "flow: [\n" {
		t.Errorf("a file that is not YAML was written: %q %v", text, err)
	}
}

func TestMigrate(t *testing.T) {
	dir, _ := tools(t)
	if out := ok(t, "migrate", dir); !strings.Contains(out, "of version 1, the newest") {
		t.Error(out)
	}
	respell(t, filepath.Join(dir, "ivr.yaml"), "ivr: 1", "ivr: 2")
	if code, _, errs := command(t, "migrate", dir); code == 0 || !strings.Contains(errs, "version") {
		t.Errorf("code %d, %q", code, errs)
	}
}

func TestSchema(t *testing.T) {
	dir, _ := tools(t)
	ok(t, "schema", dir)
	for _, kind := range bundle.Kinds() {
		text, err := os.ReadFile(filepath.Join(dir, ".ivr", kind.Name+".schema.json"))
		if err != nil || !json.Valid(text) {
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(dir, ".ivr", "prompts.schema.json")); !strings.Contains(string(text), `"ms"`) {
		t.Error("the bundle's languages are not in the schema")
	}
	ok(t, "check", dir) // the schemas are no part of the bundle
}

func TestGraphAndDiff(t *testing.T) {
	before, run := tools(t)
	after, _ := tools(t)
	respell(t, filepath.Join(after, "flows", "main.yaml"), "closed: bye", "closed: flow:helper")
	if out := ok(t, "diff", before, after); out != "main.open: exit closed now goes to flow:helper instead of bye\n" {
		t.Error(out)
	}
	if out := ok(t, "diff", before, before); out != "no difference in what they do\n" {
		t.Error(out)
	}
	if code, _, errs := command(t, "diff", before, "0123456", "--run", run); code == 0 || !strings.Contains(errs, "no folder; as a revision") {
		t.Errorf("code %d, %q", code, errs)
	}
	if out := ok(t, "graph", "main", "--dir", after, "--diff", before, "--format", "dot"); !strings.Contains(out, "#c8e6c9") {
		t.Error(out)
	}
	if out := ok(t, "graph", "main", "--dir", after, "--format", "svg"); xml.Unmarshal([]byte(out), new(struct{})) != nil {
		t.Error(out)
	}
	writeLines(t, run, trace.Line{At: time.Now(), Call: "c1", What: trace.Entered, From: "main.hello", Exit: "next", Flow: "main", Node: "language"})
	if out := ok(t, "graph", "main", "--dir", after, "--run", run, "--calls", "today"); !strings.Contains(out, `b1 -->|"(1)"| b2`) {
		t.Error(out)
	}
	for _, wrong := range [][]string{{"--format", "png"}, {"--calls", "yesterday"}, {"--calls", "2026-01-01"}} {
		if code, out, _ := command(t, append([]string{"graph", "main", "--dir", after, "--run", run}, wrong...)...); code == 0 {
			t.Errorf("%v: %s", wrong, out)
		}
	}
}

func writeLines(t *testing.T, run string, lines ...trace.Line) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kuala_Lumpur")
	if err != nil {
		t.Fatal(err)
	}
	w, err := trace.Open(filepath.Join(run, "trace"), trace.Options{Location: zone})
	if err != nil {
		t.Fatal(err)
	}
	w.Put(lines)
	w.Close()
}

func TestTrace(t *testing.T) {
	run := t.TempDir()
	at := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	writeLines(t, run,
		trace.Line{At: at, Call: "c1", What: trace.Began, Name: "100", Lang: "en"},
		trace.Line{At: at, Call: "c1", What: trace.Entered, Flow: "main", Node: "hello", From: "main"},
		trace.Line{At: at.Add(1500 * time.Millisecond), Call: "c1", What: trace.Changed, Flow: "main", Node: "hello", Vars: map[string]string{"main.phone": trace.Masked}},
		trace.Line{At: at.Add(2 * time.Second), Call: "c2", What: trace.HungUp, Flow: "main"},
	)
	out := ok(t, "trace", "c1", "--run", run, "--zone", "Asia/Kuala_Lumpur")
	if !strings.Contains(out, "call c1, 2026-03-04 10:00:00 +08") || !strings.Contains(out, "+1.5s  main.hello  changed  main.phone = ***") || strings.Contains(out, "hung_up") {
		t.Error(out)
	}
	if out := ok(t, "trace", "c1", "--run", run, "--repro"); !strings.Contains(out, "path: [hello]") {
		t.Error(out)
	}
	if code, _, errs := command(t, "trace", "c9", "--run", run); code == 0 || !strings.Contains(errs, "no trace of call c9") {
		t.Errorf("code %d, %q", code, errs)
	}
}

func TestExplainHours(t *testing.T) {
	dir, run := tools(t)
	path := filepath.Join(dir, "calendars", "office.yaml")
	respell(t, path, `["07:30-21:01"]}`, "[\"07:30-21:01\"]}\nspecial:\n  - {dates: 2026-03-20..2026-03-21, name: raya, open: [\"09:00-13:00\"]}")
	config := filepath.Join(run, "none.yaml")
	for at, want := range map[string][]string{
		"2026-03-20T21:00:30+08:00": {"Friday 2026-03-20 21:00:30 +08: closed", "special day raya, " + path + ":5 (09:00-13:00)", "Saturday 2026-03-21 09:00:00 +08: open by the special day raya",
			"2026-03-21 13:00:00 +08: closed", "Sunday 2026-03-22 07:30:00 +08: open by the weekly hours of Sunday", "no ivrd answers"},
		"2026-03-04T12:00": {"12:00:00 +08: open", "the weekly hours of Wednesday, " + path + " (07:30-21:01)", "2026-03-04 21:01:00 +08: closed"},
	} {
		out := ok(t, "explain", "hours", "office", at, "--dir", dir, "--config", config)
		for _, text := range want {
			if !strings.Contains(out, text) {
				t.Errorf("%q is not in\n%s", text, out)
			}
		}
	}
	for _, wrong := range [][]string{{"offic"}, {"office", "noon"}} {
		if code, _, _ := command(t, append([]string{"explain", "hours", "--dir", dir, "--config", config}, wrong...)...); code == 0 {
			t.Error(wrong)
		}
	}
}

func TestImportHolidays(t *testing.T) {
	dir, _ := tools(t)
	path := filepath.Join(dir, "calendars", "office.yaml")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"import", "holidays", "../../ivr/hours/holiday/testdata/my.ics", "--calendar", "office", "--open", "09:00-13:00", "--dir", dir}
	if out := ok(t, args...); !strings.Contains(out, "5 days would be added") {
		t.Error(out)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("written without --write")
	}
	ok(t, append(args, "--write")...)
	after, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(after), string(before)) || !strings.Contains(string(after), `{dates: 2026-05-01, name: labour_day, open: ["09:00-13:00"]}`) {
		t.Errorf("%v\n%s", err, after)
	}
	ok(t, "check", dir)
	if out := ok(t, args...); !strings.Contains(out, "nothing to add") {
		t.Error(out)
	}
}

func TestScriptAndImportAudio(t *testing.T) {
	dir, run := tools(t)
	sounds := filepath.Join(run, "sounds")
	flags := []string{"--dir", dir, "--sounds", sounds, "--speech", run, "--lang", "ms"}
	sheet := func(more ...string) [][]string {
		rows, err := csv.NewReader(strings.NewReader(ok(t, append(append([]string{"script", "--csv"}, flags...), more...)...))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := len(sheet("--missing"))
	studio := t.TempDir()
	for _, name := range []string{"hello.wav", "words/sifar.wav"} {
		to := filepath.Join(studio, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "sox", "-n", "-r", "44100", to, "synth", "1", "sine", "300", "vol", "0.3").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	words := ""
	for _, row := range sheet() {
		if strings.HasPrefix(row[0], "words/") && words == "" {
			words = row[0]
		}
	}
	if err := os.Rename(filepath.Join(studio, "words/sifar.wav"), filepath.Join(studio, words+".wav")); err != nil {
		t.Fatal(err)
	}
	if out := ok(t, append([]string{"import", "audio", studio}, flags...)...); strings.Count(out, ".wav: 1.") != 2 {
		t.Error(out)
	}
	if after := len(sheet("--missing")); after != before-2 {
		t.Errorf("%d missing, before %d", after, before)
	}
	for _, row := range sheet() {
		if row[0] == "hello" && (row[1] != "ms/hello.wav" || row[3] != "recorded" || row[4] != "Helo." || row[2] == "0.0") {
			t.Error(row)
		}
	}
	if out := ok(t, append([]string{"script"}, flags...)...); !strings.Contains(out, "ms/hello.wav") {
		t.Error(out)
	}
	one := filepath.Join(studio, "hello.wav")
	if code, _, errs := command(t, append([]string{"import", "audio", one, "--id", "helo"}, flags...)...); code == 0 || !strings.Contains(errs, `piece "helo"`) {
		t.Errorf("code %d, %q", code, errs)
	}
	if code, _, errs := command(t, append([]string{"import", "audio", filepath.Join(dir, "ivr.yaml"), "--id", "hello"}, flags...)...); code == 0 || !strings.Contains(errs, "sox cannot read") {
		t.Errorf("code %d, %q", code, errs)
	}
	if code, _, errs := command(t, "script", "--dir", dir, "--lang", "fr"); code == 0 || !strings.Contains(errs, "one of en, ms") {
		t.Errorf("code %d, %q", code, errs)
	}
}

// Whoever writes a command wrongly is told so in one line, with what is right, and nothing is
// made.
func TestWrongUse(t *testing.T) {
	dir, run := tools(t)
	nowhere := filepath.Join(run, "nowhere")
	empty := filepath.Join(run, "empty.ics")
	if err := os.WriteFile(empty, []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"write ivrd graph FLOW":                            {"graph"},
		"ivrd check --help tells the flags":                {"check", "--nope"},
		`there is no command "hour"; ivrd explain --help`:  {"explain", "hour"},
		`there is no command "audios"; ivrd import --help`: {"import", "audios"},
		"there is no folder":                               {"check", nowhere},
		"there is no folder ":                              {"schema", nowhere},
		"is a file, and the folder":                        {"check", filepath.Join(dir, "ivr.yaml")},
		`--format "xml": one of text, json, sarif`:         {"check", dir, "--format", "xml"},
		`--run "nothing"`:                                  {"test", dir, "--run", "nothing"},
		"--cover-min 101: 0 to 100":                        {"test", dir, "--cover-min", "101"},
		"no call of 2026-01-01 is traced":                  {"graph", "main", "--dir", dir, "--run", run, "--calls", "2026-01-01"},
		"there is no trace of call c1 in ":                 {"trace", "c1", "--run", nowhere},
		"none.yaml; --config names another":                {"revisions", "--config", filepath.Join(run, "none.yaml")},
		`"shut": a calendar is set open, closed or auto`:   {"hours", "office", "shut"},
		"holds no day to take in":                          {"import", "holidays", empty, "--dir", dir},
	} {
		if code, _, errs := command(t, args...); code != 1 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: code %d, %q; want %q", args, code, errs, want)
		}
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a folder was made")
	}
	for _, name := range []string{"explain", "import"} {
		if out := ok(t, name); !strings.Contains(out, "Available Commands") {
			t.Error(out)
		}
	}
}

// A file that cannot be replaced is told, and not told to be written.
func TestUnwritable(t *testing.T) {
	dir, _ := tools(t)
	ok(t, "fmt", dir)
	respell(t, filepath.Join(dir, "flows", "helper.yaml"), "{type: say, prompt: trouble", "{prompt: trouble, type: say")
	for _, folder := range []string{"flows", "calendars"} {
		if err := os.Chmod(filepath.Join(dir, folder), 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, folder), 0o700) })
	}
	if f, err := os.CreateTemp(filepath.Join(dir, "flows"), "x"); err == nil {
		_ = f.Close()
		t.Skip("whoever runs this may write everywhere")
	}
	for _, args := range [][]string{{"fmt", dir}, {"import", "holidays", "../../ivr/hours/holiday/testdata/my.ics", "--dir", dir, "--write"}} {
		if code, out, errs := command(t, args...); code != 1 || strings.Contains(out, "helper.yaml") || strings.Contains(out, "days added") || !strings.Contains(errs, "is left as it was") {
			t.Errorf("%v: code %d, %q, %q", args, code, out, errs)
		}
	}
}

// Of files that are none, or an editor's own, nothing is formatted and nothing is waited for.
func TestFmtOddFiles(t *testing.T) {
	dir, _ := tools(t)
	ok(t, "fmt", dir)
	if err := os.Symlink("nobody@nowhere.1", filepath.Join(dir, "flows", ".#main.yaml")); err != nil {
		t.Fatal(err)
	}
	ok(t, "fmt", "--check", dir)
	if err := syscall.Mkfifo(filepath.Join(dir, "flows", "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "fmt", dir); code != 1 || !strings.Contains(errs, "pipe.yaml: it is no file") {
		t.Errorf("code %d, %q", code, errs)
	}
}
