package flow

import "time"

// Interval is the node type wait: time passes, with music or in silence.
//
//	moment: {type: wait, for: 5s, music: default, next: again}
//
// Keys pressed meanwhile are kept for the next question. A restart keeps the time passed.
type Interval struct {
	For   time.Duration `flow:"for,required" min:"100ms" max:"10m"`
	Music string        `flow:"music"` // class; "" = silence
}

func (x *Interval) enter(r *run, _ *Node) Out {
	r.s.Turn.Phase = Pausing
	x.music(r, true)
	r.setTimer(timerPause, x.For)
	return Out{}
}

func (x *Interval) input(r *run, _ *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		x.music(r, true)
		r.rearm(timerPause)
	case Key:
		r.buffer(string(in.Key))
	case Fired:
		if kindOf(in.Name) == timerPause {
			return r.exit("next")
		}
	}
	return Out{}
}

func (x *Interval) stop(r *run) {
	if r.s.Turn.Phase == Pausing {
		r.s.Turn.Phase = ""
		x.music(r, false)
	}
}

func (x *Interval) music(r *run, on bool) {
	if x.Music != "" {
		r.do(Music{On: on, Class: x.Music})
	}
}

// Speaks is false: music is not a word.
func (x *Interval) Speaks() bool { return false }

// Outs gives next.
func (x *Interval) Outs() ([]string, []Out) { return []string{"next"}, nil }
