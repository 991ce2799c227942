package engine

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
)

// legArgs marks the outside end of a transfer when it enters our application.
const legArgs = "transfer"

// Dial rings an outside number as the far end of a call's transfer.
func (s *surroundings) Dial(ctx context.Context, id ivr.CallID, d call.Dial) error {
	if s.dial == "" {
		return errors.New("no outside number can be dialled: set asterisk.dial in ivrd.yaml")
	}
	if !dialable(d.To) {
		return errors.New("transfer: what is to be dialled is not a telephone number")
	}
	return s.ari.Originate(ctx, asterisk.Originate{Endpoint: strings.ReplaceAll(s.dial, "{number}", d.To),
		Channel: call.LegName(id, d.ID), Args: legArgs, Timeout: d.Ring, CallerID: d.CallerID})
}

// dialable guards Asterisk's dial string.
func dialable(number string) bool {
	return regexp.MustCompile(`^\+?[0-9]{3,20}$`).MatchString(number)
}

// legOf tells whose transfer's outside end a channel or bridge is.
func legOf(id string) (ivr.CallID, int, bool) {
	i := strings.LastIndex(id, "-x")
	if i <= 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(id[i+2:])
	return ivr.CallID(id[:i]), n, err == nil
}

// routeLeg passes what happens to the outside end of a transfer to its call.
func (e *Engine) routeLeg(ev asterisk.Event) bool {
	id, leg, isLeg := legOf(ev.ChannelID())
	if !isLeg {
		return false
	}
	c := e.byID(id)
	switch ev.Type {
	case "StasisStart":
		if c == nil {
			e.hangup(ev.ChannelID(), causeNormal)
			return true
		}
		c.Tell(call.LegUp{ID: leg})
	case "StasisEnd", "ChannelDestroyed":
		if c != nil {
			c.Tell(call.LegGone{ID: leg, Cause: ev.Cause})
		}
	}
	return true
}
