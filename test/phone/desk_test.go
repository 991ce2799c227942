package phone

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const (
	deskUser     = "agent01"
	deskPassword = "s3cret"
	deskCookie   = "desk=ticket"
)

// desk is the other side of an agent's line: a SIP registrar and switch on a
// websocket, behind a proxy that wants a path and a cookie.
type desk struct {
	t        *testing.T
	sip      sipEnd
	proxy    *httptest.Server
	listener *announcedListener
	served   chan struct{}

	mu        sync.Mutex
	source    string // of the last registration
	registers int
	calls     map[sip.CallIDHeader]*deskCall
}

// deskCall is one call from the desk to the agent.
type deskCall struct {
	dialog *sipgo.DialogClientSession
	peer   *webrtc.PeerConnection
	track  *deskTrack
	ear    *Ear
	bye    chan struct{} // closed when the agent's line hung up
}

// deskTrack is the desk's sound, of which one packet may be a key: Asterisk passes keys on
// to a browser that did not ask for them.
type deskTrack struct {
	*webrtc.TrackLocalStaticSample
	key atomic.Bool // the next packet is a key
}

// Bind connects the track to a peer connection.
func (t *deskTrack) Bind(to webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	return t.TrackLocalStaticSample.Bind(deskStream{TrackLocalContext: to, TrackLocalWriter: to.WriteStream(), key: &t.key})
}

type deskStream struct {
	webrtc.TrackLocalContext
	webrtc.TrackLocalWriter
	key *atomic.Bool
}

// WriteStream gives the way to the far side.
func (s deskStream) WriteStream() webrtc.TrackLocalWriter { return s }

// WriteRTP sends a packet, or a key in its place.
func (s deskStream) WriteRTP(header *rtp.Header, payload []byte) (int, error) {
	if s.key.CompareAndSwap(true, false) {
		key := *header
		key.PayloadType = eventPayload
		header, payload = &key, []byte{1, keyVolume | endBit, 0, FrameSamples}
	}
	return s.TrackLocalWriter.WriteRTP(header, payload)
}

type announcedListener struct {
	net.Listener
	once      sync.Once
	accepting chan struct{}
}

func (l *announcedListener) Accept() (net.Conn, error) {
	l.once.Do(func() { close(l.accepting) })
	return l.Listener.Accept()
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	end, err := newSIPEnd("desk", sip.TransportsConfig{}, "")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		t: t, sip: end, served: make(chan struct{}), calls: make(map[sip.CallIDHeader]*deskCall),
		listener: &announcedListener{Listener: tcp, accepting: make(chan struct{})},
	}
	end.server.OnRegister(d.onRegister)
	end.server.OnBye(d.onBye)
	go func() {
		defer close(d.served)
		_ = end.server.ServeWS(d.listener)
	}()
	<-d.listener.accepting
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: tcp.Addr().String()})
	d.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sip" || r.Header.Get("Cookie") != deskCookie {
			http.Error(w, "no ticket", http.StatusForbidden)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(d.close)
	return d
}

func (d *desk) close() {
	_ = d.listener.Close()
	<-d.served
	_ = d.sip.ua.Close()
	d.proxy.CloseClientConnections()
	d.proxy.Close()
}

func (d *desk) config() AgentConfig {
	return AgentConfig{
		URL:    "ws" + d.proxy.URL[len("http"):] + "/sip",
		Header: http.Header{"Cookie": {deskCookie}, "Origin": {d.proxy.URL}},
		User:   deskUser, Password: deskPassword,
	}
}

