package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Formats lists the names that Write knows.
func Formats() []string { return []string{"text", "json", "sarif"} }

// Write writes problems in one of the Formats.
func Write(w io.Writer, format string, problems []Problem) error {
	switch format {
	case "text":
		return WriteText(w, problems)
	case "json":
		return WriteJSON(w, problems)
	case "sarif":
		return WriteSARIF(w, problems)
	}
	return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

// WriteText writes every problem with its line and a caret, for people.
func WriteText(w io.Writer, problems []Problem) error {
	for _, p := range problems {
		if _, err := fmt.Fprintln(w, p); err != nil {
			return fmt.Errorf("problems: %w", err)
		}
	}
	return nil
}

// level is "error" or "warning".
func (p Problem) level() string {
	if p.Warning() {
		return "warning"
	}
	return "error"
}

// problemJSON is one problem for programs.
type problemJSON struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Col     int      `json:"col"`
	Code    string   `json:"code"`
	Level   string   `json:"level"`
	Text    string   `json:"text"`
	Allowed []string `json:"allowed,omitempty"`
}

// WriteJSON writes a list of objects with file, line, col, code, level (error or warning),
// text and, where values are listed, allowed. Without problems the list is empty.
func WriteJSON(w io.Writer, problems []Problem) error {
	list := make([]problemJSON, 0, len(problems))
	for _, p := range problems {
		list = append(list, problemJSON{p.File, p.Line, p.Col, p.Code, p.level(), p.Text, p.Allowed})
	}
	return encode(w, list)
}

// The parts of SARIF 2.1.0 (OASIS) that editors and code review tools read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int           `json:"startLine"`
		StartColumn int           `json:"startColumn"`
		Snippet     *sarifMessage `json:"snippet,omitempty"`
	}
)

// WriteSARIF writes problems in SARIF 2.1.0, one run with the codes as its rules.
func WriteSARIF(w io.Writer, problems []Problem) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "ivrd check", Rules: []sarifRule{}}}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	index := map[string]int{}
	for _, p := range problems {
		if _, listed := index[p.Code]; !listed {
			index[p.Code] = len(index)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{p.Code, sarifMessage{About(p.Code)}})
		}
		text := p.Text
		if len(p.Allowed) > 0 {
			text += " (allowed: " + strings.Join(p.Allowed, ", ") + ")"
		}
		place := sarifPlace{sarifArtifact{(&url.URL{Path: p.File}).String()}, sarifRegion{StartLine: p.Line, StartColumn: p.Col}}
		if p.Source != "" && utf8.RuneCountInString(p.Source) <= maxShown {
			place.Region.Snippet = &sarifMessage{p.Source}
		}
		run.Results = append(run.Results, sarifResult{RuleID: p.Code, RuleIndex: index[p.Code], Level: p.level(),
			Message: sarifMessage{text}, Locations: []sarifLocation{{place}}})
	}
	return encode(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("problems: %w", err)
	}
	return nil
}
