package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"talian/test/phone"
)

const (
	aLaw       = 8 // RTP payload type
	rtpHeader  = 12
	packetSize = rtpHeader + phone.FrameSamples
)

// sound is the audio of one leg: it hears from the beginning, and sends after start.
type sound struct {
	rtp, rtcp *net.UDPConn
	hears     func(packet []byte, at time.Time) // nil: only the first packet counts
	first     chan time.Time
	packet    [packetSize]byte
	pressed   atomic.Pointer[press] // the key that is down; nil = none
	far       netip.AddrPort
	heard     sync.WaitGroup
}

// listen opens an even port for RTP, holds the next one, to which RTCP goes, and hears. Each
// packet of audio is given to hears, header included.
func listen(hz int, hears func(packet []byte, at time.Time)) (*sound, error) {
	s := &sound{hears: hears, first: make(chan time.Time, 1)}
	for range 100 {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, err
		}
		at := localAddress(conn)
		if at.Port()%2 == 0 {
			if s.rtcp, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), at.Port()+1))); err == nil {
				s.rtp = conn
				break
			}
		}
		_ = conn.Close() // not the one
	}
	if s.rtp == nil {
		return nil, errors.New("no pair of ports is free for RTP")
	}
	s.packet[0], s.packet[1] = 0x80, aLaw
	binary.BigEndian.PutUint32(s.packet[8:], rand.Uint32())
	for i := range phone.FrameSamples {
		sample := 8192 * math.Sin(2*math.Pi*float64(hz*i)/phone.SampleRate)
		s.packet[rtpHeader+i] = phone.ALaw.Encode(int16(sample))
	}
	s.heard.Go(s.hear)
	return s, nil
}

func localAddress(conn *net.UDPConn) netip.AddrPort {
	at, _ := conn.LocalAddr().(*net.UDPAddr) // of a UDP socket it is nothing else
	return at.AddrPort()
}

func (s *sound) address() netip.AddrPort { return localAddress(s.rtp) }

func (s *sound) hear() {
	buf := make([]byte, 2048)
	told := false
	for {
		n, _, err := s.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed
		}
		now := time.Now()
		if n <= rtpHeader || buf[1]&0x7f != aLaw {
			continue
		}
		if !told {
			told = true
			s.first <- now
		}
		if s.hears != nil {
			s.hears(buf[:n], now)
		}
	}
}

// send sends the next frame, of the key that is down or of the tone; the studio calls it.
func (s *sound) send() {
	packet := s.packet[:]
	if key := s.pressed.Load(); key != nil {
		packet = s.keyPacket(key)
	}
	if packet != nil {
		_, _ = s.rtp.WriteToUDPAddrPort(packet, s.far) // what counts is what arrives
		binary.BigEndian.PutUint16(s.packet[2:], binary.BigEndian.Uint16(s.packet[2:])+1)
	}
	binary.BigEndian.PutUint32(s.packet[4:], binary.BigEndian.Uint32(s.packet[4:])+phone.FrameSamples)
}

func (s *sound) close() {
	_ = s.rtp.Close()
	_ = s.rtcp.Close()
	s.heard.Wait()
}

// waitFirst waits for the first packet.
func (s *sound) waitFirst(ctx context.Context) (time.Time, error) {
	select {
	case at := <-s.first:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("no sound: %w", ctx.Err())
	}
}

// studio sends the frames of all legs, every 20 ms.
type studio struct {
	mu       sync.Mutex
	speaking map[*sound]bool
}

func newStudio() *studio { return &studio{speaking: map[*sound]bool{}} }

// start has a leg send, the first frame at once, as a telephone does after the answer.
func (st *studio) start(s *sound, far netip.AddrPort) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.speaking[s] {
		return
	}
	s.far = far
	s.send()
	st.speaking[s] = true
}

func (st *studio) stop(s *sound) {
	st.mu.Lock()
	defer st.mu.Unlock()
	delete(st.speaking, s)
}

func (st *studio) run(ctx context.Context) {
	tick := time.NewTicker(phone.FrameTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		st.mu.Lock()
		for s := range st.speaking {
			s.send()
		}
		st.mu.Unlock()
	}
}
