package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"talian/ivr"
	"talian/test/phone"
)

// standing is a caller in one kind of node: the way there, and what follows the restart.
type standing struct {
	from  string
	begin func(s *scene, c *phone.Citizen)
	end   func(s *scene, c *phone.Citizen)
}

// TestKillInNodes: kill -9 of ivrd while callers stand in every kind of node. Each is asked
// again and comes to a good end, what was given before counts, nothing is stored twice.
func TestKillInNodes(t *testing.T) {
	s, out := nodes(t)
	service := serveSlow(s)
	var talking, ringing *phone.Called
	all := map[string]standing{
		"say": {inSay, asks("long_story"), func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "long_story")
			s.press(c, "1") // cuts it short
		}},
		"menu":     {inMenu, asks("main_menu"), asked("main_menu", "1", "first_chosen")},
		"confirm":  {inConfirm, asks("are_you_sure"), asked("are_you_sure", "2", "second_chosen")},
		"language": {inLanguage, asks("choose_language"), asked("choose_language", "1", "first_chosen")},
		"collect": {inCollect, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "enter_digits")
			s.press(c, "98") // half of it
			s.quiet(c, time.Second)
		}, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "enter_digits")
			s.press(c, "407#")
			s.hearsAll(c, "en", "read_back", map[string]any{"n": "407"})
			s.press(c, "1")
			s.hearsAll(c, "en", "entered", map[string]any{"n": "407"})
		}},
		"record": {inRecord, speaking, func(s *scene, c *phone.Citizen) {
			speaking(s, c)
			s.pause(2 * time.Second)
			s.press(c, "#")
			opened := s.caseOf(inRecord)
			s.hearsAll(c, "en", "number_is", map[string]any{"n": string(opened.Number)})
			s.kept(opened.Audio)
		}},
		"voicemail": {inMessage, func(s *scene, c *phone.Citizen) {
			speaking(s, c)
			s.pause(2 * time.Second)
			s.press(c, "#")
			s.hears(c, "en", "keep_recording")
		}, asked("keep_recording", "1", "first_chosen")},
		"hub": {inHub, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "hub_intro")
			s.press(c, "2")
			s.hears(c, "en", "trains_body")
		}, asked("trains_body", "3", "first_chosen")},
		"survey": {inSurvey, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "survey_intro")
			s.press(c, "1")
			s.hears(c, "en", "opinion_first")
			s.press(c, "4")
			s.hears(c, "en", "opinion_second")
		}, asked("opinion_second", "5", "first_chosen")},
		"callback": {inCallback, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "callback_number")
			s.press(c, "1")
			s.hears(c, "en", "callback_slot")
			s.press(c, "2") // a later one
			s.hears(c, "en", "callback_slot")
		}, func(s *scene, c *phone.Citizen) {
			s.hears(c, "en", "callback_slot")
			s.press(c, "1")
			s.hears(c, "en", "callback_booked")
			s.callbackOf(inCallback)
		}},
		"transfer": {inTransfer, func(s *scene, c *phone.Citizen) {
			talking = s.called(out, numberAnswers)
			s.hearEachOther(c, talking)
			c.Ear.Reset()
			talking.Ear.Reset()
		}, func(s *scene, c *phone.Citizen) {
			s.hearEachOther(c, talking)
			for who, ear := range map[string]*phone.Ear{"the caller": c.Ear, "the number outside": talking.Ear} {
				if gap := ear.Gap(); gap > gapAmongMany {
					s.t.Errorf("%s heard nothing for %v", who, gap)
				}
			}
			s.must(talking.Hangup(s.ctx))
			s.hearsAll(c, "en", "first_chosen", nil)
		}},
		"ringing": {inRinging, func(s *scene, c *phone.Citizen) {
			ringing = s.called(out, numberRings)
			_, err := c.Ear.WaitSpeech(s.within(10 * time.Second)) // music
			s.must(err)
		}, func(s *scene, c *phone.Citizen) {
			close(out.answer)
			s.hearEachOther(c, ringing)
			s.must(ringing.Hangup(s.ctx))
			s.hearsAll(c, "en", "first_chosen", nil)
		}},
		"wait": {inWait, func(s *scene, c *phone.Citizen) {
			_, err := c.Ear.WaitSpeech(s.within(10 * time.Second)) // music
			s.must(err)
		}, func(s *scene, c *phone.Citizen) { s.hearsAll(c, "en", "first_chosen", nil) }},
		"http": {inFetch, func(s *scene, c *phone.Citizen) {
			s.over(service.asked, "the wait for the first request")
			s.hears(c, "en", "one_moment")
		}, func(s *scene, c *phone.Citizen) {
			s.over(service.asked, "the wait for the second request")
			close(service.release)
			s.hearsAll(c, "en", "first_chosen", nil)
		}},
	}
	var phones sync.Map // by name
	of := func(name string) *phone.Citizen {
		known, _ := phones.Load(name)
		c, _ := known.(*phone.Citizen)
		return c
	}
	begin, last, end := map[string]func(*scene){}, map[string]func(*scene){}, map[string]func(*scene){}
	for name, st := range all {
		first := begin
		if slices.Contains([]string{"http", "wait", "say"}, name) { // these go on by themselves
			first = last
		}
		first[name] = func(s *scene) {
			c := s.call(st.from)
			phones.Store(name, c)
			st.begin(s, c)
		}
		end[name] = func(s *scene) {
			c := of(name)
			st.end(s, c)
			s.hearsAll(c, "en", "thanks", nil)
			s.gone(c)
		}
	}
	s.together(begin)
	s.together(last)
	s.Ivrd.Kill(t)
	s.hearEachOther(of("transfer"), talking) // ivrd or no ivrd
	s.Ivrd.Start(t)
	s.together(end)
	s.nothingLeft()
	storedOnce(t, s.facts(), all)
}

