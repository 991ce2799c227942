package engine

import (
	"strings"

	"talian/ivr/asterisk"
	"talian/ivr/flow"
)

// guestPrefix begins the names of the endpoints of citizens' phones in a browser.
const guestPrefix = "guest-"

// argPresentation is the place of the caller number's presentation among the arguments of
// the application: allowed..., prohib... or unavailable, as Asterisk's CALLERID(num-pres) has it.
const argPresentation = 2

// longestNumber is the most digits that a number has (ITU-T E.164, clause 6.2.1).
const longestNumber = 15

// callerNumber gives the caller's number in one form, whichever one the trunk uses: as it is
// dialled in Malaysia (0123456789 for +60123456789 and 60123456789), with plus and country
// code when it was sent so from elsewhere. It is "web" for a phone in a browser; "" when the
// caller withholds it (RFC 3323, RFC 3325), and when it is none: up to 15 digits, with or
// without a plus before them. args are those of the application; a channel from a dialplan
// that tells no presentation withholds nothing.
func callerNumber(ch asterisk.Channel, args []string) string {
	if strings.HasPrefix(ch.Name, "PJSIP/"+guestPrefix) {
		return "web"
	}
	if len(args) > argPresentation && strings.HasPrefix(args[argPresentation], "prohib") {
		return ""
	}
	number := ch.Caller.GetNumber()
	digits := strings.TrimPrefix(number, "+")
	if digits == "" || len(digits) > longestNumber || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	if national, found := strings.CutPrefix(digits, "60"); found && flow.Dialable(digits) {
		return "0" + national
	}
	return number
}
