package flow

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/expr-lang/expr/types"
)

// HTTP asks an outside service.
//
//	status:
//	  type: http
//	  service: complaints
//	  get: /cases/{case_no}
//	  read: {state: {path: state, type: enum, of: [new, in_progress, closed]}}
//	  exits: {ok: say_status, "404": unknown, timeout: down, error: down}
//
// The results are <id>.state and <id>.status in expressions; they are unset until there is
// an answer. Blanks of path and body are filled with variables and the like: those of the
// path are escaped; those of the body become part of the string that they stand in, or a
// value of their own.
type HTTP struct {
	Service      string             `flow:"service,required" is:"service" code:"E603"`
	Get          string             `flow:"get"`
	Post         string             `flow:"post"`
	Put          string             `flow:"put"`
	Body         string             `flow:"body"`
	Timeout      time.Duration      `flow:"timeout" default:"3s" min:"100ms" max:"10s" code:"E603"`
	Retries      int                `flow:"retries" default:"0" min:"0" max:"3" code:"E603"` // of get: 1 when not written
	Read         map[string]Reading `flow:"read"`
	WhileWaiting WhileWaiting       `flow:"while_waiting"`

	method     string
	path, body form
	mistake    Mistake // found by Seal
	good       string  // exit of a good answer: ok if it is written, else next
}

// Reading is one result of an http node.
type Reading struct {
	Path    string   `flow:"path,required" empty:"true"` // keys and indexes of the JSON answer, joined by dots; "" is all of it
	Type    string   `flow:"type" default:"text"`
	Of      []string `flow:"of"`
	Default string   `flow:"default" empty:"true"`
}

// WhileWaiting is what the caller hears until a slow service answers.
type WhileWaiting struct {
	After  time.Duration `flow:"after" default:"1s" min:"0s" max:"10s"`
	Prompt []string      `flow:"prompt" is:"prompt"`
	Music  string        `flow:"music"` // class, after the prompt; "" = silence
}

// statusField is the name of the answer's status in expressions.
const statusField = "status"

// result gives the name under which a result is kept among the variables.
func result(node, name string) string { return node + "/" + name }

// types gives the results as expressions know them.
func (x *HTTP) types() types.Map {
	all := types.Map{statusField: types.Int}
	for name, reading := range x.Read {
		all[name] = types.TypeOf(reflect.Zero(reading.Var().Type.Go()).Interface())
	}
	return all
}

// results gives the values of the last answer; all are unset before there was one.
func (x *HTTP) results(r *run, node string) (any, error) {
	values := map[string]any{}
	vars := map[string]Var{statusField: {Type: Int}}
	for name, reading := range x.Read {
		vars[name] = reading.Var()
	}
	for name, v := range vars {
		value, err := v.Read(r.s.Vars[r.s.Flow+"."+result(node, name)])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		values[name] = value
	}
	return values, nil
}

func (x *HTTP) enter(r *run, n *Node) Out {
	r.setVar(result(n.ID, statusField), "")
	for name := range x.Read {
		r.setVar(result(n.ID, name), "")
	}
	return x.fetch(r)
}

// fetch asks the service. After a restart it asks the same again, under the same key.
func (x *HTTP) fetch(r *run) Out {
	path, err := r.address(x.path)
	body := ""
	if err == nil && x.Body != "" {
		body, err = r.body(x.body)
	}
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	r.s.Turn.Part = ""
	r.do(Fetch{ID: r.work(), Service: x.Service, Method: x.method, Path: path, Body: body,
		Timeout: x.Timeout, Retries: x.Retries, Key: r.visitKey()})
	if wait := x.WhileWaiting; !r.s.Gone && (len(wait.Prompt) > 0 || wait.Music != "") {
		r.setTimer(timerWhile, wait.After)
	}
	return Out{}
}

func (x *HTTP) input(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return x.fetch(r)
	case Fired:
		if kindOf(in.Name) == timerWhile {
			x.whileWaiting(r)
		}
	case Played:
		x.music(r)
	case Fetched:
		return r.exit(x.fetched(r, n, in))
	}
	return Out{}
}

