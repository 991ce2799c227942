package call

import (
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

// recorded is a call whose caller has said something, and whose flow now asks a service.
func recorded(t testing.TB) *scene {
	sc := beginAt(t, "0380008002").tell(Arrived{})
	sc.tell(PlaybackDone{ID: sc.s.Playing})
	if sc.s.Record == 0 {
		t.Fatalf("nothing is recorded: %+v", sc.s.Flow)
	}
	return sc.tell(RecordingDone{ID: sc.s.Record, Length: 5 * time.Second}, TimerFired{timerRecorded})
}

// opening is a call whose case is being opened.
func opening(t testing.TB) *scene {
	sc := recorded(t)
	return sc.tell(WorkDone{flow.Fetched{ID: sc.work(t), Status: 200}})
}

// work gives the id of the work asked for last.
func (sc *scene) work(t testing.TB) int {
	t.Helper()
	for _, a := range sc.last.Actions {
		if w, ok := a.(Work); ok {
			switch e := w.Effect.(type) {
			case flow.Fetch:
				return e.ID
			case flow.Casework:
				return e.ID
			}
		}
	}
	t.Fatalf("no work: %s", sc.did())
	return 0
}

func ringing(t testing.TB) *scene { return beginAt(t, "0380008003").tell(Arrived{}) }

func ringUp(t testing.TB) *scene {
	sc := ringing(t)
	return sc.tell(LegUp{sc.s.Leg.ID})
}

// TestWork: services and cases, with and without a caller, before and after a restart.
func TestWork(t *testing.T) {
	leaving := func(t testing.TB) *scene { return opening(t).tell(CallerGone{CauseNormal}) }
	leg := func(t testing.TB) int { return ringing(t).s.Leg.ID }
	answer := func(t testing.TB) Event {
		return WorkDone{flow.CaseDone{ID: opening(t).s.Flow.Turn.Work, Found: true, Fields: map[string]string{"number": "26063000173"}}}
	}
	for name, c := range map[string]struct {
		from  func(testing.TB) *scene
		event func(testing.TB) Event
		phase Phase
		did   string
		said  string
	}{
		"a statement is heard":                 {recorded, nil, InFlow, "Work", ""},
		"a case is opened":                     {opening, nil, InFlow, "File, Work", ""},
		"the case has a number":                {opening, answer, InFlow, "Play", ""},
		"a restart while it is opened":         {opening, func(testing.TB) Event { return Resumed{Answered: true} }, InFlow, "Work", ""},
		"hang-up while it is opened":           {leaving, nil, Leaving, "", ""},
		"the number after the hang-up":         {leaving, answer, Ended, "", "ended"},
		"nobody answers after the hang-up":     {leaving, func(t testing.TB) Event { return hangupTimer(t, leaving(t)) }, Leaving, "Work", "fault"},
		"a restart after the hang-up":          {leaving, func(testing.TB) Event { return CallerGone{CauseLost} }, Leaving, "Work", ""},
		"a channel that lingers after it":      {leaving, func(testing.TB) Event { return Resumed{Answered: true} }, Leaving, "Hangup, Work", ""},
		"a key after the hang-up":              {leaving, func(testing.TB) Event { return Digit{'1'} }, Leaving, "", ""},
		"hang-up while a service is asked":     {recorded, func(testing.TB) Event { return CallerGone{CauseNormal} }, Leaving, "File, Work", ""},
		"an outside number is rung":            {ringing, nil, InFlow, "Answer, Music true, Dial", "arrived, answered, transfer.began"},
		"it answers":                           {ringing, func(t testing.TB) Event { return LegUp{leg(t)} }, InFlow, "Music false, Join", "transfer.answered"},
		"it is busy":                           {ringing, func(t testing.TB) Event { return LegGone{leg(t), 17} }, InFlow, "Part, Music false, Play", "transfer.ended"},
		"it hangs up":                          {ringUp, func(t testing.TB) Event { return LegGone{leg(t), 16} }, InFlow, "Part, Play", "transfer.ended"},
		"the longest conversation is over":     {ringUp, func(testing.TB) Event { return TimerFired{timerLeg} }, InFlow, "HangLeg", ""},
		"hang-up while it rings":               {ringing, func(testing.TB) Event { return CallerGone{CauseNormal} }, Ended, "HangLeg, Part", "transfer.ended, ended"},
		"hang-up in conversation with it":      {ringUp, func(testing.TB) Event { return CallerGone{CauseNormal} }, Ended, "HangLeg, Part", "transfer.ended, ended"},
		"it answers a caller who is gone":      {func(t testing.TB) *scene { return ringing(t).tell(CallerGone{CauseNormal}) }, func(t testing.TB) Event { return LegUp{leg(t)} }, Ended, "HangLeg", ""},
		"a restart while it rings":             {ringing, func(testing.TB) Event { return Resumed{Answered: true, Ringing: true} }, InFlow, "", ""},
		"a restart, and it answered":           {ringing, func(testing.TB) Event { return Resumed{Answered: true, Ringing: true, LegUp: true} }, InFlow, "Music false, Join", "transfer.answered"},
		"a restart, and it is gone":            {ringUp, func(testing.TB) Event { return Resumed{Answered: true} }, InFlow, "Part, Play", "transfer.ended"},
		"a restart in conversation with it":    {ringUp, func(testing.TB) Event { return Resumed{Answered: true, Ringing: true, LegUp: true} }, InFlow, "Music false, Join", ""},
		"a restart after it hung up":           {func(t testing.TB) *scene { return ringUp(t).tell(LegGone{leg(t), 16}) }, func(testing.TB) Event { return Resumed{Answered: true} }, Ended, "HangLeg, Part, StopPlay, Hangup", "ended"},
		"a restart after the hang-up on it":    {func(t testing.TB) *scene { return ringUp(t).tell(CallerGone{CauseNormal}) }, func(testing.TB) Event { return CallerGone{CauseLost} }, Ended, "HangLeg, Part", ""},
		"an older end hangs up":                {ringUp, func(testing.TB) Event { return LegGone{ID: 999} }, InFlow, "", ""},
		"asked for hold while it is rung":      {ringing, func(testing.TB) Event { return Asked{anna, ivr.Hold{}, func(error) {}} }, InFlow, "Reply", ""},
		"asked for hold after the hang-up":     {leaving, func(testing.TB) Event { return Asked{anna, ivr.Hold{}, func(error) {}} }, Leaving, "Reply", ""},
		"an agent accepts after the hang-up":   {leaving, func(testing.TB) Event { return OfferAccepted{anna, leaseA} }, Leaving, "Release false", ""},
		"the recording ends after the hang-up": {leaving, func(testing.TB) Event { return RecordingDone{ID: 1} }, Leaving, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sc := c.from(t)
			if c.event != nil {
				sc.tell(c.event(t))
			}
			said := strings.ReplaceAll(sc.said(), "call.", "")
			if sc.s.Phase != c.phase || sc.did() != c.did || said != c.said {
				t.Errorf("phase %s, did %q, said %q\nwant  %s, did %q, said %q", sc.s.Phase, sc.did(), said, c.phase, c.did, c.said)
			}
		})
	}
}

