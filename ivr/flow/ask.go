package flow

import (
	"time"

	"talian/ivr/prompt"
)

// Ask holds the fields that every node has that asks by prompts of its own.
type Ask struct {
	Prompt []string         `flow:"prompt,required" is:"prompt"`
	With   map[string]*Expr `flow:"with" want:"slot"`
	Short  []string         `flow:"short" is:"prompt"` // played instead of Prompt from the second time on
	Try
}

// Try holds the fields that every node has that asks for keys.
type Try struct {
	Wait      time.Duration  `flow:"wait" default:"7s" min:"3s" max:"30s" code:"E306"`
	WaitMore  time.Duration  `flow:"wait_more" default:"3s" min:"0s" max:"15s" code:"E306"` // added on each further try
	Tries     int            `flow:"tries" default:"3" min:"1" max:"5" code:"E306"`
	NoInput   []string       `flow:"no_input" is:"prompt"` // first, second ... silence; the last repeats
	NoMatch   []string       `flow:"no_match" is:"prompt"`
	BargeIn   string         `flow:"barge_in" default:"interrupt" oneof:"interrupt hold ignore"`
	TypeAhead string         `flow:"type_ahead" default:"keep" oneof:"keep flush"`
	Keys      map[string]Out `flow:"keys" is:"key"` // beside the flow's; NONE switches one off

	only bool // no global keys: leaving would lose what the caller gave
}

// Common gives the fields that every node has that asks for keys.
func (t *Try) Common() *Try { return t }

// Asker is a Spec that asks for keys.
type Asker interface {
	Spec
	Common() *Try
}

// Said are prompts as one field of a node has them.
type Said struct {
	Field string // as written, for example "prompt"
	IDs   []string
	With  map[string]*Expr // values of their slots; nil = they can have none
}

// Prompter is a Spec with prompts of its own; those of Try are not among them.
type Prompter interface{ Prompts() []Said }

// Prompts gives the question, long and short.
func (a *Ask) Prompts() []Said {
	return []Said{{"prompt", a.Prompt, a.With}, {"short", a.Short, a.With}}
}

// Keyed is a Spec that names keys for what the caller may choose.
type Keyed interface {
	// OwnKeys gives the field that holds the keys, and the keys, sorted.
	OwnKeys() (field string, keys []string)
}

// Defaulter is a Spec whose defaults for common fields differ from their tags: the text
// of the default by the field's name.
type Defaulter interface{ Defaults() map[string]string }

// Ways that keys are treated while a prompt plays, and before a node begins.
const (
	Interrupt = "interrupt"
	Hold      = "hold"
	Ignore    = "ignore"
	Keep      = "keep"
	Flush     = "flush"
)

// Prompts that every bundle has.
const (
	PromptApology       = "apology"        // something cannot be said
	PromptKeepRecording = "keep_recording" // keep 1, again 2
	PromptPosition      = "queue_position" // slot n: number
	PromptWait          = "queue_wait"     // slot n: minutes
)

// Prompts that a bundle has when it uses the nodes that need them.
const (
	PromptReadBack       = "read_back"       // slot n: digits; right 1, again 2
	PromptCallbackNumber = "callback_number" // slot n: phone; this one 1, another 2
	PromptCallbackEnter  = "callback_enter"  // the number to call, then #
	PromptCallbackSlot   = "callback_slot"   // slots d: date, t and u: time from and until; accept 1, later 2, none 3
	PromptCallbackBooked = "callback_booked" // slots d, t and u
	PromptHubOption      = "hub_option"      // slots topic: text, n: digits
	PromptHubMore        = "hub_more"        // slot n: digits
	PromptHubAfter       = "hub_after"       // again 1, list 2, done 3
	PromptSurveyConsent  = "survey_consent"  // yes 1, no 2
)

// Needer is a Spec that needs prompts which its fields do not name.
type Needer interface {
	// Needs gives those prompts by id, each with the slots that are given to it.
	Needs() map[string]map[string]prompt.SlotType
}
