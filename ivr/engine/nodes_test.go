package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk/aritest"
)

// The numbers of the site that ask and keep more than a menu does.
const (
	numberKeep = "0380008002" // a statement, an outside service, a case
	numberAway = "0380008003" // a transfer
	numberTour = "0380008004" // every node type that asks a caller
)

const outsideNumber = "0388880000"

// nodeScenes go through every node type that a caller can be in.
func nodeScenes() []scene {
	return []scene{
		{name: "statement", actors: oneVisitor(numberKeep, ends("#")), calls: 1, check: checkCase(ivr.CaseNew),
			want: map[string]int{"case.opened": 1, "recording.kept": 1, "call.fault": 1, "call.ended system": 1}},
		{name: "hang-up while speaking", actors: oneVisitor(numberKeep, (*visitor).Hangup), calls: 1, check: checkCase(ivr.CaseDraft),
			want: map[string]int{"case.opened": 1, "recording.kept": 1, "call.ended gone": 1}},
		{name: "transfer", actors: transferred(aritest.Outside{Rings: 3 * time.Second}), calls: 1,
			want: map[string]int{"transfer.began": 1, "transfer.ended": 1, "call.ended system": 1}},
		{name: "transfer to a busy number", actors: transferred(aritest.Outside{Rings: time.Second, Busy: true}), calls: 1,
			want: map[string]int{"transfer.began": 1, "transfer.answered": 0, "transfer.ended": 1, "call.ended system": 1}},
		{name: "hang-up in a transfer", actors: leavesTransfer, calls: 1,
			want: map[string]int{"transfer.began": 1, "transfer.ended": 1}},
		{name: "tour", actors: oneVisitor(numberTour, ends("#")), calls: 1, check: checkTour, want: map[string]int{
			"call.language": 1, "survey.begun": 1, "survey.answered": 2, "survey.ended": 1, "callback.booked": 1,
			"voicemail.left": 1, "case.opened": 1, "recording.kept": 1, "call.ended system": 1}},
	}
}

// visitor is a caller who answers every question that is heard, each time it is heard.
type visitor struct {
	*citizen
	number  string
	keys    map[string]string // by sound file
	spoken  func(*visitor)    // what follows four seconds of speech
	talking time.Time         // since when; zero = not
}

// ends ends what is said with a key.
func ends(key string) func(*visitor) { return func(v *visitor) { v.Press(key) } }

// Hangup hangs up.
func (v *visitor) Hangup() { v.citizen.Hangup() }

const card = "900101145678"

// answers are the keys for each question of the site, by its prompt.
func answers() map[string]string {
	return map[string]string{"choose_language": "1", "which_way": "1", "enter_digits": card, "read_back": "1", "are_you_sure": "1",
		"hub_intro": "1", "hub_after": "3", "survey_consent": "1", "opinion_first": "4", "opinion_second": "5",
		"callback_number": "1", "callback_slot": "1", "keep_recording": "1"}
}

func newVisitor(s *site, number string, spoken func(*visitor)) *visitor {
	s.t.Helper()
	v := &visitor{citizen: &citizen{site: s, from: "0123456789"}, number: number, keys: map[string]string{}, spoken: spoken}
	for id, keys := range answers() {
		items, err := s.program.Prompts.Say("en", id, map[string]any{"n": "1", "d": time.Now(), "t": time.Now(), "u": time.Now()})
		if err != nil {
			s.t.Fatal(err)
		}
		v.keys["sound:"+items[0].File] = keys
	}
	return v
}

// dials is the beginning of a visitor's call.
func (v *visitor) dials() act {
	return act{name: "dial", do: func() {
		if v.Caller == nil {
			v.Caller = v.site.fake.Call(v.number, v.from)
		}
	}, every: time.Second, until: func() bool { return v.Caller != nil && v.Answered() }}
}

// hears answers what is heard now.
func (v *visitor) hears() {
	if v.Recorded() {
		if v.talking.IsZero() {
			v.talking = time.Now()
		}
		if time.Since(v.talking) >= 4*time.Second {
			v.spoken(v)
		}
		return
	}
	v.talking = time.Time{}
	for _, media := range v.Prompts() {
		if keys := v.keys[media]; keys != "" {
			v.Press(keys)
			return
		}
	}
}

// through answers until the call is over.
func (v *visitor) through() act {
	return act{name: "answer", do: v.hears, every: step, until: func() bool { return !v.Connected() && v.phase() == "" }}
}

