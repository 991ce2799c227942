package bundle

import (
	"fmt"
	"slices"
	"strconv"

	"talian/ivr/flow"
)

// surveyText is a survey file.
type surveyText struct {
	Survey string   `flow:"survey,required"`
	Intro  []string `flow:"intro,required" is:"prompt"`
	Scale  struct {
		Min int `flow:"min" default:"1" min:"0" max:"9" code:"E607"`
		Max int `flow:"max" default:"5" min:"0" max:"9" code:"E607"`
	} `flow:"scale"`
	SkipKey   string         `flow:"skip_key" is:"key"`
	StopKey   string         `flow:"stop_key" is:"key"`
	Rotate    int            `flow:"rotate" default:"0" min:"0" max:"100"`
	Questions []questionText `flow:"questions,required"`
}

// questionText is one question of a survey.
type questionText struct {
	ID     string     `flow:"id,required"`
	Prompt []string   `flow:"prompt,required" is:"prompt"`
	When   *flow.Expr `flow:"when" want:"bool"`
}

// readSurveys reads the surveys.
func (b *builder) readSurveys() {
	b.program.Surveys = map[string]*flow.Survey{}
	for _, s := range b.readAll("surveys") {
		t := &contentText{text: &text{b: b, s: s, at: places{}}, id: s.stem()}
		var w surveyText
		if !t.fields(s.root, &w, "") {
			continue
		}
		t.named("survey", w.Survey)
		survey := &flow.Survey{Name: s.stem(), Intro: w.Intro, Min: w.Scale.Min, Max: w.Scale.Max,
			SkipKey: w.SkipKey, StopKey: w.StopKey, Rotate: w.Rotate}
		for _, q := range w.Questions {
			survey.Questions = append(survey.Questions, flow.Question{ID: q.ID, Prompt: q.Prompt, When: q.When})
		}
		b.program.Surveys[s.stem()] = survey
		b.surveys = append(b.surveys, t)
		t.checkScale(survey)
	}
}

// checkScale looks at the keys and the ids of a survey.
func (t *contentText) checkScale(survey *flow.Survey) {
	if survey.Min >= survey.Max {
		t.complain(t.place("scale"), "E607", nil, "the scale goes from %d to %d; the first must be below the last", survey.Min, survey.Max)
	}
	for path, key := range map[string]string{"skip_key": survey.SkipKey, "stop_key": survey.StopKey} {
		if n, err := strconv.Atoi(key); err == nil && n >= survey.Min && n <= survey.Max {
			t.complain(t.place(path), "E607", nil, "key %s is an answer of the scale", key)
		}
	}
	if survey.SkipKey != "" && survey.SkipKey == survey.StopKey {
		t.complain(t.place("stop_key"), "E607", nil, "key %s skips a question already", survey.StopKey)
	}
	if survey.Rotate > len(survey.Questions) {
		t.complain(t.place("rotate"), "E106", nil, "%q is out of range: 0 to %d, the number of questions", "rotate", len(survey.Questions))
	}
	var ids []string
	for i, q := range survey.Questions {
		at := t.place(fmt.Sprintf("questions.%d.id", i))
		if q.ID != "" {
			t.text.id(q.ID, at)
		}
		if slices.Contains(ids, q.ID) {
			t.complain(at, "E607", nil, "the question %q is in this survey twice", q.ID)
		}
		ids = append(ids, q.ID)
	}
}
