package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"talian/ivr"
)

const (
	answerWithin = 20 * time.Second
	firstWait    = time.Second
	longestWait  = 10 * time.Minute
	longestAsked = time.Hour // of Retry-After
	refusals     = 5         // of one fact, before it is parked
	drained      = 16 << 10  // bytes of an answer read, so that the connection can be used again
	userAgent    = "talian"
)

// message is what one fact becomes. It is the same every time that the fact is sent.
type message struct {
	ID   string
	Kind string
	Call ivr.CallID
	Body []byte
}

type payload struct {
	Type      string     `json:"type"`
	Timestamp time.Time  `json:"timestamp"`
	Call      ivr.CallID `json:"call"`
	Data      ivr.Fact   `json:"data"`
}

// message reads a fact from the journal and writes it down.
func (x *Outbox) message(ctx context.Context, seq uint64) (message, error) {
	facts, err := x.journal.After(ctx, seq-1, 1)
	if err != nil {
		return message{}, err
	}
	if len(facts) == 0 || facts[0].Seq != seq {
		return message{}, fmt.Errorf("fact %d is not in the journal", seq)
	}
	f := facts[0]
	body, err := json.Marshal(payload{Type: f.Body.Kind(), Timestamp: f.At.UTC(), Call: f.Call, Data: f})
	if err != nil {
		return message{}, err
	}
	return message{ID: fmt.Sprintf("fact-%s-%d", x.journal.ID(), seq), Kind: f.Body.Kind(), Call: f.Call, Body: body}, nil
}

// deliver sends a fact until it is taken or parked; its errors end Run.
func (x *Outbox) deliver(ctx context.Context, seq uint64) error {
	m, err := x.message(ctx, seq)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	refused := 0
	for tries := 0; ; tries++ {
		err := x.send(ctx, m)
		if err == nil {
			x.setFault(nil)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait := pauseAfter(tries)
		var no *refusal
		if errors.As(err, &no) {
			wait = max(wait, min(no.after, longestAsked))
			if no.final() {
				refused++
			}
		}
		x.setFault(err)
		x.log.Warn("a fact could not be sent", "id", m.ID, "kind", m.Kind, "call", string(m.Call), "err", err, "again_in", wait.String())
		if refused == refusals {
			return x.park(ctx, m, err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pauseAfter gives the time before the next try: double each time, a random part of a
// quarter taken off so that several nodes do not come at once.
func pauseAfter(tries int) time.Duration {
	wait := longestWait
	if tries < 10 {
		wait = min(longestWait, firstWait<<tries)
	}
	return wait - rand.N(wait/4)
}

// refusal is an answer that is not 2xx.
type refusal struct {
	status int
	after  time.Duration // that the receiver asked to wait; 0 = it did not
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the answer was %d %s", r.status, http.StatusText(r.status))
}

// final tells whether the same message would be refused for ever.
func (r *refusal) final() bool {
	return r.status >= 400 && r.status < 500 && r.status != http.StatusRequestTimeout && r.status != http.StatusTooManyRequests
}

// send posts a message once.
func (x *Outbox) send(ctx context.Context, m message) error {
	err := x.post(ctx, m)
	x.metrics.count(err)
	return err
}

func (x *Outbox) post(ctx context.Context, m message) error {
	keys, err := x.keys()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, strings.NewReader(string(m.Body)))
	if err != nil {
		return err
	}
	now := x.clock()
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Webhook-Id", m.ID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	request.Header.Set("Webhook-Signature", sign(keys, m.ID, now, m.Body))
	answer, err := x.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, drained) // what it says is of no interest
	if answer.StatusCode/100 == 2 {
		return nil
	}
	return &refusal{status: answer.StatusCode, after: askedFor(answer.Header.Get("Retry-After"), now)}
}

// askedFor reads Retry-After (RFC 9110, 10.2.3): seconds, or a date.
func askedFor(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(0, seconds), int(longestAsked/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
