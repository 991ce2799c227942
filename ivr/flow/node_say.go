package flow

// Say plays prompts.
//
//	welcome: {type: say, prompt: [welcome, agents_back_at], with: {t: next_open("office")}, next: main}
//
// A key pressed meanwhile is kept for the next question and cuts the prompts short
// (interrupt), lets them finish (hold), or is dropped (ignore).
type Say struct {
	Prompt  []string         `flow:"prompt,required" is:"prompt"`
	With    map[string]*Expr `flow:"with" want:"slot"`
	BargeIn string           `flow:"barge_in" default:"interrupt" oneof:"interrupt hold ignore"`
	Times   int              `flow:"times" default:"1" min:"1" max:"3"`
}

func (s *Say) enter(r *run, n *Node) Out {
	items, err := r.audible(s.Prompt, s.With)
	if err != nil {
		return r.exit("error")
	}
	r.s.Turn.Phase = Speaking
	if len(items) == 0 {
		return r.exit("next")
	}
	r.play(items)
	return Out{}
}

func (s *Say) input(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return s.enter(r, n)
	case Played:
		if in.Failed {
			r.fault(r.place(), "nothing was audible")
			return r.exit("error")
		}
		r.s.Turn.Round++
		if r.s.Turn.Round < s.Times {
			return s.enter(r, n)
		}
		return r.exit("next")
	case Key:
		if s.BargeIn != Ignore {
			r.buffer(string(in.Key))
		}
		if s.BargeIn == Interrupt {
			r.stopPlay()
			return r.exit("next")
		}
	}
	return Out{}
}

// Speaks is true.
func (s *Say) Speaks() bool { return true }

// Outs gives next and error.
func (s *Say) Outs() ([]string, []Out) { return []string{"next", "error"}, nil }

// Prompts gives what it plays.
func (s *Say) Prompts() []Said { return []Said{{"prompt", s.Prompt, s.With}} }
