package flowtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"talian/ivr/flow"
)

// wrong is one thing that is not as the test says.
type wrong struct {
	pos  flow.Pos
	text string
}

// judge compares a call that the steps went through with what is expected.
func (e *Expect) judge(p *Phone) *wrong {
	if e.End != "" && e.End != endGoing && e.End != endCaller {
		p.Finish()
	}
	p.run(p.now, never)
	if p.err != nil {
		return &wrong{e.endPos, p.err.Error()}
	}
	for _, look := range []func(*Phone) *wrong{e.end, e.values, e.walked, e.took, e.told, e.doneOutside} {
		if w := look(p); w != nil {
			return w
		}
	}
	return nil
}

func (e *Expect) end(p *Phone) *wrong {
	if e.End == "" {
		return nil
	}
	end := p.end()
	if end == e.End {
		return nil
	}
	text := fmt.Sprintf("the call ended by %s, not by %s", end, e.End)
	switch {
	case end == endGoing:
		text = fmt.Sprintf("the call goes on at %s, it did not end by %s", p.place(), e.End)
	case e.End == endGoing:
		text = "the call is over: it ended by " + end
	}
	return &wrong{e.endPos, text}
}

// end gives the end of the call as tests write it.
func (p *Phone) end() string {
	if p.gone && p.Over() {
		return endCaller
	}
	if end, known := map[string]string{"": endGoing, "caller": endCaller, "normal": endFlow}[p.cause]; known {
		return end
	}
	return p.cause
}

func (e *Expect) values(p *Phone) *wrong {
	for _, v := range e.Vars {
		got := cmp.Or(p.state.Vars[v.Name], v.Var.Default)
		if v.same(got) {
			continue
		}
		_, name, _ := strings.Cut(v.Name, ".")
		if v.Var.PII {
			return &wrong{v.Pos, fmt.Sprintf("variable %s is not as expected; it is personal and not shown", name)}
		}
		return &wrong{v.Pos, fmt.Sprintf("variable %s is %s, want %s", name, shown(got), shown(v.Text))}
	}
	return nil
}

func shown(text string) string {
	if text == "" {
		return "unset"
	}
	return strconv.Quote(text)
}

// same compares values, not their spelling.
func (v Value) same(got string) bool {
	if got == v.Text {
		return true
	}
	if got == "" || v.Text == "" {
		return false
	}
	if v.Var.Type == flow.Voice {
		clip, err := flow.ParseClip(got)
		length, err2 := time.ParseDuration(v.Text)
		return err == nil && err2 == nil && clip.Length == length
	}
	a, errA := v.Var.Read(got)
	b, errB := v.Var.Read(v.Text)
	if errA != nil || errB != nil {
		return false
	}
	if t, ok := a.(time.Time); ok {
		other, ok := b.(time.Time)
		return ok && t.Equal(other)
	}
	return reflect.DeepEqual(a, b)
}

func (e *Expect) walked(p *Phone) *wrong {
	path := p.Path()
	if e.Path != nil && !slices.Equal(path, e.Path) {
		return &wrong{e.pathPos, fmt.Sprintf("the path was %s, want %s", strings.Join(path, ", "), strings.Join(e.Path, ", "))}
	}
	if missing := inOrder(e.Includes, path); missing != nil {
		return &wrong{missing.Pos, fmt.Sprintf("the path does not include %s in this order; it was %s", missing.Text, strings.Join(path, ", "))}
	}
	if missing := inOrder(e.Marks, p.done.Marks); missing != nil {
		return &wrong{missing.Pos, fmt.Sprintf("mark %s was not told in this order; there were: %s", missing.Text, listed(p.done.Marks, ", "))}
	}
	return nil
}

// inOrder gives the first of those wanted that does not follow the ones before it.
func inOrder(want []Named, got []string) *Named {
	for i, w := range want {
		at := slices.Index(got, w.Text)
		if at < 0 {
			return &want[i]
		}
		got = got[at+1:]
	}
	return nil
}

func (e *Expect) took(p *Phone) *wrong {
	for _, want := range e.Exits {
		var taken []string
		for _, w := range p.pass {
			if w.Flow+"."+w.Node == want.Node {
				taken = append(taken, w.Exit, w.chose)
			}
		}
		taken = slices.DeleteFunc(taken, func(s string) bool { return s == "" })
		if !slices.Contains(taken, want.Exit) {
			return &wrong{want.Pos, fmt.Sprintf("node %s did not take exit %s; it took: %s", want.Node, want.Exit, listed(taken, ", "))}
		}
	}
	return nil
}

