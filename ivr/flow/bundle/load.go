package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/prompt"
)

// Options say how to read a bundle.
type Options struct {
	Site   string // name of env/<site>.yaml; "" = the only one there is
	Sounds string // folder of recordings, <lang>/<id>.wav
	Speech string // folder of speech made before

	// Publish also makes the checks that only matter when a bundle goes live.
	Publish bool
	Now     time.Time // of Publish: the time by which days ahead are counted
}

// builder gathers one bundle.
type builder struct {
	files     fs.FS
	options   Options
	sources   []*source
	problems  []Problem
	program   *flow.Program
	site      *siteText
	flows     []*flowText
	textOf    map[string]*flowText // by the flow's id
	told      map[string]int       // errors and warnings, by file
	calendars []*source
	topics    []*contentText
	surveys   []*contentText

	asked       map[string]bool    // prompts that ask for keys
	needed      map[string]bool    // prompts that nodes say without naming them
	saidBySlot  map[string]bool    // prompts that a slot of type text can hold
	lostPrompts bool               // not every prompt that is written could be read
	spoken      map[string]*source // files of the prompts folder that were complained about

	repeatable map[string]bool // services that do nothing twice for one Idempotency-Key
	unread     map[string]bool // files that could not be read as YAML
	ways       map[*flow.Node][]way
	calls      map[string]map[string]*nodeText // by the calling and the called flow
	unheard    map[vertex]bool                 // flows, by their start, that come back without a word
	onward     map[string]map[string]bool      // flows that calls come to from a flow
	returning  map[string]map[string]bool      // outcomes with which a flow comes back
	callees    map[string]bool                 // flows that some node calls
	returned   map[string]bool                 // flow, output and outcome: whether the output is set
}

// Load reads and checks the bundle in dir. The program is nil when there is any error;
// warnings alone do not hinder it. The problems are in the order of files and lines.
func Load(dir string, options Options) (*flow.Program, []Problem) {
	program, problems := assemble(os.DirFS(dir), options, func(langs []string) (*prompt.Catalogue, []prompt.Problem) {
		return prompt.Load(filepath.Join(dir, "prompts"), langs, options.Sounds, options.Speech)
	})
	if program == nil {
		return nil, problems
	}
	revision, err := Revision(dir)
	if err != nil {
		return nil, append(problems, Problem{File: ".", Line: 1, Col: 1, Code: "E101", Text: err.Error()})
	}
	program.Revision = revision
	return program, problems
}

// assemble reads and checks everything but the revision.
func assemble(files fs.FS, options Options, prompts func([]string) (*prompt.Catalogue, []prompt.Problem)) (*flow.Program, []Problem) {
	b := &builder{files: files, options: options, unread: map[string]bool{}, ways: map[*flow.Node][]way{},
		calls: map[string]map[string]*nodeText{}, unheard: map[vertex]bool{},
		returned: map[string]bool{}, onward: map[string]map[string]bool{}, returning: map[string]map[string]bool{},
		textOf: map[string]*flowText{}, told: map[string]int{}, spoken: map[string]*source{}, saidBySlot: map[string]bool{},
		asked: map[string]bool{}, needed: map[string]bool{}, program: &flow.Program{
			Limits: flow.DefaultLimits(), Location: time.UTC,
			Flows: map[string]*flow.Flow{}, Calendars: map[string]*hours.Calendar{},
		}}
	b.readSite()
	b.readServices()
	b.readEnv()
	b.readQueues()
	b.readCalendars()
	b.readTopics()
	b.readSurveys()
	b.takePrompts(prompts(b.program.Languages))
	for _, s := range b.readAll("flows") {
		b.readFlow(s)
	}
	b.seal()
	b.check()
	problems := sortProblems(b.problems)
	if len(Errors(problems)) > 0 {
		return nil, problems
	}
	return b.program, problems
}

// Revision gives SHA-256, in hex, over the names and contents of all YAML files below dir;
// hidden ones, whose names begin with a dot, do not count.
func Revision(dir string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") || hidden(filepath.ToSlash(path)) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		content, err := prompt.ReadFile(os.DirFS(dir), name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(sum, "%q %d\n", name, len(content))
		sum.Write(content)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("revision: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (b *builder) readCalendars() {
	for _, s := range b.readAll("calendars") {
		b.calendars = append(b.calendars, s)
		calendar, problems := hours.Parse(s.root)
		for _, p := range problems {
			b.complainAt(s, p.Line, p.Col, p.Code, p.Allowed, "%s", p.Text)
		}
		if calendar.Name() != s.stem() && calendar.Name() != "" {
			b.complain(s, valueOf(s.root, "calendar"), "E108", nil, "calendar %q must be in %s.yaml", calendar.Name(), calendar.Name())
		}
		b.program.Calendars[s.stem()] = calendar
	}
}

// takePrompts keeps the catalogue and passes its complaints on.
func (b *builder) takePrompts(catalogue *prompt.Catalogue, problems []prompt.Problem) {
	b.program.Prompts = catalogue
	for _, p := range problems {
		if slices.Contains([]string{"E101", "E102", "E103", "E105", "E109"}, p.Code) {
			b.lostPrompts = true
		}
		b.complainIn(prompt.Place{File: p.File, Line: p.Line, Col: p.Col}, p.Code, nil, "%s", p.Text)
	}
}

// promptSource gives a file of the prompts folder, to show its lines.
func (b *builder) promptSource(file string) *source {
	name := "prompts/" + filepath.Base(file)
	if filepath.Base(file) == "prompts" { // the folder itself
		name = "prompts"
	}
	s, read := b.spoken[name]
	if !read {
		s = &source{path: name}
		if text, err := prompt.ReadFile(b.files, name); err == nil {
			s.lines = strings.Split(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")
		}
		b.spoken[name] = s
	}
	return s
}

// valueOf gives the value of a key of a mapping, or the mapping when there is none.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return mapping
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
