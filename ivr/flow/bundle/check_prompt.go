package bundle

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// spoken is one field of a node that names prompts.
type spoken struct {
	path string
	ids  []string
	with map[string]*flow.Expr // values of the slots; nil = they can have none
}

// spokenBy lists the fields of a node that name prompts, as written there.
func (n *nodeText) spokenBy() []spoken {
	spec := reflect.ValueOf(n.n.Spec).Elem()
	var with map[string]*flow.Expr
	for _, f := range fieldsOf(spec) {
		if given, ok := f.value.Interface().(map[string]*flow.Expr); ok && f.name == "with" && f.tag.Get("want") == "slot" {
			with = given
		}
	}
	var all []spoken
	for _, s := range promptFields(spec, "") {
		if n.at[s.path] == nil {
			continue // inherited
		}
		if s.path == "prompt" || s.path == "short" {
			s.with = with
		}
		all = append(all, s)
	}
	return all
}

// promptFields lists the fields that hold prompts, by the tag `is`.
func promptFields(v reflect.Value, path string) []spoken {
	var all []spoken
	for _, f := range fieldsOf(v) {
		if f.value.Kind() == reflect.Struct {
			all = append(all, promptFields(f.value, path+f.name+".")...)
		}
		if ids, list := f.value.Interface().([]string); list && f.tag.Get("is") == "prompt" {
			all = append(all, spoken{path: path + f.name, ids: ids})
		}
	}
	return all
}

// prompt looks whether a prompt exists and gets its slots.
func (t *text) prompt(at *yaml.Node, id string, with map[string]*flow.Expr) {
	slots, known := t.b.program.Prompts.Slots(id)
	if !known {
		if t.b.promptsWhole() && !t.b.full(t.s) {
			ids := t.b.program.Prompts.IDs()
			t.complain(at, "E401", nil, "there is no prompt %q%s", id, nearest(id, ids))
		}
		return
	}
	for _, slot := range sortedKeys(slots) {
		if _, given := with[slot]; !given {
			t.complain(at, "E403", nil, "prompt %s needs a value for its slot {%s}", id, slot)
		}
	}
}

// promptsWhole tells whether every prompt that is written could be read.
func (b *builder) promptsWhole() bool { return !b.lostPrompts }

// itemAt gives the place of one entry of a list, or of the word that stands for a list.
func itemAt(n *yaml.Node, i int) *yaml.Node {
	if n != nil && n.Kind == yaml.SequenceNode && i < len(n.Content) {
		return n.Content[i]
	}
	return n
}

// question gives the prompts that ask, in full.
func (n *nodeText) question() []string {
	for _, said := range n.spokenBy() {
		if said.path == "prompt" {
			return said.ids
		}
	}
	return nil
}

func (n *nodeText) checkPrompts() {
	wanted := map[string]bool{}
	var with map[string]*flow.Expr
	for _, s := range n.spokenBy() {
		for i, id := range s.ids {
			n.prompt(itemAt(n.place(s.path), i), id, s.with)
			slots, _ := n.b.program.Prompts.Slots(id)
			for slot := range slots {
				wanted[slot] = true
			}
		}
		if s.with != nil {
			with = s.with
		}
	}
	for _, slot := range sortedKeys(with) {
		if !wanted[slot] && n.b.promptsWhole() {
			n.complain(n.place("with."+slot+"@"), "E403", nil, "no prompt of this node has a slot {%s}", slot)
		}
	}
	if needer, needs := n.n.Spec.(flow.Needer); needs {
		n.checkNeeds(needer.Needs())
	}
	if wait, queues := n.n.Spec.(*flow.Wait); queues {
		n.checkAnnounce(wait)
	}
}

// checkNeeds looks whether the prompts exist that a node needs without naming them, and
// whether their slots are those that the node fills.
func (n *nodeText) checkNeeds(needs map[string]map[string]prompt.SlotType) {
	for _, id := range sortedKeys(needs) {
		n.b.needed[id] = true
		slots, known := n.b.program.Prompts.Slots(id)
		if !known {
			code := "E401"
			if id == flow.PromptReadBack || id == flow.PromptKeepRecording {
				code = "E309"
			}
			if n.b.promptsWhole() {
				n.complain(n.place("type"), code, nil, "this node needs the prompt %q, which does not exist", id)
			}
			continue
		}
		at, _ := n.b.program.Prompts.Place(id, "")
		for _, slot := range sortedKeys(slots) {
			kind, given := needs[id][slot]
			switch {
			case !given:
				n.b.complainIn(at, "E403", sortedKeys(needs[id]), "nothing gives {%s} a value: the slots of %s are fixed", slot, id)
			case !slices.Contains(sayable(kind), slots[slot]):
				n.b.complainIn(at, "E404", nil, "{%s} of %s gets a %s, which cannot be said as %s", slot, id, kind, slots[slot])
			}
		}
	}
}

// sayable lists the slot types that a value can be said as, by the type it is meant for.
func sayable(kind prompt.SlotType) []prompt.SlotType {
	switch kind {
	case prompt.Digits, prompt.Phone:
		return []prompt.SlotType{prompt.Digits, prompt.Phone}
	case prompt.Number:
		return []prompt.SlotType{prompt.Number, prompt.Digits, prompt.Ordinal}
	case prompt.Date, prompt.Time:
		return []prompt.SlotType{prompt.Date, prompt.Time, prompt.Weekday}
	default:
		return []prompt.SlotType{kind}
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

// complainIn complains at a place of the prompts folder.
func (b *builder) complainIn(at prompt.Place, code string, allowed []string, format string, args ...any) {
	b.complainAt(b.promptSource(at.File), max(1, at.Line), max(1, at.Col), code, allowed, format, args...)
}

// checkContent looks at the prompts of hubs' topics and of surveys.
func (b *builder) checkContent() {
	for _, t := range b.topics {
		for path, at := range t.at {
			if strings.HasSuffix(path, ".title") {
				t.prompt(at, at.Value, nil)
			}
			if strings.HasSuffix(path, ".body") {
				t.prompts(at)
			}
		}
	}
	for _, t := range b.surveys {
		for path, at := range t.at {
			if path == "intro" || strings.HasSuffix(path, ".prompt") {
				t.prompts(at)
			}
		}
	}
}

// prompts looks at a field that names one prompt or a list of them; they have no slots.
func (t *contentText) prompts(at *yaml.Node) {
	items := []*yaml.Node{at}
	if at.Kind == yaml.SequenceNode {
		items = at.Content
	}
	for _, item := range items {
		if item.Kind == yaml.ScalarNode && item.Value != "" {
			t.prompt(item, item.Value, nil)
		}
	}
}
