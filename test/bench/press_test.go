package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"talian/test/phone"
)

// A key in frames of 20 ms (RFC 4733): 100 ms of tone, whose last packet is sent three
// times, and silence until 180 ms.
const (
	telephoneEvent = 101 // RTP payload type, as our description offers it
	toneFrames     = 5
	endPackets     = 3
	keyFrames      = 9
	endBit         = 0x80
	keyVolume      = 10 // -10 dBm0
	marker         = 0x80
)

// press is a key that is down.
type press struct {
	code         byte
	frame        int
	packet       [rtpHeader + 4]byte
	began, ended time.Time     // its first packet was sent; the first that tells of its end
	up           chan struct{} // closed when ended is known
}

// press presses a key from 0 to 9 and returns when its end is told.
func (s *sound) press(ctx context.Context, key byte) (*press, error) {
	p := &press{code: key - '0', up: make(chan struct{})}
	if !s.pressed.CompareAndSwap(nil, p) {
		return nil, errors.New("another key is down")
	}
	select {
	case <-p.up:
		return p, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("the key %c was not sent: %w", key, ctx.Err())
	}
}

// keyPacket gives the next packet of a key; nil in the pause after it.
func (s *sound) keyPacket(p *press) []byte {
	if p.frame == 0 {
		copy(p.packet[:], s.packet[:rtpHeader]) // every packet of a key has the time of the first
		p.packet[1] = telephoneEvent | marker
		p.packet[rtpHeader], p.packet[rtpHeader+1] = p.code, keyVolume
		p.began = time.Now()
	}
	p.frame++
	copy(p.packet[2:4], s.packet[2:4])
	binary.BigEndian.PutUint16(p.packet[rtpHeader+2:], uint16(min(p.frame, toneFrames)*phone.FrameSamples))
	switch p.frame {
	case 2:
		p.packet[1] = telephoneEvent
	case toneFrames:
		p.packet[rtpHeader+1] |= endBit
		p.ended = time.Now()
		close(p.up)
	case keyFrames:
		s.pressed.Store(nil)
	}
	if p.frame >= toneFrames+endPackets {
		return nil
	}
	return p.packet[:]
}
