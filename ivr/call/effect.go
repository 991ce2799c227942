package call

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
)

// flow steps the interpreter and turns its effects into actions.
func (st *step) flow(in flow.Input) {
	before := st.s.Flow
	next, effects, way := flow.Trace(st.w.Program, before, in, st.w.Flow)
	st.s.Flow = next
	st.d.Trace = append(st.d.Trace, Traced{At: st.w.Now.At, Before: before, After: next, Input: in, Effects: effects, Way: way})
	for _, e := range effects {
		st.effect(e)
	}
	if st.s.Phase == Leaving && next.Ended {
		st.left()
	}
}

func (st *step) effect(e flow.Effect) {
	if st.gone && !silent(e) {
		return
	}
	switch e := e.(type) {
	case flow.Play:
		st.play(e)
	case flow.StopPlay:
		st.s.Stopped = e.ID
		st.do(StopPlay{e.ID})
	case flow.Music:
		if e.On != st.s.Music {
			st.s.Music = e.On
			st.do(Music{On: e.On, Class: e.Class})
		}
	case flow.SetTimer:
		st.do(SetTimer{flowTimer + e.Name, e.After})
	case flow.StopTimer:
		st.do(StopTimer{flowTimer + e.Name})
	case flow.Record:
		st.s.Record, st.s.Music = e.ID, false
		st.s.Unkept = append(slices.Clone(st.s.Unkept), e.ID)
		st.do(Record{e.ID, asterisk.Recording{Name: recordingName(st.s.ID, e.ID), Max: e.Max,
			MaxSilence: e.MaxSilence, EndKey: e.EndKey, Beep: e.Beep}})
	case flow.StopRecord:
		st.do(StopRecord{e.ID})
	case flow.Enqueue:
		st.leaveStay()
		stay := Stay{Queue: e.Queue, Skills: e.Skills, Priority: e.Priority, Queued: st.w.Now}
		st.s.Stay, st.s.Phase = &stay, Waiting
		st.fact(ivr.CallQueued{Queue: e.Queue, Skills: e.Skills, Priority: e.Priority})
		st.do(Enqueue{stay})
	case flow.TurnAway:
		st.leaveStay()
		st.fact(ivr.CallQueued{Queue: e.Asked.Queue, Skills: e.Asked.Skills, Priority: e.Asked.Priority})
		st.fact(ivr.CallDequeued{Outcome: e.Outcome})
	case flow.Relax:
		st.relax(e.Skill)
	case flow.Dequeue:
		st.dequeue(e.Outcome)
	case flow.Voicemail:
		st.keep(e.Recording, Message{Box: e.Box, Length: ivr.MillisOf(e.Length), Lang: e.Lang})
	case flow.Fetch, flow.Book, flow.Remember:
		st.do(Work{Effect: e, Lang: st.s.Flow.Lang})
	case flow.Casework:
		st.casework(e)
	case flow.Dial:
		st.dial(e)
	case flow.Skip:
		st.do(Skip{e.ID, e.By > 0})
	case flow.Pause:
		st.do(Pause{e.ID, e.On})
	case flow.Tell:
		st.tell(e.Body)
	case flow.Hangup:
		if st.s.Phase != Ended {
			st.leaveStay()
			st.end(ivr.SideSystem, e.Cause)
			st.do(Hangup{})
			st.last()
		}
	}
}

// tell puts a fact of the flow on record, and what the flow cannot know with it.
func (st *step) tell(body ivr.Body) {
	switch b := body.(type) {
	case ivr.CallLanguage:
		st.s.Lang = b.Lang
	case ivr.SurveyBegun:
		b.About = st.s.Last
		body = b
	}
	st.fact(body)
}

// silent tells whether an effect needs no caller.
func silent(e flow.Effect) bool {
	switch e.(type) {
	case flow.Tell, flow.Voicemail, flow.Fetch, flow.Casework, flow.Book, flow.SetTimer, flow.StopTimer:
		return true
	}
	return false
}

// keep has a recording filed; each at most once.
func (st *step) keep(recording int, m Message) {
	i := slices.Index(st.s.Unkept, recording)
	if i < 0 {
		return
	}
	st.s.Unkept = slices.Delete(slices.Clone(st.s.Unkept), i, i+1)
	m.Call, m.Recording, m.File = st.s.ID, recordingName(st.s.ID, recording), st.fileName(recording, m.Box)
	st.d.Files = append(st.d.Files, m)
	st.do(File{m})
}

// casesFolder holds the recordings of cases; a box cannot have this name.
const casesFolder = "cases"

// fileName is where a recording will be, below the recordings folder.
func (st *step) fileName(recording int, box string) string {
	return filepath.Join(cmp.Or(box, casesFolder), fmt.Sprintf("%s-r%d.wav", st.s.ID, recording))
}

// casework asks the case desk; what the caller said is filed beside it.
func (st *step) casework(e flow.Casework) {
	work := Work{Effect: e, Lang: st.s.Flow.Lang}
	if e.Audio.Recording != 0 {
		work.Audio = st.fileName(e.Audio.Recording, "")
		st.keep(e.Audio.Recording, Message{Length: ivr.MillisOf(e.Audio.Length), Lang: st.s.Flow.Lang})
	}
	st.do(work)
}

// dequeue: the flow gives up waiting. The call's word counts: an agent who accepted in
// this very moment is told that the offer is over.
func (st *step) dequeue(outcome ivr.Outcome) {
	if st.s.Phase != Waiting {
		return
	}
	st.s.Stay, st.s.Phase = nil, InFlow
	st.fact(ivr.CallDequeued{Outcome: outcome})
	st.do(Leave{})
	st.flow(flow.QueueLeft{Outcome: outcome})
}

// leaveStay ends a stay that the flow went away from without saying so.
func (st *step) leaveStay() {
	if st.s.Stay == nil || st.s.Talk != nil {
		return
	}
	st.s.Stay, st.s.Phase = nil, InFlow
	st.fact(ivr.CallDequeued{Outcome: ivr.OutcomeFault})
	st.do(Leave{})
}

// relax drops a required skill, here and in the queue.
func (st *step) relax(skill string) {
	if st.s.Stay == nil {
		return
	}
	stay := *st.s.Stay
	stay.Skills = maps.Clone(stay.Skills)
	delete(stay.Skills, skill)
	st.s.Stay = &stay
	st.do(Relax{skill})
}

func (st *step) play(e flow.Play) {
	var sounds []Sound
	apology := st.apology()
	for _, item := range e.Items {
		switch {
		case item.Spare != "":
			sounds = append(sounds, Sound{item.File, item.Spare, apology})
		case item.File != "":
			sounds = append(sounds, Sound{item.File, apology})
		case item.Silence > 0:
			sounds = append(sounds, Sound{st.w.Silence(item.Silence)})
		}
	}
	st.s.Playing, st.s.Music = e.ID, false
	st.do(Play{e.ID, sounds}, SetTimer{timerPlay, playCheckAfter})
}

// apology is the sound that stands for one that is lost; "" = there is none either.
func (st *step) apology() string {
	items, err := st.w.Program.Prompts.Say(st.s.Flow.Lang, flow.PromptApology, nil)
	if err != nil || len(items) == 0 {
		return ""
	}
	return items[0].File
}

func recordingName(call ivr.CallID, id int) string { return fmt.Sprintf("%s/r%d", call, id) }

func playbackName(call ivr.CallID, id int) string { return fmt.Sprintf("%s-p%d", call, id) }
