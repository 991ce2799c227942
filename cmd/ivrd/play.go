package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/flow/flowtest"
)

// playOptions are the flags of `ivrd play`.
type playOptions struct {
	bundle   bundle.Options
	dir      string
	at       string
	from, to string
	lang     string
	repro    bool
}

func playCommand() *cobra.Command {
	var o playOptions
	cmd := &cobra.Command{
		Use:   "play FLOW",
		Short: "A telephone in the terminal: shows what a caller of the flow hears, takes keys",
		Example: `  ivrd play main --at 2026-03-04T22:15
  printf '2\n1\n/hangup\n' | ivrd play main --repro > flows/tests/new.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.play(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "flows", "folder of the bundle")
	flags.StringVar(&o.bundle.Sounds, "sounds", "sounds", "folder of recorded audio")
	flags.StringVar(&o.bundle.Speech, "speech", "run/speech", "folder of generated speech; need not exist")
	flags.StringVar(&o.bundle.Site, "site", "", "name of env/<site>.yaml; needed when there are several")
	flags.StringVar(&o.at, "at", "", "when the call begins, 2006-01-02T15:04 in the bundle's zone; now when not given")
	flags.StringVar(&o.from, "from", "0123456789", "the caller's number; empty for a withheld one")
	flags.StringVar(&o.to, "to", "", "the number dialled; one that leads to the flow when not given")
	flags.StringVar(&o.lang, "lang", "", "language at the begin; the bundle's default when not given")
	flags.BoolVar(&o.repro, "repro", false, "print the dialogue as a test, and only that, to standard output; the call is shown on standard error")
	return cmd
}

func (o playOptions) play(cmd *cobra.Command, id string) error {
	shown := cmd.OutOrStdout()
	if o.repro {
		shown = cmd.ErrOrStderr()
	}
	program, problems := bundle.Load(o.dir, o.bundle)
	if program == nil {
		return report(shown, o.dir, bundle.Errors(problems), false)
	}
	call, err := o.call(program, id)
	if err != nil {
		return err
	}
	d, err := flowtest.NewDialogue(program, call, flowtest.Sounds{})
	if err != nil {
		return err
	}
	in := cmd.InOrStdin()
	t := &terminal{program: program, d: d, out: shown, prompt: interactive(in)}
	if t.prompt {
		fmt.Fprintln(shown, "keys and Enter press keys; /help tells the rest")
	}
	if err := t.run(in); err != nil {
		return err
	}
	if o.repro {
		fmt.Fprint(cmd.OutOrStdout(), d.Test(fmt.Sprintf("a call to %s at %s", id, call.At.Format("2006-01-02T15:04:05"))))
	}
	return d.Phone().Err()
}

// call works out the call that the flags describe.
func (o playOptions) call(p *flow.Program, id string) (flowtest.Call, error) {
	call := flowtest.Call{Flow: id, From: o.from, To: o.to, Lang: o.lang, At: time.Now().In(p.Location).Truncate(time.Second)}
	if p.Flows[id] == nil {
		return call, fmt.Errorf("there is no flow %q; there are: %s", id, strings.Join(slices.Sorted(maps.Keys(p.Flows)), ", "))
	}
	if o.lang != "" && !slices.Contains(p.Languages, o.lang) {
		return call, fmt.Errorf("--lang %s: the bundle speaks %s", o.lang, strings.Join(p.Languages, ", "))
	}
	if o.at != "" {
		var err error
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
			if call.At, err = time.ParseInLocation(layout, o.at, p.Location); err == nil {
				break
			}
		}
		if err != nil {
			return call, fmt.Errorf("--at %s: write 2006-01-02T15:04", o.at)
		}
	}
	if call.To == "" {
		call.To = flowtest.NumberOf(p, id)
	}
	return call, nil
}

// interactive tells whether somebody types the input.
func interactive(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminal is the telephone's dial and earpiece.
type terminal struct {
	program *flow.Program
	d       *flowtest.Dialogue
	out     io.Writer
	prompt  bool
	told    int // entries of the transcript shown
}

// run takes lines until the call is over. When there are no more the caller hangs up.
func (t *terminal) run(in io.Reader) error {
	lines := bufio.NewScanner(in)
	number := 0
	for {
		t.show()
		if t.d.Phone().Over() || t.d.Phone().Err() != nil {
			return nil
		}
		if t.prompt {
			fmt.Fprintf(t.out, "%s> ", t.state())
		}
		if !lines.Scan() {
			break
		}
		number++
		if err := t.line(strings.TrimSpace(lines.Text())); err != nil {
			if !t.prompt {
				return fmt.Errorf("line %d of the input: %w", number, err)
			}
			fmt.Fprintln(t.out, err)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	for t.d.Phone().Asked() != nil && !t.d.Phone().Over() {
		t.d.Reply(flowtest.Reply{Timeout: true})
	}
	if !t.d.Phone().Over() {
		t.d.HangUp()
	}
	t.show()
	return nil
}

// show prints what happened since the last time.
func (t *terminal) show() {
	log := t.d.Phone().Log()
	fmt.Fprint(t.out, flowtest.Timed(log[t.told:]))
	t.told = len(log)
	if asked := t.d.Phone().Asked(); asked != nil {
		fmt.Fprintln(t.out, "the service waits for you: /reply 200 {\"a\": 1}, /reply timeout or /reply error")
	}
}

// state says in a word what the call waits for.
func (t *terminal) state() string {
	switch p := t.d.Phone(); {
	case p.Asked() != nil:
		return "reply"
	case p.Recording():
		return "recording"
	case p.Talking():
		return "talking"
	case p.Queued():
		return "waiting"
	}
	return "key"
}

const help = `a line of keys presses them; besides:
  /quiet 7s             do nothing for so long
  /speak 12s            speak into a recording
  /hangup               hang up
  /at 21:00:30          let the clock jump to this time of day
  /agent answers 30s    an agent answers after so long; "talks 2m" may follow
  /queue agents 0       what queues look like; "waiting 3" and "wait 2m" may follow
  /reply 200 {"a": 1}   answer of the service that was asked; or timeout, or error
  /vars                 variables
  /where                where the call is, and the time`

// line does what one line of input says.
func (t *terminal) line(text string) error {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	p := t.d.Phone()
	switch word {
	case "":
		return nil
	case "/help":
		fmt.Fprintln(t.out, help)
		return nil
	case "/vars":
		t.vars(p.State())
		return nil
	case "/where":
		fmt.Fprintf(t.out, "%s  %s.%s, language %s\n", p.Now().In(t.program.Location).Format("2006-01-02 15:04:05"), p.State().Flow, p.State().Node, p.State().Lang)
		return nil
	}
	if p.Asked() != nil {
		if word != "/reply" {
			return errors.New("a service was asked; answer by /reply first")
		}
		return t.reply(rest)
	}
	switch word {
	case "/quiet":
		return withDuration(rest, t.d.Quiet)
	case "/speak":
		var failed error
		err := withDuration(rest, func(d time.Duration) { failed = t.d.Speak(d) })
		return errors.Join(err, failed)
	case "/hangup":
		t.d.HangUp()
		return nil
	case "/at":
		return t.d.Jump(rest)
	case "/agent":
		return t.agent(rest)
	case "/queue":
		return t.queue(rest)
	case "/reply":
		return errors.New("no service was asked")
	}
	if strings.Trim(text, "0123456789*# ") != "" {
		return fmt.Errorf("%q is neither keys nor a command; /help tells them", text)
	}
	t.d.Press(strings.ReplaceAll(text, " ", ""))
	return nil
}

func withDuration(text string, do func(time.Duration)) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration; write a number and a unit, such as 7s or 2m", text)
	}
	do(d)
	return nil
}

// vars shows the variables that are set; personal ones are masked.
func (t *terminal) vars(s flow.State) {
	for _, name := range slices.Sorted(maps.Keys(s.Vars)) {
		value := s.Vars[name]
		id, own, _ := strings.Cut(name, ".")
		if f := t.program.Flows[id]; f != nil && f.Vars[own].PII {
			value = "***"
		}
		fmt.Fprintf(t.out, "  %s = %s\n", strings.ReplaceAll(name, "/", "."), value) // a result of a node is kept as node/name
	}
}

func (t *terminal) reply(text string) error {
	word, body, _ := strings.Cut(text, " ")
	var r flowtest.Reply
	switch word {
	case "timeout":
		r.Timeout = true
	case "error":
		r.Fails = "no connection"
	default:
		status, err := strconv.Atoi(word)
		if err != nil || status < 100 || status > 599 {
			return fmt.Errorf("%q is not a status of HTTP, timeout or error", word)
		}
		r.Status, r.Body = status, strings.TrimSpace(body)
	}
	t.d.Reply(r)
	return nil
}

func (t *terminal) agent(text string) error {
	a := flowtest.Agent{Talks: time.Minute}
	words := strings.Fields(text)
	if len(words) == 1 && words[0] == "answers" {
		words = nil
	}
	err := settings(words, map[string]func(string) error{
		"answers": durationInto(&a.Answers), "talks": durationInto(&a.Talks),
	})
	if err == nil {
		t.d.Answer(a)
	}
	return err
}

func (t *terminal) queue(text string) error {
	q := flowtest.Queue{Agents: 1}
	err := settings(strings.Fields(text), map[string]func(string) error{
		"agents": numberInto(&q.Agents), "waiting": numberInto(&q.Waiting), "wait": durationInto(&q.Wait),
	})
	if err == nil {
		t.d.SetQueue(q)
	}
	return err
}

// settings reads pairs of a name and a value.
func settings(words []string, into map[string]func(string) error) error {
	for i := 0; i < len(words); i += 2 {
		read := into[words[i]]
		if read == nil || i+1 == len(words) {
			return fmt.Errorf("write pairs of one of %s and a value", strings.Join(slices.Sorted(maps.Keys(into)), ", "))
		}
		if err := read(words[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func durationInto(into *time.Duration) func(string) error {
	return func(text string) error { return withDuration(text, func(d time.Duration) { *into = d }) }
}

func numberInto(into *int) func(string) error {
	return func(text string) error {
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*into = number
		return nil
	}
}
