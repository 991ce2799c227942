package bundle

import (
	"slices"
	"strings"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// checkSpokenKeys compares the keys that the words name with those that there are.
func (n *nodeText) checkSpokenKeys(t *flowText, a *flow.Try) {
	for _, id := range n.question() {
		n.b.asked[id] = true
	}
	switch spec := n.n.Spec.(type) {
	case *flow.Language:
		for _, key := range sortedKeys(spec.Options) {
			n.checkSpoken(t, a, spec.Options[key], []string{key})
		}
	case *flow.Collect:
		n.checkSpokenEnd(spec)
	default:
		for _, lang := range n.b.program.Languages {
			n.checkSpoken(t, a, lang, n.ownKeys())
		}
	}
}

// words gives what a node asks, in one language; false when a prompt is missing.
func (n *nodeText) words(lang string) (string, bool) {
	var words []string
	for _, id := range n.question() {
		text, known := n.b.program.Prompts.Text(id, lang)
		if !known {
			return "", false // told as E401 or E402
		}
		words = append(words, text)
	}
	return strings.Join(words, "\n"), true
}

func (n *nodeText) checkSpoken(t *flowText, a *flow.Try, lang string, own []string) {
	words, known := n.words(lang)
	if !known {
		return
	}
	named := prompt.KeysNamed(lang, words)
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

// checkSpokenEnd looks whether the text of a collect names hash though hash ends nothing:
// its digits may stand for anything, and star clears.
func (n *nodeText) checkSpokenEnd(c *flow.Collect) {
	for _, lang := range n.b.program.Languages {
		words, known := n.words(lang)
		if known && c.EndKey != "#" && strings.Contains(prompt.KeysNamed(lang, words), "#") {
			n.complain(n.place("prompt"), "E408", nil, "the text in %s names key #, which does nothing here", lang)
		}
	}
}

// fixedKeys lists the keys that the language gives to prompts of its own.
func fixedKeys() map[string]string {
	return map[string]string{flow.PromptReadBack: "12", flow.PromptKeepRecording: "12", flow.PromptCallbackNumber: "12",
		flow.PromptCallbackSlot: "123", flow.PromptHubAfter: "123", flow.PromptSurveyConsent: "12"}
}

// reserved lists the prompts that nodes say without naming them. A bundle may keep any of
// them ready.
func reserved() []string {
	return []string{flow.PromptApology, flow.PromptKeepRecording, flow.PromptPosition, flow.PromptWait, flow.PromptReadBack,
		flow.PromptCallbackNumber, flow.PromptCallbackEnter, flow.PromptCallbackSlot, flow.PromptCallbackBooked,
		flow.PromptHubOption, flow.PromptHubMore, flow.PromptHubAfter, flow.PromptSurveyConsent}
}

// checkReserved looks at the words that nodes say without naming them, and at the order of
// words and keys in all that asks.
func (b *builder) checkReserved() {
	for _, id := range sortedKeys(b.needed) {
		keys, asks := fixedKeys()[id]
		b.asked[id] = asks
		for _, lang := range b.program.Languages {
			text, known := b.program.Prompts.Text(id, lang)
			if !known {
				continue
			}
			at, _ := b.program.Prompts.Place(id, lang)
			named := prompt.KeysNamed(lang, text)
			for _, key := range strings.Split(keys, "") {
				if !strings.Contains(named, key) {
					b.complainIn(at, "E408", nil, "the text of %s in %s does not name key %s", id, lang, key)
				}
			}
		}
		b.checkOption(id)
	}
	for _, id := range sortedKeys(b.asked) {
		for _, lang := range b.program.Languages {
			text, _ := b.program.Prompts.Text(id, lang)
			if key := prompt.KeyFirst(lang, text); b.asked[id] && key != "" {
				at, _ := b.program.Prompts.Place(id, lang)
				b.complainIn(at, "W704", nil, "key %s is named before what it is for; say \"for passports, press 1\"", key)
			}
		}
	}
}

// checkOption looks whether the words for one line of a hub's list say its key.
func (b *builder) checkOption(id string) {
	slots, known := b.program.Prompts.Slots(id)
	if !known || id != flow.PromptHubOption && id != flow.PromptHubMore {
		return
	}
	if _, says := slots["n"]; !says {
		at, _ := b.program.Prompts.Place(id, "")
		b.complainIn(at, "E408", nil, "%s does not name its key: it has no slot {n}", id)
	}
}
