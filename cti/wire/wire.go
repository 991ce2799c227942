// Package wire holds the messages of the agents' websocket, subprotocol ctid.v1: JSON
// text frames, one message each, with the message's kind in "t". These structs are the
// source; the TypeScript types in cti/web/src/wire.gen.ts are generated from them.
//
//	C→S hello, cmd, hb            S→C welcome, snap, evt, res, hb, bye
//
// Order and loss: evt messages of the stream carry seq, strictly one more each. A
// client that comes back with hello.resume gets the missed ones, or a snap when they
// are gone or the epoch is new. Commands are answered exactly once by res; a repeated
// id gets the first answer again with replayed=true.
package wire

import "encoding/json"

// Proto is the websocket subprotocol.
const Proto = "ctid.v1"

// Kinds of messages ("t").
const (
	KindHello   = "hello"
	KindWelcome = "welcome"
	KindSnap    = "snap"
	KindEvent   = "evt"
	KindCommand = "cmd"
	KindResult  = "res"
	KindBeat    = "hb"
	KindBye     = "bye"
)

// Close codes of the websocket.
const (
	CloseProtocol  = 4400 // message not understood
	CloseAuth      = 4401 // session over: sign in again
	CloseForbidden = 4403 // not allowed
	CloseSlow      = 4408 // reader too slow: reconnect and resume
	CloseReplaced  = 4409 // another place took over
	CloseDrain     = 4410 // server goes away: reconnect after retryMs
	CloseUpgrade   = 4426 // page too old: reload
)

// Hello is the client's first message, within 5 s of the connection.
type Hello struct {
	T      string  `json:"t"`
	App    string  `json:"app"`              // build of the page
	Tab    string  `json:"tab"`              // random id of the tab
	CSRF   string  `json:"csrf"`             // value that GET /api/v1/me gave
	Resume *Cursor `json:"resume,omitempty"` // last position seen
}

// Cursor is a place in the stream.
type Cursor struct {
	Epoch string `json:"epoch"` // of the ctid process
	Seq   uint64 `json:"seq"`
}

// Welcome answers hello; a snap or the missed events follow.
type Welcome struct {
	T         string `json:"t"`
	Epoch     string `json:"epoch"`
	Seq       uint64 `json:"seq"`       // last event of the stream
	Now       int64  `json:"now"`       // server's clock, Unix milliseconds
	BeatEvery int64  `json:"beatEvery"` // ms
	DeadAfter int64  `json:"deadAfter"` // ms without a message
	Resumed   bool   `json:"resumed"`
}

// Snap is the whole state of the agent; it replaces what the page knew.
type Snap struct {
	T     string `json:"t"`
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Data  Self   `json:"data"`
}

// Self is all that a desk shows of its agent.
type Self struct {
	Me    Me        `json:"me"`
	Agent AgentView `json:"agent"`
	Line  LineView  `json:"line"`
	Call  *Card     `json:"call"` // null: no call
	Link  bool      `json:"link"` // false: ivrd is away; nothing can be commanded
}

// Me is the signed-in person.
type Me struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	Role         string              `json:"role"` // agent, supervisor, admin
	Skills       map[string][]string `json:"skills"`
	Reasons      []string            `json:"reasons"`      // not-ready reasons that can be chosen
	Dispositions []string            `json:"dispositions"` // what a call can be about
}

// AgentView is the routing state.
type AgentView struct {
	State      string `json:"state"` // logged_out not_ready ready reserved busy wrap_up
	Reason     string `json:"reason"`
	Since      int64  `json:"since"`     // Unix ms
	Until      int64  `json:"until"`     // deadline of reserved or wrap_up, Unix ms; 0 = none
	NextState  string `json:"nextState"` // pending; "" = the profile's own
	NextReason string `json:"nextReason"`
}

// LineView is the audio line's health as the server sees it.
type LineView struct {
	Status string `json:"status"` // down starting up restoring
	Why    string `json:"why"`
	Epoch  uint64 `json:"epoch"` // of the claim in force; 0 = none
	Mine   bool   `json:"mine"`  // this tab holds the claim
}

// Card is the call that the agent is offered, talks to or wraps up.
type Card struct {
	ID          string    `json:"id"`
	Phase       string    `json:"phase"` // offered talking held wrap_up
	Lease       string    `json:"lease"`
	From        string    `json:"from"` // "" = withheld
	Name        string    `json:"name"` // "" = not known
	Lang        string    `json:"lang"` // ms en zh ta, "" = not known
	Cluster     string    `json:"cluster"`
	Queue       string    `json:"queue"`
	Path        []string  `json:"path"`     // through the menu, in words
	WaitedMs    int64     `json:"waitedMs"` // from queueing to offer
	OfferedAt   int64     `json:"offeredAt"`
	AnswerBy    int64     `json:"answerBy"`
	ConnectedAt int64     `json:"connectedAt"` // 0 = not yet
	HeldAt      int64     `json:"heldAt"`      // 0 = not held
	HeldMs      int64     `json:"heldMs"`      // finished holds
	EndedAt     int64     `json:"endedAt"`     // conversation over; 0 = not yet
	Disposition string    `json:"disposition"`
	Note        string    `json:"note"`
	Earlier     []Earlier `json:"earlier"` // newest first, at most 3
}

