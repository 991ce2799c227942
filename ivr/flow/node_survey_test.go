package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"talian/ivr"
	"talian/ivr/flow"
)

const survey = head + `nodes:
  first: {type: survey, survey: csi%MORE%, next: one, exits: {declined: bye, partial: second}}
  second: {type: say, prompt: second, next: bye}
` + tail

const surveyAtOnce = head + `nodes:
  first: {type: survey, survey: csi, consent: false, next: one, exits: {partial: second}}
  second: {type: say, prompt: second, next: bye}
` + tail

// surveyed gives what a call told of its survey, in order.
func surveyed(c *phone) []string {
	var all []string
	for _, fact := range c.facts {
		switch f := fact.(type) {
		case ivr.SurveyBegun:
			all = append(all, "begun "+f.Survey)
		case ivr.SurveyAnswered:
			all = append(all, fmt.Sprintf("%s %s %d of %d-%d", f.Survey, f.Question, f.Value, f.Min, f.Max))
		case ivr.SurveyEnded:
			all = append(all, f.Survey+" "+string(f.How))
		}
	}
	return all
}

func (c *phone) surveyed(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, surveyed(c), cmpopts.EquateEmpty()); diff != "" {
		c.t.Fatal(diff)
	}
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	p := outside(t, replace(survey, "%MORE%", ""))
	c := dial(t, p)
	c.hears("csi_intro", "survey_consent")
	c.press("1")
	c.hears("csi_q1")
	c.press("5")
	c.hears("csi_q3") // the second is for Malay
	c.listens()
	c.waits(7 * time.Second)
	c.hears("silence1", "csi_q3")
	c.press("9") // off the scale, and no try left
	c.hears("csi_q4")
	c.press("#")
	c.node("one")
	c.surveyed("begun csi", "csi q1 5 of 1-5", "csi complete")

	c = newPhone(t, p)
	c.s.Lang = "ms"
	c.step(flow.Start{})
	c.press("1")
	for _, key := range "1234" {
		c.restarts() // the question is asked again
		c.press(string(key))
	}
	c.node("one")
	c.surveyed("begun csi", "csi q1 1 of 1-5", "csi q2 2 of 1-5", "csi q3 3 of 1-5", "csi q4 4 of 1-5", "csi complete")
}

func TestSurveyEndsOnTheWay(t *testing.T) {
	t.Parallel()
	p := outside(t, replace(survey, "%MORE%", ""))
	c := dial(t, p)
	c.press("2")
	c.node("bye")
	c.surveyed("csi declined")

	c = dial(t, p) // never answers
	c.press("7")
	c.hears("wrong1", "survey_consent")
	c.press("7")
	c.node("bye")
	c.surveyed("csi declined")

	c = dial(t, p)
	c.press("14*")
	c.node("second")
	c.surveyed("begun csi", "csi q1 4 of 1-5", "csi partial")

	c = dial(t, p) // two questions in a row without an answer
	c.press("1")
	c.press("99")
	c.press("99")
	c.node("second")
	c.surveyed("begun csi", "csi partial")

	c = dial(t, p) // not in a row
	c.press("1")
	c.press("993")
	c.press("99")
	c.node("one")
	c.surveyed("begun csi", "csi q3 3 of 1-5", "csi complete")

	c = dial(t, p) // to the operator
	c.press("120")
	c.hears("second")
	c.surveyed("begun csi", "csi q1 2 of 1-5", "csi partial")

	c = dial(t, p)
	c.press("12")
	c.step(flow.HungUp{})
	c.ends("caller")
	c.surveyed("begun csi", "csi q1 2 of 1-5", "csi partial")

	c = dial(t, p)
	c.step(flow.HungUp{})
	c.surveyed("csi declined")

	c = dial(t, p) // too long
	c.press("1")
	c.waits(31 * time.Minute)
	c.hears("too_long")
	c.surveyed("begun csi", "csi partial")

	c = dial(t, p) // nothing is audible
	c.press("1")
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("trouble")
	c.surveyed("begun csi", "csi partial")
}

func TestSurveyWithoutConsent(t *testing.T) {
	t.Parallel()
	p := outside(t, surveyAtOnce)
	c := dial(t, p)
	c.surveyed("begun csi")
	c.hears("csi_intro", "csi_q1")
	c.listens()
	c.waits(7 * time.Second)
	c.hears("silence1", "csi_q1")
	c.press("1")
	c.hears("csi_q3")
	c.press("##")
	c.surveyed("begun csi", "csi q1 1 of 1-5", "csi complete")
}

// TestSurveyRotates: a call is asked some questions in a row, always the same ones, and
// every question has its turn over many calls.
func TestSurveyRotates(t *testing.T) {
	t.Parallel()
	p := outside(t, surveyAtOnce)
	p.Surveys["csi"].Rotate = 2
	asked := map[string]int{}
	for i := range 200 {
		c := newPhone(t, p)
		c.s.Call.ID = ivr.CallID(fmt.Sprint("call", i))
		c.s.Lang = "ms" // so that none is left out
		c.step(flow.Start{})
		c.press("1")
		c.restarts()
		c.press("1")
		c.node("one")
		answers := told[ivr.SurveyAnswered](c)
		if len(answers) != 2 || (answers[0].Question[1]-'0')%4+1 != answers[1].Question[1]-'0' {
			t.Fatal(answers)
		}
		asked[answers[0].Question]++
	}
	for _, id := range []string{"q1", "q2", "q3", "q4"} {
		if asked[id] < 25 {
			t.Fatal(asked)
		}
	}
}

func TestSurveyOnlyAsksWhatApplies(t *testing.T) {
	t.Parallel()
	p := outside(t, surveyAtOnce)
	questions := p.Surveys["csi"].Questions
	p.Surveys["csi"].Questions = questions[1:2]
	c := dial(t, p)
	c.node("one")
	c.surveyed("begun csi", "csi complete")
	p.Surveys["csi"].Questions = []flow.Question{{ID: "q9", Prompt: []string{"csi_q1"}, When: &flow.Expr{Text: "never compiled"}}}
	c = dial(t, p)
	c.hears("trouble")
	c.surveyed("begun csi", "csi partial")
	p.Surveys = nil
	c = dial(t, p)
	c.hears("trouble")
	c.surveyed()
}
