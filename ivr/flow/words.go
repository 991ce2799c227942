package flow

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"talian/ivr"
	"talian/ivr/prompt"
)

// errWithheld says that words need the caller's number, which is withheld.
var errWithheld = errors.New("the caller's number is withheld")

// words resolves prompts to what is played, in the caller's language.
func (r *run) words(ids []string, with map[string]*Expr) ([]prompt.Item, error) {
	var items []prompt.Item
	values, err := r.slots(with)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		said, err := r.p.Prompts.Say(r.s.Lang, id, values)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", id, err)
		}
		items = append(items, said...)
	}
	return items, nil
}

func (r *run) slots(with map[string]*Expr) (map[string]any, error) {
	if len(with) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(with))
	for _, name := range slices.Sorted(maps.Keys(with)) {
		expression := with[name]
		value, err := r.eval(expression)
		if err != nil {
			return nil, fmt.Errorf("slot %s: %w", name, err)
		}
		if value == "" && r.s.Call.From == "" && slices.Contains(expression.Names(), "call") {
			return nil, fmt.Errorf("slot %s: %w", name, errWithheld)
		}
		values[name] = value
	}
	return values, nil
}

// said gives the question, or its short form where there is one.
func (a *Ask) said(r *run, short bool) ([]prompt.Item, error) {
	if short && len(a.Short) > 0 {
		return r.words(a.Short, a.With)
	}
	return r.words(a.Prompt, a.With)
}

// apology is the language's own.
func (r *run) apology() ([]prompt.Item, error) {
	return r.p.Prompts.Say(r.s.Lang, PromptApology, nil)
}

// audible resolves prompts; what cannot be said becomes the language's apology.
func (r *run) audible(ids []string, with map[string]*Expr) ([]prompt.Item, error) {
	items, err := r.words(ids, with)
	if err == nil {
		return items, nil
	}
	r.fault(r.place(), err.Error())
	return r.apology()
}

func (r *run) chose(n *Node, key, choice, words string) {
	r.setVar(n.ID, choice)
	r.do(Tell{ivr.CallChose{Flow: r.s.Flow, Node: n.ID, Key: key, Choice: choice, Words: words}})
}
