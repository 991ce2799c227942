package phone

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// eventPayload is the payload type a citizen's phone offers for RFC 4733 events.
const eventPayload = 101

var errNoCodec = errors.New("no common codec")

// audioOffer is the session description of a citizen's phone. Answering a later
// INVITE with it again leaves the session as it is (RFC 3264, section 8).
func audioOffer(local netip.AddrPort, laws []Law, events bool) []byte {
	var formats, maps strings.Builder
	for _, law := range laws {
		fmt.Fprintf(&formats, " %d", law)
		fmt.Fprintf(&maps, "a=rtpmap:%d %s/%d\r\n", law, law, SampleRate)
	}
	if events {
		fmt.Fprintf(&formats, " %d", eventPayload)
		fmt.Fprintf(&maps, "a=rtpmap:%[1]d telephone-event/%[2]d\r\na=fmtp:%[1]d 0-15\r\n", eventPayload, SampleRate)
	}
	return fmt.Appendf(nil, "v=0\r\n"+
		"o=- 1 1 IN IP4 %[1]s\r\n"+
		"s=-\r\n"+
		"c=IN IP4 %[1]s\r\n"+
		"t=0 0\r\n"+
		"m=audio %[2]d RTP/AVP%[3]s\r\n"+
		"%[4]s"+
		"a=ptime:20\r\n"+
		"a=sendrecv\r\n",
		local.Addr(), local.Port(), &formats, &maps)
}

// farAudio is what the other side's description asks for.
type farAudio struct {
	addr  netip.AddrPort
	law   Law
	event uint8 // payload type for RFC 4733 events; 0 when they were not agreed
}

// parseFarAudio reads an answer, or a later offer, from the other side. The first
// law in it that the phone speaks is taken.
func parseFarAudio(body []byte, laws []Law) (farAudio, error) {
	var far farAudio
	var session sdp.SessionDescription
	if err := session.Unmarshal(body); err != nil {
		return far, fmt.Errorf("read session description: %w", err)
	}
	i := slices.IndexFunc(session.MediaDescriptions, func(m *sdp.MediaDescription) bool {
		return m.MediaName.Media == "audio" && m.MediaName.Port.Value != 0
	})
	if i < 0 {
		return far, fmt.Errorf("no audio in session description: %w", errNoCodec)
	}
	audio := session.MediaDescriptions[i]
	addr, err := mediaAddr(&session, audio)
	if err != nil {
		return far, err
	}
	far.addr = addr
	found := false
	for _, format := range audio.MediaName.Formats {
		n, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			return far, fmt.Errorf("payload type %q: %w", format, err)
		}
		codec, err := session.GetCodecForPayloadType(uint8(n))
		switch {
		case err == nil && codec.Name == "telephone-event":
			far.event = uint8(n)
		case !found && slices.Contains(laws, Law(n)):
			far.law, found = Law(n), true
		}
	}
	if !found {
		return far, fmt.Errorf("formats %v: %w", audio.MediaName.Formats, errNoCodec)
	}
	return far, nil
}

func mediaAddr(session *sdp.SessionDescription, media *sdp.MediaDescription) (netip.AddrPort, error) {
	c := media.ConnectionInformation
	if c == nil {
		c = session.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.AddrPort{}, errors.New("no address in session description")
	}
	text := net.JoinHostPort(c.Address.Address, strconv.Itoa(media.MediaName.Port.Value))
	addr, err := netip.ParseAddrPort(text)
	if err != nil {
		return addr, fmt.Errorf("media address: %w", err)
	}
	return addr, nil
}
