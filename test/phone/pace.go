package phone

import (
	"context"
	"time"
)

// paceLate is how far behind a sender may fall and still catch up. Further
// behind it starts afresh, so a stopped machine is not followed by a burst.
const paceLate = 200 * time.Millisecond

// pace calls send every 20 ms until ctx is done. A late call is made up for at
// once, so the average rate stays exact.
func pace(ctx context.Context, send func()) {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		send()
		next = next.Add(FrameTime)
		if now := time.Now(); now.Sub(next) > paceLate {
			next = now
		}
		timer.Reset(time.Until(next))
	}
}
