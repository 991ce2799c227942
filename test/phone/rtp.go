package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

const (
	portTries  = 50
	packetSize = 1500
)

// portPair is an even UDP port for RTP and the next one for RTCP. The second is
// only held: the far side sends RTCP there, and must not meet another phone.
type portPair struct {
	rtp, rtcp *net.UDPConn
}

func listenPair(ip netip.Addr) (portPair, error) {
	var last error
	for range portTries {
		even, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
		if err != nil {
			return portPair{}, fmt.Errorf("listen for RTP: %w", err)
		}
		port := addrPort(even).Port()
		if port%2 != 0 {
			last = errors.Join(errors.New("no even port free"), even.Close())
			continue
		}
		odd, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, port+1)))
		if err == nil {
			return portPair{rtp: even, rtcp: odd}, nil
		}
		last = errors.Join(err, even.Close())
	}
	return portPair{}, fmt.Errorf("listen for RTP and RTCP: %w", last)
}

func addrPort(conn net.PacketConn) netip.AddrPort {
	addr, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return addr.AddrPort()
}

// stream is the audio of a citizen's call: it listens from the beginning and
// sends from start on.
type stream struct {
	ports portPair
	laws  []Law
	tones bool // keys are sent as tones, not as events
	ear   *Ear
	mouth *Mouth
	far   atomic.Pointer[farAudio]
	keys  chan *pressing

	stop    context.CancelFunc
	stopped context.Context //nolint:containedctx // the stream's lifetime
	running sync.WaitGroup
}

func newStream(ip netip.Addr, laws []Law, tones bool, ear *Ear, mouth *Mouth) (*stream, error) {
	ports, err := listenPair(ip)
	if err != nil {
		return nil, err
	}
	s := &stream{ports: ports, laws: laws, tones: tones, ear: ear, mouth: mouth, keys: make(chan *pressing)}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.running.Go(s.listen)
	return s, nil
}

// offer is the session description to send.
func (s *stream) offer() []byte { return audioOffer(addrPort(s.ports.rtp), s.laws, !s.tones) }

// setFar takes the other side's session description.
func (s *stream) setFar(body []byte) error {
	far, err := parseFarAudio(body, s.laws)
	if err != nil {
		return err
	}
	s.far.Store(&far)
	return nil
}

// start begins to send. The far side must be set.
func (s *stream) start() { s.running.Go(s.speak) }

// close stops listening and sending, and waits for both.
func (s *stream) close() error {
	s.stop()
	err := errors.Join(s.ports.rtp.Close(), s.ports.rtcp.Close())
	s.running.Wait()
	return err
}

func (s *stream) listen() {
	buf := make([]byte, packetSize)
	var packet rtp.Packet
	for {
		n, _, err := s.ports.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed: an unconnected UDP socket knows no other error
		}
		if packet.Unmarshal(buf[:n]) != nil {
			continue
		}
		if law := Law(packet.PayloadType); law == ALaw || law == MuLaw {
			s.ear.Hear(law, packet.Payload, time.Now())
		}
	}
}

func (s *stream) speak() {
	header := rtp.Header{
		Version:        2,
		SSRC:           rand.Uint32(),
		SequenceNumber: uint16(rand.Uint32()),
		Timestamp:      rand.Uint32(),
		Marker:         true,
	}
	var now *pressing
	pace(s.stopped, func() {
		if now == nil {
			select {
			case now = <-s.keys:
			default:
			}
		}
		now = s.sendFrame(&header, now)
		header.Timestamp += FrameSamples
	})
}

// sendFrame sends what belongs into one frame, and gives the keys still to come.
func (s *stream) sendFrame(header *rtp.Header, keys *pressing) *pressing {
	far := s.far.Load()
	if keys == nil || s.tones {
		h := *header
		h.PayloadType = uint8(far.law)
		payload := s.mouth.payload(far.law)
		if keys != nil {
			payload = keys.sound(far.law)
		}
		s.send(h, payload, far.addr)
		header.SequenceNumber++
		header.Marker = false
	} else if packet, ok := keys.next(header.Timestamp); ok {
		h := *header
		h.PayloadType, h.Timestamp, h.Marker = far.event, packet.timestamp, packet.marker
		s.send(h, packet.payload[:], far.addr)
		header.SequenceNumber++
	}
	if keys != nil && keys.finished() {
		close(keys.done)
		return nil
	}
	return keys
}

// send writes one packet. An error is not told: the far side may be gone already,
// and what matters is what arrives.
func (s *stream) send(header rtp.Header, payload []byte, to netip.AddrPort) {
	raw, err := (&rtp.Packet{Header: header, Payload: payload}).Marshal()
	if err != nil {
		return
	}
	_, _ = s.ports.rtp.WriteToUDPAddrPort(raw, to)
}

var errNoKeys = errors.New("the other side takes no telephone-event")

// press sends keys and waits until they are sent.
func (s *stream) press(ctx context.Context, keys string) error {
	codes, err := keyCodes(keys)
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return nil
	}
	if far := s.far.Load(); far == nil || far.event == 0 && !s.tones {
		return errNoKeys
	}
	p := &pressing{codes: codes, done: make(chan struct{})}
	select {
	case s.keys <- p:
	case <-ctx.Done():
		return fmt.Errorf("press %s: %w", keys, context.Cause(ctx))
	case <-s.stopped.Done():
		return fmt.Errorf("press %s: %w", keys, ErrCallEnded)
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("press %s: %w", keys, context.Cause(ctx))
	case <-s.stopped.Done():
		return fmt.Errorf("press %s: %w", keys, ErrCallEnded)
	}
}