func oneVisitor(number string, spoken func(*visitor)) func(*site) []*actor {
	return func(s *site) []*actor {
		v := newVisitor(s, number, spoken)
		return []*actor{{name: "visitor", steps: []act{v.dials(), v.through()}}}
	}
}

// transferred: somebody outside takes the call in one way or another, and hangs up after a while.
func transferred(how aritest.Outside) func(*site) []*actor {
	return func(s *site) []*actor {
		s.fake.Outsiders(func(string) aritest.Outside { return how })
		v := newVisitor(s, numberAway, nil)
		var since time.Time
		far := &actor{name: "outside", aside: true, steps: []act{{name: "talk", every: step, until: func() bool { return false }, do: func() {
			f := s.fake.Called(outsideNumber)
			switch {
			case f == nil || !hearEachOther(s, v, f):
				since = time.Time{}
			case since.IsZero():
				since = time.Now()
			case time.Since(since) > 3*time.Second:
				f.Hangup()
			}
		}}}}
		return []*actor{far, {name: "visitor", steps: []act{v.dials(), v.through()}}}
	}
}

// leavesTransfer: the caller hangs up on the number outside.
func leavesTransfer(s *site) []*actor {
	s.fake.Outsiders(func(string) aritest.Outside { return aritest.Outside{Rings: time.Second} })
	v := newVisitor(s, numberAway, nil)
	return []*actor{{name: "visitor", steps: []act{v.dials(),
		{name: "talk", do: nothing, until: func() bool {
			f := s.fake.Called(outsideNumber)
			return !v.Connected() || f != nil && hearEachOther(s, v, f)
		}},
		{name: "hang up", do: v.Hangup, until: func() bool { return v.phase() == "" }}}}}
}

// hearEachOther tells whether caller and outside end hear each other.
func hearEachOther(s *site, v *visitor, f *aritest.Far) bool {
	return s.fake.Hears(v.Channel(), f.Channel()) && s.fake.Hears(f.Channel(), v.Channel())
}

// checkCase: one case, as the caller gave it, with its recording.
func checkCase(status ivr.CaseStatus) func(*site, []ivr.Fact) {
	return func(s *site, facts []ivr.Fact) {
		s.t.Helper()
		for _, f := range facts {
			c, isCase := f.Body.(ivr.CaseOpened)
			if !isCase {
				continue
			}
			if c.Status != status || c.Length < 3500 || !strings.HasPrefix(c.Audio, "cases/") {
				s.t.Errorf("case %+v", c)
			}
			if _, err := os.Stat(filepath.Join(s.dir, "recordings", c.Audio)); err != nil {
				s.t.Errorf("the recording of a case: %v", err)
			}
		}
	}
}

// checkTour: nothing that the caller gave is lost or changed.
func checkTour(s *site, facts []ivr.Fact) {
	s.t.Helper()
	checkCase(ivr.CaseNew)(s, facts)
	var given []string
	for _, f := range facts {
		switch b := f.Body.(type) {
		case ivr.SurveyAnswered:
			given = append(given, fmt.Sprint(b.Question, " ", b.Value))
		case ivr.SurveyEnded:
			given = append(given, string(b.How))
		case ivr.CallbackBooked:
			given = append(given, "callback "+b.Number)
		case ivr.CaseOpened:
			given = append(given, "case "+b.Caller+" "+b.Identity)
		}
	}
	want := []string{"way 4", "weather 5", string(ivr.SurveyComplete), "callback 0123456789", "case 0123456789 " + card}
	if strings.Join(given, ", ") != strings.Join(want, ", ") {
		s.t.Errorf("kept: %v, given: %v", given, want)
	}
}

// everyPoint is how many Appends from the beginning are all tried; of those that follow in
// a longer scene a seed chooses some.
const everyPoint = 12

// TestNodesCrash kills the engine in every node type that a caller can be in, as TestCrash
// does: the caller is asked again, what was given before is kept, nothing is stored twice.
func TestNodesCrash(t *testing.T) {
	const seed = 11
	stride := 3
	if testing.Short() {
		stride = 10
	}
	var points atomic.Int64
	t.Cleanup(func() { t.Logf("%d crash points", points.Load()) })
	for _, sc := range nodeScenes() {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/late=%t", sc.name, late), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, uint64(len(sc.name))))
				for n := 1; live(t, sc, cutAt{append: n, late: late}, seed+uint64(n)) && !t.Failed(); n++ {
					points.Add(1)
					if n >= everyPoint {
						n += random.IntN(stride)
					}
				}
			})
		}
	}
}
