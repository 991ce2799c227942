package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/report"
	"talian/ivr/store"
)

// check looks at what a scene has left: in Asterisk, in the journal, in the records.
func check(s *site, sc scene) {
	s.t.Helper()
	b := s.board()
	checkAsterisk(s, b)
	facts := s.facts()
	got := tally(facts)
	for kind, want := range sc.want {
		if got[kind] != want {
			s.t.Errorf("%d facts %s, want %d", got[kind], kind, want)
		}
	}
	if got["call.arrived"] != sc.calls || got["call.fault"] != sc.want["call.fault"] {
		s.t.Errorf("%d calls, want %d; %d faults", got["call.arrived"], sc.calls, got["call.fault"])
	}
	for id, list := range byCall(facts) {
		checkCall(s, id, list)
	}
	checkStates(s)
	checkRecords(s, sc, facts)
	if sc.check != nil {
		sc.check(s, facts)
	}
	if s.t.Failed() {
		s.tell(facts)
	}
}

// checkAsterisk: every agent who is up has one leg in the own bridge, and there is nothing else.
func checkAsterisk(s *site, b *ivr.Board) {
	s.t.Helper()
	up := 0
	for id, a := range b.Agents {
		if a.Line == ivr.LineUp {
			up++
			if members := s.fake.Bridges()["line-"+string(id)]; len(members) != 1 {
				s.t.Errorf("the bridge of %s holds %v", id, members)
			}
		}
		if a.Call != "" || a.Now.State == ivr.Busy || a.Now.State == ivr.Reserved {
			s.t.Errorf("%s is %s with call %q", id, a.Now.State, a.Call)
		}
	}
	if channels := s.fake.Channels(); len(channels) != up {
		s.t.Errorf("channels are left: %v", channels)
	}
	if bridges := s.fake.Bridges(); len(bridges) != up {
		s.t.Errorf("bridges are left: %v", bridges)
	}
	if len(b.Calls) > 0 {
		s.t.Errorf("calls are left on the board: %v", b.Calls)
	}
	if recordings := s.fake.Recordings(); len(recordings) > 0 {
		s.t.Errorf("recordings are left in Asterisk: %v", recordings)
	}
	if faults := s.fake.Faults(); len(faults) > 0 {
		s.t.Errorf("Asterisk was asked: %v", faults)
	}
}

// tally counts facts by kind, and by kind with outcome or side.
func tally(facts []ivr.Fact) map[string]int {
	n := map[string]int{}
	for _, f := range facts {
		n[f.Body.Kind()]++
		switch b := f.Body.(type) {
		case ivr.CallDequeued:
			n["call.dequeued "+string(b.Outcome)]++
			if b.Outcome == ivr.OutcomeAbandoned || b.Outcome == ivr.OutcomeFault {
				n["call.dequeued gone"]++
			}
		case ivr.CallReleased:
			n["call.released "+string(b.By)]++
		case ivr.CallEnded:
			n["call.ended "+string(b.By)]++
			if b.By == ivr.SideCaller || b.Cause == call.CauseLost {
				n["call.ended gone"]++
			}
		}
	}
	return n
}

func byCall(facts []ivr.Fact) map[ivr.CallID][]ivr.Fact {
	m := map[ivr.CallID][]ivr.Fact{}
	for _, f := range facts {
		if f.Call != "" {
			m[f.Call] = append(m[f.Call], f)
		}
	}
	return m
}

// checkCall: begun once, ended once, every stay and every offer with one end.
func checkCall(s *site, id ivr.CallID, facts []ivr.Fact) {
	s.t.Helper()
	n := tally(facts)
	for _, kind := range []string{"call.arrived", "call.answered", "call.ended"} {
		if n[kind] != 1 {
			s.t.Errorf("call %s has %d facts %s", id, n[kind], kind)
		}
	}
	queued := false
	offers, leases := map[ivr.Token]int{}, map[ivr.Token]int{}
	for _, f := range facts {
		switch b := f.Body.(type) {
		case ivr.CallQueued:
			if queued {
				s.t.Errorf("call %s is queued twice", id)
			}
			queued = true
		case ivr.CallDequeued, ivr.CallConnected:
			if !queued {
				s.t.Errorf("call %s: %s without a stay", id, f.Body.Kind())
			}
			queued = false
			if c, connected := b.(ivr.CallConnected); connected {
				leases[c.Lease]++
			}
		case ivr.CallOffered:
			offers[b.Lease]++
		case ivr.CallOfferEnded:
			offers[b.Lease] -= 10
		}
	}
	if queued {
		s.t.Errorf("call %s: a stay without an end", id)
	}
	for lease, n := range offers {
		if n != 1-10 {
			s.t.Errorf("call %s: offer %s did not begin and end once", id, lease)
		}
	}
	for lease, n := range leases {
		if n != 1 {
			s.t.Errorf("call %s: connected %d times under %s", id, n, lease)
		}
	}
}

// checkStates: no call and no voicemail is left to be taken up.
func checkStates(s *site) {
	s.t.Helper()
	j := s.openJournal()
	defer j.Close()
	for _, kind := range []string{"call", "voicemail"} {
		states, err := j.States(context.Background(), kind)
		if err != nil || len(states) > 0 {
			s.t.Errorf("states of kind %s are left: %v, %v", kind, states, err)
		}
	}
}

// checkRecords: the rows are those of the facts, and the report's sums are right.
func checkRecords(s *site, sc scene, facts []ivr.Fact) {
	s.t.Helper()
	ctx := context.Background()
	records, err := store.Open(ctx, filepath.Join(s.dir, "talian.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer records.Close()
	if err := records.Apply(ctx, facts); err != nil {
		s.t.Fatal(err)
	}
	from, to := s.begin, time.Now().Add(time.Hour)
	calls, err := records.Calls(ctx, from, to)
	if err != nil || len(calls) != sc.calls {
		s.t.Errorf("%d calls on record, want %d; %v", len(calls), sc.calls, err)
	}
	figures, err := report.Clusters(ctx, records, from, to) // fails when offered is not the sum of outcomes
	if err != nil {
		s.t.Error(err)
	}
	n := tally(facts)
	if t := figures.Total; t.Offered != n["call.queued"] || t.Answered != n["call.connected"] || t.Abandoned != n["call.dequeued abandoned"] || t.Other[string(report.Open)] > 0 {
		s.t.Errorf("the report says %+v, the facts %v", t, n)
	}
	mails, err := records.Voicemails(ctx, 100)
	if err != nil || len(mails) != n["voicemail.left"] {
		s.t.Errorf("%d voicemails on record, want %d; %v", len(mails), n["voicemail.left"], err)
	}
	var files []string
	_ = filepath.WalkDir(filepath.Join(s.dir, "recordings"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	for _, m := range mails {
		if !slices.Contains(files, filepath.Join(s.dir, "recordings", m.File)) {
			s.t.Errorf("voicemail %s is not there: %v", m.File, files)
		}
	}
}
