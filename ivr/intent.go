package ivr

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Intent is something that somebody wants done; ivrd answers with a Reply. An intent
// with an ID that was answered in the last ten minutes gets the same answer again and
// is not done twice.
type Intent struct {
	ID    string  // chosen by the asker, unique; "" = not repeatable
	Agent AgentID // who asks, checked by ctid; "" for administration
	Call  CallID  // the call concerned, where there is one
	Want  Want    // never nil
}

// Want is the particular part of an intent.
type Want interface{ Kind() string }

// SignIn begins a shift: not_ready with reason signed_in. Signing in twice is no error.
type SignIn struct {
	Profile Profile `json:"profile"`
}

// SignOut ends a shift; refused while a call is offered or in progress.
type SignOut struct{}

// SetState asks for ready or not_ready (with a reason). During a call or wrap-up it
// becomes the pending next state.
type SetState struct {
	State  AgentState `json:"state"`
	Reason string     `json:"reason,omitempty"`
}

// ExtendWrap adds a minute to the wrap-up, once.
type ExtendWrap struct{}

// EndWrap ends the wrap-up now.
type EndWrap struct{}

// LineClaim asks for an audio line: Asterisk gets a new endpoint secret, and a leg is
// dialled to it as soon as the page has registered. The reply is a LineGrant.
type LineClaim struct{}

// LineGrant is the reply to LineClaim and GuestClaim. It is never journalled.
type LineGrant struct {
	User   string `json:"user"`   // SIP user
	Secret string `json:"secret"` // SIP digest password of this claim
	Leg    string `json:"leg"`    // nonce that our INVITE carries in X-CTI-Leg
	Epoch  uint64 `json:"epoch"`  // of the claim; older claims are over
}

// LineBeat is the page's word, every 5 s, that its side of the line works.
type LineBeat struct {
	Epoch uint64 `json:"epoch"`
	OK    bool   `json:"ok"` // peer connection connected and, in a call, packets arriving
}

// LineFail says that the page lost its audio: a new leg is dialled, then the old one dropped.
type LineFail struct {
	Epoch uint64 `json:"epoch"`
	Why   string `json:"why"`
}

// LineRelease gives the line up: leg hung up, endpoint removed.
type LineRelease struct{}

// Accept takes the offered call; the reply comes when the two are bridged.
type Accept struct {
	Lease Token `json:"lease"`
}

// Reject refuses the offered call.
type Reject struct {
	Lease Token `json:"lease"`
}

// Hold puts the caller on hold with music.
type Hold struct{}

// Retrieve takes the caller back from hold.
type Retrieve struct{}

// SendDigits sends keys (0-9 * # A-D, at most 32) to the caller's side as DTMF.
type SendDigits struct {
	Digits string `json:"digits"`
}

// EndCall ends the agent's conversation; what the flow says next happens to the caller.
type EndCall struct{}

// Dispose notes what the call was about; during wrap-up it also ends it.
type Dispose struct {
	Disposition string `json:"disposition"`
	Note        string `json:"note,omitempty"`
}

// Presence tells, every two seconds and at each change, which agents have a live desk.
// An agent not named, or a Presence not heard for 6 s, means no new offers.
type Presence struct {
	Agents []AgentID `json:"agents"`
}

// GuestClaim asks for a one-time endpoint for a citizen's phone in the browser, which
// may only dial our numbers. The reply is a LineGrant.
type GuestClaim struct{}

// GuestRelease removes a guest's endpoint.
type GuestRelease struct {
	User string `json:"user"`
}

// SetHours overrides a calendar.
type SetHours struct {
	HoursSet
}

// BundlePublish makes a revision of the archive the current one or the candidate. The reply
// is a BundlePublished.
type BundlePublish struct {
	BundleSet
}

// BundlePublished is the reply to BundlePublish.
type BundlePublished struct {
	Pending bool `json:"pending"` // a second person must approve
}

// BundleApprove puts into force what another person has published.
type BundleApprove struct {
	Revision string `json:"revision"`
	Who      string `json:"who"`
}

// BundleShow asks which revisions answer calls. The reply is a BundleStanding.
type BundleShow struct{}

// BundleStanding says which revisions answer calls, and who wanted it so.
type BundleStanding struct {
	Current   string      `json:"current"`
	Candidate string      `json:"candidate,omitempty"`
	Percent   int         `json:"percent,omitempty"`
	Pending   *BundleSet  `json:"pending,omitempty"` // waits for a second person
	Log       []BundleLog `json:"log,omitempty"`     // the newest last
	Fault     string      `json:"fault,omitempty"`   // why the newest bundle was refused
}

// Previous gives the revision that was current before the present one; "" = none.
func (s BundleStanding) Previous() string {
	for _, entry := range slices.Backward(s.Log) {
		if !entry.Candidate && entry.Revision != s.Current {
			return entry.Revision
		}
	}
	return ""
}

// BundleLog is one line of the log of publications.
type BundleLog struct {
	BundleSet
	At time.Time `json:"at"`
}

// CaseMove gives a case another status.
type CaseMove struct {
	Number CaseNumber `json:"number"`
	Status CaseStatus `json:"status"` // not draft
	Why    string     `json:"why"`
	Who    string     `json:"who"`
}

// OutboxShow asks what the outside CRM refused for good. The reply is a list of Parked.
type OutboxShow struct{}