// hangupTimer is the alarm that ends waiting for an answer after the hang-up.
func hangupTimer(t testing.TB, sc *scene) Event {
	t.Helper()
	for _, a := range sc.last.Actions {
		if set, ok := a.(SetTimer); ok {
			return TimerFired{set.Name}
		}
	}
	t.Fatalf("no timer: %+v", sc.last.Actions)
	return nil
}

// TestEndIsWhenTheCallerLeft: the fact of the end has the time of the hang-up, also when the
// flow kept something for a while.
func TestEndIsWhenTheCallerLeft(t *testing.T) {
	sc := opening(t).tell(CallerGone{CauseNormal})
	left := sc.now
	sc.tell(WorkDone{flow.CaseDone{ID: sc.s.Flow.Turn.Work, Found: true, Fields: map[string]string{"number": "26063000173"}}})
	end := sc.facts[len(sc.facts)-1]
	if _, ended := end.Body.(ivr.CallEnded); !ended || end.Mono != left.Mono || !sc.last.Last {
		t.Errorf("last fact %+v, the caller left at %v", end, left)
	}
}

// TestRecordingIsFiledOnce: a case that is asked for again after a restart has one recording.
func TestRecordingIsFiledOnce(t *testing.T) {
	sc := opening(t)
	if len(sc.last.Files) != 1 || sc.last.Files[0].Box != "" || !strings.HasPrefix(sc.last.Files[0].File, "cases/c1-r") {
		t.Errorf("filed: %+v", sc.last.Files)
	}
	sc.tell(Resumed{Answered: true})
	if len(sc.last.Files) != 0 {
		t.Errorf("filed again: %+v", sc.last.Files)
	}
}
