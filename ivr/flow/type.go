package flow

import "slices"

// Type is one row of the table of node types.
type Type struct {
	Name  string
	About string
	Input bool // asks the caller for keys: global keys, BACK and HOME apply
	New   func() Spec
	Exits []Exit // besides next
}

// Exit is a way out that a type has.
type Exit struct {
	Name     string
	Optional bool // need not be written or inherited; the type says what happens then
}

// Spec holds the fields of one node, decoded from its text by the tags of the struct:
// `flow:"name[,required]"`, `default`, `min`, `max`, `oneof`, `empty` (true: may be ""), `code`
// (of a complaint about the value), `is` (what a text names: calendar, queue, box, desk,
// service, survey, topics, flow, skill, key, var, saved, prompt) and `want` (result of an
// expression: bool, int, text, slot, var, input, field).
type Spec interface {
	// enter begins the node. The zero Out means: stay and wait for input.
	enter(r *run, n *Node) Out
	// input goes on with the node.
	input(r *run, n *Node, in Input) Out
	// Speaks tells whether the caller hears something before the node is left.
	Speaks() bool
	// Outs gives the names of the exits that this node, as written, can take, and the ways
	// out that its own fields hold.
	Outs() (exits []string, own []Out)
}

// Types lists the node types in the order in which the manual describes them.
func Types() []Type {
	failure := Exit{Name: "error"}
	return []Type{
		{Name: "say", About: "plays prompts", New: func() Spec { return new(Say) }, Exits: []Exit{failure}},
		{Name: "menu", About: "asks for one key and goes the way it names", Input: true, New: func() Spec { return new(Menu) },
			Exits: []Exit{{Name: "no_input"}, {Name: "no_match"}, failure}},
		{Name: "collect", About: "asks for several digits", Input: true, New: func() Spec { return new(Collect) },
			Exits: []Exit{{Name: "skipped"}, {Name: "no_input"}, {Name: "no_match"}, failure}},
		{Name: "confirm", About: "asks yes or no", Input: true, New: func() Spec { return new(Confirm) },
			Exits: []Exit{{Name: "accept"}, {Name: "decline"}, {Name: "no_input"}, {Name: "no_match"}, failure}},
		{Name: "language", About: "asks for the caller's language", Input: true, New: func() Spec { return new(Language) },
			Exits: []Exit{{Name: "no_input"}, failure}},
		{Name: "hub", About: "tells about topics from a content file", Input: true, New: func() Spec { return new(Hub) },
			Exits: []Exit{{Name: "done"}, {Name: "no_input"}, {Name: "no_match"}, failure}},
		{Name: "record", About: "keeps what the caller says", New: func() Spec { return new(Statement) },
			Exits: []Exit{{Name: "empty"}, failure}},
		{Name: "hours", About: "asks a calendar", New: func() Spec { return new(Hours) },
			Exits: []Exit{{Name: "open"}, {Name: "closed"}, {Name: "special", Optional: true}, failure}},
		{Name: "switch", About: "goes the way of the first condition that holds", New: func() Spec { return new(Switch) }, Exits: []Exit{failure}},
		{Name: "set", About: "sets variables", New: func() Spec { return new(Set) }, Exits: []Exit{failure}},
		{Name: "http", About: "asks an outside service", New: func() Spec { return new(HTTP) },
			Exits: []Exit{{Name: "ok"}, {Name: "404", Optional: true}, {Name: "4xx", Optional: true}, {Name: "5xx", Optional: true},
				{Name: "timeout", Optional: true}, failure}},
		{Name: "call", About: "runs another flow and comes back", New: func() Spec { return new(SubFlow) }, Exits: []Exit{failure}},
		{Name: "case", About: "opens, finds, adds to or drafts a case", New: func() Spec { return new(CaseNode) },
			Exits: []Exit{{Name: "not_found"}, failure}},
		{Name: "queue", About: "waits for an agent", New: func() Spec { return new(Wait) },
			Exits: []Exit{{Name: "timeout"}, {Name: "full"}, {Name: "no_agents"}, {Name: "key"}, failure}},
		{Name: "voicemail", About: "records a message", New: func() Spec { return new(Message) },
			Exits: []Exit{{Name: "empty"}, {Name: "full"}, failure}},
		{Name: "callback", About: "asks when and where to call back", Input: true, New: func() Spec { return new(CallBack) },
			Exits: []Exit{{Name: "declined"}, {Name: "full"}, {Name: "no_input"}, {Name: "no_match"}, failure}},
		{Name: "transfer", About: "connects with an outside number", New: func() Spec { return new(Transfer) },
			Exits: []Exit{{Name: "busy"}, {Name: "no_answer"}, {Name: "failed"}, failure}},
		{Name: "survey", About: "asks the questions of a survey", Input: true, New: func() Spec { return new(Inquiry) },
			Exits: []Exit{{Name: "declined"}, {Name: "partial"}, failure}},
		{Name: "wait", About: "lets time pass", New: func() Spec { return new(Interval) }, Exits: []Exit{failure}},
		{Name: "hangup", About: "ends the call", New: func() Spec { return new(HangUp) }},
	}
}

// TypeNamed gives a row of the table; false when there is none of that name.
func TypeNamed(name string) (*Type, bool) {
	for _, t := range Types() {
		if t.Name == name {
			return &t, true
		}
	}
	return nil, false
}

// Silent tells whether the node is left again without sound, key or time.
func (n *Node) Silent() bool {
	return !n.Spec.Speaks() && !n.Type.Input && !slices.Contains([]string{"queue", "transfer", "wait"}, n.Type.Name)
}
