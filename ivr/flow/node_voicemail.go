package flow

import (
	"time"

	"talian/ivr/prompt"
)

// Message is the node type voicemail: the caller leaves a message.
//
//	message: {type: voicemail, box: general, prompt: message_after_beep, next: kept}
//
// With review the caller may keep it (1) or record it again (2); silence keeps it. A
// caller who hangs up while speaking has left what was said, when it is long enough.
type Message struct {
	Box     string           `flow:"box,required" is:"box"`
	Prompt  []string         `flow:"prompt,required" is:"prompt"`
	With    map[string]*Expr `flow:"with" want:"slot"`
	Max     time.Duration    `flow:"max" default:"2m" min:"5s" max:"10m"`
	Min     time.Duration    `flow:"min" default:"2s" min:"0s" max:"30s"`
	Silence time.Duration    `flow:"silence" default:"4s" min:"0s" max:"30s"` // ends the recording; 0s = never
	EndKey  string           `flow:"end_key" default:"#" oneof:"* # any none" code:"E310"`
	Review  bool             `flow:"review" default:"true"`
}

func (m *Message) enter(r *run, n *Node) Out {
	if r.w.BoxFull != nil && r.w.BoxFull(m.Box) {
		return r.exit("full")
	}
	r.s.Keys = ""
	items, err := r.audible(m.Prompt, m.With)
	if err != nil {
		return r.exit("error")
	}
	r.s.Turn = Turn{Phase: Speaking}
	if len(items) == 0 {
		return m.record(r)
	}
	r.play(items)
	return Out{}
}

func (m *Message) record(r *run) Out {
	id := r.next()
	r.s.Turn = Turn{Phase: Recording, Recording: id, Since: r.w.Now}
	r.do(Record{ID: id, Max: m.Max, MaxSilence: m.Silence, EndKey: m.EndKey, Beep: true})
	return Out{}
}

func (m *Message) input(r *run, n *Node, in Input) Out {
	switch r.s.Turn.Phase {
	case Speaking:
		return m.speaking(r, n, in)
	case Recording:
		return m.recording(r, n, in)
	default: // whether to keep it
		return r.answer(n, &review{message: m}, in)
	}
}

// speaking goes on to the recording; a key skips the prompt.
func (m *Message) speaking(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return m.enter(r, n)
	case Played:
		if in.Failed {
			r.fault(r.place(), "nothing was audible")
			return r.exit("error")
		}
		return m.record(r)
	case Key:
		r.stopPlay()
		return m.record(r)
	}
	return Out{}
}

func (m *Message) recording(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return m.enter(r, n)
	case Recorded:
		r.s.Turn = Turn{Recording: in.ID, Length: in.Length}
		return m.recorded(r, n, in)
	}
	return Out{}
}

func (m *Message) recorded(r *run, n *Node, in Recorded) Out {
	enough := !in.Failed && in.Length > 0 && in.Length >= m.Min
	switch {
	case in.Failed:
		r.fault(r.place(), "recording failed")
		return r.exit("error")
	case !enough:
		return r.exit("empty")
	case m.Review:
		return r.ask(n, &review{message: m}, nil)
	}
	return m.keep(r)
}

func (m *Message) keep(r *run) Out {
	r.heard()
	m.file(r)
	return r.exit("next")
}

// file turns the recording into a message.
func (m *Message) file(r *run) {
	r.do(Voicemail{Recording: r.s.Turn.Recording, Box: m.Box, Length: r.s.Turn.Length, Lang: r.s.Lang})
}

// hungUp keeps the message. One under way is as long as the time since it was begun; the
// call's end ends the recording.
func (m *Message) hungUp(r *run) {
	turn := &r.s.Turn
	switch turn.Phase {
	case Recording:
		turn.Length = r.w.Now.Sub(turn.Since)
		if turn.Length > 0 && turn.Length >= m.Min {
			m.file(r)
		}
		turn.Phase = ""
	case Asking, Listening:
		m.file(r)
	case Speaking, Queued, Sorry: // nothing was recorded
	}
}

// Speaks is true: it asks for a message.
func (m *Message) Speaks() bool { return true }

// Outs gives next, empty, full and error.
func (m *Message) Outs() ([]string, []Out) {
	return []string{"next", "empty", "full", "error"}, nil
}

// review asks whether the message shall be kept.
type review struct{ message *Message }

const (
	keyKeep  = "1"
	keyAgain = "2"
)

func (v *review) Common() *Try {
	return &Try{Wait: 7 * time.Second, WaitMore: 3 * time.Second, Tries: 2, BargeIn: Interrupt, TypeAhead: Flush, only: true}
}

func (v *review) words(r *run, _ *Node, _ bool) ([]prompt.Item, error) {
	return r.words([]string{PromptKeepRecording}, nil)
}

func (v *review) valid(key string) bool { return key == keyKeep || key == keyAgain }

func (v *review) choose(r *run, n *Node, key string) Out {
	if key == keyAgain {
		return v.message.enter(r, n)
	}
	return v.message.keep(r)
}

func (v *review) given(r *run, _ *Node, _ string) Out { return v.message.keep(r) }

// Prompts gives what comes before the beep.
func (m *Message) Prompts() []Said { return []Said{{"prompt", m.Prompt, m.With}} }
