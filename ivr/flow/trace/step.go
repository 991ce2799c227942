package trace

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// Step is one step of a call, as flow.Trace took it.
type Step struct {
	At            time.Time
	Before, After flow.State
	Input         flow.Input
	Effects       []flow.Effect
	Way           []flow.Passage
}

// Run is flow.Step, and gives the lines of the step.
func Run(p *flow.Program, s flow.State, in flow.Input, w flow.World) (flow.State, []flow.Effect, []Line) {
	after, effects, way := flow.Trace(p, s, in, w)
	return after, effects, Lines(p, Step{At: w.Now, Before: s, After: after, Input: in, Effects: effects, Way: way})
}

// Lines tells a step. A step of a call that had ended has none.
func Lines(p *flow.Program, s Step) []Line {
	if s.Before.Ended {
		return nil
	}
	t := &teller{p: p, s: s, mask: newMask(p, s), flow: s.Before.Flow, node: s.Before.Node}
	t.input()
	for i, e := range s.Effects {
		t.passages(i)
		t.effect(e)
	}
	t.passages(len(s.Effects))
	t.changes()
	return t.lines
}

// teller gathers the lines of one step.
type teller struct {
	p          *flow.Program
	s          Step
	mask       mask
	flow, node string // where the call stands
	passed     int    // passages told
	lines      []Line
}

func (t *teller) add(l Line) {
	l.At, l.Call, l.Flow, l.Node = t.s.At.UTC().Truncate(time.Millisecond), t.s.Before.Call.ID, t.flow, t.node
	t.lines = append(t.lines, l)
}

// passages tells those that came before an effect.
func (t *teller) passages(effect int) {
	for ; t.passed < len(t.s.Way) && t.s.Way[t.passed].After <= effect; t.passed++ {
		way := t.s.Way[t.passed]
		from := strings.TrimSuffix(way.Flow+"."+way.Node, ".")
		if way.ToNode == "" {
			t.add(Line{What: Left, From: from, Exit: way.Exit, Text: way.Out.String()})
			continue
		}
		t.flow, t.node = way.ToFlow, way.ToNode
		t.add(Line{What: Entered, From: from, Exit: way.Exit})
	}
}

func (t *teller) input() {
	before := t.s.Before
	switch in := t.s.Input.(type) {
	case flow.Start:
		t.add(Line{What: Began, Name: before.Call.To, Lang: before.Lang, Text: before.Revision})
	case flow.Resume:
		t.add(Line{What: Resumed})
	case flow.Key:
		t.add(Line{What: Pressed, Key: t.mask.key(t.p, t.s, in.Key)})
	case flow.Played:
		if in.Failed {
			t.add(Line{What: Silent})
		}
	case flow.Fired:
		t.fired(in)
	case flow.Recorded:
		failure := ""
		if in.Failed {
			failure = "failed"
		}
		t.add(Line{What: Recording, For: ivr.MillisOf(in.Length), Text: failure})
	case flow.Requeued:
		t.add(Line{What: Requeued})
	case flow.QueueLeft:
		t.add(Line{What: Unqueued, Text: string(in.Outcome)})
	case flow.HungUp:
		t.add(Line{What: HungUp})
	default:
		t.answer(in)
	}
}

// answer tells what came from outside.
func (t *teller) answer(in flow.Input) {
	switch in := in.(type) {
	case flow.Fetched:
		text := t.mask.text(in.Failure)
		if text == "" {
			text = fmt.Sprint(in.Status)
		}
		t.add(Line{What: Replied, Text: text})
	case flow.CaseDone:
		l := Line{What: CaseReply}
		switch {
		case in.Failed:
			l.Text = "failed"
		case !in.Found:
			l.Text = "not_found"
		default:
			l.Vars = maps.Clone(in.Fields)
			for name, value := range l.Vars {
				l.Vars[name] = t.mask.text(value)
			}
		}
		t.add(l)
	case flow.Booked:
		l := Line{What: Booked}
		switch {
		case in.Failed:
			l.Text = "failed"
		case in.Full:
			l.Text = "full"
		}
		t.add(l)
	case flow.Dialled:
		t.add(Line{What: Dialled, Text: in.Outcome})
	}
}

