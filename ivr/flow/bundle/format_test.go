package bundle

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// someProblems gives those of an example with errors and allowed values, and a warning.
func someProblems(t *testing.T) []Problem {
	t.Helper()
	problems := append(tell(t, "testdata/err/E601_desk"), tell(t, "testdata/err/W704")...)
	if len(problems) < 6 {
		t.Fatal(output(problems))
	}
	return problems
}

func TestJSON(t *testing.T) {
	t.Parallel()
	problems := someProblems(t)
	var b bytes.Buffer
	if err := Write(&b, "json", problems); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || len(list) != len(problems) {
		t.Fatal(err, len(list))
	}
	for i, p := range problems {
		got := list[i]
		level := "error"
		if p.Code[0] == 'W' {
			level = "warning"
		}
		if got["file"] != p.File || got["line"] != float64(p.Line) || got["col"] != float64(p.Col) || got["code"] != p.Code ||
			got["level"] != level || got["text"] != p.Text {
			t.Errorf("%v for %s", got, p)
		}
		allowed, _ := got["allowed"].([]any)
		if len(allowed) != len(p.Allowed) {
			t.Errorf("allowed %v for %s", allowed, p)
		}
	}
	b.Reset()
	if err := WriteJSON(&b, nil); err != nil || strings.TrimSpace(b.String()) != "[]" {
		t.Errorf("no problems: %q %v", b.String(), err)
	}
}

// TestSARIF looks at what SARIF 2.1.0 requires of a log (sections 3.13, 3.14, 3.19, 3.27,
// 3.29 and 3.30), and that every result says what a problem says.
func TestSARIF(t *testing.T) {
	t.Parallel()
	for _, problems := range [][]Problem{someProblems(t), nil} {
		var b bytes.Buffer
		if err := Write(&b, "sarif", problems); err != nil {
			t.Fatal(err)
		}
		var log struct {
			Schema  string `json:"$schema"`
			Version string
			Runs    []struct {
				Tool struct {
					Driver struct {
						Name  string
						Rules []struct {
							ID               string
							ShortDescription struct{ Text string }
						}
					}
				}
				ColumnKind string
				Results    []struct {
					RuleID    string
					RuleIndex *int
					Level     string
					Message   struct{ Text string }
					Locations []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine, StartColumn int }
						}
					}
				}
			}
		}
		decoder := json.NewDecoder(bytes.NewReader(b.Bytes()))
		if err := decoder.Decode(&log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-2.1.0") || len(log.Runs) != 1 {
			t.Fatalf("%s", b.Bytes())
		}
		run := log.Runs[0]
		if run.Tool.Driver.Name == "" || run.ColumnKind != "unicodeCodePoints" || !bytes.Contains(b.Bytes(), []byte(`"results": [`)) {
			t.Errorf("%+v", run)
		}
		if len(run.Results) != len(problems) {
			t.Fatalf("%d results", len(run.Results))
		}
		for i, result := range run.Results {
			p := problems[i]
			if result.RuleIndex == nil || *result.RuleIndex >= len(run.Tool.Driver.Rules) {
				t.Fatalf("no rule: %+v", result)
			}
			rule := run.Tool.Driver.Rules[*result.RuleIndex]
			if rule.ID != p.Code || result.RuleID != p.Code || rule.ShortDescription.Text != About(p.Code) {
				t.Errorf("rule %+v for %s", rule, p)
			}
			if !slices.Contains([]string{"error", "warning"}, result.Level) || (result.Level == "warning") != p.Warning() {
				t.Errorf("level %q for %s", result.Level, p)
			}
			if !strings.HasPrefix(result.Message.Text, p.Text) || len(result.Locations) != 1 {
				t.Errorf("%+v for %s", result, p)
			}
			at := result.Locations[0].PhysicalLocation
			if at.ArtifactLocation.URI != p.File || at.Region.StartLine != p.Line || at.Region.StartColumn != p.Col {
				t.Errorf("%+v for %s", at, p)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	if err := Write(&bytes.Buffer{}, "xml", nil); err == nil || !strings.Contains(err.Error(), "text, json, sarif") {
		t.Fatal(err)
	}
}

func TestLongLinesAreShownInPart(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("a", 1000) + "!" + strings.Repeat("b", 1000)
	lines := strings.Split(Problem{File: "x", Line: 1, Col: 1001, Code: "E101", Text: "x", Source: line}.String(), "\n")
	if len([]rune(lines[1])) > 300 {
		t.Fatalf("%d characters", len(lines[1]))
	}
	if caret := strings.IndexRune(lines[2], '^'); []rune(lines[1])[caret] != '!' {
		t.Errorf("the caret is not below the place:\n%s\n%s", lines[1], lines[2])
	}
}
