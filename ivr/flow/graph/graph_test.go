package graph

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/flow/trace"
)

var update = flag.Bool("update", false, "write the expected outputs anew")

func load(t *testing.T, dir string) *flow.Program {
	t.Helper()
	p, problems := bundle.Load(dir, bundle.Options{Sounds: dir, Speech: dir})
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

const site = "../trace/testdata/site"

// changed gives the site with a flow that is written otherwise.
func changed(t *testing.T) *flow.Program {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(site)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "flows", "main.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := strings.NewReplacer("else: read}", "else: open}", "  read: {type: say, prompt: you_are, with: {n: phone}, next: open}\n", "",
		"closed: bye}", "closed: night}", "  bye: {type: hangup", "  night: {type: say, prompt: bye, next: flow:helper}\n  bye: {type: hangup", "timeout: bye", "timeout: night")
	if err := os.WriteFile(path, []byte(r.Replace(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s (%v): got\n%s\nwant\n%s", name, err, got, want)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	p := load(t, site)
	counts := Counts{}
	for _, l := range []trace.Line{
		{What: trace.Entered, From: "main", Flow: "main", Node: "hello"}, {What: trace.Entered, From: "main.hello", Exit: "next", Flow: "main", Node: "language"},
		{What: trace.Entered, From: "main.which", Flow: "main", Node: "agents"}, {What: trace.Entered, From: "main.which", Flow: "main", Node: "agents"},
		{What: trace.Pressed, Key: "1"}, {What: trace.Entered, From: "main.ask", Exit: "no_input", Flow: "main", Node: "agents"},
	} {
		counts.Add(l)
	}
	for name, options := range map[string]Options{"main": {}, "calls": {Calls: counts}} {
		g, err := Of(p, "main", options)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".mmd", g.Mermaid())
		golden(t, name+".dot", g.DOT())
	}
	g, err := Of(changed(t), "main", Options{Before: p})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.mmd", g.Mermaid())
	golden(t, "diff.dot", g.DOT())
}

func TestUnknownFlow(t *testing.T) {
	t.Parallel()
	if _, err := Of(load(t, site), "mein", Options{}); err == nil || !strings.Contains(err.Error(), "helper, main") {
		t.Error(err)
	}
}

// TestNewAndGoneFlows draws a flow that only one side has.
func TestNewAndGoneFlows(t *testing.T) {
	t.Parallel()
	p, without := load(t, site), load(t, site)
	delete(without.Flows, "helper")
	for want, pair := range map[string][2]*flow.Program{"#c8e6c9": {without, p}, "#ffcdd2": {p, without}} {
		g, err := Of(pair[1], "helper", Options{Before: pair[0]})
		if err != nil || strings.Count(g.DOT(), want) != len(g.Boxes) || len(g.Boxes) == 0 {
			t.Errorf("%v\n%s", err, g.DOT())
		}
	}
}

// TestEveryEdgeHasItsBoxes draws every flow of the demo site.
func TestEveryEdgeHasItsBoxes(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"../../../flows", site} {
		p := load(t, dir)
		for id, f := range p.Flows {
			g, err := Of(p, id, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range g.Edges {
				if !g.has(e.From) || !g.has(e.To) {
					t.Errorf("%s: %+v leads out of the drawing", id, e)
				}
			}
			for node := range f.Nodes {
				if !g.has(node) {
					t.Errorf("%s.%s is not drawn", id, node)
				}
			}
		}
	}
}

func TestSVG(t *testing.T) {
	t.Parallel()
	g, err := Of(changed(t), "main", Options{Before: load(t, site)})
	if err != nil {
		t.Fatal(err)
	}
	image, err := g.SVG(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	classes, texts, dashed := map[string]int{}, "", 0
	for d := xml.NewDecoder(strings.NewReader(string(image))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "class" {
					classes[a.Value]++
				}
				if a.Name.Local == "stroke-dasharray" {
					dashed++
				}
			}
		case xml.CharData:
			texts += string(token) + "\n"
		}
	}
	if classes["node"] != len(g.Boxes) || classes["edge"] != len(g.Edges) || dashed == 0 {
		t.Errorf("%v, %d dashed, of %s", classes, dashed, g)
	}
	for _, b := range g.Boxes {
		if !strings.Contains(texts, b.Lines[0]) {
			t.Errorf("%s is not in the image", b.Lines[0])
		}
	}
}
