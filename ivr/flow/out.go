package flow

import "regexp"

// Out is a way out of a node: to a node of the same flow, to another flow, or a word.
type Out struct {
	Word   Word
	Target string // node id, flow id or outcome, as Word says
}

// Word tells the kinds of ways out apart.
type Word string

// The words. Node and Flow are not written in upper case: an id stands for ToNode,
// "flow:<id>" for ToFlow.
const (
	ToNode   Word = "node"
	ToFlow   Word = "flow"
	Hang     Word = "HANGUP"
	Return   Word = "RETURN"
	Repeat   Word = "REPEAT"   // enter the node again
	Back     Word = "BACK"     // previous input node of the flow
	Home     Word = "HOME"     // entry flow's first menu
	Operator Word = "OPERATOR" // the flow that ivr.yaml names
	None     Word = "NONE"     // switches an inherited key off
)

// Words lists the words that may be written as a way out.
func Words() []string {
	return []string{"HANGUP", "RETURN", "REPEAT", "BACK", "HOME", "OPERATOR", "NONE"}
}

//nolint:gochecknoglobals // constants, which Go has no form for
var (
	idForm     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)
	flowForm   = regexp.MustCompile(`^flow:([a-z][a-z0-9_]{0,47})$`)
	returnForm = regexp.MustCompile(`^RETURN ([a-z][a-z0-9_]{0,47})$`)
)

// ValidID tells whether s may name a node, flow or variable.
func ValidID(s string) bool { return idForm.MatchString(s) }

// ParseOut reads a way out as it is written; false when it has no such form. It does
// not look whether the target exists.
func ParseOut(s string) (Out, bool) {
	if ValidID(s) {
		return Out{ToNode, s}, true
	}
	if m := flowForm.FindStringSubmatch(s); m != nil {
		return Out{ToFlow, m[1]}, true
	}
	if m := returnForm.FindStringSubmatch(s); m != nil {
		return Out{Return, m[1]}, true
	}
	for _, word := range Words() {
		if s == word {
			return Out{Word: Word(s)}, true
		}
	}
	return Out{}, false
}

// Zero tells whether there is no way out at all.
func (o Out) Zero() bool { return o.Word == "" }

// Choice is what menu.choice holds after this way out was chosen.
func (o Out) Choice() string {
	if o.Word == ToNode || o.Word == ToFlow {
		return o.Target
	}
	return string(o.Word)
}

// String writes the way out as in a flow.
func (o Out) String() string {
	switch o.Word {
	case ToNode:
		return o.Target
	case ToFlow:
		return "flow:" + o.Target
	case Return:
		if o.Target != "" {
			return "RETURN " + o.Target
		}
	case Hang, Repeat, Back, Home, Operator, None: // the word alone
	}
	return string(o.Word)
}
