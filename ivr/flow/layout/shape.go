package layout

import (
	"reflect"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/hours"
	"talian/ivr/prompt"
)

// shape is the order of a mapping's keys, and the shapes of their values. The nil shape
// leaves everything as it was written.
type shape struct {
	keys   []string
	values map[string]*shape
	each   *shape                  // of keys that are the administrator's, and of a list's items
	choose func(*yaml.Node) *shape // by the mapping itself
}

// of gives the shape of a mapping.
func (s *shape) of(n *yaml.Node) *shape {
	if s != nil && s.choose != nil {
		return s.choose(n)
	}
	return s
}

// value gives the shape of the value of a key.
func (s *shape) value(key string) *shape {
	if s == nil {
		return nil
	}
	if own, known := s.values[key]; known {
		return own
	}
	return s.each
}

// ordered is a shape with keys in an order.
func ordered(keys ...string) *shape { return &shape{keys: keys, values: map[string]*shape{}} }

func (s *shape) with(key string, v *shape) *shape {
	s.values[key] = v
	return s
}

func each(s *shape) *shape { return &shape{each: s} }

// shapeOfFile gives the shape of a kind of file; nil for kinds it does not know.
func shapeOfFile(kind string) *shape {
	switch kind {
	case "ivr":
		return first(ofForm(bundle.SiteForm), "ivr").insert("numbers", "operator").with("numbers", each(ofForm(bundle.NumberForm)))
	case "flow":
		return ordered("ivr", "flow", "about", "inputs", "outputs", "outcomes", "vars", "keys", "handlers", "start", "nodes").
			with("vars", each(ofForm(bundle.VariableForm))).with("nodes", each(&shape{choose: node}))
	case "prompts":
		line := ordered("text", "audio")
		s := ordered(append([]string{"slots"}, prompt.Tongues()...)...)
		for _, lang := range prompt.Tongues() {
			s.with(lang, line)
		}
		return each(s)
	case "topics":
		return ordered("topics", "list").with("list", each(ofForm(bundle.TopicForm)))
	case "survey":
		return ofForm(bundle.SurveyForm)
	case "calendar":
		return ordered("calendar", "timezone", "open", "special").
			with("open", ordered(hours.WeekKeys()...)).with("special", each(ordered("dates", "name", "open")))
	case "services":
		return ordered("services").with("services", each(ofForm(bundle.ServiceForm)))
	case "queues":
		return ordered("queues").with("queues", each(ofForm(bundle.QueueForm)))
	case "env":
		return ordered("site", "values", "boxes", "skills", "desks", "services").with("boxes", each(ofForm(bundle.BoxForm))).
			with("desks", ofForm(bundle.EnvForm).value("desks")).with("services", each(ofForm(bundle.BaseForm)))
	case "tests":
		test := ordered("test", "at", "lang", "call", "each", "mocks", "agent", "queue", "steps", "expect", "exactly")
		return ordered("ivr", "flow", "tests").with("tests", each(test))
	}
	return nil
}

// node is the shape of a node by its type.
func node(n *yaml.Node) *shape {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "type" {
			continue
		}
		if t, known := flow.TypeNamed(n.Content[i+1].Value); known {
			return ofFields(bundle.NodeFields(*t))
		}
	}
	return ofForm(bundle.NodeForm)
}

func ofForm(f bundle.Form) *shape { return ofFields(bundle.Fields(f.Type())) }

func ofFields(fields []bundle.Field) *shape {
	s := ordered()
	for _, f := range fields {
		s.keys = append(s.keys, f.Name)
		s.values[f.Name] = ofType(f.Type)
	}
	return s
}

// ofType is the shape of what a field holds.
func ofType(t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Struct:
		return ofFields(bundle.Fields(t))
	case reflect.Slice, reflect.Map:
		return each(ofType(t.Elem()))
	default: // a word
		return nil
	}
}

// first moves a key to the front.
func first(s *shape, key string) *shape {
	s.keys = append([]string{key}, s.keys...)
	return s
}

// insert puts a key before another.
func (s *shape) insert(key, before string) *shape {
	for i, k := range s.keys {
		if k == before {
			s.keys = append(s.keys[:i:i], append([]string{key}, s.keys[i:]...)...)
			break
		}
	}
	return s
}

// rank gives a key's place; unknown ones stay behind, as written.
func (s *shape) rank(key string) int {
	if s == nil {
		return 0
	}
	for i, k := range s.keys {
		if k == key {
			return i
		}
	}
	return len(s.keys)
}
