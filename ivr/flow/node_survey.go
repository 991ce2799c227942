package flow

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Inquiry is the node type survey: the questions of a survey file, each answered by a key.
//
//	csi: {type: survey, survey: csi, next: bye, exits: {declined: bye, partial: bye}}
//
// Every answer is on record as it is given, so a caller who hangs up has answered until then.
type Inquiry struct {
	Try
	Survey  string `flow:"survey,required" is:"survey"`
	Consent bool   `flow:"consent" default:"true"` // ask first whether the caller has time
}

// Parts of a survey.
const (
	partConsent  = "consent"
	partQuestion = "question"
)

// maxMissed is how many questions in a row may have no answer: then nobody listens.
const maxMissed = 2

func (x *Inquiry) enter(r *run, n *Node) Out {
	s := r.p.Surveys[x.Survey]
	if s == nil {
		r.fault(r.place(), fmt.Sprintf("no survey %q", x.Survey))
		return r.exit("error")
	}
	if x.Consent {
		return r.put(n, partConsent, &consent{x, s})
	}
	return x.begin(r, n, s)
}

func (x *Inquiry) begin(r *run, n *Node, s *Survey) Out {
	r.do(Tell{ivr.SurveyBegun{Survey: s.Name}})
	return x.next(r, n, s)
}

// next puts the question at Turn.At, or the first one behind it whose condition holds.
// Turn.Round counts the questions put.
func (x *Inquiry) next(r *run, n *Node, s *Survey) Out {
	turn := &r.s.Turn
	for ; turn.At < len(s.Questions) && (s.Rotate == 0 || turn.Round < s.Rotate); turn.At++ {
		q := s.question(r.s.Call.ID, turn.At)
		holds, err := r.holds(q.When)
		if err != nil {
			turn.Part = partQuestion
			r.fault(r.place(), fmt.Sprintf("question %s: %s", q.ID, err))
			return r.exit("error")
		}
		if holds {
			turn.Round++
			return r.put(n, partQuestion, &surveyed{x, s, q})
		}
	}
	return x.over(r, s, ivr.SurveyComplete, "next")
}

// holds tells whether a condition holds; one that is not written does.
func (r *run) holds(when *Expr) (bool, error) {
	if when == nil {
		return true, nil
	}
	value, err := r.eval(when)
	holds, _ := value.(bool)
	return holds, err
}

// question gives the i-th question that a call is asked. When not all are asked, calls
// begin at different ones, each always at the same.
func (s *Survey) question(call ivr.CallID, i int) Question {
	first := 0
	if s.Rotate > 0 {
		first = int(crc32.ChecksumIEEE([]byte(call)) % uint32(len(s.Questions)))
	}
	return s.Questions[(first+i)%len(s.Questions)]
}

func (x *Inquiry) over(r *run, s *Survey, how ivr.SurveyEnd, exit string) Out {
	r.s.Turn.Part = ""
	r.do(Tell{ivr.SurveyEnded{Survey: s.Name, How: how}})
	return r.exit(exit)
}

// stop tells how far the survey came when the caller leaves it by another way, or hangs up.
func (x *Inquiry) stop(r *run) {
	how := map[string]ivr.SurveyEnd{partConsent: ivr.SurveyDeclined, partQuestion: ivr.SurveyPartial}[r.s.Turn.Part]
	if how != "" {
		r.s.Turn.Part = ""
		r.do(Tell{ivr.SurveyEnded{Survey: x.Survey, How: how}})
	}
}

func (x *Inquiry) input(r *run, n *Node, in Input) Out {
	s := r.p.Surveys[x.Survey]
	if r.s.Turn.Part == partConsent {
		return r.answer(n, &consent{x, s}, in)
	}
	return r.answer(n, &surveyed{x, s, s.question(r.s.Call.ID, r.s.Turn.At)}, in)
}

// consent asks whether the caller has time for the survey.
type consent struct {
	*Inquiry
	survey *Survey
}

const (
	keyYes = "1"
	keyNo  = "2"
)

func (c *consent) words(r *run, _ *Node, short bool) ([]prompt.Item, error) {
	ids := []string{PromptSurveyConsent}
	if !short {
		ids = slices.Concat(c.survey.Intro, ids)
	}
	return r.words(ids, nil)
}

func (c *consent) valid(key string) bool { return key == keyYes || key == keyNo }

func (c *consent) choose(r *run, n *Node, key string) Out {
	if key == keyNo {
		return c.over(r, c.survey, ivr.SurveyDeclined, "declined")
	}
	return c.begin(r, n, c.survey)
}

func (c *consent) given(r *run, _ *Node, _ string) Out {
	return c.over(r, c.survey, ivr.SurveyDeclined, "declined")
}

// surveyed asks one question of a survey.
type surveyed struct {
	*Inquiry
	survey *Survey
	q      Question
}

func (q *surveyed) words(r *run, _ *Node, _ bool) ([]prompt.Item, error) {
	turn, ids := r.s.Turn, q.q.Prompt
	if !q.Consent && turn.Round == 1 && turn.Tries == 0 {
		ids = slices.Concat(q.survey.Intro, ids)
	}
	return r.words(ids, nil)
}

func (q *surveyed) valid(key string) bool {
	return key == q.survey.SkipKey || key == q.survey.StopKey || q.survey.rates(key)
}

// rates tells whether a key is on the scale.
func (s *Survey) rates(key string) bool {
	value, err := strconv.Atoi(key)
	return err == nil && value >= s.Min && value <= s.Max
}

func (q *surveyed) choose(r *run, n *Node, key string) Out {
	r.s.Turn.Missed = 0
	if key == q.survey.StopKey {
		return q.over(r, q.survey, ivr.SurveyPartial, "partial")
	}
	if key != q.survey.SkipKey {
		value, _ := strconv.Atoi(key)
		r.do(Tell{ivr.SurveyAnswered{Survey: q.survey.Name, Question: q.q.ID, Value: value, Min: q.survey.Min, Max: q.survey.Max}})
	}
	r.s.Turn.At++
	return q.next(r, n, q.survey)
}

// given goes on to the next question, unless the one before had no answer either.
func (q *surveyed) given(r *run, n *Node, _ string) Out {
	r.s.Turn.Missed++
	if r.s.Turn.Missed >= maxMissed {
		return q.over(r, q.survey, ivr.SurveyPartial, "partial")
	}
	r.s.Turn.At++
	return q.next(r, n, q.survey)
}

// Speaks is true: it asks.
func (x *Inquiry) Speaks() bool { return true }

// Outs gives next, partial and error, and declined only when the caller is asked first.
func (x *Inquiry) Outs() ([]string, []Out) {
	exits := []string{"next", "partial", "error"}
	if x.Consent {
		exits = append(exits, "declined")
	}
	return exits, nil
}

// Needs gives the words that ask first.
func (x *Inquiry) Needs() map[string]map[string]prompt.SlotType {
	if !x.Consent {
		return nil
	}
	return map[string]map[string]prompt.SlotType{PromptSurveyConsent: {}}
}

// Defaults gives fewer tries than a menu has, and no keys from before.
func (x *Inquiry) Defaults() map[string]string {
	return map[string]string{"tries": "2", "type_ahead": Flush}
}
