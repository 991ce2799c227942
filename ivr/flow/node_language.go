package flow

import (
	"maps"
	"slices"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Language asks for the caller's language; each option is spoken in its own language, by
// the same prompts.
//
//	lang: {type: language, prompt: choose_language, options: {"1": ms, "2": en}, next: open}
//
// When every try fails the default language stays.
type Language struct {
	Ask
	Options map[string]string `flow:"options,required" is:"key"`
}

func (l *Language) enter(r *run, n *Node) Out           { return r.beginAsk(n, l) }
func (l *Language) input(r *run, n *Node, in Input) Out { return r.answer(n, l, in) }
func (l *Language) valid(key string) bool               { return l.Options[key] != "" }

func (l *Language) words(r *run, _ *Node, short bool) ([]prompt.Item, error) {
	ids := l.Prompt
	if short && len(l.Short) > 0 {
		ids = l.Short
	}
	present := r.s.Lang
	defer func() { r.s.Lang = present }()
	var items []prompt.Item
	for _, key := range slices.Sorted(maps.Keys(l.Options)) {
		r.s.Lang = l.Options[key]
		line, err := r.words(ids, l.With)
		if err != nil {
			return nil, err
		}
		items = append(items, line...)
	}
	return items, nil
}

func (l *Language) choose(r *run, n *Node, key string) Out {
	r.s.Lang = l.Options[key]
	r.chose(n, key, r.s.Lang, "") // no step of the way: CallLanguage tells it
	r.do(Tell{ivr.CallLanguage{Lang: r.s.Lang}})
	return r.exit("next")
}

func (l *Language) given(r *run, _ *Node, _ string) Out {
	r.s.Lang = r.p.Default
	r.do(Tell{ivr.CallLanguage{Lang: r.s.Lang}})
	return r.exit("no_input")
}

// Speaks is true: it asks.
func (l *Language) Speaks() bool { return true }

// Outs gives next, no_input and error; wrong keys count as silence in the end.
func (l *Language) Outs() ([]string, []Out) { return []string{"next", "no_input", "error"}, nil }

// OwnKeys gives the keys of the options.
func (l *Language) OwnKeys() (string, []string) { return "options", slices.Sorted(maps.Keys(l.Options)) }