// fired tells a timer that was set; that of a question is the caller's silence.
func (t *teller) fired(in flow.Fired) {
	kind, number, _ := strings.Cut(in.Name, ".")
	if alarm, set := t.s.Before.Timers[kind]; !set || fmt.Sprint(alarm.ID) != number {
		return
	}
	if kind != "wait" {
		t.add(Line{What: Timer, Name: kind})
		return
	}
	var quiet time.Duration
	if n := t.nodeBefore(); n != nil {
		if asker, asks := n.Spec.(flow.Asker); asks {
			a := asker.Common()
			quiet = a.Wait + time.Duration(t.s.Before.Turn.Tries)*a.WaitMore
		}
	}
	t.add(Line{What: Quiet, For: ivr.MillisOf(quiet)})
}

func (t *teller) nodeBefore() *flow.Node {
	if f := t.p.Flows[t.s.Before.Flow]; f != nil {
		return f.Nodes[t.s.Before.Node]
	}
	return nil
}

func (t *teller) effect(e flow.Effect) {
	switch e := e.(type) {
	case flow.Play:
		t.heard(e)
	case flow.Enqueue:
		t.add(Line{What: Queued, Name: e.Queue, Vars: maps.Clone(e.Skills)})
	case flow.Voicemail:
		t.add(Line{What: Message, Name: e.Box, For: ivr.MillisOf(e.Length)})
	case flow.Fetch:
		t.add(Line{What: Asked, Name: e.Service, Text: t.mask.text(e.Method + " " + e.Path)})
	case flow.Casework:
		t.add(Line{What: Cased, Name: e.Do + " " + e.Desk})
	case flow.Book:
		t.add(Line{What: Booking, Name: e.Queue, Text: e.Slot.From.Format(time.RFC3339)})
	case flow.Dial:
		t.add(Line{What: Dialling, Name: t.mask.text(e.To)})
	case flow.Tell:
		t.told(e.Body)
	case flow.Hangup:
		t.add(Line{What: Ended, Text: e.Cause})
	default: // timers, music and the like follow from what is told
	}
}

// heard names the prompts of a playback; their texts may hold what is personal.
func (t *teller) heard(e flow.Play) {
	var ids []string
	lang := ""
	for _, item := range e.Items {
		if item.Prompt != "" && !slices.Contains(ids, item.Prompt) {
			ids = append(ids, item.Prompt)
		}
		switch {
		case lang == "":
			lang = item.Lang
		case item.Lang != "" && item.Lang != lang && !strings.Contains(lang, item.Lang):
			lang += " " + item.Lang // the choice of language speaks all of them
		}
	}
	t.add(Line{What: Heard, Prompts: ids, Lang: lang})
}

func (t *teller) told(body ivr.Body) {
	switch body := body.(type) {
	case ivr.CallChose:
		t.add(Line{What: Chose, Key: body.Key, Name: body.Choice, Text: body.Words})
	case ivr.CallLanguage:
		t.add(Line{What: Language, Lang: body.Lang})
	case ivr.CallMarked:
		t.add(Line{What: Marked, Name: body.Mark})
	case ivr.CallFault:
		t.add(Line{What: Fault, Name: body.Where, Text: t.mask.text(body.What)})
	case ivr.SurveyAnswered:
		t.add(Line{What: Answered, Name: body.Survey + "." + body.Question, Text: fmt.Sprint(body.Value)})
	default: // told by other lines
	}
}

// changes tells the variables that are no longer what they were.
func (t *teller) changes() {
	before, after := t.s.Before.Vars, t.s.After.Vars
	changed := map[string]string{}
	for name, value := range after {
		if old, was := before[name]; !was || old != value {
			changed[name] = value
		}
	}
	for name := range before {
		if _, is := after[name]; !is {
			changed[name] = ""
		}
	}
	for name, value := range changed {
		flowID, own, _ := strings.Cut(name, ".")
		f := t.p.Flows[flowID]
		if f == nil {
			continue
		}
		v, declared := f.Vars[own]
		switch {
		case f.Nodes[own] != nil && !declared:
			delete(changed, name) // a choice, told as such
		case v.PII && value != "":
			changed[name] = Masked
		default:
			changed[name] = t.mask.text(value)
		}
	}
	if len(changed) > 0 {
		t.add(Line{What: Changed, Vars: changed})
	}
}