// timerWhile is for the words that a caller hears when a service is slow.
const timerWhile = "while"

// whileWaiting lets the caller hear that something goes on. Words that cannot be said are
// left out.
func (x *HTTP) whileWaiting(r *run) {
	items, err := r.words(x.WhileWaiting.Prompt, nil)
	if err != nil {
		r.fault(r.place(), err.Error())
	}
	if len(items) == 0 {
		x.music(r)
		return
	}
	r.play(items)
}

// music begins when the words are over, and ends with the wait.
func (x *HTTP) music(r *run) {
	if x.WhileWaiting.Music != "" {
		r.do(Music{On: true, Class: x.WhileWaiting.Music})
		r.s.Turn.Part = partMusic
	}
}

func (x *HTTP) stop(r *run) {
	if r.s.Turn.Part == partMusic {
		r.do(Music{On: false, Class: x.WhileWaiting.Music})
		r.s.Turn.Part = ""
	}
}

// partMusic notes that the caller hears music.
const partMusic = "music"

// fetched keeps the results of an answer and gives the exit.
func (x *HTTP) fetched(r *run, n *Node, in Fetched) string {
	if in.Status != 0 {
		r.setVar(result(n.ID, statusField), strconv.Itoa(in.Status))
	}
	exit, why := x.judge(r, n, in)
	if why != "" {
		r.fault(r.place(), fmt.Sprintf("service %s: %s", x.Service, why))
	}
	return exit
}

// mustFinish is true of what changes something at the service.
func (x *HTTP) mustFinish(*run) bool { return x.method != "GET" }

func (x *HTTP) finished(r *run, n *Node, in Input) {
	if in, answer := in.(Fetched); answer {
		x.fetched(r, n, in)
	}
}

// judge finds the exit for an answer, and what was wrong with it. A good answer leaves
// its results.
func (x *HTTP) judge(r *run, n *Node, in Fetched) (exit, why string) {
	switch {
	case in.Failure == "timeout":
		return x.written(r, n, "timeout"), "no answer in time"
	case in.Failure != "" || in.Status == 0:
		return "error", cmp.Or(in.Failure, "no answer")
	case in.Status < 200 || in.Status > 299:
		return x.refused(r, n, in.Status)
	}
	results, err := readReply(in.Body, x.Read)
	if err != nil {
		return "error", err.Error()
	}
	for name, text := range results {
		r.setVar(result(n.ID, name), text)
	}
	return x.good, ""
}

// refused finds the exit for a status that is not 2xx: its own, that of its hundred, or
// error. Only a 4xx with an exit is no fault.
func (x *HTTP) refused(r *run, n *Node, status int) (exit, why string) {
	why = fmt.Sprintf("status %d", status)
	names := map[int]string{4: "4xx", 5: "5xx"}
	if status == 404 && x.written(r, n, "404") == "404" {
		return "404", ""
	}
	exit = x.written(r, n, names[status/100])
	if exit == "4xx" {
		why = ""
	}
	return exit, why
}

// written gives the exit if a way out is written for it, here or in the handlers; else error.
func (x *HTTP) written(r *run, n *Node, exit string) string {
	if _, found := r.p.Exit(r.flow(), n, exit); found && exit != "" {
		return exit
	}
	return "error"
}

// Speaks is false: the words are heard only when the service is slow.
func (x *HTTP) Speaks() bool { return false }

// Outs gives ok or next, the statuses, timeout and error.
func (x *HTTP) Outs() ([]string, []Out) {
	return []string{cmp.Or(x.good, "ok"), "404", "4xx", "5xx", "timeout", "error"}, nil
}

// Prompts gives what is said while the caller waits.
func (x *HTTP) Prompts() []Said {
	return []Said{{Field: "while_waiting.prompt", IDs: x.WhileWaiting.Prompt}}
}

// Defaults gives get one retry: asking twice does no harm.
func (x *HTTP) Defaults() map[string]string {
	if x.Get == "" {
		return nil
	}
	return map[string]string{"retries": "1"}
}
