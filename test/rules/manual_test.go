package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/flow/flowtest"
)

const (
	site       = "../../flows"
	manualFile = site + "/README.md"
)

// section is what stands below one heading of the manual.
type section struct {
	heading string // without the number signs
	text    string
	yaml    []string
	outputs map[int]string // what must be told of yaml[i], when a text block follows it
}

// manual cuts the manual at its headings and collects the fenced blocks.
func manual(t *testing.T) []section {
	t.Helper()
	text, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	all := []section{{outputs: map[int]string{}}}
	var block []string
	fence := ""
	for line := range strings.Lines(string(text)) {
		s := &all[len(all)-1]
		switch kind, marks := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "```"); {
		case marks && fence == "":
			fence, block = kind+" ", nil
		case marks:
			s.close(strings.TrimSpace(fence), strings.Join(block, ""))
			fence = ""
		case fence != "":
			block = append(block, line)
		case strings.HasPrefix(line, "#"):
			all = append(all, section{heading: strings.Trim(line, "# \n"), outputs: map[int]string{}})
		default:
			s.text += line
		}
	}
	return all
}

func (s *section) close(kind, block string) {
	switch kind {
	case "yaml":
		s.yaml = append(s.yaml, block)
	case "text":
		if strings.Contains(block, "error[E") {
			s.outputs[len(s.yaml)-1] = block
		}
	}
}

// TestManualExamples loads every example of the manual inside the site's own bundle: it
// must check clean, or be told exactly what the manual says.
func TestManualExamples(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, s := range manual(t) {
		for i, example := range s.yaml {
			tried++
			t.Run(fmt.Sprintf("%s/%d", s.heading, i), func(t *testing.T) {
				t.Parallel()
				if told := try(t, example); told != s.outputs[i] {
					t.Errorf("the checker says\n%s\nthe manual says\n%s\nof\n%s", told, s.outputs[i], example)
				}
			})
		}
	}
	if tried < len(flow.Types()) {
		t.Errorf("only %d examples were found", tried)
	}
}

// TestMistakesInExamplesAreFound spoils the examples, so that a pass above means something.
func TestMistakesInExamplesAreFound(t *testing.T) {
	t.Parallel()
	for spoil, instead := range map[string]string{"type: menu": "type: mneu", "hours, calendar: office": "hours, calendar: offic", "slots:": "slot:", "daily:": "dayly:"} {
		found := false
		for _, s := range manual(t) {
			for i, example := range s.yaml {
				if !strings.Contains(example, spoil) || s.outputs[i] != "" {
					continue
				}
				found = true
				if try(t, strings.Replace(example, spoil, instead, 1)) == "" {
					t.Errorf("%q instead of %q is not noticed in\n%s", instead, spoil, example)
				}
			}
		}
		if !found {
			t.Errorf("no example with %q", spoil)
		}
	}
}

// try puts an example into a copy of the site and gives the checker's words.
func try(t *testing.T, example string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(site)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(example, "service: ") || strings.Contains(example, "services:") {
		place(t, dir, services(t))
	}
	place(t, dir, example)
	program, problems := bundle.Load(dir, bundle.Options{Sounds: "../../sounds", Speech: t.TempDir()})
	if program != nil && strings.Contains(example, "\ntests:") {
		problems = append(problems, untrue(t, dir, program)...)
	}
	var told strings.Builder
	for _, p := range problems {
		if p.Code == "W706" || p.Code == "W709" {
			continue // an example leaves parts of the site unused and untested
		}
		p.File = filepath.Join("flows", p.File)
		told.WriteString(p.String() + "\n")
	}
	return told.String()
}

// untrue gives what is wrong with the tests of an example, which must pass.
func untrue(t *testing.T, dir string, program *flow.Program) []bundle.Problem {
	t.Helper()
	suite, problems := flowtest.Load(dir, program)
	if len(problems) > 0 {
		return problems
	}
	outcome, err := suite.Run(flowtest.Options{Run: regexp.MustCompile("^example/")})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range outcome.Results {
		if r.Failed != "" {
			t.Error(r.Explain(dir))
		}
	}
	return nil
}

