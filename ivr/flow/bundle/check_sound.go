package bundle

import (
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// Lengths beyond which callers stop to listen.
const (
	maxMenu    = 30 * time.Second // of a menu
	maxPrompt  = time.Minute      // of one prompt of a menu
	maxForced  = 10 * time.Second // of what cannot be cut short
	maxSurvey  = 3 * time.Minute
	timeToKey  = 3 * time.Second // from the end of a survey's question to its answer
	maxHoliday = 60 * 24 * time.Hour
)

// length gives how long prompts are one after the other, in the language where they take longest.
func (b *builder) length(ids []string, of func(prompt.Length) time.Duration) (longest time.Duration, lang string) {
	for _, l := range b.program.Languages {
		var sum time.Duration
		for _, id := range ids {
			sum += of(b.program.Prompts.Length(id, l))
		}
		if sum > longest {
			longest, lang = sum, l
		}
	}
	return longest, lang
}

// checkSound looks how long callers must listen.
func (n *nodeText) checkSound() {
	heard := func(l prompt.Length) time.Duration { return l.Heard }
	a := askOf(n.n.Spec)
	if _, collects := n.n.Spec.(*flow.Collect); a != nil && !collects {
		ids := n.question()
		for i, id := range ids {
			if long, lang := n.b.length([]string{id}, heard); long > maxPrompt {
				n.complain(itemAt(n.place("prompt"), i), "E406", nil, "%s takes %s in %s; a question has 60 s at most", id, long.Round(time.Second), lang)
			}
		}
		if long, lang := n.b.length(ids, heard); long > maxMenu {
			n.complain(n.place("prompt"), "W705", nil, "the question takes %s in %s; more than 30 s are hard to follow", long.Round(time.Second), lang)
		}
	}
	ignores := a != nil && a.BargeIn == flow.Ignore
	if say, says := n.n.Spec.(*flow.Say); says {
		ignores = say.BargeIn == flow.Ignore
	}
	if !ignores {
		return
	}
	if long, lang := n.b.length(n.question(), prompt.Length.Total); long > maxForced {
		n.complain(n.place("barge_in"), "W708", nil, "callers cannot cut this short, and it takes %s in %s", long.Round(time.Second), lang)
	}
}

// checkRecordings looks at the length of surveys and, where made speech is refused, for
// recordings that are missing.
func (b *builder) checkRecordings() {
	for _, t := range b.surveys {
		t.checkLength(b.program.Surveys[t.id])
	}
	if b.site.TTS != "refused" {
		return
	}
	p := b.program.Prompts
	valued := ""
	for _, id := range p.IDs() {
		for _, lang := range b.program.Languages {
			if missing := p.Unrecorded(id, lang); len(missing) > 0 {
				at, _ := p.Place(id, lang)
				b.complainIn(at, "E405", nil, "not recorded: %s; ivr.yaml refuses made speech", files(lang, missing))
			}
		}
		slots, _ := p.Slots(id)
		for _, kind := range slots {
			if kind != prompt.Text && valued == "" {
				valued = id
			}
		}
	}
	for _, lang := range b.program.Languages {
		if missing := p.UnrecordedWords(lang); valued != "" && len(missing) > 0 {
			at, _ := p.Place(valued, lang)
			b.complainIn(at, "E407", nil, "words to say values with are not recorded: %s; ivr.yaml refuses made speech", files(lang, missing))
		}
	}
}

// files writes the names of recordings, the first of many.
func files(lang string, names []string) string {
	const most = 8
	var words []string
	for i, name := range names {
		if i == most {
			words = append(words, "…")
			break
		}
		words = append(words, lang+"/"+name+".wav")
	}
	return strings.Join(words, ", ")
}

// checkLength warns of a survey that takes too long: its words, and a moment for each answer.
func (t *contentText) checkLength(s *flow.Survey) {
	ids := slices.Clone(s.Intro)
	var questions []string
	for _, q := range s.Questions {
		questions = append(questions, q.Prompt...)
	}
	intro, _ := t.b.length(ids, prompt.Length.Total)
	all, lang := t.b.length(questions, prompt.Length.Total)
	put := len(s.Questions)
	if s.Rotate > 0 && s.Rotate < put {
		all = all * time.Duration(s.Rotate) / time.Duration(put)
		put = s.Rotate
	}
	if long := intro + all + time.Duration(put)*timeToKey; long > maxSurvey {
		t.complain(t.place("questions"), "W710", nil, "the survey takes about %s in %s; more than 3m0s is too long; rotate asks fewer questions of each caller", long.Round(time.Second), lang)
	}
}

// checkHolidays looks, when a bundle is to be published, whether the special days ahead
// are known.
func (b *builder) checkHolidays() {
	if !b.options.Publish {
		return
	}
	for _, s := range b.calendars {
		calendar := b.program.Calendars[s.stem()]
		last, any := calendar.LastSpecial()
		if any && last.Before(b.options.Now.Add(maxHoliday)) {
			b.complain(s, valueOf(s.root, "special"), "E606", nil, "the last special day, %s, is less than 60 days ahead; add the days to come", last.Format(time.DateOnly))
		}
	}
}