// line registers an agent's line, which is closed with the test.
func (d *desk) line(cfg AgentConfig) *AgentLine {
	d.t.Helper()
	l, err := NewAgentLine(within(d.t, testTime), cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := l.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return l
}

func (d *desk) onRegister(req *sip.Request, tx sip.ServerTransaction) {
	challenge := &digest.Challenge{Realm: "desk", Nonce: "n0nce", Algorithm: "MD5"}
	header := req.GetHeader("Authorization")
	if header == nil {
		res := sip.NewResponseFromRequest(req, sip.StatusUnauthorized, "Unauthorized", nil)
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", challenge.String()))
		_ = tx.Respond(res)
		return
	}
	got, err := digest.ParseCredentials(header.Value())
	if err != nil {
		d.t.Errorf("credentials: %v", err)
		return
	}
	want, err := digest.Digest(challenge, digest.Options{
		Method: "REGISTER", URI: got.URI, Username: deskUser, Password: deskPassword,
	})
	if err != nil || got.Response != want.Response {
		respond(sip.StatusForbidden, "Forbidden")(req, tx)
		return
	}
	d.mu.Lock()
	d.source = req.Source()
	d.registers++
	d.mu.Unlock()
	respond(sip.StatusOK, "OK")(req, tx)
}

func (d *desk) onBye(req *sip.Request, tx sip.ServerTransaction) {
	d.mu.Lock()
	call := d.calls[*req.CallID()]
	d.mu.Unlock()
	if call == nil {
		respond(sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")(req, tx)
		return
	}
	respond(sip.StatusOK, "OK")(req, tx)
	close(call.bye)
}

// call calls the agent, with a tone, and returns after the answer.
func (d *desk) call(ctx context.Context, nonce string, law Law, hz int) (*deskCall, error) {
	d.t.Helper()
	api, err := newWebRTC()
	if err != nil {
		d.t.Fatal(err)
	}
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = peer.GracefulClose() })
	call := &deskCall{peer: peer, bye: make(chan struct{})}
	if call.ear, err = NewEar(EarConfig{}); err != nil {
		d.t.Fatal(err)
	}
	offer := call.offer(d.t, law, hz) //nolint:contextcheck // what it starts ends with the peer connection
	request := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: deskUser, Host: deskUser + ".invalid"})
	d.mu.Lock()
	request.SetDestination(d.source)
	d.mu.Unlock()
	request.SetTransport("WS")
	request.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	if nonce != "" {
		request.AppendHeader(sip.NewHeader(LegHeader, nonce))
	}
	request.SetBody([]byte(offer))
	// A contact that nobody can reach: requests must come back over the socket.
	ua := &sipgo.DialogUA{Client: d.sip.client, RewriteContact: true, ContactHDR: sip.ContactHeader{
		Address: sip.Uri{Scheme: "sip", User: "desk", Host: "127.0.0.1", Port: 9},
	}}
	if call.dialog, err = ua.WriteInvite(ctx, request); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.calls[*request.CallID()] = call
	d.mu.Unlock()
	if err := call.dialog.WaitAnswer(ctx, sipgo.AnswerOptions{}); err != nil {
		return nil, rejection(err)
	}
	if err := call.dialog.Ack(ctx); err != nil {
		return nil, err
	}
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(call.dialog.InviteResponse.Body())}
	return call, peer.SetRemoteDescription(answer)
}

// offer prepares the desk's peer connection. It sends hz from now on.
func (c *deskCall) offer(t *testing.T, law Law, hz int) string {
	t.Helper()
	mouth, err := newMouth(hz)
	if err != nil {
		t.Fatal(err)
	}
	track, err := webrtc.NewTrackLocalStaticSample(
		webrtc.RTPCodecCapability{MimeType: "audio/" + law.String(), ClockRate: SampleRate}, "desk", "desk")
	if err != nil {
		t.Fatal(err)
	}
	c.track = &deskTrack{TrackLocalStaticSample: track}
	transceiver, err := c.peer.AddTransceiverFromTrack(c.track)
	if err != nil {
		t.Fatal(err)
	}
	payload := webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/" + law.String(), ClockRate: SampleRate},
		PayloadType:        webrtc.PayloadType(law),
	}
	if err := transceiver.SetCodecPreferences([]webrtc.RTPCodecParameters{payload}); err != nil {
		t.Fatal(err)
	}
	c.peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			c.ear.Hear(Law(packet.PayloadType), packet.Payload, time.Now())
		}
	})
	offer, err := c.peer.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.peer)
	if err := c.peer.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	ctx, stop := context.WithCancel(context.Background())
	var speaking sync.WaitGroup
	speaking.Go(func() {
		pace(ctx, func() { _ = track.WriteSample(media.Sample{Data: mouth.payload(law), Duration: FrameTime}) })
	})
	t.Cleanup(func() {
		stop()
		speaking.Wait()
	})
	return c.peer.LocalDescription().SDP
}

// waitTone waits until an ear hears hz in packets that come from now on.
func waitTone(t *testing.T, ear *Ear, hz int) {
	t.Helper()
	ear.Reset()
	if _, err := ear.WaitTone(within(t, testTime), hz); err != nil {
		t.Fatal(err)
	}
}

func waitLeg(t *testing.T, line *AgentLine) *Leg {
	t.Helper()
	leg, err := line.WaitLeg(within(t, testTime))
	if err != nil {
		t.Fatal(err)
	}
	return leg
}