func (e *Expect) told(p *Phone) *wrong {
	var all []string
	for _, f := range p.done.Faults {
		all = append(all, f.Where+": "+f.What)
	}
	if e.NoFaults.Line > 0 && len(all) > 0 {
		return &wrong{e.NoFaults, "there was a fault: " + strings.Join(all, "; ")}
	}
	for _, want := range e.Faults {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, want.Text) }) {
			return &wrong{want.Pos, fmt.Sprintf("no fault says %q; there were: %s", want.Text, listed(all, "; "))}
		}
	}
	return nil
}

func (e *Expect) doneOutside(p *Phone) *wrong {
	for _, c := range e.Checks {
		got := p.facts(c.what)
		if c.none && len(got) > 0 {
			return &wrong{c.pos, fmt.Sprintf("%s: nothing was to be done, but there was %s", c.what, p.mask(line(got[0])))}
		}
		rest := got
		for _, want := range c.want {
			at := slices.IndexFunc(rest, want.fits)
			if at < 0 {
				return &wrong{want.pos, fmt.Sprintf("%s: there was no %s; there was: %s", c.what, line(want.parts), p.mask(lines(got)))}
			}
			rest = rest[at+1:]
		}
	}
	return nil
}

func (f fact) fits(got map[string]string) bool {
	for name, want := range f.parts {
		if got[name] != want && !sameJSON(got[name], want) {
			return false
		}
	}
	return true
}

// sameJSON tells whether what was done has all that is wanted of it.
func sameJSON(got, want string) bool {
	var a, b any
	return json.Unmarshal([]byte(got), &a) == nil && json.Unmarshal([]byte(want), &b) == nil && holds(a, b)
}

// listed joins names for people; of none it says so.
func listed(names []string, by string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, by)
}

func line(parts map[string]string) string {
	var words []string
	for _, name := range sortedKeys(parts) {
		if parts[name] != "" {
			words = append(words, name+" "+parts[name])
		}
	}
	return strings.Join(words, ", ")
}

func lines(all []map[string]string) string {
	if len(all) == 0 {
		return "nothing"
	}
	var words []string
	for _, one := range all {
		words = append(words, line(one))
	}
	return strings.Join(words, "; ")
}

// facts gives the things of one kind that the call did, in order.
func (p *Phone) facts(what string) []map[string]string {
	var all []map[string]string
	add := func(parts map[string]string) { all = append(all, parts) }
	switch d := p.done; what {
	case "case":
		for _, c := range d.Cases {
			parts := map[string]string{"do": c.Do, "desk": c.Desk, "number": string(c.Number)}
			if c.Audio.Recording != 0 {
				parts["audio"] = c.Audio.Length.String()
			}
			for name, text := range c.Fields {
				parts[name] = text
			}
			add(parts)
		}
	case "http":
		for _, f := range d.Requests {
			add(map[string]string{"service": f.Service, "method": f.Method, "path": f.Path, "body": f.Body})
		}
	case "callback":
		for _, b := range d.Callbacks {
			add(map[string]string{"queue": b.Queue, "number": b.Number, "at": b.Slot.From.In(p.program.Location).Format("2006-01-02T15:04")})
		}
	case "queued":
		for _, q := range d.Queued {
			wanted, _ := json.Marshal(q.Skills) // a map of texts can always be JSON
			add(map[string]string{"queue": q.Queue, "priority": strconv.Itoa(q.Priority), "skills": string(wanted)})
		}
	case "voicemail":
		for _, v := range d.Voicemail {
			add(map[string]string{"box": v.Box, "length": v.Length.String(), "lang": v.Lang})
		}
	case "transfer":
		for _, t := range d.Dialled {
			add(map[string]string{"to": t.To, "caller_id": t.CallerID})
		}
	case "survey":
		for _, s := range d.Surveys {
			add(map[string]string{"survey": s.Survey, "how": string(s.How)})
		}
	case "answers":
		for _, a := range d.Answers {
			add(map[string]string{"survey": a.Survey, "question": a.Question, "value": strconv.Itoa(a.Value)})
		}
	case "remembered":
		for _, lang := range d.Remembered {
			add(map[string]string{"lang": lang})
		}
	}
	return all
}
