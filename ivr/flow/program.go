package flow

import (
	"time"

	"talian/ivr/hours"
	"talian/ivr/prompt"
)

// Program is a checked bundle of flows. It never changes after it was made, so every
// call keeps the Program that it began with.
type Program struct {
	Revision  string           // SHA-256 over the bundle's files, in hex
	Numbers   map[string]Entry // by the number dialled
	Languages []string         // in the order of ivr.yaml
	Default   string           // language before the caller chose one
	Operator  string           // flow of the way out OPERATOR; "" = none
	Location  *time.Location   // zone of `now` in expressions
	Exits     map[string]Out   // ivr.yaml defaults.exits: the last place an exit is looked up
	Flows     map[string]*Flow // by id
	Calendars map[string]*hours.Calendar
	Queues    map[string]Queue
	Skills    map[string]map[string]string // kind, the flows' value: the value in agents' profiles; "" asks for nothing
	Boxes     map[string]bool              // voicemail boxes
	Env       map[string]any               // env.* in expressions
	Limits    Limits
	Prompts   *prompt.Catalogue
}

// Entry is what a dialled number leads to.
type Entry struct {
	Flow     string
	Revision string // "" = the published one; else the tag of another, for example "candidate"
}

// Limits keep a mistake in a flow from holding a caller for ever.
type Limits struct {
	Call   time.Duration // longest time in flows; an agent's conversation starts it anew
	Steps  int           // nodes entered in a call
	Silent int           // nodes entered in a row without sound or caller's key
}

// DefaultLimits are those of a bundle that names none.
func DefaultLimits() Limits { return Limits{Call: 30 * time.Minute, Steps: 500, Silent: 50} }

// Queue is what queues.yaml says of one queue.
type Queue struct {
	Name         string
	Max          int           // callers waiting at most; 0 = no limit
	AnswerWithin time.Duration // how long an offer waits for its agent
}

// Flow is one state machine of nodes.
type Flow struct {
	ID       string
	About    string
	Start    string           // id of the first node
	Home     string           // first menu from Start on; "" = none
	Vars     map[string]Var   // declared variables
	Keys     map[string]Out   // valid in every input node
	Handlers map[string]Out   // exits for all nodes; and loop, too_long, hangup
	Nodes    map[string]*Node // by id
}

// Node is one node of a flow.
type Node struct {
	ID     string
	About  string
	Mark   string         // milestone told when the node is entered
	Visits int            // most entries in a call
	Next   Out            // the normal way out
	Exits  map[string]Out // the others, as written at the node
	Type   *Type
	Spec   Spec // the type's own fields, for example *Menu
	Pos    Pos
}

// Pos is a place in a bundle's file, counted from 1.
type Pos struct {
	File      string
	Line, Col int
}

// Var declares a variable.
type Var struct {
	Type    VarType
	Of      []string // values of an enum
	Default string   // as written; "" = unset
	PII     bool     // personal: masked in logs, traces and exports
}

// Exit gives the way out that the nearest entry names: the node's own, the flow's
// handlers, ivr.yaml. The way out of "next" is only at the node.
func (p *Program) Exit(f *Flow, n *Node, name string) (Out, bool) {
	if name == "next" {
		return n.Next, !n.Next.Zero()
	}
	for _, exits := range []map[string]Out{n.Exits, f.Handlers, p.Exits} {
		if out, found := exits[name]; found {
			return out, true
		}
	}
	return Out{}, false
}
