package flow

import (
	"net/netip"
	"time"

	"talian/ivr"
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
	Boxes     map[string]Box               // voicemail boxes
	Desks     map[string]Desk              // case desks
	Services  map[string]Service           // that http nodes ask
	Topics    map[string]*Topics           // that hubs tell
	Surveys   map[string]*Survey
	Env       map[string]any // env.* in expressions
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

// Box is a voicemail box.
type Box struct {
	Name string
	Max  int // messages it holds at most; 0 = no limit
}

// Desk is a case desk: it opens cases of one kind.
type Desk struct {
	Name    string
	Kind    ivr.CaseKind   // of a case that does not say
	Due     map[string]int // days until a case of the category must be answered
	DueElse int            // days for every other category
}

// Service is an outside service that http nodes may ask.
type Service struct {
	Name     string
	Base     string         // https://host/path, without a slash at the end
	Networks []netip.Prefix // addresses it may have; empty = public ones
	Header   string         // that carries the secret, for example Authorization; "" = none
	Secret   string         // name of a file in ivrd's folder of secrets
	Prefix   string         // before the secret, for example "Bearer "
	AtOnce   int            // requests under way at most
	Failures int            // in a row, after which it is left alone
	Rest     time.Duration  // how long it is left alone then
}

// Topics is the content of a hub.
type Topics struct {
	Name string
	List []Topic
}

// Topic is one thing that callers may hear about, or a group of such.
type Topic struct {
	ID    string
	About string    // for people
	Title string    // prompt without slots: completes "for ..., press 1"
	Body  []string  // prompts; empty for a group
	From  time.Time // first moment it is valid; zero = always was
	Until time.Time // first moment it is no longer valid; zero = always will be
	List  []Topic   // of a group
}

// Survey is a list of questions, each answered by one key.
type Survey struct {
	Name      string
	Intro     []string
	Min, Max  int    // of the scale, 0 to 9
	SkipKey   string // "" = none
	StopKey   string // "" = none
	Rotate    int    // questions asked in one call; 0 = all
	Questions []Question
}

// Question is one of a survey.
type Question struct {
	ID     string
	Prompt []string
	When   *Expr // nil = always
}

// Flow is one state machine of nodes.
type Flow struct {
	ID       string
	About    string
	Start    string           // id of the first node
	Home     string           // first menu from Start on; "" = none
	Vars     map[string]Var   // declared variables
	Inputs   []string         // variables that a calling flow sets
	Outputs  []string         // variables that a calling flow may read
	Outcomes []string         // words behind RETURN; exits of the node that calls
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
