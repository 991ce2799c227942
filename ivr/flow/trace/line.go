package trace

import (
	"time"

	"talian/ivr"
)

// What says what a line tells.
type What string

// The kinds of lines, with the fields they use beside At, Call, Flow and Node.
const (
	Began     What = "began"     // Name: number dialled, Lang, Text: revision
	Entered   What = "entered"   // From, Exit; the node is the one entered
	Left      What = "left"      // From, Exit, Text: way out that leads to no node
	Heard     What = "heard"     // Prompts, Lang
	Silent    What = "silent"    // nothing of a playback was audible
	Pressed   What = "pressed"   // Key
	Chose     What = "chose"     // Key, Name: the choice, Text: for people
	Quiet     What = "quiet"     // For: no key for so long
	Timer     What = "timer"     // Name
	Recording What = "recorded"  // For, Text: failure
	Changed   What = "changed"   // Vars
	Queued    What = "queued"    // Name: queue, Vars: skills
	Requeued  What = "requeued"  // the agent was lost: the caller waits again
	Unqueued  What = "unqueued"  // Text: outcome
	Asked     What = "asked"     // Name: service, Text: method and path
	Replied   What = "replied"   // Name: service, For is 0, Text: status or failure
	Cased     What = "case"      // Name: what is done and the desk
	CaseReply What = "case_done" // Vars: results, Text: not_found or failed
	Booking   What = "booking"   // Name: queue, Text: slot
	Booked    What = "booked"    // Text: full or failed
	Dialling  What = "dialling"  // Name: number, masked
	Dialled   What = "dialled"   // Text: outcome
	Message   What = "message"   // Name: box, For
	Marked    What = "marked"    // Name
	Language  What = "language"  // Lang
	Answered  What = "answered"  // Name: survey and question, Text: value
	Fault     What = "fault"     // Text
	Resumed   What = "resumed"   // after a restart
	HungUp    What = "hung_up"   // the caller did
	Ended     What = "ended"     // Text: cause
)

// Masked stands for what is personal.
const Masked = "***"

// Line is one thing that happened in a call.
type Line struct {
	At      time.Time         `json:"at"`
	Call    ivr.CallID        `json:"call"`
	What    What              `json:"what"`
	Flow    string            `json:"flow,omitempty"`
	Node    string            `json:"node,omitempty"`
	From    string            `json:"from,omitempty"` // flow.node that was left
	Exit    string            `json:"exit,omitempty"` // "" = a choice, a case, a key or a limit
	Prompts []string          `json:"prompts,omitempty"`
	Lang    string            `json:"lang,omitempty"`
	Key     string            `json:"key,omitempty"`
	Name    string            `json:"name,omitempty"`
	Text    string            `json:"text,omitempty"`
	For     ivr.Millis        `json:"for,omitempty"`
	Vars    map[string]string `json:"vars,omitempty"` // "" = unset
}
