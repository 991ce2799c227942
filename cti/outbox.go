package cti

import (
	"sync"

	"talian/cti/wire"
)

// What may wait for a slow reader before it is cut.
const (
	outboxMessages = 256
	outboxBytes    = 1 << 20
)

// outbox is the bounded queue between whoever speaks to a socket and its writer. Putting
// never blocks.
type outbox struct {
	ready chan struct{} // holds a token when there is something to take

	mu    sync.Mutex
	queue [][]byte
	bytes int
	extra int // of queue: the first answer, which may be long
	bye   *wire.Bye
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// put queues a message, or gives false when the reader is too slow or the end has come.
func (o *outbox) put(message []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bye != nil || len(o.queue)-o.extra >= outboxMessages || o.bytes+len(message) > outboxBytes {
		return false
	}
	o.add(message)
	return true
}

// putFirst queues what answers the hello, however long.
func (o *outbox) putFirst(messages [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bye != nil {
		return
	}
	for _, message := range messages {
		o.add(message)
	}
	o.extra = len(o.queue)
}

func (o *outbox) add(message []byte) {
	o.queue = append(o.queue, message)
	o.bytes += len(message)
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// end lets the writer say bye after the message in hand; drop leaves out what waits. Only the first
// end counts, and it alone gives true.
func (o *outbox) end(bye wire.Bye, drop bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bye != nil {
		return false
	}
	bye.T = wire.KindBye
	o.bye = &bye
	if drop {
		o.queue, o.bytes, o.extra = nil, 0, 0
	}
	o.signal()
	return true
}

// take gives the next message, or the bye when nothing else is left, or neither.
func (o *outbox) take() ([]byte, *wire.Bye) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return nil, o.bye
	}
	message := o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	o.bytes -= len(message)
	o.extra = max(0, o.extra-1)
	return message, nil
}
