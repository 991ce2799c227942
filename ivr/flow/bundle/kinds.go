package bundle

import "path"

// Kind is one kind of file of a bundle.
type Kind struct {
	Name  string
	Files string // pattern of the files' paths inside the bundle, as for path.Match
}

// Kinds lists the kinds of files that a bundle is made of.
func Kinds() []Kind {
	return []Kind{
		{"ivr", "ivr.yaml"}, {"flow", "flows/*.yaml"}, {"prompts", "prompts/*.yaml"}, {"topics", "topics/*.yaml"}, {"survey", "surveys/*.yaml"},
		{"calendar", "calendars/*.yaml"}, {"services", "services.yaml"}, {"queues", "queues.yaml"}, {"env", "env/*.yaml"}, {"tests", "tests/*.yaml"},
	}
}

// KindOf gives the kind of a file by its path inside the bundle, with slashes; false when
// it is no part of the bundle.
func KindOf(file string) (Kind, bool) {
	for _, k := range Kinds() {
		if fits, err := path.Match(k.Files, file); err == nil && fits {
			return k, true
		}
	}
	return Kind{}, false
}
