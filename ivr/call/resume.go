package call

import (
	"talian/ivr"
	"talian/ivr/flow"
)

// resumed takes the call up again after we were away. The state says what should be; what
// is may lag behind it by the actions of the last decision, so they are done once more.
func (st *step) resumed(e Resumed) {
	st.s.Failed, st.s.Recorded = 0, nil
	if st.s.Playing != 0 {
		st.do(StopPlay{st.s.Playing})
		st.s.Playing = 0
	}
	if st.s.Record != 0 {
		st.do(StopRecord{st.s.Record})
		st.s.Record = 0
	}
	if !e.Answered {
		st.do(Answer{})
	}
	if st.s.Phase == Talking {
		st.resumeTalk(e.With)
		return
	}
	if e.With != "" {
		st.do(Disconnect{e.With})
	}
	if st.s.Leg != nil {
		st.flow(flow.Resume{})
		st.resumeLeg(e.Ringing, e.LegUp)
		return
	}
	if st.s.Phase == Waiting {
		st.do(Enqueue{*st.s.Stay})
	}
	st.s.Music = false // starting it twice does no harm
	st.flow(flow.Resume{})
}

// again does what the last decision may have left undone, and what the state of the call
// no longer shows: a playback that was cut short, an outside end that was let go. there
// tells whether the caller still is.
func (st *step) again(there bool) {
	if st.s.Stopped != 0 && there {
		st.do(StopPlay{st.s.Stopped})
	}
	if st.s.Parted != 0 {
		st.do(HangLeg{st.s.Parted}, Part{st.s.Parted})
	}
}

// resumeTalk puts the caller where the talk wants it: in the agent's bridge, or on hold.
func (st *step) resumeTalk(with ivr.AgentID) {
	if with == st.s.Talk.Agent && !st.s.Talk.Bridged {
		st.changeTalk().Bridged = true
	}
	talk := *st.s.Talk
	st.do(Bridged{})
	if talk.LineLost {
		st.do(SetTimer{timerMusic, lineMusicAfter}, SetTimer{timerGiveUp, lineGiveUpAfter})
	}
	switch away := talk.Held || talk.LineLost && st.s.Music; {
	case away && with != "":
		st.do(Disconnect{with}, Music{On: true})
	case away:
		st.do(Music{On: true})
	case with != talk.Agent:
		st.do(Music{}, Connect{talk})
	}
	st.s.Music = talk.Held || talk.LineLost && st.s.Music
}
