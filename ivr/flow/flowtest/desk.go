package flowtest

import (
	"fmt"
	"maps"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// desk is a case desk in memory. Its numbers are valid.
type desk struct {
	seq   int
	cases map[string]map[string]string // by number: results as flow.CaseResults names them
}

// casework has the desk do something, unless a mock answers.
func (p *Phone) casework(e flow.Casework) {
	p.done.Cases = append(p.done.Cases, e)
	text := e.Do + " at desk " + e.Desk
	if e.Number != "" {
		text += ", number " + string(e.Number)
	}
	p.note(Event{Kind: Files, Text: text})
	in, after := flow.CaseDone{ID: e.ID}, time.Duration(0)
	m := p.outside.take(func(m *Mock) bool { return m.kind == kindCase && m.Case == e.Do && (m.Desk == "" || m.Desk == e.Desk) })
	if m != nil {
		in.Found, in.Failed, after = !m.Work.Missing && !m.Work.Fails, m.Work.Fails, m.Work.After
		if in.Found {
			in.Fields = p.completed(e, m.Work.Fields)
		}
	} else {
		in.Fields, in.Found = p.desk.do(p.program, e, p.now.In(p.program.Location))
	}
	p.after(fmt.Sprintf("work %d", e.ID), after, func() { p.step(in) })
}

// completed adds to a mock's fields those that every desk gives.
func (p *Phone) completed(e flow.Casework, given map[string]string) map[string]string {
	var fields map[string]string
	if e.Do == "open" || e.Do == "draft" {
		fields, _ = p.desk.do(p.program, e, p.now.In(p.program.Location))
	} else {
		fields = map[string]string{"number": string(e.Number), "status": string(ivr.CaseNew)}
	}
	maps.Copy(fields, given)
	p.desk.file(fields)
	return maps.Clone(fields)
}

// do carries the work out; false when no case has the number.
func (d *desk) do(p *flow.Program, e flow.Casework, now time.Time) (map[string]string, bool) {
	switch e.Do {
	case "find", "append":
		found, known := d.cases[string(e.Number)]
		return maps.Clone(found), known
	}
	d.seq++
	number, err := ivr.NewCaseNumber(now, d.seq)
	if err != nil {
		return nil, false
	}
	opened := map[string]string{"number": string(number), "status": string(ivr.CaseNew), "category": e.Fields["category"],
		"cluster": e.Fields["cluster"], "kind": string(p.Desks[e.Desk].Kind), "opened": now.Format(time.RFC3339), "due": due(p.Desks[e.Desk], e, now)}
	if e.Fields["kind"] != "" {
		opened["kind"] = e.Fields["kind"]
	}
	if e.Do == "draft" {
		opened["status"] = string(ivr.CaseDraft)
	}
	d.file(opened)
	return maps.Clone(opened), true
}

// file keeps a case.
func (d *desk) file(fields map[string]string) {
	if d.cases == nil {
		d.cases = map[string]map[string]string{}
	}
	d.cases[fields["number"]] = fields
}

func due(desk flow.Desk, e flow.Casework, now time.Time) string {
	days, named := desk.Due[e.Fields["category"]]
	if !named {
		days = desk.DueElse
	}
	return now.AddDate(0, 0, days).Format(time.DateOnly)
}
