package bundle

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// siteText is ivr.yaml with the places of its parts.
type siteText struct {
	*text
	siteHead
}

type siteHead struct {
	IVR       int      `flow:"ivr,required"`
	Languages []string `flow:"languages,required"`
	Default   string   `flow:"default"`
	Timezone  string   `flow:"timezone" default:"UTC"`
	Operator  string   `flow:"operator" is:"flow"`
	TTS       string   `flow:"tts" default:"allowed" oneof:"allowed refused"` // speech that is made where there is no recording
	Limits    struct {
		Call   time.Duration `flow:"call" default:"30m" min:"1m" max:"8h"`
		Steps  int           `flow:"steps" default:"500" min:"10" max:"10000"`
		Silent int           `flow:"silent" default:"50" min:"5" max:"1000"`
	} `flow:"limits"`
	Defaults struct {
		NoInput []string            `flow:"no_input" is:"prompt"`
		NoMatch []string            `flow:"no_match" is:"prompt"`
		Exits   map[string]flow.Out `flow:"exits"`
	} `flow:"defaults"`
}

// entryText is one number of ivr.yaml.
type entryText struct {
	Flow     string `flow:"flow,required"`
	Revision string `flow:"revision"`
}

func (b *builder) readSite() {
	b.site = &siteText{}
	s, found := b.read("ivr.yaml")
	if !found {
		s = &source{path: "ivr.yaml"}
		b.complainAt(s, 1, 1, "E105", nil, "the file is missing")
	}
	b.site.text = &text{b: b, s: s, at: places{}}
	if s.root == nil {
		return
	}
	site := b.site
	site.fields(s.root, &site.siteHead, "", "numbers")
	if site.IVR != 1 && site.at["ivr"] != nil {
		site.complain(site.at["ivr"], "E107", []string{"1"}, "grammar version %d is unknown", site.IVR)
	}
	b.program.Languages = site.Languages
	b.language()
	b.program.Operator = site.Operator
	b.program.Exits = site.Defaults.Exits
	b.program.Limits = flow.Limits{Call: site.Limits.Call, Steps: site.Limits.Steps, Silent: site.Limits.Silent}
	location, err := time.LoadLocation(site.Timezone)
	if err != nil || site.Timezone == "Local" {
		site.complain(site.at["timezone"], "E604", nil, "unknown time zone %q", site.Timezone)
	} else {
		b.program.Location = location
	}
	b.numbers()
}

func (b *builder) language() {
	site := b.site
	if site.Default == "" && len(site.Languages) > 0 {
		site.Default = site.Languages[0]
	}
	for _, lang := range site.Languages {
		if lang == site.Default {
			b.program.Default = lang
		}
	}
	if b.program.Default == "" && site.at["default"] != nil {
		site.complain(site.at["default"], "E507", site.Languages, "%q is not one of the languages", site.Default)
	}
}

func (b *builder) numbers() {
	site, numbers := b.site, valueOf(b.site.s.root, "numbers")
	if numbers == site.s.root {
		site.complain(site.s.root, "E105", nil, "%q is missing", "numbers")
		return
	}
	b.program.Numbers = map[string]flow.Entry{}
	site.pairs(numbers, func(key, value *yaml.Node) {
		var entry entryText
		if value.Kind == yaml.ScalarNode {
			entry.Flow, _ = site.word(value)
			site.at["numbers."+key.Value] = value
		} else {
			site.at["numbers."+key.Value] = valueOf(value, "flow")
			site.fields(value, &entry, "numbers."+key.Value+".")
		}
		if strings.Trim(key.Value, "+0123456789") != "" {
			site.complain(key, "E105", nil, "%q is not a telephone number", key.Value)
		}
		b.program.Numbers[key.Value] = flow.Entry{Flow: entry.Flow, Revision: entry.Revision}
	})
}

// queueText is one queue of queues.yaml.
type queueText struct {
	Max          int           `flow:"max" default:"0" min:"0" max:"100000"`
	AnswerWithin time.Duration `flow:"answer_within" default:"20s" min:"5s" max:"5m"`
}

func (b *builder) readQueues() {
	b.program.Queues = map[string]flow.Queue{}
	s, found := b.read("queues.yaml")
	if !found || s.root == nil {
		return
	}
	t := &text{b: b, s: s, at: places{}}
	var nothing struct{}
	if !t.fields(s.root, &nothing, "", "queues") {
		return
	}
	queues := valueOf(s.root, "queues")
	if queues == s.root {
		t.complain(s.root, "E105", nil, "%q is missing", "queues")
		return
	}
	t.pairs(queues, func(key, value *yaml.Node) {
		var q queueText
		if !flow.ValidID(key.Value) {
			t.complain(key, "E109", nil, "%q is not an id: a-z, 0-9 and _, beginning with a letter, 48 at most", key.Value)
		}
		t.fields(value, &q, key.Value+".")
		b.program.Queues[key.Value] = flow.Queue{Name: key.Value, Max: q.Max, AnswerWithin: q.AnswerWithin}
	})
}
