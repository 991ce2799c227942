package schema

import (
	"encoding/json"
	"fmt"
	"slices"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/hours"
	"talian/ivr/prompt"
)

// Schema gives the schema of a kind of file, one of bundle.Kinds, as indented JSON. Prompts must have a text in
// every one of languages.
func Schema(kind string, languages []string) ([]byte, error) {
	var root object
	switch kind {
	case "ivr":
		root = site()
	case "flow":
		root = flowFile()
	case "prompts":
		root = prompts(languages)
	case "topics":
		root = topics()
	case "survey":
		root = mapping(bundle.Fields(bundle.SurveyForm.Type()))
	case "calendar":
		root = calendar()
	case "services":
		root = named("services", mapping(bundle.Fields(bundle.ServiceForm.Type())))
	case "queues":
		root = named("queues", mapping(bundle.Fields(bundle.QueueForm.Type())))
	case "env":
		root = env()
	case "tests":
		root = tests()
	default:
		return nil, fmt.Errorf("there is no schema %q", kind)
	}
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Talian: " + kind
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", kind, err)
	}
	return append(text, '\n'), nil
}

// with adds a property to a mapping.
func with(m object, name string, v object, required bool) object {
	m["properties"].(object)[name] = v //nolint:forcetypeassert // made by mapping
	if required {
		known, _ := m["required"].([]string)
		m["required"] = append(slices.Clone(known), name)
	}
	return m
}

// ids is a mapping from ids to values.
func ids(v object) object {
	return object{"type": "object", "propertyNames": object{"pattern": idForm}, "additionalProperties": v}
}

// named is a file with one mapping from ids below one key.
func named(key string, v object) object {
	return object{"type": "object", "properties": object{key: ids(v)}, "required": []string{key}, "additionalProperties": false}
}

func site() object {
	number := object{"anyOf": []object{id(), mapping(bundle.Fields(bundle.NumberForm.Type()))}}
	numbers := object{"type": "object", "propertyNames": object{"pattern": `^[+0-9]+$`}, "additionalProperties": number}
	return with(mapping(bundle.Fields(bundle.SiteForm.Type())), "numbers", numbers, true)
}

func env() object {
	root := mapping(bundle.Fields(bundle.EnvForm.Type()))
	words := object{"type": "array", "items": word()}
	bound := object{"type": "object", "additionalProperties": object{"type": []string{"string", "number", "boolean"}}}
	base := object{"anyOf": []object{{"type": "string", "pattern": "^https?://"}, mapping(bundle.Fields(bundle.BaseForm.Type()))}}
	with(root, "skills", object{"type": "object", "additionalProperties": object{"anyOf": []object{words, bound}}}, false)
	with(root, "boxes", object{"anyOf": []object{words, ids(mapping(bundle.Fields(bundle.BoxForm.Type())))}}, false)
	return with(root, "services", ids(base), false)
}

func topics() object {
	topic := mapping(bundle.Fields(bundle.TopicForm.Type()))
	topic["oneOf"] = []object{{"required": []string{"body"}}, {"required": []string{"list"}}}
	list := object{"type": "array", "minItems": 1, "items": topic}
	return object{"type": "object", "properties": object{"topics": id(), "list": list}, "required": []string{"topics", "list"}, "additionalProperties": false}
}

// flowFile is a flow: its head, its variables, and its nodes by their types.
func flowFile() object {
	root := mapping(bundle.Fields(bundle.FlowForm.Type()))
	variable := mapping(bundle.Fields(bundle.VariableForm.Type()))
	with(variable, "type", object{"enum": flow.VarTypes()}, false)
	with(root, "ivr", object{"const": 1}, false)
	with(root, "vars", ids(variable), false)
	with(root, "nodes", ids(object{"$ref": "#/definitions/node"}), true)
	var names []string
	var which []object
	definitions := object{}
	for _, t := range flow.Types() {
		names = append(names, t.Name)
		which = append(which, object{
			"if":   object{"properties": object{"type": object{"const": t.Name}}, "required": []string{"type"}},
			"then": object{"$ref": "#/definitions/" + t.Name},
		})
		definitions[t.Name] = node(t)
	}
	definitions["node"] = object{"type": "object", "required": []string{"type"}, "properties": object{"type": object{"enum": names}}, "allOf": which}
	root["definitions"] = definitions
	return root
}

// node is a node of one type.
func node(t flow.Type) object {
	made := mapping(bundle.NodeFields(t))
	made["description"] = t.About
	own := object{}
	if d, differs := t.New().(flow.Defaulter); differs {
		for name, standard := range d.Defaults() {
			own[name] = standard
		}
	}
	for name, standard := range own {
		if p, known := made["properties"].(object)[name].(object); known { //nolint:forcetypeassert // made by mapping
			p["default"] = standard
		}
	}
	with(made, "type", object{"const": t.Name}, false)
	if t.Name == "call" { // the called flow's outcomes are exits too
		return made
	}
	var exits []string
	for _, e := range t.Exits {
		exits = append(exits, e.Name)
	}
	if len(exits) == 0 {
		return with(made, "exits", object{"type": "object", "maxProperties": 0}, false)
	}
	return with(made, "exits", object{"type": "object", "propertyNames": object{"enum": exits}, "additionalProperties": out()}, false)
}

// prompts is a file of prompts. Languages that the bundle does not use may stand in it.
func prompts(languages []string) object {
	audio := object{"type": "array", "items": object{"anyOf": []object{
		{"type": "string", "pattern": `^([a-z][a-z0-9_]{0,47}|\{[a-z][a-z0-9_]{0,47}\})$`},
		{"type": "object", "properties": object{"silence": object{"type": "string", "pattern": durationForm}}, "required": []string{"silence"}, "additionalProperties": false},
	}}}
	line := object{"type": "object", "properties": object{"text": word(), "audio": audio}, "required": []string{"text"}, "additionalProperties": false}
	properties := object{"slots": ids(object{"enum": prompt.SlotTypes()})}
	for _, lang := range slices.Concat(prompt.Tongues(), languages) {
		properties[lang] = line
	}
	entry := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(languages) > 0 {
		entry["required"] = languages
	}
	file := ids(entry)
	file["type"] = []string{"object", "null"}
	return file
}

func calendar() object {
	const clock = `([01][0-9]|2[0-3]):[0-5][0-9]`
	windows := object{"type": "array", "items": object{"type": "string", "pattern": "^" + clock + "-(" + clock + "|24:00)$"}, "description": `such as ["07:30-17:00"]`}
	week := object{}
	for _, day := range hours.WeekKeys() {
		week[day] = windows
	}
	const date = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	special := object{"type": "object", "required": []string{"dates", "name"}, "additionalProperties": false, "properties": object{
		"dates": object{"type": "string", "pattern": `^` + date + `(\.\.` + date + `)?$`, "description": "2026-03-20 or 2026-03-20..2026-03-21"},
		"name":  word(), "open": windows}}
	return object{"type": "object", "required": []string{"calendar", "timezone", "open"}, "additionalProperties": false, "properties": object{
		"calendar": id(), "timezone": object{"type": "string", "description": "such as Asia/Kuala_Lumpur"},
		"open":    object{"type": "object", "properties": week, "additionalProperties": false},
		"special": object{"type": "array", "items": special}}}
}
