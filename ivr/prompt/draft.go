package prompt

import (
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
)

// Limits of a silence in an audio list.
const (
	minSilence = 100 * time.Millisecond
	maxSilence = 5 * time.Second
)

// draft is a prompt as it is written, each thing with its place.
type draft struct {
	from     *source
	key      *yaml.Node // the id
	slots    map[string]SlotType
	slotKeys map[string]*yaml.Node
	lines    map[string]draftLine
}

// draftLine is one language of a draft.
type draftLine struct {
	key   *yaml.Node // the language
	text  *yaml.Node
	parts []segment    // the text, cut at its slots
	audio []draftAudio // nil when there is no audio list
}

// draftAudio is one entry of an audio list: a name, a slot or a silence.
type draftAudio struct {
	node    *yaml.Node
	name    string
	slot    string
	silence time.Duration
}

// draftReader reads the drafts of one file.
type draftReader struct {
	*source
	langs []string
	id    *regexp.Regexp
}

// readDrafts reads one prompts file.
func readDrafts(file string, data []byte, langs []string) ([]draft, []Problem) {
	r := draftReader{
		source: &source{file: file},
		langs:  langs,
		id:     regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`),
	}
	root := r.root(data)
	if root == nil || (root.Kind == yaml.ScalarNode && root.Tag == "!!null") {
		return nil, r.problems
	}
	var drafts []draft
	r.pairs(root, "a prompts file", func(key, value *yaml.Node) {
		if !r.id.MatchString(key.Value) {
			r.complain(key, "E109", "%q is not a prompt id: lower-case letters, digits and _, first a letter, at most 48", key.Value)
			return
		}
		drafts = append(drafts, r.prompt(key, value))
	})
	return drafts, r.problems
}

func (r *draftReader) prompt(key, value *yaml.Node) draft {
	d := draft{from: r.source, key: key, slots: map[string]SlotType{}, slotKeys: map[string]*yaml.Node{}, lines: map[string]draftLine{}}
	tried := map[string]bool{}
	allowed := append([]string{"slots"}, r.langs...)
	r.pairs(value, "prompt "+key.Value, func(k, v *yaml.Node) {
		switch {
		case k.Value == "slots":
			r.slots(&d, v)
		case slices.Contains(r.langs, k.Value):
			tried[k.Value] = true
			if line, ok := r.line(k, v); ok {
				d.lines[k.Value] = line
			}
		case slices.Contains(Tongues(), k.Value):
			// A language that this bundle has switched off.
		default:
			r.complain(k, "E104", "unknown key %s; allowed: %s%s", k.Value, oneOf(allowed), didYouMean(k.Value, allowed))
		}
	})
	if value.Kind == yaml.MappingNode {
		r.missingLanguages(key, tried)
	}
	return d
}

func (r *draftReader) missingLanguages(key *yaml.Node, tried map[string]bool) {
	var missing []string
	for _, lang := range r.langs {
		if !tried[lang] {
			missing = append(missing, lang)
		}
	}
	if len(missing) > 0 {
		r.complain(key, "E402", "prompt %s has no text in %s", key.Value, oneOf(missing))
	}
}

func (r *draftReader) slots(d *draft, n *yaml.Node) {
	r.pairs(n, "slots", func(k, v *yaml.Node) {
		if !r.id.MatchString(k.Value) {
			r.complain(k, "E109", "%q is not a slot name: lower-case letters, digits and _, first a letter", k.Value)
			return
		}
		kind, ok := r.scalar(v, "a slot type")
		if !ok {
			return
		}
		if !slices.Contains(SlotTypes(), kind) {
			r.complain(v, "E105", "unknown slot type %s; allowed: %s%s", kind, oneOf(SlotTypes()), didYouMean(kind, SlotTypes()))
			return
		}
		d.slots[k.Value], d.slotKeys[k.Value] = SlotType(kind), k
	})
}

// line reads one language of a prompt; false when it has no usable text.
func (r *draftReader) line(key, value *yaml.Node) (draftLine, bool) {
	line := draftLine{key: key}
	allowed := []string{"text", "audio"}
	if value.Kind == yaml.ScalarNode {
		r.complain(value, "E105", "the text of language %s stands in braces: %s: {text: \"...\"}", key.Value, key.Value)
		return line, false
	}
	r.pairs(value, "language "+key.Value, func(k, v *yaml.Node) {
		switch k.Value {
		case "text":
			if _, ok := r.scalar(v, "text"); ok {
				line.text = v
				line.parts = r.cut(v, key.Value)
			}
		case "audio":
			line.audio = r.audio(v)
		default:
			cure := didYouMean(k.Value, allowed)
			if line.text != nil && v.Tag == "!!null" {
				cure = "; a text with a comma or a colon stands in quotation marks"
			}
			r.complain(k, "E104", "unknown key %s; allowed: %s%s", k.Value, oneOf(allowed), cure)
		}
	})
	if line.text == nil {
		if value.Kind == yaml.MappingNode && !hasKey(value, "text") {
			r.complain(key, "E402", "language %s has no text", key.Value)
		}
		return line, false
	}
	return line, true
}

func hasKey(n *yaml.Node, name string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// scalar reads a text that is not empty.
func (r *draftReader) scalar(n *yaml.Node, what string) (string, bool) {
	switch {
	case n.Kind == yaml.AliasNode:
		return "", false // reported as E103
	case n.Kind != yaml.ScalarNode:
		r.complain(n, "E105", "%s must be plain text", what)
		return "", false
	case n.Value == "":
		r.complain(n, "E105", "%s is empty", what)
		return "", false
	}
	return n.Value, true
}

func (r *draftReader) audio(n *yaml.Node) []draftAudio {
	list := []draftAudio{}
	if n.Kind != yaml.SequenceNode {
		r.complain(n, "E105", "audio must be a list of names, \"{slot}\" and silence: 400ms")
		return list
	}
	for _, entry := range n.Content {
		if entry.Kind == yaml.MappingNode {
			list = append(list, r.silences(entry)...)
			continue
		}
		name, ok := r.scalar(entry, "an audio name")
		switch {
		case !ok:
		case len(name) > 2 && name[0] == '{' && name[len(name)-1] == '}':
			list = append(list, draftAudio{node: entry, slot: name[1 : len(name)-1]})
		case !r.id.MatchString(name):
			r.complain(entry, "E109", "%q is not the name of a recording: lower-case letters, digits and _, no extension", name)
		default:
			list = append(list, draftAudio{node: entry, name: name})
		}
	}
	return list
}

// silences reads the mapping form of an audio entry: silence: 400ms.
func (r *draftReader) silences(n *yaml.Node) []draftAudio {
	var list []draftAudio
	r.pairs(n, "silence", func(k, v *yaml.Node) {
		if k.Value != "silence" {
			r.complain(k, "E104", "unknown key %s; allowed: silence%s", k.Value, didYouMean(k.Value, []string{"silence"}))
			return
		}
		text, ok := r.scalar(v, "silence")
		if !ok {
			return
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < minSilence || d > maxSilence {
			r.complain(v, "E106", "silence %s: want a number with its unit, from %v to %v, such as 400ms", text, minSilence, maxSilence)
			return
		}
		list = append(list, draftAudio{node: v, silence: d})
	})
	return list
}
