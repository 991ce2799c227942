package flow

import "talian/ivr/prompt"

// Statement is the node type record: what the caller says is kept in a variable.
//
//	story: {type: record, prompt: tell_your_complaint, max: 3m, review: true, save: message, next: phone}
//
// A later recording into the same variable replaces the earlier one. With keep_on_hangup a
// caller who hangs up while speaking has said what was said by then.
type Statement struct {
	Speech
	Beep         bool   `flow:"beep" default:"true"`
	Review       bool   `flow:"review" default:"false"`
	KeepOnHangup bool   `flow:"keep_on_hangup" default:"true"`
	Save         string `flow:"save,required" is:"var"`
}

func (x *Statement) enter(r *run, _ *Node) Out           { return r.invite(x) }
func (x *Statement) input(r *run, n *Node, in Input) Out { return r.recording(x, n, in) }
func (x *Statement) beeps() bool                         { return x.Beep }
func (x *Statement) reviewed() bool                      { return x.Review }

func (x *Statement) keep(r *run) {
	r.setVar(x.Save, Clip{Recording: r.s.Turn.Recording, Length: r.s.Turn.Length}.String())
}

func (x *Statement) hungUp(r *run) {
	if x.KeepOnHangup {
		r.keepOnHangup(x)
	}
}

// Outs gives next, empty and error.
func (x *Statement) Outs() ([]string, []Out) { return []string{"next", "empty", "error"}, nil }

// Needs gives the words that ask whether to keep it.
func (x *Statement) Needs() map[string]map[string]prompt.SlotType { return needsReview(x) }
