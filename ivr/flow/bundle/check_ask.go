package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"talian/ivr/flow"
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
	n.checkPages(t, a)
	if a.Tries > 1 && n.b.readable("ivr.yaml") {
		n.checkRetries(a)
	}
	_, inFlow := t.f.Keys["0"]
	_, atNode := a.Keys["0"]
	if obeysKeys(n.n) && !slices.Contains(own, "0") && !inFlow && !atNode {
		n.complain(n.key, "E308", nil, "no way to a person: key 0 leads nowhere; set it, or switch it off with keys: {\"0\": NONE}")
	}
	n.checkOrder(own)
	n.checkSpokenKeys(t, a)
}

// checkRetries looks whether the caller hears what went wrong.
func (n *nodeText) checkRetries(a *flow.Try) {
	if len(a.NoInput) == 0 {
		n.complain(n.key, "E307", nil, "silence is met with silence: no prompt in no_input, here or in ivr.yaml")
	}
	if len(a.NoMatch) == 0 {
		n.complain(n.key, "E307", nil, "a wrong key is met with silence: no prompt in no_match, here or in ivr.yaml")
	}
}

// checkPages looks whether the keys of a hub's list are free: one for each topic of a page
// and one for the next page. A survey's keys go before the flow's, so they are not looked at.
func (n *nodeText) checkPages(t *flowText, a *flow.Try) {
	hub, isHub := n.n.Spec.(*flow.Hub)
	if !isHub {
		return
	}
	for i := range hub.PerPage + 1 {
		key := strconv.Itoa(i + 1)
		if out, global := effectiveKeys(t.f, a)[key]; global {
			n.complain(n.place("per_page"), "E302", nil, "key %s of the list leads to %s in the whole flow; switch that off here with keys: {%q: NONE}", key, out, key)
		}
	}
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
