package flow

import "talian/ivr/prompt"

// Message is the node type voicemail: the caller leaves a message.
//
//	message: {type: voicemail, box: general, prompt: message_after_beep, next: kept}
//
// With review the caller may keep it (1) or record it again (2); silence keeps it. A
// caller who hangs up while speaking has left what was said, when it is long enough.
type Message struct {
	Box string `flow:"box,required" is:"box"`
	Speech
	Review bool `flow:"review" default:"true"`
}

func (m *Message) enter(r *run, _ *Node) Out {
	if r.w.BoxFull != nil && r.w.BoxFull(m.Box) {
		return r.exit("full")
	}
	return r.invite(m)
}

func (m *Message) input(r *run, n *Node, in Input) Out { return r.recording(m, n, in) }
func (m *Message) beeps() bool                         { return true }
func (m *Message) reviewed() bool                      { return m.Review }
func (m *Message) hungUp(r *run)                       { r.keepOnHangup(m) }

// keep files what was said as a message.
func (m *Message) keep(r *run) {
	r.do(Voicemail{Recording: r.s.Turn.Recording, Box: m.Box, Length: r.s.Turn.Length, Lang: r.s.Lang})
}

// Outs gives next, empty, full and error.
func (m *Message) Outs() ([]string, []Out) {
	return []string{"next", "empty", "full", "error"}, nil
}

// Needs gives the words that ask whether to keep it.
func (m *Message) Needs() map[string]map[string]prompt.SlotType { return needsReview(m) }
