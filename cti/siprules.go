package cti

import (
	"errors"
	"strings"
)

// errSIPRules says that a frame is not one that this page may send.
var errSIPRules = errors.New("not allowed on this socket")

// sipRules are what a page's SIP user may send: requests in its own name only, and no
// calls unless it is a guest. Asterisk checks the password; this keeps one page from even
// trying another's name.
type sipRules struct {
	user  string
	calls bool
}

// check looks at one frame, a whole SIP message (RFC 7118 §5).
func (r sipRules) check(frame []byte) error {
	text := string(frame)
	if strings.Trim(text, "\r\n") == "" || strings.HasPrefix(text, "SIP/2.0 ") {
		return nil // a keep-alive, or an answer
	}
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	method, _, _ := strings.Cut(lines[0], " ")
	from, to, ok := fromAndTo(lines[1:])
	if !ok {
		return errSIPRules
	}
	switch method {
	case "REGISTER":
		return r.own(from)
	case "INVITE", "CANCEL", "ACK", "BYE", "INFO", "UPDATE", "PRACK", "OPTIONS":
		if strings.Contains(strings.ToLower(to), ";tag=") {
			return nil // inside a dialog that Asterisk knows, or refuses
		}
		if !r.calls {
			return errSIPRules
		}
		return r.own(from)
	default:
		return errSIPRules
	}
}

func (r sipRules) own(from string) error {
	if userPart(from) != r.user {
		return errSIPRules
	}
	return nil
}

// fromAndTo gives the two headers, of which there must be exactly one each.
func fromAndTo(lines []string) (from, to string, ok bool) {
	froms, tos := 0, 0
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "from", "f":
			from, froms = value, froms+1
		case "to", "t":
			to, tos = value, tos+1
		}
	}
	return from, to, froms == 1 && tos == 1
}

// userPart gives the user of the SIP URI in a From header, "" when there is none.
func userPart(value string) string {
	if _, inBrackets, found := strings.Cut(value, "<"); found {
		value = inBrackets
	}
	scheme, rest, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found || (!strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips")) {
		return ""
	}
	user, _, found := strings.Cut(rest, "@")
	if !found {
		return ""
	}
	return user
}