// services is the manual's own example of services.yaml, which other examples go by.
func services(t *testing.T) string {
	t.Helper()
	for _, s := range manual(t) {
		for _, example := range s.yaml {
			if strings.HasPrefix(example, "services:") {
				return example
			}
		}
	}
	t.Fatal("the manual has no example of services.yaml")
	return ""
}

// place writes an example to the file where it belongs, which its keys tell.
func place(t *testing.T, dir, example string) {
	t.Helper()
	top := map[string]yaml.Node{}
	if err := yaml.Unmarshal([]byte(example), &top); err != nil {
		t.Fatalf("%v in\n%s", err, example)
	}
	has := func(key string) bool { _, found := top[key]; return found }
	value := func(key string) string { node := top[key]; return node.Value }
	name := "prompts/example.yaml"
	switch {
	case has("tests"):
		name = "tests/example.yaml"
	case has("flow"):
		name = "flows/" + value("flow") + ".yaml"
		dial(t, dir, value("flow"))
	case has("nodes"):
		name = "flows/example.yaml"
		example = whole(example, top)
		dial(t, dir, "example")
	case has("calendar"):
		name = "calendars/" + value("calendar") + ".yaml"
	case has("topics"):
		name = "topics/" + value("topics") + ".yaml"
	case has("survey"):
		name = "surveys/" + value("survey") + ".yaml"
	case has("queues"):
		name = "queues.yaml"
	case has("numbers"):
		name = "ivr.yaml"
	case has("site"):
		name = "env/" + value("site") + ".yaml"
	case has("services"):
		name = "services.yaml"
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dial gives a flow a number, unless it is one of the site's own.
func dial(t *testing.T, dir, id string) {
	t.Helper()
	file := filepath.Join(dir, "ivr.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "\nnumbers:\n", "\nnumbers:\n  \"0380008999\": "+id+"\n", 1)
	if with == string(text) {
		t.Fatal("no place for a number in ivr.yaml")
	}
	if err := os.WriteFile(file, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
}

// whole makes a flow of the part that an example shows: the first node is the start, the
// usual keys and handlers are set, and nodes that it leads to and does not show end the call.
func whole(example string, top map[string]yaml.Node) string {
	nodes := top["nodes"]
	var ids []string
	for i := 0; i < len(nodes.Content); i += 2 {
		ids = append(ids, nodes.Content[i].Value)
	}
	var b strings.Builder
	b.WriteString("ivr: 1\nflow: example\nstart: " + ids[0] + "\nhandlers: {loop: the_end, too_long: the_end}\n")
	if _, given := top["keys"]; !given {
		b.WriteString(`keys: {"0": OPERATOR, "*": BACK, "#": REPEAT}` + "\n")
	}
	b.WriteString(strings.TrimRight(example, "\n") + "\n  the_end: {type: hangup, prompt: thank_you}\n")
	for _, id := range []string{"agents", "bye", "message", "topic"} {
		if !slices.Contains(ids, id) && regexp.MustCompile(`: `+id+`\b`).MatchString(example) {
			b.WriteString("  " + id + ": {type: hangup, prompt: thank_you}\n")
		}
	}
	return b.String()
}

// TestManualNodes compares the manual's tables with the fields that the code reads.
func TestManualNodes(t *testing.T) {
	t.Parallel()
	sections := map[string]section{}
	for _, s := range manual(t) {
		sections[s.heading] = s
	}
	for _, typ := range flow.Types() {
		s, found := sections[typ.Name]
		if !found {
			t.Errorf("the manual has no section %q", typ.Name)
			continue
		}
		compareFields(t, s, fieldsOf(reflect.TypeOf(typ.New()).Elem(), "", false))
		compareExits(t, s, typ)
		if !slices.ContainsFunc(s.yaml, func(e string) bool { return strings.Contains(e, "type: "+typ.Name) }) {
			t.Errorf("%s has no example", typ.Name)
		}
	}
	compareFields(t, sections["Fields of every question"], fieldsOf(reflect.TypeFor[flow.Ask](), "", true))
}

// fieldsOf lists the fields that a node's text may have, by their tags; those that every
// question has only when they are wanted.
func fieldsOf(of reflect.Type, before string, common bool) map[string]reflect.StructTag {
	fields := map[string]reflect.StructTag{}
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("flow"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		switch {
		case f.Anonymous && (common || inner != reflect.TypeFor[flow.Ask]() && inner != reflect.TypeFor[flow.Try]()):
			maps.Copy(fields, fieldsOf(inner, before, common))
		case name == "":
		case inner.Kind() != reflect.Struct || inner == reflect.TypeFor[flow.Out]():
			fields[before+name] = f.Tag
		default:
			maps.Copy(fields, fieldsOf(inner, before+name+".", common))
		}
	}
	return fields
}

// compareFields looks for fields that the table lacks, has too many, or tells wrongly.
func compareFields(t *testing.T, s section, fields map[string]reflect.StructTag) {
	t.Helper()
	told := map[string][]string{}
	for line := range strings.Lines(s.text) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if name := strings.Trim(cells[0], "`"); len(cells) == 4 && name != cells[0] {
			told[name] = cells
		}
	}
	for name, tag := range fields {
		cells, found := told[name]
		if !found {
			t.Errorf("%s: the manual does not tell of the field %q", s.heading, name)
			continue
		}
		standard, values := facts(tag)
		if standard != "" && cells[1] != standard {
			t.Errorf("%s: the default of %q is %s, the manual says %s", s.heading, name, standard, cells[1])
		}
		if values != "" && cells[2] != values {
			t.Errorf("%s: the values of %q are %s, the manual says %s", s.heading, name, values, cells[2])
		}
	}
	for name := range told {
		if _, known := fields[name]; !known {
			t.Errorf("%s: the manual tells of a field %q that there is not", s.heading, name)
		}
	}
}

// facts gives default and values as the manual writes them; "" = the tag does not say.
func facts(tag reflect.StructTag) (standard, values string) {
	if word := tag.Get("default"); word != "" {
		standard = "`" + word + "`"
	}
	if strings.HasSuffix(tag.Get("flow"), ",required") {
		standard = "needed"
	}
	if words := strings.Fields(tag.Get("oneof")); len(words) > 0 {
		values = "`" + strings.Join(words, "` `") + "`"
	}
	if most := tag.Get("max"); most != "" {
		values = tag.Get("min") + " to " + most
	}
	return standard, values
}

// compareExits reads the line "Exits: ..." of a section.
func compareExits(t *testing.T, s section, typ flow.Type) {
	t.Helper()
	var line string
	for l := range strings.Lines(s.text) {
		if strings.HasPrefix(l, "Exits:") {
			line, _, _ = strings.Cut(l, ".")
		}
	}
	if line == "" {
		t.Errorf("%s: the manual does not tell the exits", s.heading)
	}
	var told, real []string
	for _, m := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(line, -1) {
		told = append(told, m[1])
	}
	for _, e := range typ.Exits {
		real = append(real, e.Name)
	}
	slices.Sort(told)
	slices.Sort(real)
	if told = slices.DeleteFunc(told, func(name string) bool { return name == "next" }); !slices.Equal(told, real) {
		t.Errorf("%s: the exits besides next are %v, the manual says %v", s.heading, real, told)
	}
}

// TestManualCodes compares the tables of codes with those that the checker has.
func TestManualCodes(t *testing.T) {
	t.Parallel()
	var told, known []string
	for _, s := range manual(t) {
		for _, m := range regexp.MustCompile(`(?m)^\| ([EW][0-9]{3}) \|`).FindAllStringSubmatch(s.text, -1) {
			told = append(told, m[1])
		}
	}
	for _, code := range bundle.Codes() {
		known = append(known, code.Code)
	}
	if !slices.Equal(told, known) {
		t.Errorf("the checker knows the codes %v, the manual tells of %v", known, told)
	}
}
