package ivr

import "time"

// CallArrived: the first INVITE was seen. metrics.md's arrived_at.
type CallArrived struct {
	From     string `json:"from"`             // caller's number; "" when withheld
	To       string `json:"to"`               // the number dialled
	Flow     string `json:"flow"`             // entry flow
	Revision string `json:"revision"`         // of the bundle; the call keeps it
	Channel  string `json:"channel"`          // Asterisk's channel
	Waited   Millis `json:"waited,omitempty"` // spent in the dialplan loop before we were there
}

// CallAnswered: we answered (IVR). answered_at.
type CallAnswered struct{}

// CallChose: the caller chose something in a menu, or a language.
type CallChose struct {
	Flow   string `json:"flow"`
	Node   string `json:"node"`
	Key    string `json:"key,omitempty"`
	Choice string `json:"choice,omitempty"` // value or target
	Words  string `json:"words,omitempty"`  // for people: the way through the menu
}

// CallLanguage: the caller's language is now known.
type CallLanguage struct {
	Lang string `json:"lang"`
}

// CallMarked: a milestone named in the flow was passed.
type CallMarked struct {
	Mark string `json:"mark"`
}

// CallQueued: the call entered a queue after the IVR. queued_at.
type CallQueued struct {
	Queue    string            `json:"queue"`
	Skills   map[string]string `json:"skills,omitempty"`
	Priority int               `json:"priority,omitempty"`
}

// CallDequeued: the call left the queue without an agent.
type CallDequeued struct {
	Outcome Outcome `json:"outcome"`
}

// Outcome says how a stay in a queue ended; offered calls = the sum of outcomes.
type Outcome string

// The outcomes.
const (
	OutcomeAnswered  Outcome = "answered"
	OutcomeAbandoned Outcome = "abandoned" // caller hung up while waiting
	OutcomeTimeout   Outcome = "timeout"   // max_wait reached
	OutcomeFull      Outcome = "full"      // queue at its cap
	OutcomeNoAgents  Outcome = "no_agents" // nobody signed in who could take it
	OutcomeKey       Outcome = "key"       // caller took the choice offered while waiting
	OutcomeFault     Outcome = "fault"     // the system lost the call
)

// CallOffered: an offer was put to Fact.Agent. offered_at.
type CallOffered struct {
	Lease Token     `json:"lease"`
	Until time.Time `json:"until"` // answer by
}

// OfferEnd says how an offer ended.
type OfferEnd string

// How an offer ends.
const (
	OfferAccepted  OfferEnd = "accepted"
	OfferMissed    OfferEnd = "missed"    // RONA
	OfferRejected  OfferEnd = "rejected"  // agent refused
	OfferWithdrawn OfferEnd = "withdrawn" // caller left, or left the queue, while it rang
	OfferLineLost  OfferEnd = "line_lost" // agent's line or session went away
)

// CallOfferEnded: the offer to Fact.Agent is over.
type CallOfferEnded struct {
	Lease Token    `json:"lease"`
	How   OfferEnd `json:"how"`
}

// CallConnected: caller and Fact.Agent are bridged. connected_at.
type CallConnected struct {
	Lease Token `json:"lease"`
}

// CallHeld: Fact.Agent put the caller on hold.
type CallHeld struct{}

// CallRetrieved: Fact.Agent took the caller back from hold.
type CallRetrieved struct{}

// Side says who did something.
type Side string

// The sides of a call.
const (
	SideCaller Side = "caller"
	SideAgent  Side = "agent"
	SideSystem Side = "system"
)

// CallReleased: the conversation with Fact.Agent is over; the caller may still be here. ended_at.
type CallReleased struct {
	By Side `json:"by"`
	// Unbridged: the two were never bridged. It takes CallConnected back: nobody answered.
	Unbridged bool `json:"unbridged,omitempty"`
}

// CallEnded: the caller's channel is gone; the last fact of a call, but for CallWrapped.
type CallEnded struct {
	By    Side   `json:"by"`
	Cause string `json:"cause"` // normal, lost, dropped, asterisk_restart, error ...
}

// CallWrapped: Fact.Agent finished after-call work, or its time ran out. wrapped_at.
type CallWrapped struct {
	Timeout bool `json:"timeout,omitempty"` // ended by the deadline
}

// CallDisposed: Fact.Agent noted what the call was about. It may come late.
type CallDisposed struct {
	Disposition string `json:"disposition"`
	Note        string `json:"note,omitempty"`
}

// VoicemailLeft: the caller left a message.
type VoicemailLeft struct {
	Box    string `json:"box"`
	File   string `json:"file"` // below run/recordings
	Length Millis `json:"length"`
	Lang   string `json:"lang,omitempty"`
}

// RecordingKept: something the caller said is kept for a case.
type RecordingKept struct {
	File   string `json:"file"` // below run/recordings
	Length Millis `json:"length"`
}

// CaseOpened: a case was opened, or drafted when the caller hung up before.
type CaseOpened struct {
	Number   CaseNumber `json:"number"`
	Key      string     `json:"key"` // of the visit that opened it; no other case has it
	Desk     string     `json:"desk"`
	Type     CaseKind   `json:"type"`
	Status   CaseStatus `json:"status"` // new or draft
	Category string     `json:"category,omitempty"`
	Cluster  string     `json:"cluster,omitempty"`
	Caller   string     `json:"caller,omitempty"`   // number to call; personal
	Identity string     `json:"identity,omitempty"` // identity card number; personal
	Lang     string     `json:"lang,omitempty"`
	Note     string     `json:"note,omitempty"`
	Audio    string     `json:"audio,omitempty"` // file below run/recordings; it follows with RecordingKept
	Length   Millis     `json:"length,omitempty"`
	Due      string     `json:"due"` // date, "2006-01-02", in the site's zone
}

