package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
)

func answered(question string, value int) ivr.SurveyAnswered {
	return ivr.SurveyAnswered{Survey: "csi", Question: question, Value: value, Min: 1, Max: 5}
}

func TestSurveyAfterAConversation(t *testing.T) {
	s := newScene().arrive("c1").offer("c1", "agent01", "l1").connect("c1", "agent01", "l1")
	s.after(1000).say("c1", "agent01", ivr.CallReleased{By: ivr.SideAgent})
	s.say("c1", "", ivr.SurveyBegun{Survey: "csi", About: "agent01"})
	s.after(5000).say("c1", "", answered("q1", 5)).after(5000).say("c1", "", answered("q2", 2)).say("c1", "", answered("q2", 3))
	s.after(10).say("c1", "", ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyComplete})
	s.say("c1", "", answered("q3", 1)) // of no survey
	got, err := told(t, s).SurveyResults(soon(t), noon(), noon().Add(time.Hour))
	begun := at(8500)
	want := []*SurveyResult{{Call: "c1", N: 1, Survey: "csi", Agent: "agent01", At: begun, Begun: begun, Ended: at(18_510),
		How: ivr.SurveyComplete, Cluster: "tax", Answers: []Answer{
			{Call: "c1", N: 1, Survey: "csi", Question: "q1", Value: 5, Min: 1, Max: 5, At: at(13_500), Agent: "agent01"},
			{Call: "c1", N: 1, Survey: "csi", Question: "q2", Value: 3, Min: 1, Max: 5, At: at(18_500), Agent: "agent01"},
		}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
}

func TestHowSurveysEnd(t *testing.T) {
	begun := ivr.SurveyBegun{Survey: "csi"}
	for name, tc := range map[string]struct {
		bodies []ivr.Body
		want   []ivr.SurveyEnd
		began  int
	}{
		"no survey":            {[]ivr.Body{ivr.CallEnded{By: ivr.SideCaller}}, nil, 0},
		"declined":             {[]ivr.Body{ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyDeclined}}, []ivr.SurveyEnd{"declined"}, 0},
		"goes on":              {[]ivr.Body{begun, answered("q1", 4)}, []ivr.SurveyEnd{""}, 1},
		"partial":              {[]ivr.Body{begun, ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyPartial}}, []ivr.SurveyEnd{"partial"}, 1},
		"the call was lost":    {[]ivr.Body{begun, answered("q1", 4), ivr.CallEnded{By: ivr.SideSystem}}, []ivr.SurveyEnd{"partial"}, 1},
		"twice, first not out": {[]ivr.Body{begun, begun, ivr.SurveyEnded{Survey: "csi", How: ivr.SurveyComplete}}, []ivr.SurveyEnd{"partial", "complete"}, 2},
		"another declined":     {[]ivr.Body{begun, ivr.SurveyEnded{Survey: "b", How: ivr.SurveyDeclined}}, []ivr.SurveyEnd{"", "declined"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			for _, body := range tc.bodies {
				s.say("c1", "", body)
			}
			results, err := told(t, s).SurveyResults(soon(t), noon(), noon().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			var got []ivr.SurveyEnd
			began := 0
			for _, r := range results {
				got = append(got, r.How)
				if !r.Begun.IsZero() {
					began++
				}
				if (r.How == "") != r.Ended.IsZero() {
					t.Errorf("%+v", r)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || began != tc.began {
				t.Fatalf("%s%d begun, want %d", diff, began, tc.began)
			}
		})
	}
}

func TestTransfersOutside(t *testing.T) {
	began := ivr.TransferBegan{To: "0388883888"}
	ended := func(outcome string) ivr.TransferEnded { return ivr.TransferEnded{Outcome: outcome} }
	for name, tc := range map[string]struct {
		tell    func(*scene)
		outcome string
		ring    *ivr.Millis
		talk    *ivr.Millis
	}{
		"talked": {func(s *scene) {
			s.after(9000).say("c1", "", ivr.TransferAnswered{}).after(60_000).say("c1", "", ended("ended"))
		}, TransferDone, ms(9000), ms(60_000)},
		"busy":             {func(s *scene) { s.after(2000).say("c1", "", ended("busy")) }, "busy", ms(2000), nil},
		"rings":            {func(s *scene) { s.after(2000) }, "", nil, nil},
		"talk goes on":     {func(s *scene) { s.after(2000).say("c1", "", ivr.TransferAnswered{}) }, "", ms(2000), nil},
		"caller left":      {func(s *scene) { s.after(4000).say("c1", "", ivr.CallEnded{By: ivr.SideCaller}) }, TransferLeft, ms(4000), nil},
		"lost as it rang":  {func(s *scene) { s.after(4000).say("c1", "", ivr.CallEnded{By: ivr.SideSystem}) }, TransferFailed, ms(4000), nil},
		"end told, not so": {func(s *scene) { s.after(1).say("c1", "", ended("failed")).after(5).say("c1", "", ended("busy")) }, TransferFailed, ms(1), nil},
		"lost in the talk": {func(s *scene) {
			s.after(1000).say("c1", "", ivr.TransferAnswered{}).after(4000).say("c1", "", ivr.CallEnded{By: ivr.SideSystem})
		}, TransferDone, ms(1000), ms(4000)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene().say("c1", "", ivr.CallArrived{From: "0123456789"}).say("c1", "", began)
			tc.tell(s)
			all, err := told(t, s).Transfers(soon(t), noon(), noon().Add(time.Minute))
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			got := all[0]
			if got.Outcome != tc.outcome || got.To != "0388883888" || (got.Outcome == "") != got.Ended.IsZero() {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff([]*ivr.Millis{tc.ring, tc.talk}, []*ivr.Millis{got.Ring, got.Talk}); diff != "" {
				t.Error("ring, talk", diff)
			}
		})
	}
}
