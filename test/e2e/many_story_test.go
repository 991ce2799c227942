package e2e

import (
	"time"

	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/report"
)

// sameTime is how far apart two calls may enter the queue and be served in either order.
const sameTime = 100 * time.Millisecond

// story is what the journal tells, one fact after the other.
type story struct {
	crowd             *crowd
	calls             map[ivr.CallID]*told
	agents            map[ivr.AgentID]ivr.CallID // in conversation
	rings             map[ivr.AgentID]ivr.CallID // offered
	profiles          map[ivr.AgentID]ivr.Profile
	queued, connected int
}

// told is what the journal tells of one call.
type told struct {
	from            string
	arrived, ended  int
	ending          ivr.CallEnded
	endedAt         ivr.Stamp
	lease           ivr.Token // of the open offer
	skills          map[string]string
	queued          ivr.Stamp   // the first time: it decides the place
	agent           ivr.AgentID // in conversation
	waits           bool
	releasedByAgent bool
}

// fact adds a fact, and says so when it cannot follow those before it.
func (s *story) fact(f ivr.Fact) {
	if signedIn, is := f.Body.(ivr.AgentSignedIn); is {
		s.profiles[f.Agent] = signedIn.Profile
	}
	if f.Call == "" {
		return
	}
	c := s.calls[f.Call]
	if c == nil {
		c = &told{}
		s.calls[f.Call] = c
	}
	switch body := f.Body.(type) {
	case ivr.CallArrived:
		c.arrived++
		c.from = body.From
	case ivr.CallQueued:
		s.want(f, !c.waits && c.agent == "" && c.ended == 0)
		s.queued++
		if c.queued.At.IsZero() {
			c.queued = f.Stamp()
		}
		c.waits, c.skills = true, body.Skills
	case ivr.CallDequeued:
		s.want(f, c.waits)
		c.waits = false
	case ivr.CallOffered:
		s.want(f, c.lease == "" && c.waits && s.rings[f.Agent] == "" && s.agents[f.Agent] == "")
		s.inOrder(f, c)
		c.lease, s.rings[f.Agent] = body.Lease, f.Call
	case ivr.CallOfferEnded:
		s.want(f, c.lease == body.Lease && s.rings[f.Agent] == f.Call)
		c.lease = ""
		delete(s.rings, f.Agent)
	case ivr.CallConnected:
		s.want(f, c.waits && c.agent == "" && s.agents[f.Agent] == "" && s.rings[f.Agent] == "")
		s.connected++
		c.waits, c.agent, s.agents[f.Agent] = false, f.Agent, f.Call
	case ivr.CallReleased:
		s.want(f, c.agent == f.Agent)
		c.agent, c.releasedByAgent = "", body.By == ivr.SideAgent
		delete(s.agents, f.Agent)
	case ivr.CallEnded:
		s.want(f, c.agent == "" && !c.waits)
		c.ended++
		c.ending, c.endedAt = body, f.Stamp()
	}
}

func (s *story) want(f ivr.Fact, so bool) {
	if !so {
		s.crowd.t.Errorf("fact %d cannot be: %s of %s, agent %s: %+v; the call so far: %+v; in conversation: %v; offered: %v",
			f.Seq, f.Body.Kind(), f.Call, f.Agent, f.Body, s.calls[f.Call], s.agents, s.rings)
	}
}

// inOrder demands that nobody who fits the agent has waited longer than who is offered.
func (s *story) inOrder(f ivr.Fact, offered *told) {
	for id, c := range s.calls {
		longer := offered.queued.Mono - c.queued.Mono
		if c.waits && c.lease == "" && longer > ivr.MillisOf(sameTime) && s.profiles[f.Agent].Has(c.skills) {
			s.crowd.t.Errorf("fact %d: %s is offered %s, but %s, who fits, has waited for %v longer", f.Seq, f.Agent, f.Call, id, longer.Duration())
		}
	}
}

// check looks at each call's end.
func (s *story) check(rows map[string][]report.CallRow, sums sums) {
	c := s.crowd
	callers := 0
	for id, told := range s.calls {
		callers++
		if told.arrived != 1 || told.ended != 1 || told.waits || told.lease != "" || told.agent != "" {
			c.t.Errorf("call %s: %+v", id, told)
		}
		g := c.guests[told.from]
		if g == nil {
			c.t.Errorf("call %s is of nobody: %+v", id, told)
			continue
		}
		if why := g.wrongEnd(told); why != "" {
			c.t.Errorf("call %s of %s (%v): %s: %+v; hung up %v", id, told.from, g.plan, why, told, g.left)
		}
	}
	if callers != len(rows) || s.queued != sums.offered || s.connected != sums.answered {
		c.t.Errorf("journal: %d calls, %d queued, %d connected; report: %d, %d, %d",
			callers, s.queued, s.connected, len(rows), sums.offered, sums.answered)
	}
}

// wrongEnd says what is wrong with how a call ended; "" when nothing is. A citizen is hung
// up on after a conversation that the agent ended, and for no other reason.
func (g *guest) wrongEnd(t *told) string {
	byFlow := t.ending == ivr.CallEnded{By: ivr.SideSystem, Cause: call.CauseNormal}
	switch {
	case g.left.IsZero():
		if !byFlow || !t.releasedByAgent {
			return "the caller was hung up on"
		}
	case t.ending == ivr.CallEnded{By: ivr.SideCaller, Cause: call.CauseNormal}:
	case t.ending.Cause == call.CauseLost && g.crowd.during(g.left, nearly): // while ivrd was away
	case byFlow && t.releasedByAgent && g.left.Sub(t.endedAt.At).Abs() < nearly: // both at once
	default:
		return "the caller hung up"
	}
	return ""
}
