package flow

// HangUp ends the call, after its prompts.
//
//	bye: {type: hangup, prompt: thank_you}
type HangUp struct {
	Prompt []string         `flow:"prompt" is:"prompt"`
	With   map[string]*Expr `flow:"with" want:"slot"`
	Cause  string           `flow:"cause" default:"normal" oneof:"normal busy congestion"`
}

func (h *HangUp) enter(r *run, _ *Node) Out {
	items, err := r.audible(h.Prompt, h.With)
	if err != nil || len(items) == 0 {
		r.end(h.Cause)
		return Out{}
	}
	r.s.Turn.Phase = Speaking
	r.play(items)
	return Out{}
}

func (h *HangUp) input(r *run, _ *Node, in Input) Out {
	switch in.(type) {
	case Played, Resume:
		r.end(h.Cause)
	}
	return Out{}
}

// Speaks tells whether there is a prompt.
func (h *HangUp) Speaks() bool { return len(h.Prompt) > 0 }

// Outs gives none.
func (h *HangUp) Outs() ([]string, []Out) { return nil, []Out{{Word: Hang}} }

// Prompts gives the last words.
func (h *HangUp) Prompts() []Said { return []Said{{"prompt", h.Prompt, h.With}} }
