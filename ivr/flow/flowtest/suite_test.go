package flowtest_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"talian/ivr/flow/flowtest"
)

// suite loads the tests of a bundle.
func suite(t testing.TB, dir string) *flowtest.Suite {
	t.Helper()
	s, problems := flowtest.Load(dir, site(t, dir))
	for _, problem := range problems {
		t.Error(problem)
	}
	if len(s.Tests) == 0 {
		t.Fatal("no tests")
	}
	return s
}

func run(t testing.TB, s *flowtest.Suite, o flowtest.Options) flowtest.Outcome {
	t.Helper()
	out, err := s.Run(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out.Results {
		if r.Failed != "" {
			t.Errorf("%s: %s", r.Test.FullName(), r.Explain("."))
		}
	}
	return out
}

// TestSite: the flow that the language's manual shows does what its tests say, and they take
// every node, exit and choice of it.
func TestSite(t *testing.T) {
	t.Parallel()
	s := suite(t, "testdata/site")
	out := run(t, s, flowtest.Options{})
	shares := out.Cover.Shares()
	if len(shares) != 6 {
		t.Fatal(shares)
	}
	for _, share := range shares {
		if share.Percent() != 100 || len(share.Missing) > 0 || share.All < 4 {
			t.Errorf("%s: %d of %d; %v", share.Flow, share.Taken, share.All, share.Missing)
		}
	}
	if untested := out.Untested("testdata/site", s.Program); len(untested) > 0 {
		t.Error(untested)
	}
}

// TestDemoSite runs the demo site's tests: hundreds of calls in less than 2 s of work.
func TestDemoSite(t *testing.T) {
	t.Parallel()
	s := suite(t, "../../../flows")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := worked(t)
	out := run(t, s, flowtest.Options{})
	took := worked(t) - began
	t.Logf("%d tests took %s", len(out.Results), took)
	if took > 2*time.Second || len(out.Results) < 100 {
		t.Errorf("%d tests took %s", len(out.Results), took)
	}
	shares := out.Cover.Shares()
	if total := shares[len(shares)-1]; total.Percent() < 100 {
		t.Error(total.Missing)
	}
}

// worked gives how long the machine has worked for this thread: other work on it, and
// waiting for it, do not count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// TestCoverNamesWhatIsMissing: without its test a node and its exits are told with their place.
func TestCoverNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := suite(t, "testdata/site")
	out := run(t, s, flowtest.Options{Run: regexp.MustCompile(`^main/(language|closed)`)})
	if len(out.Results) != 3 {
		t.Fatal(len(out.Results))
	}
	var b strings.Builder
	out.Cover.Write(&b, "testdata/site")
	for _, want := range []string{
		"testdata/site/flows/main.yaml:10:3: not taken: main.agents: timeout -> message\n",
		"testdata/site/flows/main.yaml:10:3: not taken: main.agents: way -> message\n",
		"testdata/site/flows/main.yaml:20:3: not taken: main.message\n",
		"testdata/site/flows/main.yaml:1:1: not taken: main: keys #\n",
		"  operator                   0%  0 of 4\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "main.connect") || strings.Contains(b.String(), "agents: next") {
		t.Error(b.String())
	}
	var codes []string
	for _, p := range out.Untested("testdata/site", s.Program) {
		codes = append(codes, p.Code)
		if p.Line < 1 || !strings.HasPrefix(p.File, "flows/") {
			t.Error(p)
		}
	}
	if len(codes) < 20 || strings.Trim(strings.Join(codes, ""), "W709") != "" {
		t.Error(codes)
	}
}

// TestTranscripts: written once, they hold; a call that goes another way fails, and names the
// line.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/site")); err != nil {
		t.Fatal(err)
	}
	s := suite(t, dir)
	run(t, s, flowtest.Options{Update: true})
	files, err := filepath.Glob(filepath.Join(dir, "tests", "transcripts", "*.txt"))
	if err != nil || len(files) != len(s.Tests) {
		t.Fatal(len(files), err)
	}
	run(t, s, flowtest.Options{})
	path := filepath.Join(dir, "tests", "transcripts", "main.closed.txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/closed.txt", string(text))
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "presses 1", "presses 2", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(flowtest.Options{})
	if err != nil || out.Failed() != 1 {
		t.Fatal(out.Failed(), err)
	}
	for _, r := range out.Results {
		if r.Failed != "" && (!strings.Contains(r.Failed, `line 3 is "presses 1", was "presses 2"`) || r.Test.Name != "closed") {
			t.Error(r.Test.Name, r.Failed)
		}
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	p := site(t, "testdata/site")
	text, err := os.ReadFile("testdata/wrong/fails.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests, _ := flowtest.ReadFile(p, "tests/fails.yaml", text)
	out, err := (&flowtest.Suite{Program: p, Tests: tests}).Run(flowtest.Options{Run: regexp.MustCompile("past|no end")})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := out.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Line    int    `xml:"line,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	s := got.Suites[0]
	if len(got.Suites) != 1 || s.Tests != 2 || s.Failures != 1 || s.Cases[0].Line != 7 || s.Cases[1].Failure != nil {
		t.Fatal(b.String())
	}
	if f := s.Cases[0].Failure; f == nil || !strings.Contains(f.Message, "welcome_after_hours is not heard") {
		t.Fatal(b.String())
	}
}