// Earlier is a former call of the same caller.
type Earlier struct {
	At          int64  `json:"at"`
	Cluster     string `json:"cluster"`
	Agent       string `json:"agent"`
	Disposition string `json:"disposition"`
	Note        string `json:"note"`
	Outcome     string `json:"outcome"`
}

// Types of events.
const (
	EventAgent     = "agent.state"    // Agent
	EventLine      = "line.status"    // Line
	EventLineDrop  = "line.drop"      // Epoch: end the leg of that claim locally
	EventOffered   = "call.offered"   // Call
	EventConnected = "call.connected" // Call
	EventHeld      = "call.held"      // Call
	EventRetrieved = "call.retrieved" // Call
	EventReleased  = "call.ended"     // Call: conversation over; wrap-up may follow
	EventDiverted  = "call.diverted"  // How: missed rejected withdrawn line_lost; the card goes
	EventCleared   = "call.cleared"   // the card goes: wrap-up over
	EventUpdated   = "call.data"      // Call: attributes changed
	EventLink      = "link.status"    // Link
	EventReplaced  = "session.replaced"
)

// Event is one change. Only the fields that its type names are set.
type Event struct {
	T     string     `json:"t"`
	Seq   uint64     `json:"seq"`
	TS    int64      `json:"ts"`
	Type  string     `json:"type"`
	Agent *AgentView `json:"agent,omitempty"`
	Line  *LineView  `json:"line,omitempty"`
	Call  *Card      `json:"call,omitempty"`
	How   string     `json:"how,omitempty"`
	Epoch uint64     `json:"epoch,omitempty"`
	Link  *bool      `json:"link,omitempty"`
}

// Types of commands, each with its Data.
const (
	CmdSignIn     = "agent.signIn"     // none: start of shift
	CmdSignOut    = "agent.signOut"    // none: end of shift
	CmdSetState   = "agent.setState"   // SetState
	CmdExtendWrap = "agent.extendWrap" // none
	CmdEndWrap    = "agent.endWrap"    // none
	CmdLineClaim  = "line.claim"       // none; result data LineGrant
	CmdLineBeat   = "line.beat"        // LineBeat
	CmdLineFail   = "line.fail"        // LineFail
	CmdAnswer     = "call.answer"      // LeaseRef; ok means bridged
	CmdReject     = "call.reject"      // LeaseRef
	CmdHold       = "call.hold"        // none
	CmdRetrieve   = "call.retrieve"    // none
	CmdDigits     = "call.dtmf"        // Digits
	CmdEnd        = "call.end"         // none
	CmdDispose    = "call.dispose"     // Dispose
)

// Command asks for something. It dies 5 s after it was sent; pages never keep one for later.
type Command struct {
	T    string          `json:"t"`
	ID   string          `json:"id"` // unique per agent, at most 64 characters
	Type string          `json:"type"`
	Call string          `json:"call,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// SetState is the data of agent.setState.
type SetState struct {
	State  string `json:"state"` // ready, not_ready
	Reason string `json:"reason,omitempty"`
}

// LineBeat is the data of line.beat.
type LineBeat struct {
	Epoch uint64 `json:"epoch"`
	OK    bool   `json:"ok"`
}

// LineFail is the data of line.fail.
type LineFail struct {
	Epoch uint64 `json:"epoch"`
	Why   string `json:"why"`
}

// LeaseRef is the data of call.answer and call.reject.
type LeaseRef struct {
	Lease string `json:"lease"`
}

// Digits is the data of call.dtmf.
type Digits struct {
	Digits string `json:"digits"`
}

// Dispose is the data of call.dispose.
type Dispose struct {
	Disposition string `json:"disposition"`
	Note        string `json:"note,omitempty"`
}

// LineGrant is the result of line.claim: how the page registers and which leg it may answer.
type LineGrant struct {
	User   string `json:"user"`
	Secret string `json:"secret"`
	Leg    string `json:"leg"` // X-CTI-Leg of our INVITE
	Epoch  uint64 `json:"epoch"`
}

// Result answers a command.
type Result struct {
	T        string          `json:"t"`
	ID       string          `json:"id"`
	OK       bool            `json:"ok"`
	Err      *Problem        `json:"err,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	Replayed bool            `json:"replayed,omitempty"`
}

// Problem is why a command was refused: Code for the page's dictionary, Message in English.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Beat goes both ways every BeatEvery.
type Beat struct {
	T  string `json:"t"`
	TS int64  `json:"ts"`
}

// Bye is the server's last message before it closes.
type Bye struct {
	T       string `json:"t"`
	Code    int    `json:"code"`
	RetryMs int64  `json:"retryMs"` // come back after this; negative = do not
	Why     string `json:"why"`
}