// Parked is a fact that the outside CRM refused for good.
type Parked struct {
	ID   string    `json:"id"`
	Kind string    `json:"kind"` // of the fact
	Call CallID    `json:"call,omitempty"`
	At   time.Time `json:"at"`  // when it was put aside
	Why  string    `json:"why"` // the CRM's last answer
}

// OutboxResend sends a parked fact once more.
type OutboxResend struct {
	ID string `json:"id"`
}

// The kinds of intents.
func (SignIn) Kind() string        { return "agent.sign_in" }
func (SignOut) Kind() string       { return "agent.sign_out" }
func (SetState) Kind() string      { return "agent.set_state" }
func (ExtendWrap) Kind() string    { return "agent.extend_wrap" }
func (EndWrap) Kind() string       { return "agent.end_wrap" }
func (LineClaim) Kind() string     { return "line.claim" }
func (LineBeat) Kind() string      { return "line.beat" }
func (LineFail) Kind() string      { return "line.fail" }
func (LineRelease) Kind() string   { return "line.release" }
func (Accept) Kind() string        { return "call.accept" }
func (Reject) Kind() string        { return "call.reject" }
func (Hold) Kind() string          { return "call.hold" }
func (Retrieve) Kind() string      { return "call.retrieve" }
func (SendDigits) Kind() string    { return "call.digits" }
func (EndCall) Kind() string       { return "call.end" }
func (Dispose) Kind() string       { return "call.dispose" }
func (Presence) Kind() string      { return "presence" }
func (GuestClaim) Kind() string    { return "guest.claim" }
func (GuestRelease) Kind() string  { return "guest.release" }
func (SetHours) Kind() string      { return "hours.set" }
func (BundlePublish) Kind() string { return "bundle.publish" }
func (BundleApprove) Kind() string { return "bundle.approve" }
func (OutboxShow) Kind() string    { return "outbox.show" }
func (OutboxResend) Kind() string  { return "outbox.resend" }
func (BundleShow) Kind() string    { return "bundle.show" }
func (CaseMove) Kind() string      { return "case.move" }

type wireIntent struct {
	ID    string          `json:"id,omitempty"`
	Kind  string          `json:"kind"`
	Agent AgentID         `json:"agent,omitempty"`
	Call  CallID          `json:"call,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// MarshalJSON writes {"id","kind","agent","call","data"}.
func (i Intent) MarshalJSON() ([]byte, error) {
	if i.Want == nil {
		return nil, NewError(CodeInvalid, "an intent must want something")
	}
	data, err := json.Marshal(i.Want)
	if err != nil {
		return nil, fmt.Errorf("intent %s: %w", i.Want.Kind(), err)
	}
	return json.Marshal(wireIntent{ID: i.ID, Kind: i.Want.Kind(), Agent: i.Agent, Call: i.Call, Data: data})
}

// UnmarshalJSON reads what MarshalJSON writes; an unknown kind is an *Error with CodeInvalid.
func (i *Intent) UnmarshalJSON(b []byte) error {
	var w wireIntent
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	decode, known := wantTable[w.Kind]
	if !known {
		return NewError(CodeInvalid, fmt.Sprintf("unknown intent %q", w.Kind))
	}
	want, err := decode(w.Data)
	if err != nil {
		return NewError(CodeInvalid, fmt.Sprintf("intent %s: %v", w.Kind, err))
	}
	*i = Intent{ID: w.ID, Agent: w.Agent, Call: w.Call, Want: want}
	return nil
}

func readWant[T Want](data json.RawMessage) (Want, error) {
	var want T
	if len(data) == 0 {
		return want, nil
	}
	err := json.Unmarshal(data, &want)
	return want, err
}

//nolint:gochecknoglobals // a constant table, written once
var wantTable = map[string]func(json.RawMessage) (Want, error){
	"agent.sign_in":     readWant[SignIn],
	"agent.sign_out":    readWant[SignOut],
	"agent.set_state":   readWant[SetState],
	"agent.extend_wrap": readWant[ExtendWrap],
	"agent.end_wrap":    readWant[EndWrap],
	"line.claim":        readWant[LineClaim],
	"line.beat":         readWant[LineBeat],
	"line.fail":         readWant[LineFail],
	"line.release":      readWant[LineRelease],
	"call.accept":       readWant[Accept],
	"call.reject":       readWant[Reject],
	"call.hold":         readWant[Hold],
	"call.retrieve":     readWant[Retrieve],
	"call.digits":       readWant[SendDigits],
	"call.end":          readWant[EndCall],
	"call.dispose":      readWant[Dispose],
	"presence":          readWant[Presence],
	"guest.claim":       readWant[GuestClaim],
	"guest.release":     readWant[GuestRelease],
	"hours.set":         readWant[SetHours],
	"bundle.publish":    readWant[BundlePublish],
	"bundle.approve":    readWant[BundleApprove],
	"bundle.show":       readWant[BundleShow],
	"outbox.show":       readWant[OutboxShow],
	"outbox.resend":     readWant[OutboxResend],
	"case.move":         readWant[CaseMove],
}

// Reply answers an intent: either Err or, for the intents that say so, Data.
type Reply struct {
	Err  *Error          `json:"err,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// IntentDeadline is how long an intent may wait for its reply before it is refused.
const IntentDeadline = 5 * time.Second
