package call

import (
	"fmt"
	"maps"
	"slices"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/flow"
)

// flow steps the interpreter and turns its effects into actions.
func (st *step) flow(in flow.Input) {
	next, effects := flow.Step(st.w.Program, st.s.Flow, in, st.w.Flow)
	st.s.Flow = next
	for _, e := range effects {
		st.effect(e)
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
	case flow.Relax:
		st.relax(e.Skill)
	case flow.Dequeue:
		st.dequeue(e.Outcome)
	case flow.Voicemail:
		st.s.Unkept = slices.DeleteFunc(slices.Clone(st.s.Unkept), func(id int) bool { return id == e.Recording })
		m := Message{Call: st.s.ID, Recording: recordingName(st.s.ID, e.Recording), Box: e.Box,
			Length: ivr.MillisOf(e.Length), Lang: e.Lang}
		st.d.Files = append(st.d.Files, m)
		st.do(File{m})
	case flow.Tell:
		if lang, ok := e.Body.(ivr.CallLanguage); ok {
			st.s.Lang = lang.Lang
		}
		st.fact(e.Body)
	case flow.Hangup:
		if st.s.Phase != Ended {
			st.leaveStay()
			st.end(ivr.SideSystem, e.Cause)
			st.do(Hangup{})
			st.last()
		}
	}
}

// silent tells whether an effect needs no caller.
func silent(e flow.Effect) bool {
	switch e.(type) {
	case flow.Tell, flow.Voicemail:
		return true
	}
	return false
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
	var files []string
	for _, item := range e.Items {
		switch {
		case item.File != "":
			files = append(files, item.File)
		case item.Silence > 0:
			files = append(files, st.w.Silence(item.Silence))
		}
	}
	st.s.Playing, st.s.Music = e.ID, false
	st.do(Play{e.ID, files}, SetTimer{timerPlay, playCheckAfter})
}

func recordingName(call ivr.CallID, id int) string { return fmt.Sprintf("%s/r%d", call, id) }

func playbackName(call ivr.CallID, id int) string { return fmt.Sprintf("%s-p%d", call, id) }
