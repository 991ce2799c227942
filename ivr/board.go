package ivr

import "maps"

// Board is the live picture: which calls and agents there are now. It is a pure fold
// over facts, so that every reader that starts from the same snapshot and applies the
// same facts sees the same. Not safe for concurrent use.
type Board struct {
	Seq    uint64                  `json:"seq"` // of the last fact applied
	Calls  map[CallID]*BoardCall   `json:"calls"`
	Agents map[AgentID]*BoardAgent `json:"agents"`
	Hours  map[string]HoursSet     `json:"hours"` // overrides in force, by calendar
}

// Phase says where a call is.
type Phase string

// The phases of a call on the board.
const (
	PhaseIVR     Phase = "ivr"
	PhaseWaiting Phase = "waiting"
	PhaseOffered Phase = "offered"
	PhaseTalking Phase = "talking"
	PhaseHeld    Phase = "held"
	PhaseEnded   Phase = "ended" // caller gone; kept while an agent wraps it up
)

// BoardCall is one call on the board.
type BoardCall struct {
	ID        CallID            `json:"id"`
	From      string            `json:"from"`
	To        string            `json:"to"`
	Lang      string            `json:"lang,omitempty"`
	Path      []string          `json:"path,omitempty"` // the way through the menus, in words
	Phase     Phase             `json:"phase"`
	Queue     string            `json:"queue,omitempty"`
	Skills    map[string]string `json:"skills,omitempty"`
	Arrived   Stamp             `json:"arrived"`
	Queued    Stamp             `json:"queued"`
	Offered   Stamp             `json:"offered"` // the last time
	Connected Stamp             `json:"connected"`
	HeldSince Stamp             `json:"held_since"`
	Held      Millis            `json:"held"` // sum of finished holds
	Released  Stamp             `json:"released"`
	Agent     AgentID           `json:"agent,omitempty"`
	Lease     Token             `json:"lease,omitempty"`
	About     CallDisposed      `json:"about,omitzero"` // what the agent noted
}

// BoardAgent is one agent on the board; logged-out agents are not on it.
type BoardAgent struct {
	ID      AgentID      `json:"id"`
	Profile Profile      `json:"profile"`
	Since   Stamp        `json:"since"` // of the present state
	Line    LineStatus   `json:"line"`
	LineWhy string       `json:"line_why,omitempty"`
	Epoch   uint64       `json:"epoch"` // of the line's newest claim
	Call    CallID       `json:"call,omitempty"`
	Now     AgentChanged `json:"now"`
}

// NewBoard gives an empty board.
func NewBoard() *Board {
	return &Board{Calls: map[CallID]*BoardCall{}, Agents: map[AgentID]*BoardAgent{}, Hours: map[string]HoursSet{}}
}

// Clone gives a copy that shares nothing that Apply changes.
func (b *Board) Clone() *Board {
	c := &Board{Seq: b.Seq, Calls: make(map[CallID]*BoardCall, len(b.Calls)),
		Agents: make(map[AgentID]*BoardAgent, len(b.Agents)), Hours: maps.Clone(b.Hours)}
	for id, call := range b.Calls {
		dup := *call
		dup.Path = append([]string(nil), call.Path...)
		c.Calls[id] = &dup
	}
	for id, agent := range b.Agents {
		dup := *agent
		c.Agents[id] = &dup
	}
	return c
}

// Apply takes one fact in. Facts at or before Seq are ignored, so repeats do no harm.
func (b *Board) Apply(f Fact) {
	if f.Seq != 0 && f.Seq <= b.Seq {
		return
	}
	if f.Seq != 0 {
		b.Seq = f.Seq
	}
	if hours, ok := f.Body.(HoursSet); ok {
		b.applyHours(hours)
		return
	}
	if f.Call != "" {
		b.applyCall(f)
	}
	if f.Agent != "" {
		b.applyAgent(f)
	}
}

func (b *Board) applyHours(h HoursSet) {
	if h.Mode == HoursAuto {
		delete(b.Hours, h.Calendar)
		return
	}
	b.Hours[h.Calendar] = h
}

func (b *Board) applyCall(f Fact) {
	if body, ok := f.Body.(CallArrived); ok {
		b.Calls[f.Call] = &BoardCall{ID: f.Call, From: body.From, To: body.To, Phase: PhaseIVR, Arrived: f.Stamp()}
		return
	}
	call, known := b.Calls[f.Call]
	if !known {
		return
	}
	switch body := f.Body.(type) {
	case CallLanguage:
		call.Lang = body.Lang
	case CallChose:
		if body.Words != "" {
			call.Path = append(call.Path, body.Words)
		}
	case CallQueued:
		call.Phase, call.Queue, call.Skills, call.Queued = PhaseWaiting, body.Queue, body.Skills, f.Stamp()
	case CallDequeued:
		call.Phase, call.Queue = PhaseIVR, ""
	case CallOffered:
		call.Phase, call.Agent, call.Lease, call.Offered = PhaseOffered, f.Agent, body.Lease, f.Stamp()
	case CallOfferEnded:
		if body.How != OfferAccepted && call.Phase == PhaseOffered {
			call.Phase, call.Agent, call.Lease = PhaseWaiting, "", ""
		}
	case CallConnected:
		call.Phase, call.Connected, call.Held, call.Agent = PhaseTalking, f.Stamp(), 0, f.Agent
	case CallHeld:
		call.Phase, call.HeldSince = PhaseHeld, f.Stamp()
	case CallRetrieved:
		call.endHold(f.Stamp())
		call.Phase = PhaseTalking
	case CallReleased:
		call.endHold(f.Stamp())
		call.Phase, call.Released = PhaseIVR, f.Stamp()
	case CallDisposed:
		call.About = body
	case CallEnded:
		call.Phase = PhaseEnded
		b.forget(f.Call)
	}
}

func (c *BoardCall) endHold(now Stamp) {
	if c.Phase == PhaseHeld {
		c.Held += now.Since(c.HeldSince)
	}
}

func (b *Board) applyAgent(f Fact) {
	if body, ok := f.Body.(AgentSignedIn); ok {
		agent := b.Agents[f.Agent]
		if agent == nil {
			agent = &BoardAgent{ID: f.Agent, Line: LineDown, Since: f.Stamp(),
				Now: AgentChanged{State: NotReady, Reason: ReasonSignedIn}}
			b.Agents[f.Agent] = agent
		}
		agent.Profile = body.Profile
		return
	}
	agent, known := b.Agents[f.Agent]
	if !known {
		return
	}
	switch body := f.Body.(type) {
	case AgentSignedOut:
		delete(b.Agents, f.Agent)
		b.forget(agent.Call)
	case AgentChanged:
		if body.State != agent.Now.State || body.Reason != agent.Now.Reason {
			agent.Since = f.Stamp()
		}
		left := agent.Call
		agent.Now, agent.Call = body, f.Call
		if left != "" && left != f.Call {
			b.forget(left)
		}
	case LineChanged:
		agent.Line, agent.LineWhy, agent.Epoch = body.Status, body.Why, body.Epoch
	}
}

// forget drops an ended call that no agent is busy with.
func (b *Board) forget(id CallID) {
	call, known := b.Calls[id]
	if !known || call.Phase != PhaseEnded {
		return
	}
	for _, agent := range b.Agents {
		if agent.Call == id {
			return
		}
	}
	delete(b.Calls, id)
}