// asks begins with a question, which is heard.
func asks(id string) func(*scene, *phone.Citizen) {
	return func(s *scene, c *phone.Citizen) { s.hears(c, "en", id) }
}

// asked ends with a question that is heard again, a key, and what that leads to.
func asked(id, key, then string) func(*scene, *phone.Citizen) {
	return func(s *scene, c *phone.Citizen) {
		s.hears(c, "en", id)
		s.press(c, key)
		s.hearsAll(c, "en", then, nil)
	}
}

// speaking gets to where the caller speaks: behind the beep.
func speaking(s *scene, c *phone.Citizen) {
	s.hearsAll(c, "en", "speak", nil)
	s.quiet(c, 800*time.Millisecond)
}

// storedOnce demands one beginning and one end of every call, and of what it left one each.
func storedOnce(t *testing.T, facts []ivr.Fact, all map[string]standing) {
	t.Helper()
	left := map[string]map[string]int{
		inRecord:   {"case.opened": 1, "recording.kept": 1},
		inMessage:  {"voicemail.left": 1},
		inSurvey:   {"survey.begun": 1, "survey.answered": 2, "survey.ended": 1},
		inCallback: {"callback.booked": 1},
		inTransfer: {"transfer.began": 1, "transfer.answered": 1, "transfer.ended": 1},
		inRinging:  {"transfer.began": 1, "transfer.answered": 1, "transfer.ended": 1},
	}
	sorted := byCaller(facts)
	for name, st := range all {
		want := map[string]int{"call.arrived": 1, "call.answered": 1, "call.ended": 1}
		maps.Copy(want, left[st.from])
		got := count(sorted[st.from])
		for _, free := range []string{"call.chose", "call.language"} {
			delete(got, free)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: on record %v, want %v", name, got, want)
		}
	}
	var values []string
	for _, f := range sorted[inSurvey] {
		if a, ok := f.Body.(ivr.SurveyAnswered); ok {
			values = append(values, fmt.Sprint(a.Question, " ", a.Value))
		}
	}
	if !slices.Equal(values, []string{"way 4", "weather 5"}) {
		t.Errorf("the survey has %v", values)
	}
}
