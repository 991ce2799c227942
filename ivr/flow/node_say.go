package flow

import "time"

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

	// Controls lets the caller steer: 7 goes back 10 s, 8 pauses for at most a minute and goes
	// on, 9 goes forward 10 s; every other key is treated as barge_in says.
	Controls bool `flow:"controls" default:"false"`
}

func (s *Say) enter(r *run, n *Node) Out {
	items, err := r.audible(s.Prompt, s.With)
	if err != nil {
		return r.exit("error")
	}
	r.s.Turn.Phase, r.s.Turn.Paused = Speaking, false
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
	case Fired:
		if kindOf(in.Name) == timerPause {
			s.goOn(r)
		}
	case Key:
		if s.Controls && s.steer(r, in.Key) {
			return Out{}
		}
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

const (
	skipBy   = 10 * time.Second // how far a key moves what is played
	maxPause = time.Minute      // for which it may halt: nobody is left in silence
)

// steer obeys a key that moves or halts what is played.
func (s *Say) steer(r *run, key byte) bool {
	turn := &r.s.Turn
	switch key {
	case '7':
		r.do(Skip{ID: turn.Play, By: -skipBy})
		s.goOn(r)
	case '8':
		if turn.Paused {
			s.goOn(r)
			break
		}
		turn.Paused = true
		r.do(Pause{ID: turn.Play, On: true})
		r.setTimer(timerPause, maxPause)
	case '9':
		r.do(Skip{ID: turn.Play, By: skipBy})
		s.goOn(r)
	default:
		return false
	}
	r.heard()
	return true
}

// goOn lets go on what halts.
func (s *Say) goOn(r *run) {
	if r.s.Turn.Paused {
		r.s.Turn.Paused = false
		r.do(Pause{ID: r.s.Turn.Play, On: false})
		r.stopTimer(timerPause)
	}
}

// Speaks is true.
func (s *Say) Speaks() bool { return true }

// Outs gives next and error.
func (s *Say) Outs() ([]string, []Out) { return []string{"next", "error"}, nil }

// Prompts gives what it plays.
func (s *Say) Prompts() []Said { return []Said{{"prompt", s.Prompt, s.With}} }
