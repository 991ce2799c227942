package flowtest

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
)

// Write tells how the tests went, in the manner of go test. The folder is put before the
// places in files. With verbose the passed ones are told, too.
func (o Outcome) Write(w io.Writer, dir string, verbose bool) {
	for _, r := range o.Results {
		switch {
		case r.Failed != "":
			fmt.Fprintf(w, "--- FAIL: %s (%s)\n", r.Test.FullName(), seconds(r.Took))
			fmt.Fprint(w, indent(r.Explain(dir), "    "))
		case verbose:
			fmt.Fprintf(w, "--- PASS: %s (%s)\n", r.Test.FullName(), seconds(r.Took))
		}
	}
	word := "ok  "
	if o.Failed() > 0 {
		word = "FAIL"
	}
	fmt.Fprintf(w, "%s  %s  %d tests, %d failed, %s\n", word, dir, len(o.Results), o.Failed(), seconds(o.Took))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }

// Explain tells where and why a test failed, with the transcript of its call.
func (r Result) Explain(dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", inside(dir, r.Pos))
	if r.Step > 0 {
		fmt.Fprintf(&b, "step %d of %d: ", r.Step, len(r.Test.Steps))
	}
	b.WriteString(r.Failed + "\n")
	if len(r.Log) > 0 {
		b.WriteString("the call so far:\n" + indent(Timed(r.Log), "  "))
	}
	return b.String()
}

func inside(dir string, pos flow.Pos) string {
	return strings.TrimPrefix(dir+"/", "./") + place(pos)
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}

// Share is how much of a flow the tests took.
type Share struct {
	Flow    string
	Taken   int
	All     int
	Missing []Way
}

// Percent gives the part taken, in full percent; of nothing it is 100.
func (s Share) Percent() int {
	if s.All == 0 {
		return 100
	}
	return s.Taken * 100 / s.All
}

// Shares counts by flow; the last one, without a name, is the total.
func (c *Cover) Shares() []Share {
	var all []Share
	total := Share{}
	for _, w := range c.ways {
		i := slices.IndexFunc(all, func(s Share) bool { return s.Flow == w.Flow })
		if i < 0 {
			i = len(all)
			all = append(all, Share{Flow: w.Flow})
		}
		all[i].All++
		total.All++
		if c.hits[w] > 0 {
			all[i].Taken++
			total.Taken++
		} else {
			all[i].Missing = append(all[i].Missing, w)
			total.Missing = append(total.Missing, w)
		}
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Compare(a.Flow, b.Flow) })
	return append(all, total)
}

// Write tells the shares, and each way that no test took with the place of its node.
func (c *Cover) Write(w io.Writer, dir string) {
	fmt.Fprintln(w, "coverage of nodes, exits and choices:")
	for _, s := range c.Shares() {
		name := s.Flow
		if name == "" {
			name = "all flows"
		}
		fmt.Fprintf(w, "  %-24s %3d%%  %d of %d\n", name, s.Percent(), s.Taken, s.All)
		if s.Flow == "" {
			continue
		}
		for _, way := range s.Missing {
			fmt.Fprintf(w, "      %s: not taken: %s\n", inside(dir, way.Pos), way)
		}
	}
}

// WriteJUnit writes the results as JUnit XML, one suite for each file of tests.
func (o Outcome) WriteJUnit(w io.Writer) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		File    string   `xml:"file,attr"`
		Line    int      `xml:"line,attr"`
		Time    string   `xml:"time,attr"`
		Failure *failure `xml:"failure,omitempty"`
	}
	type suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	var all struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []*suite `xml:"testsuite"`
	}
	for _, r := range o.Results {
		last := len(all.Suites) - 1
		if last < 0 || all.Suites[last].Name != r.Test.File {
			all.Suites = append(all.Suites, &suite{Name: r.Test.File})
			last++
		}
		s := all.Suites[last]
		c := testcase{Name: r.Test.Name, Class: strings.TrimSuffix(r.Test.File, ".yaml"), File: r.Test.File,
			Line: r.Test.Pos.Line, Time: fmt.Sprintf("%.3f", r.Took.Seconds())}
		s.Tests++
		if r.Failed != "" {
			s.Failures++
			c.Failure = &failure{Message: r.Failed, Text: r.Explain(".")}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
