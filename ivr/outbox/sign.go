package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Standard Webhooks, "Signature scheme": how a secret is written, and how long it is.
const (
	secretPrefix = "whsec_"
	shortestKey  = 24 // bytes
	longestKey   = 64
)

// keys reads the signing keys, one a line. While a secret is changed both are there, and
// the receiver takes either.
func (x *Outbox) keys() ([][]byte, error) {
	text, err := x.secret.Text()
	if err != nil && text == "" {
		return nil, err
	}
	var keys [][]byte
	for line := range strings.FieldsSeq(text) {
		coded, found := strings.CutPrefix(line, secretPrefix)
		if !found {
			return nil, errors.New("a signing secret begins with " + secretPrefix)
		}
		key, err := base64.StdEncoding.DecodeString(coded)
		if err != nil {
			return nil, errors.New("what follows " + secretPrefix + " is not base64")
		}
		if len(key) < shortestKey || len(key) > longestKey {
			return nil, fmt.Errorf("a signing key has %d to %d bytes, not %d", shortestKey, longestKey, len(key))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// sign gives the value of webhook-signature: for each key v1 and the HMAC-SHA256 of
// id.timestamp.body.
func sign(keys [][]byte, id string, at time.Time, body []byte) string {
	var signatures []string
	for _, key := range keys {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(signatures, " ")
}
