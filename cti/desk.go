package cti

import (
	"encoding/json"
	"time"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// desk is one person's place: the view, its stream of events and the sockets that show
// it. The Floor's mutex guards it, but for replies.
type desk struct {
	me      wire.Me
	role    auth.Role
	epoch   string // of the stream; a desk made anew has a new one
	self    wire.Self
	stream  ring
	claim   claim
	sockets map[*socket]struct{}
	replies *replies

	left       time.Time // when the last socket closed; zero after a sign-out
	lastSignIn string    // of the newest socket
}

// claim says who holds the audio line.
type claim struct {
	epoch  uint64
	tab    string
	signIn string
}

func newDesk(user auth.User, now time.Time) *desk {
	return &desk{me: meOf(user), role: user.Role, epoch: ivr.NewSecret(), sockets: map[*socket]struct{}{},
		left: now, replies: newReplies()}
}

func (d *desk) agent() ivr.AgentID { return ivr.AgentID(d.me.ID) }

// view projects the picture for this desk.
func (d *desk) view(p *picture, link bool) wire.Self {
	self := project(p, d.me, link)
	self.Line.Epoch = d.claim.epoch
	return self
}

// show brings the view up to date and tells the difference.
func (d *desk) show(p *picture, link bool, now time.Time) []wire.Event {
	after := d.view(p, link)
	events := diff(d.self, after, d.howEnded(p))
	d.self = after
	for _, event := range events {
		d.tell(entry{event: event, at: now, holder: d.claim.tab})
	}
	return events
}

// howEnded says how the offer on the card ended, "" when it did not or is not known.
func (d *desk) howEnded(p *picture) ivr.OfferEnd {
	ended := p.ended[d.agent()]
	if d.self.Call == nil || string(ended.lease) != d.self.Call.Lease {
		return ""
	}
	return ended.how
}

// tell puts one event into the stream and onto all sockets.
func (d *desk) tell(e entry) {
	e = d.stream.add(e)
	for s := range d.sockets {
		s.send(e.view(s.tab, s.signIn.Hash))
	}
}

// start answers a hello: welcome, then what was missed or the whole.
func (d *desk) start(s *socket, resume *wire.Cursor, now time.Time) (resumed bool) {
	welcome := wire.Welcome{T: wire.KindWelcome, Epoch: d.epoch, Seq: d.stream.last, Now: now.UnixMilli(),
		BeatEvery: beatEvery.Milliseconds(), DeadAfter: deadAfter.Milliseconds()}
	var missed []entry
	if resume != nil && resume.Epoch == d.epoch {
		missed, resumed = d.stream.after(resume.Seq, now)
	}
	welcome.Resumed = resumed
	messages := []any{welcome}
	for _, e := range missed {
		messages = append(messages, e.view(s.tab, s.signIn.Hash))
	}
	if !resumed {
		messages = append(messages, d.snap(s))
	}
	s.out.putFirst(encodeAll(messages))
	return resumed
}

func (d *desk) snap(s *socket) wire.Snap {
	self := d.self
	self.Line.Mine = d.claim.tab != "" && d.claim.tab == s.tab
	return wire.Snap{T: wire.KindSnap, Epoch: d.epoch, Seq: d.stream.last, Data: self}
}

// claimed notes a new claim of the line: another browser that held it is told, and the leg
// of the older claim is to end. The order matters: a page that loses its leg and does not
// know of the new holder claims the line again.
func (d *desk) claimed(taken claim, now time.Time) {
	before := d.claim
	if taken.epoch <= before.epoch {
		return
	}
	d.claim = taken
	d.self.Line.Epoch = taken.epoch
	line := d.self.Line
	event := wire.Event{Type: wire.EventLine, Line: &line}
	if before.signIn != "" && before.signIn != taken.signIn {
		event.Type = wire.EventReplaced
	}
	d.tell(entry{event: event, at: now, holder: taken.tab, taker: taken.signIn})
	if before.epoch != 0 {
		d.tell(entry{event: wire.Event{Type: wire.EventLineDrop, Epoch: before.epoch}, at: now})
	}
}

// here tells whether the agent counts as present.
func (d *desk) here(now time.Time) bool {
	if d.role != auth.RoleAgent {
		return false
	}
	if len(d.sockets) > 0 {
		return true
	}
	grace := graceIdle
	if d.self.Call != nil && (d.self.Call.Phase == "talking" || d.self.Call.Phase == "held") {
		grace = graceInCall
	}
	return now.Sub(d.left) < grace
}

func encodeAll(messages []any) [][]byte {
	encoded := make([][]byte, 0, len(messages))
	for _, message := range messages {
		encoded = append(encoded, encode(message))
	}
	return encoded
}

// encode writes a message of package wire; those hold nothing that cannot be JSON but the
// raw data of a result, which came from JSON.
func encode(message any) []byte {
	data, err := json.Marshal(message)
	if err != nil {
		data, _ = json.Marshal(wire.Bye{T: wire.KindBye, Code: wire.CloseProtocol, Why: "message not encodable"})
	}
	return data
}
