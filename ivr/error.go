package ivr

import "errors"

// Code says what went wrong in a word that programs branch on; it is mapped once to
// HTTP and once to the agents' websocket.
type Code string

// The codes of Error.
const (
	CodeInvalid     Code = "invalid"     // the request makes no sense as written
	CodeNotFound    Code = "not_found"   // no such call, agent, queue ...
	CodeConflict    Code = "conflict"    // not possible in the present state
	CodeOfferOver   Code = "offer_over"  // the offer was taken back or timed out before the answer came
	CodeForbidden   Code = "forbidden"   // not yours
	CodeUnavailable Code = "unavailable" // a part we need is away; try again
	CodeInternal    Code = "internal"    // our fault
	CodeLineDown    Code = "line_down"   // the agent's audio line is not up
	CodeNotSignedIn Code = "not_signed_in"
)

// Error is a failure that a person may read: Code for programs, Message for people.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// NewError makes an Error.
func NewError(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// CodeOf gives the code of the first *Error in err's chain, or CodeInternal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// AsError gives err as an *Error; anything unknown becomes CodeInternal with its text. nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: err.Error()}
}
