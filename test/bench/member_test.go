package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"talian/test/phone"
)

const memberSocket = "127.0.0.1:15060"

// members are app_queue's members: telephones on one UDP socket.
type members struct {
	conn    *net.UDPConn
	studio  *studio
	invited chan *ringing
	done    chan string // Call-ID of a leg whose INVITE was cancelled or whose BYE was answered

	mu   sync.Mutex
	legs map[string]*ringing
}

// ringing is a call at a member.
type ringing struct {
	members *members
	invite  message
	from    netip.AddrPort
	at      time.Time // the INVITE came
	caller  string
	tag     string
	ear     *phone.Ear
	sound   *sound
}

func newMembers(b *testing.B) *members {
	b.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(memberSocket)))
	must(b, err)
	m := &members{conn: conn, studio: newStudio(), invited: make(chan *ringing, 64), done: make(chan string, 64), legs: map[string]*ringing{}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { m.studio.run(ctx) })
	running.Go(m.listen)
	b.Cleanup(func() {
		stop()
		_ = conn.Close()
		running.Wait()
		for _, r := range m.legs {
			r.silence()
		}
	})
	return m
}

func (m *members) listen() {
	buf := make([]byte, 65536)
	for {
		n, from, err := m.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed
		}
		now := time.Now()
		if text, ok := parse(buf[:n]); ok {
			m.take(text, from, now)
		}
	}
}

func (m *members) take(text message, from netip.AddrPort, now time.Time) {
	m.mu.Lock()
	leg := m.legs[text.callID()]
	if leg == nil && text.status() == 0 && text.method() == "INVITE" {
		leg = &ringing{members: m, invite: text, from: from, at: now, caller: text.fromUser(), tag: rand.Text()}
		m.legs[text.callID()] = leg
		m.mu.Unlock()
		leg.reply("180 Ringing", "")
		m.invited <- leg
		return
	}
	m.mu.Unlock()
	switch {
	case leg == nil:
	case text.status() == 0 && text.method() == "CANCEL":
		m.send(text.reply("200 OK", leg.tag, "", ""), from)
		leg.reply("487 Request Terminated", "")
		m.over(leg)
	case text.status() == 0 && text.method() == "BYE":
		m.send(text.reply("200 OK", leg.tag, "", ""), from)
		m.over(leg)
	case text.status() >= 200 && text.method() == "BYE":
		m.over(leg)
	}
}

func (m *members) send(text []byte, to netip.AddrPort) {
	_, _ = m.conn.WriteToUDPAddrPort(text, to)
}

func (m *members) over(leg *ringing) {
	m.mu.Lock()
	_, known := m.legs[leg.invite.callID()]
	delete(m.legs, leg.invite.callID())
	m.mu.Unlock()
	if known {
		leg.silence()
		m.done <- leg.invite.callID()
	}
}

// ring waits for the next INVITE.
func (m *members) ring(ctx context.Context) (*ringing, error) {
	select {
	case leg := <-m.invited:
		return leg, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no member was rung: %w", ctx.Err())
	}
}

// free waits until a leg is over.
func (m *members) free(ctx context.Context, leg *ringing) error {
	for {
		select {
		case id := <-m.done:
			if id == leg.invite.callID() {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("a member's leg did not end: %w", ctx.Err())
		}
	}
}

func (r *ringing) reply(status, body string) {
	r.members.send(r.invite.reply(status, r.tag, "sip:member@"+memberSocket, body), r.from)
}

// answer takes the call, saying a tone.
func (r *ringing) answer(hz int) error {
	ear, err := phone.NewEar(phone.EarConfig{})
	if err != nil {
		return err
	}
	far, err := mediaAddress(r.invite.body)
	if err != nil {
		return err
	}
	hears := func(packet []byte, at time.Time) { ear.Hear(phone.ALaw, packet[rtpHeader:], at) }
	if r.sound, err = listen(hz, hears); err != nil {
		return err
	}
	r.ear = ear
	r.reply("200 OK", description(r.sound.address()))
	r.members.studio.start(r.sound, far)
	return nil
}

// hangup ends the member's leg; free waits for its end.
func (r *ringing) hangup() {
	from, to := r.invite.headers["to"]+";tag="+r.tag, r.invite.headers["from"]
	bye := request{method: "BYE", uri: r.invite.address("contact"), branch: rand.Text(), from: from, to: to, callID: r.invite.callID(), seq: 1}
	r.members.send(bye.text(localAddress(r.members.conn), "", ""), r.from)
}

func (r *ringing) silence() {
	if r.sound != nil {
		r.members.studio.stop(r.sound)
		r.sound.close()
	}
}
