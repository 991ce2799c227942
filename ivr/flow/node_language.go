package flow

import (
	"maps"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Language asks for the caller's language; each option is spoken in its own language, by
// the same prompts.
//
//	lang: {type: language, prompt: choose_language, options: {"1": ms, "2": en}, next: open}
//
// When every try fails the default language stays. With remember, a choice is kept for
// later calls from the same number; those are not asked, until they come back to the node.
type Language struct {
	Ask
	Options  map[string]string `flow:"options,required" is:"key"`
	Remember time.Duration     `flow:"remember" default:"0s" min:"0s" max:"8760h"` // by the caller's number; 0s = not at all
}

func (l *Language) enter(r *run, n *Node) Out {
	if key := l.remembered(r); key != "" {
		return l.take(r, n, key)
	}
	return r.beginAsk(n, l)
}

// remembered gives the key of the language that the caller chose in an earlier call; "" at
// the second visit, as who comes back wants to choose.
func (l *Language) remembered(r *run) string {
	if l.Remember == 0 || r.s.Call.From == "" || r.w.Remembered == nil || r.s.Visits[r.place()] > 1 {
		return ""
	}
	lang := r.w.Remembered(r.s.Call.From)
	for _, key := range slices.Sorted(maps.Keys(l.Options)) {
		if l.Options[key] == lang {
			return key
		}
	}
	return ""
}

func (l *Language) input(r *run, n *Node, in Input) Out { return r.answer(n, l, in) }
func (l *Language) valid(key string) bool               { return l.Options[key] != "" }

func (l *Language) words(r *run, _ *Node, short bool) ([]prompt.Item, error) {
	present := r.s.Lang
	defer func() { r.s.Lang = present }()
	var items []prompt.Item
	for _, key := range slices.Sorted(maps.Keys(l.Options)) {
		r.s.Lang = l.Options[key]
		line, err := l.said(r, short)
		if err != nil {
			return nil, err
		}
		items = append(items, line...)
	}
	return items, nil
}

func (l *Language) choose(r *run, n *Node, key string) Out {
	if l.Remember > 0 && r.s.Call.From != "" {
		r.do(Remember{Lang: l.Options[key], For: l.Remember})
	}
	return l.take(r, n, key)
}

func (l *Language) take(r *run, n *Node, key string) Out {
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
func (l *Language) OwnKeys() (string, []string) {
	return "options", slices.Sorted(maps.Keys(l.Options))
}
