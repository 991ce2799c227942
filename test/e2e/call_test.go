package e2e

import (
	"testing"
	"time"

	"talian/cti/wire"
)

// A citizen phones, chooses English and immigration, is connected; the agent ends the call.
func TestCallToAgent(t *testing.T) {
	s := open(t)
	d := s.agent("agent01")
	c := s.call("0123456789")
	s.hears(c, "ms", "welcome")
	s.press(c, "2")
	s.hears(c, "en", "topic_menu")
	s.press(c, "1")
	s.hears(c, "en", "documents_menu")
	s.press(c, "1")
	card, err := d.Offer(s.within(60 * time.Second))
	s.must(err)
	if card.From != "0123456789" || card.Lang != "en" || card.Cluster != "immigration" || len(card.Path) == 0 {
		t.Fatalf("card %+v", card)
	}
	s.must(d.Answer(s.ctx, card))
	s.talking(c, d)

	_, err = d.Command(s.ctx, wire.CmdEnd, nil)
	s.must(err)
	_, err = d.Wait(s.within(5*time.Second), "wrap-up", func(x wire.Self) bool { return x.Agent.State == "wrap_up" })
	s.must(err)
	s.declines(c, "en")
	_, err = d.Command(s.ctx, wire.CmdDispose, wire.Dispose{Disposition: d.Self().Me.Dispositions[0], Note: "test"})
	s.must(err)
	_, err = d.Wait(s.within(5*time.Second), "ready again", func(x wire.Self) bool { return x.Agent.State == "ready" && x.Call == nil })
	s.must(err)
	s.reported(card.ID, "answered", "agent01")
}

// The caller hangs up in mid-call: the agent is in wrap-up, the record says who ended it.
func TestCallerHangsUp(t *testing.T) {
	s := open(t)
	c, d, card := s.conversation("0123456789")
	s.must(c.Hangup(s.ctx))
	_, err := d.Wait(s.within(5*time.Second), "wrap-up", func(x wire.Self) bool { return x.Agent.State == "wrap_up" })
	s.must(err)
	row := s.reported(card.ID, "answered", "agent01")
	if row.EndedBy != "caller" {
		t.Fatalf("ended by %q", row.EndedBy)
	}
}

// Hold gives the caller music and the agent silence; retrieve joins them again.
func TestHold(t *testing.T) {
	s := open(t)
	c, d, _ := s.conversation("0123456789")
	_, err := d.Command(s.ctx, wire.CmdHold, nil)
	s.must(err)
	s.must(d.Ear().WaitSilence(s.within(5*time.Second), 500*time.Millisecond))
	_, err = c.Ear.WaitSpeech(s.within(5 * time.Second)) // music: sound that is no tone
	s.must(err)
	_, err = d.Command(s.ctx, wire.CmdRetrieve, nil)
	s.must(err)
	d.Ear().Reset()
	c.Ear.Reset()
	s.talking(c, d)
}

// callRow is a row of /api/v1/reports/calls.
type callRow struct {
	Call    string `json:"call"`
	Agent   string `json:"agent"`
	Outcome string `json:"outcome"`
	WaitMs  *int64 `json:"wait_ms"`
	TalkMs  *int64 `json:"talk_ms"`
	EndedBy string `json:"ended_by"`
	Cause   string `json:"cause"`
}

// reported waits until the report shows the call, once, with this outcome and agent.
func (s *scene) reported(call, outcome, agent string) callRow {
	s.t.Helper()
	d := s.desk("supervisor01")
	deadline := time.Now().Add(10 * time.Second)
	for {
		var all, found []callRow
		for _, day := range []string{"yesterday", "today"} { // the call may have come just before midnight
			var report struct {
				Rows []callRow `json:"rows"`
			}
			s.must(d.Read(s.ctx, "/api/v1/reports/calls?day="+day, &report))
			all = append(all, report.Rows...)
		}
		for _, row := range all {
			if row.Call == call {
				found = append(found, row)
			}
		}
		if len(found) == 1 && found[0].Outcome == outcome && found[0].Agent == agent && found[0].EndedBy != "" {
			return found[0]
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the report has %+v for %s; want one row, outcome %s, agent %s; all: %+v", found, call, outcome, agent, all)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.ctx.Done():
		}
	}
}
