package flowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/prompt"
)

// Call says who calls where and when.
type Call struct {
	Flow string            // the call begins in
	From string            // caller's number; "" = withheld
	To   string            // number dialled
	At   time.Time         // the virtual clock when the call begins
	Lang string            // "" = the bundle's default
	Vars map[string]string // "flow.name": values, as flow.State keeps them

	Limit time.Duration // the call's, when it is shorter than the bundle's; 0 = the bundle's
}

// Phone is a caller and everything around one call's flow, on a virtual clock: nothing takes
// real time. The state of the call is saved as JSON and restored after every step. A Phone
// belongs to one goroutine.
type Phone struct {
	program *flow.Program
	sounds  Sounds
	outside *Outside
	call    Call
	state   flow.State
	now     time.Time
	err     error // the test cannot go on

	due []*occurrence
	seq int

	play   *playback
	record *flow.Record
	since  time.Time // the recording began
	spoken int       // recording in which the caller has spoken
	queued *flow.Enqueue
	talk   bool // with an agent, or an outside number
	music  bool
	asked  *flow.Fetch // a request that no mock answers, when somebody may reply
	gone   bool        // the caller hung up
	late   bool        // the call's limit was reached
	parted bool        // and handlers.hangup was begun
	cause  string      // of the end; "" while the call goes on

	desk   desk
	booked map[int64]int // callbacks by the begin of their slot
	log    []Event
	done   Done
	pass   []passed
}

// Done is what a call has done to the world outside.
type Done struct {
	Marks      []string
	Cases      []flow.Casework
	Requests   []flow.Fetch
	Callbacks  []flow.Book
	Queued     []flow.Enqueue
	Voicemail  []flow.Voicemail
	Dialled    []flow.Dial
	Remembered []string // languages
	Surveys    []ivr.SurveyEnded
	Answers    []ivr.SurveyAnswered
	Faults     []ivr.CallFault
}

// NewPhone gives a telephone before it dials. Sounds may be shared by phones that are used
// one after the other; nil estimates every length.
func NewPhone(p *flow.Program, call Call, outside *Outside, sounds Sounds) (*Phone, error) {
	s, err := p.BeginAt(call.Flow, flow.CallInfo{ID: "test", From: call.From, To: call.To, Started: call.At})
	if err != nil {
		return nil, err
	}
	if call.Lang != "" {
		s.Lang = call.Lang
	}
	for name, text := range call.Vars {
		if s.Vars == nil {
			s.Vars = map[string]string{}
		}
		s.Vars[name] = text
	}
	return &Phone{program: p, sounds: sounds, outside: outside, call: call, state: s, now: call.At,
		booked: map[int64]int{}}, nil
}

// Dial begins the call.
func (p *Phone) Dial() { p.step(flow.Start{}) }

// Over tells whether the call has ended.
func (p *Phone) Over() bool { return p.state.Ended }

// Cause gives how the call ended: caller, or a cause of the flow; "" while it goes on.
func (p *Phone) Cause() string { return p.cause }

// Err tells why the call could not go on as a test; nil when it could.
func (p *Phone) Err() error { return p.err }

// Now gives the time of the virtual clock.
func (p *Phone) Now() time.Time { return p.now }

// State gives where the call stands.
func (p *Phone) State() flow.State { return p.state }

// Log gives what happened so far.
func (p *Phone) Log() []Event { return p.log }

// Asked gives the request that waits for Reply; nil when there is none.
func (p *Phone) Asked() *flow.Fetch { return p.asked }

// Queued tells whether the caller waits in a queue.
func (p *Phone) Queued() bool { return p.queued != nil && !p.talk }

// Talking tells whether the caller talks with somebody.
func (p *Phone) Talking() bool { return p.talk }

// Recording tells whether the caller is recorded.
func (p *Phone) Recording() bool { return p.record != nil }

// Awaited tells whether nothing goes on by itself: the caller is expected to press a key or
// to speak.
func (p *Phone) Awaited() bool {
	return !p.sounding() && !p.talk && (p.play != nil || p.record != nil || p.state.Turn.Phase == flow.Listening)
}

// place is where the call is, for people.
func (p *Phone) place() string {
	if p.state.Node == "" {
		return p.state.Flow
	}
	return p.state.Flow + "." + p.state.Node
}

func (p *Phone) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// step hands one input to the flow and carries out what it wants.
func (p *Phone) step(in flow.Input) {
	if p.state.Ended || p.err != nil {
		return
	}
	next, effects, way := flow.Trace(p.program, p.state, in, p.world())
	p.state = p.restored(next)
	p.passed(way, effects)
	for _, e := range effects {
		p.carry(e)
	}
}

// restored sends a state through JSON, as a restart would.
func (p *Phone) restored(s flow.State) flow.State {
	saved, err := json.Marshal(s)
	if err != nil {
		p.fail("the state cannot be saved: %w", err)
		return s
	}
	var again flow.State
	if err := json.Unmarshal(saved, &again); err != nil {
		p.fail("the state cannot be restored: %w", err)
		return s
	}
	if twice, err := json.Marshal(again); err != nil || !bytes.Equal(saved, twice) {
		p.fail("the state is another one after it was saved and restored: %s, %s", saved, twice)
	}
	return again
}

