package bundle

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"talian/ivr"
	"talian/ivr/flow"
)

// envHead is env/<site>.yaml but for the parts that can be written in two ways.
type envHead struct {
	Site   string              `flow:"site"`
	Values map[string]string   `flow:"values"`
	Desks  map[string]deskText `flow:"desks"`
}

// deskText is one case desk of a site.
type deskText struct {
	Kind    string         `flow:"kind,required"`
	Due     map[string]int `flow:"due" min:"0" max:"3650"` // days, by category
	DueElse int            `flow:"due_else" default:"14" min:"0" max:"3650"`
}

// boxText is one voicemail box of a site.
type boxText struct {
	Max int `flow:"max" default:"0" min:"0" max:"100000"`
}

// readEnv reads what names mean at this site.
func (b *builder) readEnv() {
	p := b.program
	p.Skills, p.Boxes, p.Env = map[string]map[string]string{}, map[string]flow.Box{}, map[string]any{}
	p.Desks = map[string]flow.Desk{}
	s := b.envFile()
	if s == nil || s.root == nil {
		return
	}
	t := &text{b: b, s: s, at: places{}}
	var env envHead
	t.fields(s.root, &env, "", "skills", "boxes", "services")
	for name, value := range env.Values {
		p.Env[name] = value
	}
	for _, name := range sortedKeys(env.Desks) {
		t.desk(name, env.Desks[name])
	}
	if env.Site != "" && env.Site != s.stem() {
		t.complain(t.at["site"], "E108", nil, "site %q must be in env/%s.yaml", env.Site, env.Site)
	}
	t.part("skills", func(n *yaml.Node) {
		t.pairs(n, func(kind, values *yaml.Node) { p.Skills[kind.Value] = t.skills(values) })
	})
	t.part("boxes", t.boxes)
	t.part("services", t.bases)
}

// part reads one key of the file by other rules than those of fields.
func (t *text) part(key string, read func(n *yaml.Node)) {
	if n := valueOf(t.s.root, key); n != t.s.root {
		read(n)
	}
}

// desk keeps a case desk.
func (t *text) desk(name string, d deskText) {
	t.id(name, t.at["desks."+name+"@"])
	kinds := caseKinds()
	if at := t.at["desks."+name+".kind"]; at != nil && !slices.Contains(kinds, d.Kind) {
		t.complain(at, "E507", kinds, "%q is not a kind of case%s", d.Kind, nearest(d.Kind, kinds))
	}
	t.b.program.Desks[name] = flow.Desk{Name: name, Kind: ivr.CaseKind(d.Kind), Due: d.Due, DueElse: d.DueElse}
}

func caseKinds() []string {
	var kinds []string
	for _, kind := range ivr.CaseKinds() {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

// boxes reads voicemail boxes: a list of names, or a mapping from names to their limits.
func (t *text) boxes(n *yaml.Node) {
	boxes := t.b.program.Boxes
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			name, ok := t.word(item)
			if !ok {
				continue
			}
			t.id(name, item)
			if _, twice := boxes[name]; twice {
				t.complain(item, "E109", nil, "the box %q is named twice", name)
			}
			boxes[name] = flow.Box{Name: name}
		}
		return
	}
	t.pairs(n, func(key, value *yaml.Node) {
		var box boxText
		t.id(key.Value, key)
		t.fields(value, &box, fmt.Sprintf("boxes.%s.", key.Value))
		boxes[key.Value] = flow.Box{Name: key.Value, Max: box.Max}
	})
}

// skills reads the values of one kind: a list of words that stand for themselves, or a
// mapping from the flows' words to the agents'.
func (t *text) skills(n *yaml.Node) map[string]string {
	bound := map[string]string{}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if word, ok := t.word(item); ok {
				bound[word] = word
			}
		}
		return bound
	}
	t.pairs(n, func(key, value *yaml.Node) {
		if value.Kind != yaml.ScalarNode {
			t.complain(value, "E105", nil, "a word is wanted here")
			return
		}
		bound[key.Value] = value.Value // "" asks for nothing
	})
	return bound
}

// envFile gives the site's file; nil when there is none.
func (b *builder) envFile() *source {
	if b.options.Site != "" {
		name := "env/" + b.options.Site + ".yaml"
		s, found := b.read(name)
		if !found {
			b.complainAt(&source{path: name}, 1, 1, "E601", nil, "the site has no file")
		}
		return s
	}
	switch all := b.readAll("env"); len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	default:
		var names []string
		for _, s := range all {
			names = append(names, s.stem())
		}
		b.complainAt(all[1], 1, 1, "E601", names, "there are several sites; say which one is meant, by --site")
		return all[0]
	}
}
