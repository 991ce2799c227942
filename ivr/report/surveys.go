package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// CSITarget is the share of M19 that the site promises.
const CSITarget = 0.80

// scaleTop is the best answer of the scale of M18; its worst is 1.
const scaleTop = 5

// satisfiedFrom is the worst answer that still counts as satisfied in M19.
const satisfiedFrom = 4

// What the groups of a survey report are.
const (
	ByCluster = "cluster"
	ByAgent   = "agent"
)

// SurveyReport is the figures of the surveys of a span of time.
type SurveyReport struct {
	Dictionary int         `json:"dictionary"`
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"` // not included
	By         string      `json:"by"` // what Groups are
	Target     float64     `json:"target"`
	Rows       []SurveyRow `json:"rows"` // by name
}

// SurveyRow is the figures of one survey.
type SurveyRow struct {
	Survey     string        `json:"survey"`
	Offered    int           `json:"offered"` // M16, and the next three
	Begun      int           `json:"begun"`
	Complete   int           `json:"complete"`
	Declined   int           `json:"declined"`
	Response   *float64      `json:"response"`   // M17
	Completion *float64      `json:"completion"` // M17
	All        Answers       `json:"all"`
	Questions  []QuestionRow `json:"questions"`
	Groups     []GroupRow    `json:"groups"` // by name
}

// GroupRow is the figures of one cluster or agent; "" stands for surveys without a
// conversation before.
type GroupRow struct {
	Group      string        `json:"group"`
	Begun      int           `json:"begun"`
	Complete   int           `json:"complete"`
	Completion *float64      `json:"completion"`
	All        Answers       `json:"all"`
	Questions  []QuestionRow `json:"questions"`
}

// QuestionRow is the figures of one question.
type QuestionRow struct {
	Question string `json:"question"`
	Answers
}

// Answers are figures over answers. A figure over nothing is nil.
type Answers struct {
	N          int           `json:"n"`           // M18, and the next two
	Mean       *float64      `json:"mean"`        // from 1 to 5
	Counts     [scaleTop]int `json:"counts"`      // of 1, 2, 3, 4 and 5
	Satisfied  *float64      `json:"satisfied"`   // M19
	OtherScale int           `json:"other_scale"` // answers that are not among N
}

func (a *Answers) add(answer store.Answer) {
	if answer.Min != 1 || answer.Max != scaleTop || answer.Value < 1 || answer.Value > scaleTop {
		a.OtherScale++
		return
	}
	a.N++
	a.Counts[answer.Value-1]++
}

func (a Answers) shares() Answers {
	total, satisfied := 0, 0
	for i, n := range a.Counts {
		total += (i + 1) * n
		if i+1 >= satisfiedFrom {
			satisfied += n
		}
	}
	a.Mean, a.Satisfied = share(total, a.N), share(satisfied, a.N)
	return a
}

// Surveys gives the figures of the surveys offered from (included) to (not included), with
// groups ByCluster or ByAgent.
func Surveys(ctx context.Context, s *store.Store, from, to time.Time, by string) (SurveyReport, error) {
	if by != ByCluster && by != ByAgent {
		return SurveyReport{}, fmt.Errorf("no such groups: %q; write %s or %s", by, ByCluster, ByAgent)
	}
	results, err := s.SurveyResults(ctx, from, to)
	if err != nil {
		return SurveyReport{}, err
	}
	surveys := map[string]*surveyTally{}
	for _, result := range results {
		t := at(surveys, result.Survey)
		group := result.Cluster
		if by == ByAgent {
			group = string(result.Agent)
		}
		t.add(result, group)
	}
	report := SurveyReport{Dictionary: Dictionary, From: from.In(Zone()), To: to.In(Zone()), By: by, Target: CSITarget, Rows: []SurveyRow{}}
	for _, name := range slices.Sorted(maps.Keys(surveys)) {
		report.Rows = append(report.Rows, surveys[name].row(name))
	}
	return report, nil
}

// at gives the entry of a map, made at its first use.
func at[K comparable, V any](all map[K]*V, key K) *V {
	if all[key] == nil {
		all[key] = new(V)
	}
	return all[key]
}

// surveyTally counts the visits to one survey.
type surveyTally struct {
	offered int
	all     visitTally
	groups  map[string]*visitTally
}

func (t *surveyTally) add(r *store.SurveyResult, group string) {
	t.offered++
	if r.Begun.IsZero() {
		return
	}
	if t.groups == nil {
		t.groups = map[string]*visitTally{}
	}
	t.all.add(r)
	at(t.groups, group).add(r)
}

func (t *surveyTally) row(name string) SurveyRow {
	row := SurveyRow{Survey: name, Offered: t.offered, Begun: t.all.begun, Complete: t.all.complete, Declined: t.offered - t.all.begun,
		Response: share(t.all.begun, t.offered), Completion: share(t.all.complete, t.all.begun),
		All: t.all.answers.shares(), Questions: t.all.rows(), Groups: []GroupRow{}}
	for _, group := range slices.Sorted(maps.Keys(t.groups)) {
		g := t.groups[group]
		row.Groups = append(row.Groups, GroupRow{Group: group, Begun: g.begun, Complete: g.complete,
			Completion: share(g.complete, g.begun), All: g.answers.shares(), Questions: g.rows()})
	}
	return row
}

// visitTally counts surveys that were begun.
type visitTally struct {
	begun, complete int
	answers         Answers
	questions       map[string]*Answers
}

func (t *visitTally) add(r *store.SurveyResult) {
	t.begun++
	if r.How == ivr.SurveyComplete {
		t.complete++
	}
	if t.questions == nil {
		t.questions = map[string]*Answers{}
	}
	for _, answer := range r.Answers {
		t.answers.add(answer)
		at(t.questions, answer.Question).add(answer)
	}
}

func (t *visitTally) rows() []QuestionRow {
	rows := make([]QuestionRow, 0, len(t.questions))
	for question, answers := range t.questions {
		rows = append(rows, QuestionRow{Question: question, Answers: answers.shares()})
	}
	slices.SortFunc(rows, func(a, b QuestionRow) int { return compareNumbered(a.Question, b.Question) })
	return rows
}

// compareNumbered puts q2 before q10.
func compareNumbered(a, b string) int {
	prefix := func(s string) string { return strings.TrimRight(s, "0123456789") }
	return cmp.Or(strings.Compare(prefix(a), prefix(b)), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
