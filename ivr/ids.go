package ivr

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// CallID names one call for ever: "c" and a lower-case ULID, so ids sort by arrival.
type CallID string

// AgentID names one agent, for example "agent01". It is also the user part of the
// agent's SIP endpoint, so it holds only a-z, 0-9, '-' and '_'.
type AgentID string

// Token fences one lease: an answer that carries another token is refused.
type Token string

// NewCallID makes an id for a call that arrived at the given time.
func NewCallID(at time.Time) CallID {
	return CallID("c" + strings.ToLower(ulid.MustNew(ulid.Timestamp(at), rand.Reader).String()))
}

// NewToken makes a lease token: "l" and a lower-case ULID.
func NewToken(at time.Time) Token {
	return Token("l" + strings.ToLower(ulid.MustNew(ulid.Timestamp(at), rand.Reader).String()))
}

// NewSecret makes 160 random bits as 32 lower-case letters and digits: passwords,
// nonces and session ids.
func NewSecret() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// ValidAgentID tells whether s can be an AgentID: 1 to 32 of a-z, 0-9, '-' and '_',
// beginning with a letter.
func ValidAgentID(s string) bool {
	if len(s) == 0 || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}
