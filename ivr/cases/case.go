package cases

import (
	"fmt"
	"slices"
	"time"

	"talian/ivr"
)

// Case is what one needs to know of a case to speak about it. It holds nothing personal.
type Case struct {
	Number   ivr.CaseNumber `json:"number"`
	Desk     string         `json:"desk"`
	Type     ivr.CaseKind   `json:"type"`
	Status   ivr.CaseStatus `json:"status"`
	Category string         `json:"category,omitempty"`
	Cluster  string         `json:"cluster,omitempty"`
	Opened   time.Time      `json:"opened"`
	Due      string         `json:"due"`     // date, "2006-01-02", in the site's zone
	Changed  time.Time      `json:"changed"` // At of the last fact about the case; of two copies the later one is right
}

// Opening asks for a case, or for a draft.
type Opening struct {
	Call     ivr.CallID  // "" when no call is concerned
	Agent    ivr.AgentID // "" when a flow asks
	Key      string      // of the visit that asks; the same key asks for the same case
	Desk     string
	Type     ivr.CaseKind
	Category string
	Cluster  string
	Caller   string // number to call
	Identity string // identity card number
	Lang     string
	Note     string
	Audio    string // file below run/recordings
	Length   ivr.Millis
	Days     int // until it must be answered, from the day of opening; 0 = the same day
}

func (o Opening) check() error {
	switch {
	case o.Key == "":
		return invalid("a case needs the key of the visit that opens it")
	case o.Desk == "":
		return invalid("a case needs a desk")
	case !slices.Contains(ivr.CaseKinds(), o.Type):
		return invalid("case type %q is not one of %v", o.Type, ivr.CaseKinds())
	case o.Days < 0:
		return invalid("a case cannot be due %d days before it is opened", -o.Days)
	}
	return nil
}

// Addition asks to add something to a case.
type Addition struct {
	Call   ivr.CallID
	Agent  ivr.AgentID
	Key    string // as in Opening
	Number ivr.CaseNumber
	Note   string
	Audio  string
	Length ivr.Millis
}

func (a Addition) check() error {
	switch {
	case a.Key == "":
		return invalid("an addition needs the key of the visit that makes it")
	case a.Note == "" && a.Audio == "":
		return invalid("there is nothing to add: no note and no recording")
	}
	return nil
}

// Moving asks for another status of a case.
type Moving struct {
	Call   ivr.CallID
	Agent  ivr.AgentID
	Number ivr.CaseNumber
	To     ivr.CaseStatus
	Why    string
	Who    string // an agent's id, or the part of the system that decided
}

// check tells whether a case may go from one status to the moving's:
//
//	draft → new → in_progress ⇄ closed
func (m Moving) check(from ivr.CaseStatus) error {
	if m.Who == "" {
		return invalid("somebody must answer for the change of case %s", m.Number)
	}
	if m.To == from {
		return ivr.NewError(ivr.CodeConflict, fmt.Sprintf("case %s is %s already", m.Number, from))
	}
	next := after(from)
	if m.To != next {
		return ivr.NewError(ivr.CodeConflict, fmt.Sprintf("case %s is %s; it can become %s, not %q", m.Number, from, next, m.To))
	}
	return nil
}

// after gives the only status that can follow.
func after(from ivr.CaseStatus) ivr.CaseStatus {
	switch from {
	case ivr.CaseDraft:
		return ivr.CaseNew
	case ivr.CaseNew, ivr.CaseClosed:
		return ivr.CaseInProgress
	case ivr.CaseInProgress:
		return ivr.CaseClosed
	}
	return ""
}

func invalid(format string, args ...any) error {
	return ivr.NewError(ivr.CodeInvalid, fmt.Sprintf(format, args...))
}
