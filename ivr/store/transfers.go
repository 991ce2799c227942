package store

import (
	"context"
	"fmt"
	"time"

	"talian/ivr"
)

// Outcomes of transfers, beside busy and no_answer.
const (
	TransferDone   = "ended"  // parted after a conversation
	TransferFailed = "failed" // the number could not be rung, or the system lost the call
	TransferLeft   = "left"   // the caller hung up while it rang
)

// Transfer is the record of one outside number that was rung for a caller.
type Transfer struct {
	Call     ivr.CallID
	N        int // 1, 2 ... within the call
	To       string
	Began    ivr.Stamp
	Answered ivr.Stamp
	Ended    time.Time
	Outcome  string      // "" while it goes on
	Ring     *ivr.Millis // from Began to Answered, or to Ended when nobody answered
	Talk     *ivr.Millis // from Answered to Ended
}

func (t *Transfer) fields() []any {
	return []any{&t.Call, &t.N, &t.To, wall{&t.Began.At}, &t.Began.Mono, wall{&t.Answered.At}, &t.Answered.Mono,
		wall{&t.Ended}, &t.Outcome, &t.Ring, &t.Talk}
}

func (t *Transfer) answer(now ivr.Stamp) {
	ring := now.Since(t.Began)
	t.Answered, t.Ring = now, &ring
}

func (t *Transfer) end(now ivr.Stamp, outcome string) {
	t.Ended, t.Outcome = now.At, outcome
	if t.Answered.At.IsZero() {
		ring := now.Since(t.Began)
		t.Ring = &ring
		return
	}
	talk := now.Since(t.Answered)
	t.Talk = &talk
}

// transferred applies a fact about outside numbers; other facts are not its own.
func (l *life) transferred(now ivr.Stamp, body ivr.Body) {
	t := l.underWay()
	switch body := body.(type) {
	case ivr.TransferBegan:
		l.endTransfer(now, ivr.SideSystem)
		l.transfers = append(l.transfers, &Transfer{Call: l.call.ID, N: len(l.transfers) + 1, To: body.To, Began: now})
	case ivr.TransferAnswered:
		if t != nil && t.Answered.At.IsZero() {
			t.answer(now)
		}
	case ivr.TransferEnded:
		if t != nil {
			t.end(now, body.Outcome)
		}
	}
}

// underWay gives the transfer that rings or is talked in, or nil.
func (l *life) underWay() *Transfer {
	if n := len(l.transfers); n > 0 && l.transfers[n-1].Outcome == "" {
		return l.transfers[n-1]
	}
	return nil
}

// endTransfer ends the transfer under way, if any, because the call or what follows it ends it.
func (l *life) endTransfer(now ivr.Stamp, by ivr.Side) {
	t := l.underWay()
	switch {
	case t == nil:
	case !t.Answered.At.IsZero():
		t.end(now, TransferDone)
	case by == ivr.SideCaller:
		t.end(now, TransferLeft)
	default:
		t.end(now, TransferFailed)
	}
}

const selectTransfers = `SELECT ` + transferColumns + ` FROM transfers
	WHERE began_at >= $1 AND began_at < $2 ORDER BY began_at, call_id, n`

// Transfers gives the transfers that began from (included) to (not included), in that order.
func (s *Store) Transfers(ctx context.Context, from, to time.Time) ([]*Transfer, error) {
	all, err := list(ctx, s.db, (*Transfer).fields, selectTransfers, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("transfers: %w", err)
	}
	return all, nil
}
