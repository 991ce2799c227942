package flowtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// Result is how one test went.
type Result struct {
	Test   *Test
	Failed string   // what is wrong; "" = passed
	Pos    flow.Pos // of the step or expectation that failed
	Step   int      // that failed, from 1; 0 = none of them
	Log    []Event
	Took   time.Duration // real time
}

// Run makes the test's call.
func (t *Test) Run(p *flow.Program, sounds Sounds) (Result, *Phone) {
	r := Result{Test: t, Pos: t.Pos}
	phone, err := NewPhone(p, t.Call, t.outside(), sounds)
	if err != nil {
		r.Failed = err.Error()
		return r, nil
	}
	phone.Dial()
	w := t.play(phone, &r)
	if w == nil && t.Expect != nil {
		r.Step = 0
		w = t.Expect.judge(phone)
	}
	if w != nil {
		r.Failed, r.Pos = w.text, w.pos
	}
	r.Log = phone.log
	return r, phone
}

// script is a test under way.
type script struct {
	p      *Phone
	cursor int // entries of the transcript before it were matched
}

// play does the steps.
func (t *Test) play(p *Phone, r *Result) *wrong {
	s := &script{p: p}
	for i, step := range t.Steps {
		r.Step = i + 1
		w := s.step(step)
		if w == nil && p.err != nil {
			w = &wrong{step.Pos, p.err.Error()}
		}
		if w != nil {
			return w
		}
	}
	r.Step = 0
	return nil
}

func (s *script) step(step Step) *wrong {
	p := s.p
	if step.Queue != nil {
		p.SetQueue(*step.Queue)
	}
	if step.Clock != "" {
		if err := p.Jump(step.Clock); err != nil {
			return &wrong{step.Pos, err.Error()}
		}
	}
	if step.IsQuiet {
		p.Quiet(step.Quiet)
	}
	if w := s.hear(step); w != nil {
		return w
	}
	if step.Agent != nil {
		p.Answer(*step.Agent)
	}
	if step.Speak > 0 {
		p.Speak(step.Speak)
	}
	if step.Press != "" {
		p.Press(step.Press)
	}
	if step.HangUp {
		if p.Over() {
			return &wrong{step.Pos, "the caller cannot hang up: the call is over"}
		}
		p.HangUp()
	}
	return nil
}

// hear waits for the step's prompts.
func (s *script) hear(step Step) *wrong {
	for _, h := range step.Hear {
		if w := s.one(h, step.Exactly); w != nil {
			return w
		}
	}
	if step.Exactly && len(step.Hear) == 0 {
		if i := s.nextHeard(func(Event) bool { return true }); i >= 0 {
			return &wrong{step.Pos, "nothing was to be heard, but this was: " + s.p.log[i].Prompt}
		}
	}
	return nil
}

// one waits for one prompt. Time passes as long as something goes on by itself; the caller's
// silence is a step of its own.
func (s *script) one(h Heard, exactly bool) *wrong {
	p := s.p
	at := -1
	found := func() bool {
		at = s.nextHeard(func(e Event) bool { return exactly || h.is(e) })
		return at >= 0
	}
	if !found() {
		p.run(p.far(), func() bool { return found() || p.Awaited() && !p.ends() })
	}
	switch {
	case p.err != nil:
		return &wrong{h.Pos, p.err.Error()}
	case at < 0:
		return &wrong{h.Pos, fmt.Sprintf("%s is not heard: %s", h.name(), s.why())}
	case !h.is(p.log[at]):
		return &wrong{h.Pos, fmt.Sprintf("%s is heard, not exactly %s", p.log[at].Prompt, h.name())}
	}
	if w := h.slots(p, p.log[at]); w != nil {
		return w
	}
	s.cursor = at + 1
	return nil
}

// nextHeard gives the first entry from the cursor on that is heard and fits; -1 = none.
func (s *script) nextHeard(fits func(Event) bool) int {
	i := slices.IndexFunc(s.p.log[s.cursor:], func(e Event) bool { return e.Kind == Hears && fits(e) })
	if i < 0 {
		return -1
	}
	return s.cursor + i
}

// why tells how things stand, and what was heard instead.
func (s *script) why() string {
	p := s.p
	state := "nothing more happens at " + p.place()
	switch {
	case p.Over():
		state = "the call is over"
	case p.record != nil:
		state = "the caller is recorded at " + p.place()
	case p.play != nil:
		state = "the sound is halted at " + p.place()
	case p.Awaited():
		state = "the caller is awaited at " + p.place()
	}
	var instead []string
	for _, e := range p.log[s.cursor:] {
		if e.Kind == Hears {
			instead = append(instead, e.Prompt)
		}
	}
	if len(instead) == 0 {
		return state + ", and nothing else was heard"
	}
	return state + "; heard instead: " + strings.Join(instead, ", ")
}

func (h Heard) name() string {
	if h.Prompt != "" {
		return h.Prompt
	}
	return fmt.Sprintf("%q", h.Text)
}

func (h Heard) is(e Event) bool {
	if h.Prompt != "" {
		return e.Prompt == h.Prompt
	}
	return strings.Contains(squeezed(e.Text), squeezed(h.Text))
}

// squeezed takes the blanks out: where they stand between pieces is no matter.
func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

// slots compares what was said with what the prompt says with these values.
func (h Heard) slots(p *Phone, e Event) *wrong {
	if h.Slots == nil {
		return nil
	}
	want, err := p.program.Prompts.Say(e.Lang, h.Prompt, h.Slots)
	if err != nil {
		return &wrong{h.Pos, err.Error()}
	}
	if len(e.items) >= len(want) && slices.EqualFunc(want, e.items[:len(want)], sameItem) {
		return nil
	}
	if e.personal {
		return &wrong{h.Pos, h.Prompt + " does not say these values; they are personal and not shown"}
	}
	return &wrong{h.Pos, fmt.Sprintf("%s says %q, want %q", h.Prompt, e.Text, textOf(want))}
}

func sameItem(a, b prompt.Item) bool {
	return a.File == b.File && a.Text == b.Text && a.Silence == b.Silence
}
