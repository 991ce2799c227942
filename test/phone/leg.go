package phone

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const gatherTime = 5 * time.Second

// Leg is one call to an agent's line, from its answer to its end.
type Leg struct {
	Nonce string // the value of LegHeader
	Ear   *Ear

	line    *AgentLine
	callID  sip.CallIDHeader
	dialog  *sipgo.DialogServerSession
	peer    *webrtc.PeerConnection
	track   *webrtc.TrackLocalStaticSample
	law     Law
	invited time.Time

	up     sync.Once
	isUp   chan struct{} // closed when ICE and DTLS are done
	upAt   time.Time     // set before isUp is closed
	end    sync.Once
	ending chan struct{}
	reason string // set before ending is closed
	done   chan struct{}
}

// newWebRTC makes what all peer connections of a line share: G.711, IPv4, and
// loopback addresses, so that a test needs no network.
func newWebRTC() (*webrtc.API, error) {
	var codecs webrtc.MediaEngine
	for _, codec := range []struct {
		payload uint8
		mime    string
	}{{uint8(ALaw), webrtc.MimeTypePCMA}, {uint8(MuLaw), webrtc.MimeTypePCMU}, {comfortNoise, "audio/CN"}} {
		err := codecs.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: codec.mime, ClockRate: SampleRate},
			PayloadType:        webrtc.PayloadType(codec.payload),
		}, webrtc.RTPCodecTypeAudio)
		if err != nil {
			return nil, fmt.Errorf("codec %s: %w", codec.mime, err)
		}
	}
	var reports interceptor.Registry
	if err := webrtc.ConfigureRTCPReports(&reports); err != nil {
		return nil, fmt.Errorf("RTCP reports: %w", err)
	}
	var settings webrtc.SettingEngine
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	return webrtc.NewAPI(webrtc.WithMediaEngine(&codecs),
		webrtc.WithInterceptorRegistry(&reports), webrtc.WithSettingEngine(settings)), nil
}

// newLeg makes the leg for an INVITE and the answer to send. The leg does nothing
// by itself yet.
func (l *AgentLine) newLeg(req *sip.Request, tx sip.ServerTransaction, nonce string) (*Leg, []byte, error) {
	offer, law, err := browserOffer(req.Body())
	if err != nil {
		return nil, nil, err
	}
	id := req.CallID()
	if id == nil {
		return nil, nil, errors.New("INVITE without Call-ID")
	}
	ear, err := NewEar(l.cfg.Ear)
	if err != nil {
		return nil, nil, err
	}
	dialog, err := l.dialogs.ReadInvite(req, tx)
	if err != nil {
		return nil, nil, fmt.Errorf("read INVITE: %w", err)
	}
	leg := &Leg{
		Nonce: nonce, Ear: ear, line: l, callID: *id, dialog: dialog, law: law,
		isUp: make(chan struct{}), ending: make(chan struct{}), done: make(chan struct{}),
	}
	if leg.peer, err = l.webrtc.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, nil, fmt.Errorf("peer connection: %w", err)
	}
	answer, err := leg.negotiate(l.stopped, offer)
	if err != nil {
		leg.discard()
		return nil, nil, err
	}
	return leg, answer, nil
}

// negotiate connects the track and gives the answer with all candidates in it.
func (g *Leg) negotiate(ctx context.Context, offer string) ([]byte, error) {
	g.peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { g.listen(track) })
	g.peer.OnConnectionStateChange(g.onState)
	codec := webrtc.RTPCodecCapability{MimeType: "audio/" + g.law.String(), ClockRate: SampleRate}
	var err error
	if g.track, err = webrtc.NewTrackLocalStaticSample(codec, "microphone", "agent"); err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	if _, err = g.peer.AddTrack(g.track); err != nil {
		return nil, fmt.Errorf("add track: %w", err)
	}
	remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}
	if err = g.peer.SetRemoteDescription(remote); err != nil {
		return nil, fmt.Errorf("take offer: %w", err)
	}
	answer, err := g.peer.CreateAnswer(nil)
	if err != nil {
		return nil, fmt.Errorf("make answer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(g.peer)
	if err = g.peer.SetLocalDescription(answer); err != nil {
		return nil, fmt.Errorf("take answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	select {
	case <-gathered:
	case <-ctx.Done():
		return nil, fmt.Errorf("gather candidates: %w", ctx.Err())
	}
	return browserAnswer(g.peer.LocalDescription().SDP)
}

// onState is called by pion. It must not wait for anything of the leg.
func (g *Leg) onState(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		g.up.Do(func() {
			g.upAt = time.Now()
			close(g.isUp)
		})
	case webrtc.PeerConnectionStateFailed:
		g.finish("no media connection")
	case webrtc.PeerConnectionStateClosed:
		g.finish("media connection closed")
	case webrtc.PeerConnectionStateUnknown, webrtc.PeerConnectionStateNew,
		webrtc.PeerConnectionStateConnecting, webrtc.PeerConnectionStateDisconnected:
	}
}

// listen reads the far side's audio until the peer connection is closed. A packet of a
// payload type that the leg has no codec for, as a key of the far side, is passed over.
func (g *Leg) listen(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if errors.Is(err, webrtc.ErrCodecNotFound) {
			continue
		}
		if err != nil {
			return
		}
		if law := Law(packet.PayloadType); law == ALaw || law == MuLaw {
			g.Ear.Hear(law, packet.Payload, time.Now())
		}
	}
}

// send sends one frame when the leg is up. A lost frame needs no word: the far
// side does not hear it.
func (g *Leg) send(mouth *Mouth) {
	select {
	case <-g.isUp:
		_ = g.track.WriteSample(media.Sample{Data: mouth.payload(g.law), Duration: FrameTime})
	default:
	}
}

// live tells the line when the leg is up, and releases it when it has ended.
func (g *Leg) live() {
	defer close(g.done)
	select {
	case <-g.isUp:
		g.line.legUp(g)
	case <-g.ending:
	}
	<-g.ending
	g.discard()
	g.line.legDown(g, g.reason)
}

// finish ends the leg on this side; only the first reason counts.
func (g *Leg) finish(reason string) {
	g.end.Do(func() {
		g.reason = reason
		close(g.ending)
	})
}

// discard closes the peer connection and waits for its goroutines.
func (g *Leg) discard() {
	_ = g.peer.GracefulClose() // a peer connection that is given up has nothing to lose
}

// Drop ends the leg on this side only: the peer connection is closed and nothing
// is sent by SIP.
func (g *Leg) Drop() { g.finish("dropped") }

// Hangup ends the leg by SIP, and waits until it is released. A leg that has ended
// already is no error.
func (g *Leg) Hangup(ctx context.Context) error {
	select {
	case <-g.ending:
		<-g.done
		return nil
	default:
	}
	err := g.dialog.Bye(ctx)
	g.finish("hung up")
	<-g.done
	if err != nil {
		return fmt.Errorf("hang up leg: %w", err)
	}
	return nil
}

// Done is closed when the leg has ended and is released.
func (g *Leg) Done() <-chan struct{} { return g.done }

// Invited gives the time of the INVITE.
func (g *Leg) Invited() time.Time { return g.invited }

// Connected gives the time at which audio could flow; zero before that.
func (g *Leg) Connected() time.Time {
	select {
	case <-g.isUp:
		return g.upAt
	default:
		return time.Time{}
	}
}
