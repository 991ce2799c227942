package bundle

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// checkAsk looks at the keys of a node that asks.
func (n *nodeText) checkAsk(t *flowText) {
	a := askOf(n.n.Spec)
	if a == nil {
		return
	}
	own := n.ownKeys()
	for _, key := range own {
		if out, global := effectiveKeys(t.f, a)[key]; global {
			n.complain(n.place(n.keysField()+key+"@"), "E302", nil, "key %s leads to %s in the whole flow; switch that off here with keys: {%q: NONE}", key, out, key)
		}
	}
	if a.Tries > 1 && len(a.NoInput) == 0 {
		n.complain(n.key, "E307", nil, "silence is met with silence: no prompt in no_input, here or in ivr.yaml")
	}
	if a.Tries > 1 && len(a.NoMatch) == 0 {
		n.complain(n.key, "E307", nil, "a wrong key is met with silence: no prompt in no_match, here or in ivr.yaml")
	}
	_, inFlow := t.f.Keys["0"]
	_, atNode := a.Keys["0"]
	if !slices.Contains(own, "0") && !inFlow && !atNode {
		n.complain(n.key, "E308", nil, "no way to a person: key 0 leads nowhere; set it, or switch it off with keys: {\"0\": NONE}")
	}
	n.checkOrder(own)
	n.checkSpokenKeys(t, a)
}

// ownKeys gives the keys that the node itself names, and keysField where they stand.
func (n *nodeText) ownKeys() []string {
	if keyed, ok := n.n.Spec.(flow.Keyed); ok {
		_, keys := keyed.OwnKeys()
		return keys
	}
	return nil
}

func (n *nodeText) keysField() string {
	if keyed, ok := n.n.Spec.(flow.Keyed); ok {
		field, _ := keyed.OwnKeys()
		return field + "."
	}
	return ""
}

// checkOrder warns of many choices, and of keys that skip.
func (n *nodeText) checkOrder(own []string) {
	if len(own) > 5 {
		n.complain(n.place(strings.TrimSuffix(n.keysField(), ".")), "W701", nil, "%d choices; more than 5 are hard to keep in mind", len(own))
	}
	digits := slices.DeleteFunc(slices.Clone(own), func(key string) bool { return strings.Contains("09*#", key) })
	for i, key := range digits {
		if key != fmt.Sprint(i+1) {
			n.complain(n.place(n.keysField()+key+"@"), "W703", nil, "the keys skip: %d is not a choice", i+1)
			return
		}
	}
}

// checkSpokenKeys compares the keys that the words name with those that there are.
func (n *nodeText) checkSpokenKeys(t *flowText, a *flow.Try) {
	language, isLanguage := n.n.Spec.(*flow.Language)
	if !isLanguage {
		for _, lang := range n.b.program.Languages {
			n.checkSpoken(t, a, lang, n.ownKeys())
		}
		return
	}
	for _, key := range sortedKeys(language.Options) {
		n.checkSpoken(t, a, language.Options[key], []string{key})
	}
}

func (n *nodeText) checkSpoken(t *flowText, a *flow.Try, lang string, own []string) {
	var words []string
	for _, id := range n.question() {
		text, known := n.b.program.Prompts.Text(id, lang)
		if !known {
			return // told as E401 or E402
		}
		words = append(words, text)
	}
	named := prompt.KeysNamed(lang, strings.Join(words, "\n"))
	global := effectiveKeys(t.f, a)
	for _, key := range strings.Split(named, "") {
		if _, also := global[key]; !also && !slices.Contains(own, key) {
			n.complain(n.place("prompt"), "E408", nil, "the text in %s names key %s, which does nothing here", lang, key)
		}
	}
	for _, key := range own {
		if !strings.Contains(named, key) {
			n.complain(n.place(n.keysField()+key+"@"), "E408", nil, "the text in %s does not name key %s", lang, key)
		}
	}
}

// prompt looks whether a prompt exists and gets its slots.
func (t *text) prompt(at *yaml.Node, id string, with map[string]*flow.Expr) {
	slots, known := t.b.program.Prompts.Slots(id)
	if !known {
		ids := t.b.program.Prompts.IDs()
		t.complain(at, "E401", nil, "there is no prompt %q%s", id, nearest(id, ids))
		return
	}
	for _, slot := range sortedKeys(slots) {
		if _, given := with[slot]; !given {
			t.complain(at, "E403", nil, "prompt %s needs a value for its slot {%s}", id, slot)
		}
	}
}

// itemAt gives the place of one entry of a list, or of the word that stands for a list.
func itemAt(n *yaml.Node, i int) *yaml.Node {
	if n != nil && n.Kind == yaml.SequenceNode && i < len(n.Content) {
		return n.Content[i]
	}
	return n
}

// spokenBy lists the prompts of a node, as written.
func (n *nodeText) spokenBy() []flow.Said {
	var all []flow.Said
	if p, speaks := n.n.Spec.(flow.Prompter); speaks {
		all = p.Prompts()
	}
	if a := askOf(n.n.Spec); a != nil {
		for path, ids := range map[string][]string{"no_input": a.NoInput, "no_match": a.NoMatch} {
			if n.at[path] != nil {
				all = append(all, flow.Said{Field: path, IDs: ids})
			}
		}
	}
	return all
}

// question gives the prompts that ask, in full.
func (n *nodeText) question() []string {
	for _, said := range n.spokenBy() {
		if said.Field == "prompt" {
			return said.IDs
		}
	}
	return nil
}

func (n *nodeText) checkPrompts() {
	wanted := map[string]bool{}
	var with map[string]*flow.Expr
	for _, s := range n.spokenBy() {
		for i, id := range s.IDs {
			n.prompt(itemAt(n.place(s.Field), i), id, s.With)
			slots, _ := n.b.program.Prompts.Slots(id)
			for slot := range slots {
				wanted[slot] = true
			}
		}
		if s.With != nil {
			with = s.With
		}
	}
	for _, slot := range sortedKeys(with) {
		if !wanted[slot] {
			n.complain(n.place("with."+slot+"@"), "E403", nil, "no prompt of this node has a slot {%s}", slot)
		}
	}
	switch spec := n.n.Spec.(type) {
	case *flow.Message:
		if _, known := n.b.program.Prompts.Slots(flow.PromptKeepRecording); spec.Review && !known {
			n.complain(n.place("review"), "E309", nil, "review needs the prompt %q", flow.PromptKeepRecording)
		}
	case *flow.Wait:
		n.checkAnnounce(spec)
	}
}

// checkAnnounce looks at the prompts for the place in the queue; their slot is {n}.
func (n *nodeText) checkAnnounce(w *flow.Wait) {
	slot := map[string]*flow.Expr{"n": nil}
	if w.Announce.Position {
		n.prompt(n.place("announce.position_prompt"), w.Announce.PositionPrompt, slot)
	}
	if w.Announce.Wait {
		n.prompt(n.place("announce.wait_prompt"), w.Announce.WaitPrompt, slot)
	}
	if w.Offer.Key != "" && len(w.OfferPrompt) == 0 {
		n.complain(n.place("offer"), "E307", nil, "nobody hears of the offer: offer_prompt is missing")
	}
	if n.at["offer"] != nil && (w.Offer.Key == "" || w.Offer.After == 0) {
		n.complain(n.place("offer"), "E105", nil, "an offer needs a key and after")
	}
}
