package phone

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"
)

const testTime = 10 * time.Second

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func waitClosed(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-within(t, testTime).Done():
		t.Fatalf("%s did not happen", what)
	}
}

// farEnd is a SIP server for one call: it answers, echoes the audio and writes
// down the keys. It shares no code with the phone but the frame of a SIP socket.
type farEnd struct {
	t      *testing.T
	socket *udpSocket
	media  *net.UDPConn
	refuse func(tx sip.ServerTransaction, req *sip.Request) // instead of the answer, when set

	invited chan struct{} // closed at the first INVITE
	started chan struct{} // closed at the ACK
	refused chan struct{} // closed at the ACK of a refusal
	ended   chan struct{} // closed at BYE
	cancel  chan struct{} // closed when the call was cancelled
	once    sync.Once
	echoed  sync.WaitGroup

	mu     sync.Mutex
	dialog *sipgo.DialogServerSession
	offer  string
	keys   []pressedKey
	audio  []rtp.Header
	echoTo netip.AddrPort // instead of the packet's source, when set
}

// pressedKey is one key as its packets told it.
type pressedKey struct {
	key       byte
	timestamp uint32
	duration  uint16 // of the last packet, in samples
	packets   int
	ends      int
	markers   int
	last      time.Time
}

func newFarEnd(t *testing.T) *farEnd { return newFarEndThat(t, nil) }

func newFarEndThat(t *testing.T, refuse func(sip.ServerTransaction, *sip.Request)) *farEnd {
	t.Helper()
	ip := netip.MustParseAddr("127.0.0.1")
	socket, err := listenSIP("farend", ip)
	if err != nil {
		t.Fatal(err)
	}
	media, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		t.Fatal(err)
	}
	f := &farEnd{
		t: t, socket: socket, media: media, refuse: refuse,
		invited: make(chan struct{}), started: make(chan struct{}),
		refused: make(chan struct{}), ended: make(chan struct{}), cancel: make(chan struct{}),
	}
	socket.server.OnInvite(f.onInvite)
	socket.server.OnAck(func(req *sip.Request, tx sip.ServerTransaction) {
		if d := f.call(); d != nil {
			_ = d.ReadAck(req, tx)
		}
	})
	socket.server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		if err := f.call().ReadBye(req, tx); err != nil {
			t.Errorf("BYE: %v", err)
		}
		close(f.ended)
	})
	socket.serve()
	f.echoed.Go(f.echo)
	t.Cleanup(func() {
		if err := socket.close(); err != nil {
			t.Error(err)
		}
		if err := media.Close(); err != nil {
			t.Error(err)
		}
		f.echoed.Wait()
	})
	return f
}

func (f *farEnd) addr() string { return f.socket.conn.LocalAddr().String() }

func (f *farEnd) call() *sipgo.DialogServerSession {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dialog
}

func (f *farEnd) sdp(format string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=far 7 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP %s 101\r\na=rtpmap:101 telephone-event/8000\r\n", addrPort(f.media).Port(), format)
}

func (f *farEnd) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	ua := &sipgo.DialogUA{Client: f.socket.client, ContactHDR: sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip", User: "far", Host: "127.0.0.1", Port: int(addrPort(f.socket.conn).Port()),
	}}}
	dialog, err := ua.ReadInvite(req, tx)
	if err != nil {
		f.t.Errorf("INVITE: %v", err)
		return
	}
	f.mu.Lock()
	f.dialog, f.offer = dialog, string(req.Body())
	f.mu.Unlock()
	tx.OnCancel(func(*sip.Request) { close(f.cancel) })
	f.once.Do(func() { close(f.invited) })
	if f.refuse != nil {
		f.refuse(tx, req)
		select {
		case <-tx.Acks(): // of the refusal, or of the answer to a CANCEL
		case <-tx.Done():
		}
		close(f.refused)
		return
	}
	format := "8"
	if !strings.Contains(string(req.Body()), "PCMA") {
		format = "0"
	}
	if err := dialog.RespondSDP(f.sdp(format)); err != nil {
		f.t.Errorf("answer: %v", err)
		return
	}
	close(f.started)
}

// echo sends audio back as its own stream, and collects the keys.
func (f *farEnd) echo() {
	buf := make([]byte, packetSize)
	seq := uint16(65530) // rolls over soon
	for {
		n, from, err := f.media.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		var p rtp.Packet
		if err := p.Unmarshal(buf[:n]); err != nil {
			f.t.Errorf("RTP: %v", err)
			continue
		}
		if p.PayloadType == eventPayload {
			f.addKey(&p)
			continue
		}
		f.mu.Lock()
		f.audio = append(f.audio, p.Header)
		if f.echoTo.IsValid() {
			from = f.echoTo
		}
		f.mu.Unlock()
		p.SSRC, p.SequenceNumber = 4711, seq
		seq++
		raw, err := p.Marshal()
		if err == nil {
			_, err = f.media.WriteToUDPAddrPort(raw, from)
		}
		if err != nil {
			return
		}
	}
}

func (f *farEnd) addKey(p *rtp.Packet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p.Payload) != 4 {
		f.t.Errorf("event of %d octets", len(p.Payload))
		return
	}
	n := len(f.keys)
	if n == 0 || f.keys[n-1].timestamp != p.Timestamp {
		f.keys = append(f.keys, pressedKey{key: keyEvents[p.Payload[0]], timestamp: p.Timestamp})
		n++
	}
	k := &f.keys[n-1]
	if keyEvents[p.Payload[0]] != k.key {
		f.t.Errorf("key %c within key %c", keyEvents[p.Payload[0]], k.key)
	}
	duration := binary.BigEndian.Uint16(p.Payload[2:])
	if duration < k.duration || k.ends > 0 && duration != k.duration {
		f.t.Errorf("key %c: duration %d after %d", k.key, duration, k.duration)
	}
	k.duration, k.last = duration, time.Now()
	k.packets++
	if p.Marker {
		k.markers++
	}
	if p.Payload[1]&0x80 != 0 {
		k.ends++
	}
}

// pressed gives the keys so far.
func (f *farEnd) pressed() []pressedKey {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.keys)
}
