package flow

import (
	"slices"

	"talian/ivr/prompt"
)

// Confirm asks yes or no.
//
//	same: {type: confirm, prompt: use_this_number, with: {n: call.from}, exits: {accept: use, decline: ask}}
type Confirm struct {
	Ask
	Yes string `flow:"yes" default:"1" is:"key"`
	No  string `flow:"no" default:"2" is:"key"`
}

func (x *Confirm) enter(r *run, n *Node) Out                 { return r.beginAsk(n, x) }
func (x *Confirm) input(r *run, n *Node, in Input) Out       { return r.answer(n, x, in) }
func (x *Confirm) valid(key string) bool                     { return key == x.Yes || key == x.No }
func (x *Confirm) given(r *run, _ *Node, failure string) Out { return r.exit(failure) }

func (x *Confirm) words(r *run, _ *Node, short bool) ([]prompt.Item, error) { return x.said(r, short) }

func (x *Confirm) choose(r *run, _ *Node, key string) Out {
	if key == x.Yes {
		return r.exit("accept")
	}
	return r.exit("decline")
}

// Speaks is true: it asks.
func (x *Confirm) Speaks() bool { return true }

// Outs gives accept, decline, no_input, no_match and error.
func (x *Confirm) Outs() ([]string, []Out) {
	return []string{"accept", "decline", "no_input", "no_match", "error"}, nil
}

// OwnKeys gives the keys for yes and no.
func (x *Confirm) OwnKeys() (string, []string) {
	keys := []string{x.Yes, x.No}
	slices.Sort(keys)
	return "yes", keys
}

// Defaults drops keys from before: nobody confirms what they have not heard.
func (x *Confirm) Defaults() map[string]string { return map[string]string{"type_ahead": Flush} }