// CaseAppended: something was added to a case.
type CaseAppended struct {
	Number CaseNumber `json:"number"`
	Key    string     `json:"key"`
	Note   string     `json:"note,omitempty"`
	Audio  string     `json:"audio,omitempty"`
	Length Millis     `json:"length,omitempty"`
}

// CaseMoved: a case has another status.
type CaseMoved struct {
	Number CaseNumber `json:"number"`
	Status CaseStatus `json:"status"`
	Why    string     `json:"why,omitempty"`
	Who    string     `json:"who"`
}

// CallbackBooked: the caller is to be called back.
type CallbackBooked struct {
	Key    string            `json:"key"` // of the visit that booked it; no other has it
	Queue  string            `json:"queue"`
	Skills map[string]string `json:"skills,omitempty"`
	Number string            `json:"number"` // personal
	From   time.Time         `json:"from"`
	Until  time.Time         `json:"until"`
	Lang   string            `json:"lang,omitempty"`
}

// SurveyBegun: the caller agreed to answer.
type SurveyBegun struct {
	Survey string  `json:"survey"`
	About  AgentID `json:"about,omitempty"` // the agent that the caller talked to last
}

// SurveyAnswered: one answer.
type SurveyAnswered struct {
	Survey   string `json:"survey"`
	Question string `json:"question"`
	Value    int    `json:"value"`
	Min      int    `json:"min"` // of the scale
	Max      int    `json:"max"`
}

// SurveyEnd says how a survey ended.
type SurveyEnd string

// How a survey ends.
const (
	SurveyComplete SurveyEnd = "complete" // every question was put
	SurveyPartial  SurveyEnd = "partial"  // stopped, silent or hung up on the way
	SurveyDeclined SurveyEnd = "declined" // not begun
)

// SurveyEnded: the survey is over.
type SurveyEnded struct {
	Survey string    `json:"survey"`
	How    SurveyEnd `json:"how"`
}

// TransferBegan: an outside number is rung for the caller.
type TransferBegan struct {
	To string `json:"to"`
}

// TransferAnswered: caller and outside number are connected.
type TransferAnswered struct{}

// TransferEnded: they are parted again, or nobody answered.
type TransferEnded struct {
	Outcome string `json:"outcome"` // ended, busy, no_answer, failed, or left: the caller hung up before
}

// LanguageRemembered: later calls from this number begin in this language.
type LanguageRemembered struct {
	Lang  string    `json:"lang"`
	Until time.Time `json:"until"`
}

// BundleSet: which bundle answers calls has changed.
type BundleSet struct {
	Revision  string `json:"revision"`
	Candidate bool   `json:"candidate,omitempty"` // the canary, not what everybody gets
	Percent   int    `json:"percent,omitempty"`   // of calls that get the candidate, beside its own numbers
	Who       string `json:"who"`
	Approved  string `json:"approved,omitempty"` // the second person, where the site asks for one
	Why       string `json:"why,omitempty"`
}

// BundleRefused: a bundle was not taken; the present one stays.
type BundleRefused struct {
	From string `json:"from"` // folder or person
	Why  string `json:"why"`  // the first problem, with file:line:col
}

// CallFault: something failed inside the call and was worked around; for the log and the trace.
type CallFault struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// AgentSignedIn: Fact.Agent began a shift.
type AgentSignedIn struct {
	Profile Profile `json:"profile"`
}

// AgentSignedOut: Fact.Agent ended the shift.
type AgentSignedOut struct{}

// AgentChanged: Fact.Agent's routing state, or the pending next one, is now this.
type AgentChanged struct {
	State  AgentState `json:"state"`
	Reason string     `json:"reason,omitempty"` // of not_ready
	Next   Next       `json:"next,omitzero"`    // what follows the call or the wrap-up
	Until  time.Time  `json:"until,omitzero"`   // deadline of reserved and wrap_up
	Lease  Token      `json:"lease,omitempty"`  // reserved, busy: of the call in Fact.Call
}

// Next is a pending next state, chosen during a call.
type Next struct {
	State  AgentState `json:"state,omitempty"` // "" = the profile's
	Reason string     `json:"reason,omitempty"`
}

// LineChanged: the audio line of Fact.Agent has this status.
type LineChanged struct {
	Status LineStatus `json:"status"`
	Why    string     `json:"why,omitempty"`
	Epoch  uint64     `json:"epoch"` // of the newest claim; older legs are over
}

// HoursMode overrides a calendar.
type HoursMode string

// The modes of a calendar.
const (
	HoursOpen   HoursMode = "open"
	HoursClosed HoursMode = "closed"
	HoursAuto   HoursMode = "auto" // by the calendar
)

// HoursSet: somebody overrode a calendar, or took the override back.
type HoursSet struct {
	Calendar string    `json:"calendar"`
	Mode     HoursMode `json:"mode"`
	Until    time.Time `json:"until,omitzero"` // zero = until taken back
	Why      string    `json:"why"`
	Who      string    `json:"who"`
}
