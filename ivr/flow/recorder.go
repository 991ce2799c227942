package flow

import (
	"time"

	"talian/ivr/prompt"
)

// Speech holds the fields that every node has that records the caller.
type Speech struct {
	Prompt  []string         `flow:"prompt,required" is:"prompt"`
	With    map[string]*Expr `flow:"with" want:"slot"`
	Max     time.Duration    `flow:"max" default:"2m" min:"5s" max:"10m"`
	Min     time.Duration    `flow:"min" default:"2s" min:"0s" max:"30s"`
	Silence time.Duration    `flow:"silence" default:"4s" min:"0s" max:"30s"` // ends the recording; 0s = never
	EndKey  string           `flow:"end_key" default:"#" oneof:"* # any none" code:"E310"`
}

// Prompts gives what comes before the beep.
func (s *Speech) Prompts() []Said { return []Said{{"prompt", s.Prompt, s.With}} }

// Speaks is true: it asks for words.
func (s *Speech) Speaks() bool { return true }

func (s *Speech) enough(length time.Duration) bool { return length > 0 && length >= s.Min }

func (s *Speech) speech() *Speech { return s }

// recorder is a node that records the caller. What was said is Turn.Recording and
// Turn.Length.
type recorder interface {
	Spec
	speech() *Speech
	beeps() bool
	reviewed() bool
	// keep does with what was said what the node is for.
	keep(r *run)
}

// invite plays the words before the beep.
func (r *run) invite(s recorder) Out {
	r.s.Keys = ""
	items, err := r.audible(s.speech().Prompt, s.speech().With)
	if err != nil {
		return r.exit("error")
	}
	r.s.Turn = Turn{Phase: Speaking}
	if len(items) == 0 {
		return r.record(s)
	}
	r.play(items)
	return Out{}
}

func (r *run) record(s recorder) Out {
	id, f := r.next(), s.speech()
	r.s.Turn = Turn{Phase: Recording, Recording: id, Since: r.w.Now}
	r.do(Record{ID: id, Max: f.Max, MaxSilence: f.Silence, EndKey: f.EndKey, Beep: s.beeps()})
	return Out{}
}

// recording goes on with a node that records.
func (r *run) recording(s recorder, n *Node, in Input) Out {
	switch r.s.Turn.Phase {
	case Speaking:
		return r.inviting(s, in)
	case Recording:
		return r.taking(s, n, in)
	default: // whether to keep it
		return r.answer(n, review(s), in)
	}
}

// inviting goes on to the recording; a key skips the prompt.
func (r *run) inviting(s recorder, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return r.invite(s)
	case Played:
		if in.Failed {
			r.fault(r.place(), "nothing was audible")
			return r.exit("error")
		}
		return r.record(s)
	case Key:
		r.stopPlay()
		return r.record(s)
	}
	return Out{}
}

func (r *run) taking(s recorder, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return r.invite(s)
	case Recorded:
		r.s.Turn = Turn{Recording: in.ID, Length: in.Length}
		return r.recorded(s, n, in)
	}
	return Out{}
}

func (r *run) recorded(s recorder, n *Node, in Recorded) Out {
	switch {
	case in.Failed:
		r.fault(r.place(), "recording failed")
		return r.exit("error")
	case !s.speech().enough(in.Length):
		return r.exit("empty")
	case s.reviewed():
		return r.beginAsk(n, review(s))
	}
	return r.kept(s)
}

func (r *run) kept(s recorder) Out {
	r.heard()
	s.keep(r)
	return r.exit("next")
}

const (
	keyKeep  = "1"
	keyAgain = "2"
)

// review asks whether what was said shall be kept; silence keeps it.
func review(s recorder) question {
	keep := func(r *run, _ *Node, _ string) Out { return r.kept(s) }
	return &aside{prompt: PromptKeepRecording, keys: keyKeep + keyAgain, try: alone(), failed: keep,
		chosen: func(r *run, _ *Node, key string) Out {
			if key == keyAgain {
				return r.invite(s)
			}
			return r.kept(s)
		}}
}

// keepOnHangup keeps what was said by a caller who hung up. A recording under way is as
// long as the time since it was begun, and no longer than it may be; the call's end ends it.
func (r *run) keepOnHangup(s recorder) {
	turn := &r.s.Turn
	switch turn.Phase {
	case Recording:
		turn.Length = min(r.w.Now.Sub(turn.Since), s.speech().Max)
		if s.speech().enough(turn.Length) {
			s.keep(r)
		}
		turn.Phase = ""
	case Asking, Listening:
		s.keep(r)
	default: // nothing was said
	}
}

func needsReview(s recorder) map[string]map[string]prompt.SlotType {
	if !s.reviewed() {
		return nil
	}
	return map[string]map[string]prompt.SlotType{PromptKeepRecording: nil}
}
