package ivr

import "time"

// AgentState is an agent's routing state, named after ECMA-269 (CSTA) §6.1.1.
//
//	logged_out ─▶ not_ready ◀─▶ ready ─▶ reserved ─▶ busy ─▶ wrap_up ─▶ ready | not_ready
//	                  ▲                     │ missed, rejected            (the pending next state)
//	                  └─────────────────────┘
type AgentState string

// The states of an agent.
const (
	LoggedOut AgentState = "logged_out" // no shift
	NotReady  AgentState = "not_ready"  // signed in, takes no calls; always with a reason
	Ready     AgentState = "ready"      // may be given a call
	Reserved  AgentState = "reserved"   // one call is offered to the agent
	Busy      AgentState = "busy"       // in conversation (talking or the caller held)
	WrapUp    AgentState = "wrap_up"    // after-call work, until done or the deadline
)

// Reasons that the system gives for not_ready; agents choose the others (NotReadyReasons).
const (
	ReasonSignedIn  = "signed_in"  // shift begun, not yet ready
	ReasonMissed    = "missed"     // an offer was not answered in time (RONA)
	ReasonRejected  = "rejected"   // the agent refused an offer
	ReasonLineLost  = "line_lost"  // the audio line is gone
	ReasonAfterCall = "after_call" // wrap-up over, manual-in profile
)

// NotReadyReasons are the reasons that an agent may choose.
func NotReadyReasons() []string {
	return []string{"break", "meal", "prayer", "training", "meeting", "paperwork", "technical"}
}

// Profile is what ctid tells about an agent at sign-in; ivrd keeps no table of people.
type Profile struct {
	Name   string              `json:"name"`             // as shown to colleagues
	Skills map[string][]string `json:"skills"`           // kind to values: cluster, language
	WrapUp Millis              `json:"wrap_up"`          // most time for after-call work; 0 = none
	Manual bool                `json:"manual,omitempty"` // true: not ready after wrap-up (manual-in); else ready (auto-in)
}

// Has tells whether the agent has every required skill. An empty value asks for nothing.
func (p Profile) Has(required map[string]string) bool {
	for kind, want := range required {
		if want == "" {
			continue
		}
		found := false
		for _, have := range p.Skills[kind] {
			if have == want {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// LineStatus is the health of an agent's audio line; it stands beside the state, never in it.
type LineStatus string

// The statuses of a line.
const (
	LineDown      LineStatus = "down"      // no leg
	LineStarting  LineStatus = "starting"  // endpoint made, leg on its way
	LineUp        LineStatus = "up"        // leg in the agent's bridge, audio proven
	LineRestoring LineStatus = "restoring" // a new leg is being put beside or instead of the old one
)

// Millis is a duration in whole milliseconds, the unit of every figure in facts and records.
type Millis int64

// MillisOf rounds d to milliseconds.
func MillisOf(d time.Duration) Millis { return Millis(d.Round(time.Millisecond) / time.Millisecond) }

// Duration gives m as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) * time.Millisecond }
