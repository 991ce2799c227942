package phone

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// The timing of a key, in frames of 20 ms: 100 ms of tone, then a pause of 80 ms,
// the first whole number of frames over 70 ms. The packet that ends a key is sent
// three times, twice into the pause (RFC 4733, section 2.5.1.4).
const (
	keyFrames   = 5
	pauseFrames = 4
	endPackets  = 3
	keyVolume   = 10 // -10 dBm0
	endBit      = 0x80
)

const keyEvents = "0123456789*#ABCD" // the index is the event code, RFC 4733, table 7

// keyCodes turns keys into event codes.
func keyCodes(keys string) ([]byte, error) {
	codes := make([]byte, 0, len(keys))
	for _, key := range strings.ToUpper(keys) {
		code := strings.IndexRune(keyEvents, key)
		if code < 0 {
			return nil, fmt.Errorf("no key %q on a phone", key)
		}
		codes = append(codes, byte(code))
	}
	return codes, nil
}

// pressing is a row of keys on its way.
type pressing struct {
	codes []byte
	frame int // frames since the current key went down
	start uint32
	done  chan struct{} // closed after the pause of the last key
}

// eventPacket is one packet of a key.
type eventPacket struct {
	payload   [4]byte
	timestamp uint32
	marker    bool
}

// next gives the packet to send in this frame, when there is one, and counts the
// frame. timestamp is that of the frame. It must not be called when finished.
func (p *pressing) next(timestamp uint32) (eventPacket, bool) {
	if p.frame == 0 {
		p.start = timestamp
	}
	n := p.frame + 1
	packet := eventPacket{timestamp: p.start, marker: p.frame == 0}
	packet.payload[0] = p.codes[0]
	packet.payload[1] = keyVolume
	if n >= keyFrames {
		packet.payload[1] |= endBit
	}
	binary.BigEndian.PutUint16(packet.payload[2:], uint16(min(n, keyFrames)*FrameSamples))
	p.count()
	return packet, n < keyFrames+endPackets
}

// sound gives the sound to send in this frame by a phone that sends keys as tones, and
// counts the frame. It must not be called when finished.
func (p *pressing) sound(law Law) []byte {
	payload, first := make([]byte, FrameSamples), p.frame*FrameSamples
	low, high := keyTones(p.codes[0])
	for i := range payload {
		t := 2 * math.Pi * float64(first+i) / SampleRate
		sample := 0.0
		if p.frame < keyFrames {
			sample = tonePeak * (math.Sin(low*t) + math.Sin(high*t))
		}
		payload[i] = law.Encode(int16(math.Round(sample)))
	}
	p.count()
	return payload
}

// keyTones gives the two frequencies of a key in Hz (ITU-T Q.23).
func keyTones(code byte) (low, high float64) {
	const keypad = "123A456B789C*0#D"
	at := strings.IndexByte(keypad, keyEvents[code])
	return [...]float64{697, 770, 852, 941}[at/4], [...]float64{1209, 1336, 1477, 1633}[at%4]
}

// count counts a frame.
func (p *pressing) count() {
	p.frame++
	if p.frame == keyFrames+pauseFrames {
		p.codes, p.frame = p.codes[1:], 0
	}
}

func (p *pressing) finished() bool { return len(p.codes) == 0 }
