package flowtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
)

// Dialogue is a call made by hand that is written down: it can be given as a test. After
// everything that the caller does the call goes on until the caller is awaited.
type Dialogue struct {
	phone *Phone
	call  Call
	steps []string
	mocks []string
	told  int // entries of the transcript that are in steps
}

// NewDialogue begins a call. A request to a service waits for Reply.
func NewDialogue(p *flow.Program, call Call, sounds Sounds) (*Dialogue, error) {
	phone, err := NewPhone(p, call, &Outside{Ask: true}, sounds)
	if err != nil {
		return nil, err
	}
	d := &Dialogue{phone: phone, call: call}
	phone.Dial()
	phone.Settle()
	return d, nil
}

// Phone gives the telephone, to look at.
func (d *Dialogue) Phone() *Phone { return d.phone }

// Press presses keys one after the other, until the call is over.
func (d *Dialogue) Press(keys string) {
	step, pressed := d.since(), 0
	for pressed < len(keys) && !d.phone.Over() {
		d.phone.Press(keys[pressed : pressed+1])
		pressed++
	}
	d.write(append(step, "press: "+quoted(keys[:pressed])))
	d.phone.Settle()
}

// Quiet lets the caller do nothing for a while.
func (d *Dialogue) Quiet(t time.Duration) {
	d.write(d.since())
	d.write([]string{"quiet: " + t.String()})
	d.phone.Quiet(t)
	d.phone.Settle()
}

// Speak lets the caller speak while a recording runs.
func (d *Dialogue) Speak(t time.Duration) error {
	if !d.phone.Recording() {
		return errors.New("nobody records what the caller says")
	}
	d.write(append(d.since(), "speak: "+t.String()))
	d.phone.Speak(t)
	d.phone.Settle()
	return nil
}

// HangUp ends the call from the caller's side.
func (d *Dialogue) HangUp() {
	d.write(append(d.since(), "hang_up: true"))
	d.phone.HangUp()
}

// Answer lets an agent answer, and waits for the end of the conversation if the caller is
// in a queue.
func (d *Dialogue) Answer(a Agent) {
	d.write(append(d.since(), fmt.Sprintf("agent: {answers: %s, talks: %s}", a.Answers, a.Talks)))
	waits := d.phone.Queued()
	d.phone.Answer(a)
	d.phone.Settle()
	if waits {
		d.Quiet(a.Answers + a.Talks)
	}
}

// SetQueue changes what the queues look like.
func (d *Dialogue) SetQueue(q Queue) {
	d.write(d.since())
	words := []string{fmt.Sprintf("agents: %d", q.Agents), fmt.Sprintf("waiting: %d", q.Waiting)}
	if q.Wait > 0 {
		words = append(words, "wait: "+q.Wait.String())
	}
	if q.Name != "" {
		words = append(words, "name: "+q.Name)
	}
	d.write([]string{"queue: {" + strings.Join(words, ", ") + "}"})
	d.phone.SetQueue(q)
}

// Jump moves the clock to a time of day.
func (d *Dialogue) Jump(clock string) error {
	d.write(d.since())
	if err := d.phone.Jump(clock); err != nil {
		return fmt.Errorf("%q is not a time of day; write 21:00 or 21:00:30", clock)
	}
	d.write([]string{"clock: " + quoted(clock)})
	return nil
}

// Reply answers the request that waits.
func (d *Dialogue) Reply(r Reply) {
	asked := d.phone.Asked()
	if asked == nil {
		return
	}
	var reply string
	switch {
	case r.Timeout:
		reply = "timeout: true"
	case r.Fails != "":
		reply = "fails: " + quoted(r.Fails)
	default:
		reply = fmt.Sprintf("status: %d, body: %s", r.Status, quoted(r.Body))
	}
	d.mocks = append(d.mocks, fmt.Sprintf("{http: %s, %s: %s, times: 1, reply: {%s}}",
		asked.Service, strings.ToLower(asked.Method), quoted(asked.Path), reply))
	d.phone.Reply(r)
	d.phone.Settle()
}

// write writes a step down.
func (d *Dialogue) write(step []string) { d.steps = append(d.steps, strings.Join(step, ", ")) }

// since gives the begin of a step: everything heard since the last one.
func (d *Dialogue) since() []string {
	words := []string{"quiet: 0s"}
	var prompts []string
	for _, e := range d.phone.log[d.told:] {
		if e.Kind == Hears {
			prompts = append(prompts, e.Prompt)
		}
	}
	d.told = len(d.phone.log)
	switch len(prompts) {
	case 0:
	case 1:
		words = append(words, "hear: "+prompts[0])
	default:
		words = append(words, "hear: ["+strings.Join(prompts, ", ")+"]")
	}
	return words
}

// Test gives the dialogue as a file of tests with one test in it.
func (d *Dialogue) Test(name string) string {
	told := d.told
	steps := slices.Clone(d.steps)
	if rest := d.since(); len(rest) > 1 {
		steps = append(steps, strings.Join(rest, ", "))
	}
	d.told = told
	var b strings.Builder
	fmt.Fprintf(&b, "ivr: 1\nflow: %s\ntests:\n  - test: %s\n", d.call.Flow, quoted(name))
	fmt.Fprintf(&b, "    at: %s\n", d.call.At.Format(time.RFC3339))
	if d.call.Lang != "" {
		fmt.Fprintf(&b, "    lang: %s\n", d.call.Lang)
	}
	fmt.Fprintf(&b, "    call: {from: %s, to: %s}\n", quoted(d.call.From), quoted(d.call.To))
	if len(d.mocks) > 0 {
		fmt.Fprintf(&b, "    mocks:\n")
		for _, m := range d.mocks {
			fmt.Fprintf(&b, "      - %s\n", m)
		}
	}
	fmt.Fprintf(&b, "    steps:\n")
	for _, s := range steps {
		fmt.Fprintf(&b, "      - {%s}\n", s)
	}
	fmt.Fprintf(&b, "    expect: {end: %s, path: [%s]}\n", d.phone.end(), strings.Join(d.phone.Path(), ", "))
	return b.String()
}

// quoted writes a text as YAML and JSON both read it.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil { // a text can always be JSON
		return `""`
	}
	return strings.TrimSpace(b.String())
}
