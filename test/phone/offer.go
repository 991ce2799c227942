package phone

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// comfortNoise is the payload type of RFC 3389.
const comfortNoise = 13

// browserOffer prepares the far side's offer for pion and picks the law to send:
// the first that the offer names.
//
// Asterisk keeps an idle stream alive by comfort noise that it never offered, and
// pion drops a track for good when its first packet has an unknown payload type.
// So comfort noise is added to an offer without it.
func browserOffer(offer []byte) (prepared string, law Law, err error) {
	var session sdp.SessionDescription
	if err := session.Unmarshal(offer); err != nil {
		return "", 0, fmt.Errorf("read offer: %w", err)
	}
	found := false
	for _, media := range session.MediaDescriptions {
		if media.MediaName.Media != "audio" {
			continue
		}
		formats := media.MediaName.Formats
		if i := slices.IndexFunc(formats, isLaw); i >= 0 && !found {
			found = true
			law = MuLaw
			if formats[i] != strconv.Itoa(int(MuLaw)) {
				law = ALaw
			}
		}
		if noise := strconv.Itoa(comfortNoise); !slices.Contains(formats, noise) {
			media.MediaName.Formats = append(formats, noise)
			media.WithValueAttribute("rtpmap", fmt.Sprintf("%s CN/%d", noise, SampleRate))
		}
	}
	if !found {
		return "", 0, fmt.Errorf("offer: %w", errNoCodec)
	}
	raw, err := session.Marshal()
	if err != nil {
		return "", 0, fmt.Errorf("write offer: %w", err)
	}
	return string(raw), law, nil
}

func isLaw(format string) bool {
	return format == strconv.Itoa(int(ALaw)) || format == strconv.Itoa(int(MuLaw))
}

// browserAnswer prepares pion's answer for the far side: the address of the first
// candidate stands in place of 0.0.0.0, which Asterisk takes for "on hold".
func browserAnswer(answer string) ([]byte, error) {
	var session sdp.SessionDescription
	if err := session.UnmarshalString(answer); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	for _, media := range session.MediaDescriptions {
		candidate, ok := media.Attribute("candidate")
		fields := strings.Fields(candidate)
		if !ok || len(fields) < 6 || media.ConnectionInformation == nil {
			continue
		}
		// RFC 8839, section 5.1: foundation, component, transport, priority, address
		media.ConnectionInformation.Address = &sdp.Address{Address: fields[4]}
	}
	raw, err := session.Marshal()
	if err != nil {
		return nil, fmt.Errorf("write answer: %w", err)
	}
	return raw, nil
}
