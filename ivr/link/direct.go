package link

import (
	"context"
	"errors"

	"talian/ivr"
)

// Direct gives an engine of the same process the manners of the link: intents have their
// deadline, failures have a code, and a gap in the facts ends Follow.
func Direct(engine Engine) Engine { return direct{engine} }

type direct struct{ engine Engine }

func (d direct) Do(ctx context.Context, intent ivr.Intent) (ivr.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	reply, err := answer(ctx, d.engine, intent)
	if err != nil {
		return ivr.Reply{}, err
	}
	return answered(reply)
}

// answered makes an error of a reply that says that nobody could answer.
func answered(reply ivr.Reply) (ivr.Reply, error) {
	if reply.Err != nil && reply.Err.Code == ivr.CodeUnavailable {
		return ivr.Reply{}, reply.Err
	}
	return reply, nil
}

func (d direct) Snapshot(ctx context.Context) (*ivr.Board, error) {
	board, err := d.engine.Snapshot(ctx)
	if err != nil {
		return nil, ivr.AsError(err)
	}
	return board.Clone(), nil
}

func (d direct) Follow(ctx context.Context, after uint64, deliver func([]ivr.Fact) error) error {
	return d.engine.Follow(ctx, after, func(facts []ivr.Fact) error {
		if !joins(facts, after) {
			return ErrSnapshot
		}
		after += uint64(len(facts))
		return deliver(facts)
	})
}

// answer asks the engine. What the engine says, failures too, is the reply; only an answer
// that does not come in time is an error.
func answer(ctx context.Context, engine Engine, intent ivr.Intent) (ivr.Reply, error) {
	reply, err := engine.Do(ctx, intent)
	switch {
	case err == nil:
		return reply, nil
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || ctx.Err() != nil:
		return ivr.Reply{}, unavailable("no answer within the deadline")
	default:
		return ivr.Reply{Err: ivr.AsError(err)}, nil
	}
}
