package schema

// tests is a file of flow tests. What it does not close, the reader of tests checks against
// the bundle.
func tests() object {
	text := object{"type": "string"}
	truth := filled(object{"type": "boolean"})
	count := filled(object{"type": "integer", "minimum": 0})
	any := object{}
	length := filled(object{"type": "string", "pattern": durationForm})
	words := object{"anyOf": []object{word(), {"type": "array", "items": word()}}}
	agent := closed(object{"answers": length, "talks": length})
	queue := closed(object{"name": id(), "agents": count, "waiting": count, "position": count, "wait": length, "fails": length})
	queues := object{"anyOf": []object{queue, {"type": "array", "items": queue, "minItems": 1}}}
	common := object{
		"about": text, "at": text, "lang": text, "remembered": text, "vars": object{"type": "object"}, "agent": agent, "queue": queues,
		"call":  closed(object{"from": object{"type": []string{"string", "number"}}, "to": word()}),
		"mocks": object{"type": "array", "items": mock(length, truth, count)},
	}
	step := closed(object{
		"queue": queue, "clock": text, "quiet": length, "hear": words, "slots": object{"type": "object"}, "exactly": truth,
		"agent": agent, "speak": length, "press": word(), "hang_up": truth,
	})
	step["minProperties"] = 1
	expect := closed(object{
		"end": object{"enum": []string{"caller_hangup", "hangup", "busy", "congestion", "error", "going"}}, "vars": object{"type": "object"},
		"path": words, "path_includes": words, "marks": words, "exits": object{"type": "object"}, "faults": words,
		"case": any, "http": any, "callback": any, "queued": any, "voicemail": any, "transfer": any, "survey": any, "answers": any, "remembered": any,
	})
	each := object{"anyOf": []object{{"type": "object"}, {"type": "array"}}}
	test := closed(merged(common, object{"test": word(), "each": each, "steps": object{"type": "array", "items": step}, "expect": expect}), "test", "steps")
	list := object{"type": "array", "minItems": 1, "items": test}
	return closed(merged(common, object{"ivr": object{"const": 1}, "flow": id(), "tests": list}), "ivr", "flow", "tests")
}

// filled is a value that a table of entries may give, written as $name.
func filled(v object) object {
	return object{"anyOf": []object{v, {"type": "string", "pattern": `^\$[a-z]`}}}
}

// mock is what stands for something outside: its kind is one of its keys.
func mock(length, truth, count object) object {
	any, text := object{}, object{"type": "string"}
	path := object{"type": "string", "pattern": "^/"}
	made := closed(object{
		"http": id(), "get": path, "post": path, "put": path, "sent": any, "reply": any, "times": count,
		"case": object{"enum": []string{"open", "find", "append", "draft"}}, "desk": id(),
		"callback": id(), "each": length, "slots": any, "booked": object{"enum": []string{"full", "failed"}},
		"transfer": object{"type": []string{"string", "number"}}, "outcome": object{"enum": []string{"ended", "busy", "no_answer", "failed"}}, "answers": length, "talks": length,
		"hours": id(), "open": truth, "special": text, "box": id(), "full": truth,
		"prompt": any, "fails": object{"type": []string{"boolean", "string"}}, "record": object{"enum": []string{"fails"}},
	})
	var kinds []object
	for _, kind := range []string{"http", "case", "callback", "transfer", "hours", "box", "prompt", "record"} {
		kinds = append(kinds, object{"required": []string{kind}})
	}
	made["anyOf"] = kinds
	return made
}

// closed is a mapping with these keys and no other.
func closed(properties object, required ...string) object {
	made := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

func merged(a, b object) object {
	all := object{}
	for _, part := range []object{a, b} {
		for name, v := range part {
			all[name] = v
		}
	}
	return all
}