func (p *Phone) world() flow.World {
	return flow.World{
		Now:   p.now,
		Hours: p.hours,
		Queue: p.view,
		BoxFull: func(box string) bool {
			return p.outside.take(func(m *Mock) bool { return m.Box == box && m.Full }) != nil
		},
		Slots:      p.slots,
		Remembered: func(string) string { return p.outside.Remembered },
	}
}

// hours asks the mocks, then the calendar.
func (p *Phone) hours(name string) (hours.Status, error) {
	if m := p.outside.take(func(m *Mock) bool { return m.Calendar == name && name != "" }); m != nil {
		return hours.Status{Open: m.Open, Special: m.Special}, nil
	}
	calendar := p.program.Calendars[name]
	if calendar == nil {
		return hours.Status{}, fmt.Errorf("no calendar %q", name)
	}
	return calendar.At(p.now), nil
}

func (p *Phone) view(queue string) flow.QueueView {
	q := p.outside.queue(queue)
	view := flow.QueueView{Waiting: q.Waiting, Agents: q.Agents, Wait: q.Wait}
	if p.queued != nil && p.queued.Queue == queue {
		view.Waiting++
		view.Position = max(q.Position, 1)
		if q.Position == 0 {
			view.Position = view.Waiting
		}
	}
	return view
}

// carry does what the call does with an effect.
func (p *Phone) carry(e flow.Effect) {
	switch e := e.(type) {
	case flow.Play:
		p.begin(e)
	case flow.StopPlay:
		p.stopPlay(e.ID)
	case flow.Skip:
		p.skip(e)
	case flow.Pause:
		p.pause(e)
	case flow.Music:
		p.music = e.On
	case flow.SetTimer:
		p.after("timer "+e.Name, p.shortened(e), func() {
			p.late = p.late || ofCall(e.Name)
			p.unlessTalking(flow.Fired{Name: e.Name})
		})
	case flow.StopTimer:
		p.cancel("timer " + e.Name)
	case flow.Record:
		p.begins(e)
	case flow.StopRecord:
		p.stopRecord(e.ID)
	case flow.Enqueue:
		p.enqueue(e)
	case flow.TurnAway:
		p.note(Event{Kind: Refused, Text: "from queue " + e.Asked.Queue + skills(e.Asked.Skills) + ": " + string(e.Outcome)})
	case flow.Relax:
		p.note(Event{Kind: Waits, Text: "without the skill " + e.Skill})
	case flow.Dequeue:
		p.dequeue(e.Outcome)
	case flow.Voicemail:
		p.done.Voicemail = append(p.done.Voicemail, e)
		p.note(Event{Kind: Keeps, Text: fmt.Sprintf("a message of %s in box %s", e.Length, e.Box)})
	case flow.Fetch:
		p.fetch(e)
	case flow.Casework:
		p.casework(e)
	case flow.Book:
		p.book(e)
	case flow.Dial:
		p.dial(e)
	case flow.Remember:
		p.done.Remembered = append(p.done.Remembered, e.Lang)
		p.note(Event{Kind: Keeps, Text: "language " + e.Lang + " for this number"})
	case flow.Tell:
		p.tell(e.Body)
	case flow.Hangup:
		p.cause = e.Cause
		p.due, p.play, p.record, p.music, p.talk, p.queued = nil, nil, nil, false, false, nil
		p.note(Event{Kind: Ends, Text: e.Cause})
	default:
		p.fail("the telephone does not know the effect %T", e)
	}
}

// shortened gives how long a timer runs: that of the whole call may have another limit here.
func (p *Phone) shortened(e flow.SetTimer) time.Duration {
	if p.call.Limit > 0 && ofCall(e.Name) {
		return min(e.After, p.call.Limit)
	}
	return e.After
}

// ofCall tells the timer of the call's length from those of nodes.
func ofCall(timer string) bool { return strings.HasPrefix(timer, "call.") }

func (p *Phone) tell(body ivr.Body) {
	switch b := body.(type) {
	case ivr.CallMarked:
		p.done.Marks = append(p.done.Marks, b.Mark)
		p.note(Event{Kind: Marked, Text: b.Mark})
	case ivr.CallFault:
		p.done.Faults = append(p.done.Faults, b)
		p.note(Event{Kind: Fails, Text: b.Where + ": " + b.What})
	case ivr.SurveyAnswered:
		p.done.Answers = append(p.done.Answers, b)
		p.note(Event{Kind: Keeps, Text: fmt.Sprintf("answer %d to %s.%s", b.Value, b.Survey, b.Question)})
	case ivr.SurveyEnded:
		p.done.Surveys = append(p.done.Surveys, b)
		p.note(Event{Kind: Keeps, Text: fmt.Sprintf("survey %s is %s", b.Survey, b.How)})
	}
}

// unlessTalking gives an input to the flow; while the caller talks the flow rests.
func (p *Phone) unlessTalking(in flow.Input) {
	if !p.talk {
		p.step(in)
	}
}

// textOf gives what is said by items, in one line.
func textOf(items []prompt.Item) string {
	var b bytes.Buffer
	for _, item := range items {
		if item.Text != "" && b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(item.Text)
	}
	return b.String()
}
