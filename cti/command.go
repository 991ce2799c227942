package cti

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

const (
	maxNote   = 4000 // runes
	maxDigits = 32
)

func invalid(why string) error { return ivr.NewError(ivr.CodeInvalid, why) }

// wantOf reads what a command asks for.
func wantOf(cmd wire.Command, user auth.User) (ivr.Want, error) {
	switch cmd.Type {
	case wire.CmdSignIn:
		return ivr.SignIn{Profile: user.Profile()}, nil
	case wire.CmdSignOut:
		return ivr.SignOut{}, nil
	case wire.CmdSetState:
		return wantState(cmd)
	case wire.CmdExtendWrap:
		return ivr.ExtendWrap{}, nil
	case wire.CmdEndWrap:
		return ivr.EndWrap{}, nil
	case wire.CmdLineClaim:
		return ivr.LineClaim{}, nil
	case wire.CmdLineBeat:
		beat, err := dataOf[wire.LineBeat](cmd)
		return ivr.LineBeat{Epoch: beat.Epoch, OK: beat.OK}, err
	case wire.CmdLineFail:
		fail, err := dataOf[wire.LineFail](cmd)
		return ivr.LineFail{Epoch: fail.Epoch, Why: firstRunes(fail.Why, 200)}, err
	default:
		return wantCall(cmd)
	}
}

func wantCall(cmd wire.Command) (ivr.Want, error) {
	switch cmd.Type {
	case wire.CmdAnswer:
		ref, err := dataOf[wire.LeaseRef](cmd)
		return ivr.Accept{Lease: ivr.Token(ref.Lease)}, err
	case wire.CmdReject:
		ref, err := dataOf[wire.LeaseRef](cmd)
		return ivr.Reject{Lease: ivr.Token(ref.Lease)}, err
	case wire.CmdHold:
		return ivr.Hold{}, nil
	case wire.CmdRetrieve:
		return ivr.Retrieve{}, nil
	case wire.CmdDigits:
		return wantDigits(cmd)
	case wire.CmdEnd:
		return ivr.EndCall{}, nil
	case wire.CmdDispose:
		return wantDispose(cmd)
	default:
		return nil, invalid("unknown command")
	}
}

func wantState(cmd wire.Command) (ivr.Want, error) {
	data, err := dataOf[wire.SetState](cmd)
	if err != nil {
		return nil, err
	}
	switch ivr.AgentState(data.State) {
	case ivr.Ready:
		return ivr.SetState{State: ivr.Ready}, nil
	case ivr.NotReady:
		if !slices.Contains(ivr.NotReadyReasons(), data.Reason) {
			return nil, invalid("not ready needs one of the reasons")
		}
		return ivr.SetState{State: ivr.NotReady, Reason: data.Reason}, nil
	case ivr.LoggedOut, ivr.Reserved, ivr.Busy, ivr.WrapUp:
	}
	return nil, invalid("only ready and not_ready can be chosen")
}

func wantDigits(cmd wire.Command) (ivr.Want, error) {
	data, err := dataOf[wire.Digits](cmd)
	if err != nil {
		return nil, err
	}
	if data.Digits == "" || len(data.Digits) > maxDigits || strings.Trim(data.Digits, "0123456789*#ABCD") != "" {
		return nil, invalid("digits are 1 to 32 of 0-9 * # A-D")
	}
	return ivr.SendDigits{Digits: data.Digits}, nil
}

func wantDispose(cmd wire.Command) (ivr.Want, error) {
	data, err := dataOf[wire.Dispose](cmd)
	if err != nil {
		return nil, err
	}
	bare := data.Disposition == "" && data.Note != "" // a note outlives a wrap-up that ended without a choice
	if !bare && !slices.Contains(Dispositions(), data.Disposition) {
		return nil, invalid("unknown disposition")
	}
	if utf8.RuneCountInString(data.Note) > maxNote {
		return nil, invalid("the note is longer than 4000 characters")
	}
	return ivr.Dispose{Disposition: data.Disposition, Note: data.Note}, nil
}

func dataOf[T any](cmd wire.Command) (T, error) {
	var data T
	if len(cmd.Data) == 0 {
		return data, invalid("data is missing")
	}
	if err := json.Unmarshal(cmd.Data, &data); err != nil {
		return data, invalid("data not understood")
	}
	return data, nil
}

// ofCall tells whether a command concerns the call on the agent's card.
func ofCall(want ivr.Want) bool {
	switch want.(type) {
	case ivr.Accept, ivr.Reject, ivr.Hold, ivr.Retrieve, ivr.SendDigits, ivr.EndCall, ivr.Dispose:
		return true
	default:
		return false
	}
}

// callOf gives the call that a command is about: the one on the agent's card and no other.
func callOf(cmd wire.Command, want ivr.Want, card *wire.Card) (ivr.CallID, error) {
	if !ofCall(want) {
		return "", nil
	}
	if card != nil && (cmd.Call == "" || cmd.Call == card.ID) {
		return ivr.CallID(card.ID), nil
	}
	switch want.(type) {
	case ivr.Accept, ivr.Reject:
		return "", ivr.NewError(ivr.CodeOfferOver, "the offer is over")
	default:
		return "", ivr.NewError(ivr.CodeForbidden, "not your call")
	}
}

// maxDepth bounds the nesting of a message.
const maxDepth = 32

// tooDeep tells whether JSON text nests deeper than maxDepth; what is no JSON is found later.
func tooDeep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func decodeMessage(text []byte, into any) error {
	if tooDeep(text) || !utf8.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return invalid("not a message")
	}
	return json.Unmarshal(text, into)
}

func firstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
