package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
)

// opened is a complaint that the caller of c1 left with a recording.
func opened(number ivr.CaseNumber, key string) ivr.CaseOpened {
	return ivr.CaseOpened{Number: number, Key: key, Desk: "complaints", Type: ivr.Complaint, Status: ivr.CaseNew, Category: "road",
		Cluster: "putrajaya", Caller: "0123456789", Identity: "900101145678", Lang: "ms", Note: "a hole", Audio: "c1-2.wav",
		Length: 12_000, Due: "2026-03-05"}
}

func TestCaseFromOpeningToReopening(t *testing.T) {
	const number = ivr.CaseNumber("26061000017")
	s := newScene().say("c1", "", opened(number, "c1.case.1")).after(10)
	s.say("c1", "", ivr.RecordingKept{File: "c1-2.wav", Length: 12_000})
	s.after(10).say("", "", ivr.CaseMoved{Number: number, Status: ivr.CaseClosed, Why: "filled", Who: "supervisor01"})
	store := told(t, s)

	want := Case{Number: number, Key: "c1.case.1", Desk: "complaints", Type: ivr.Complaint, Status: ivr.CaseClosed, Category: "road",
		Cluster: "putrajaya", Caller: "0123456789", Identity: "900101145678", Lang: "ms", Note: "a hole", Audio: "c1-2.wav",
		Length: 12_000, Due: "2026-03-05", Opened: noon(), Call: "c1", Closed: at(20), Kept: true}
	got, err := store.Case(soon(t), number)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	s.facts = s.facts[:0:0]
	s.after(10).say("c2", "", ivr.CaseAppended{Number: number, Key: "c2.case.1", Note: "again", Audio: "c2-1.wav", Length: 3000})
	s.say("", "", ivr.CaseMoved{Number: number, Status: ivr.CaseInProgress, Why: "a second hole", Who: "supervisor01"})
	for i := range s.facts {
		s.facts[i].Seq += 3
	}
	if err := store.Apply(soon(t), s.facts); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Case(soon(t), number); err != nil || got.Status != ivr.CaseInProgress || !got.Closed.IsZero() {
		t.Fatalf("opened again: %+v, %v", got, err)
	}
	history, err := store.CaseHistory(soon(t), number)
	wantHistory := []CaseEvent{
		{N: 1, At: at(0), What: WhatOpened, Status: ivr.CaseNew, Note: "a hole", Audio: "c1-2.wav", Length: 12_000, Kept: true},
		{N: 2, At: at(20), What: WhatMoved, Status: ivr.CaseClosed, Who: "supervisor01", Why: "filled"},
		{N: 3, At: at(30), What: WhatAppended, Note: "again", Audio: "c2-1.wav", Length: 3000},
		{N: 4, At: at(30), What: WhatMoved, Status: ivr.CaseInProgress, Who: "supervisor01", Why: "a second hole"},
	}
	if diff := cmp.Diff(wantHistory, history); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if _, err := store.Case(soon(t), "26061000029"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

// The recording is played only when it is whole, and the order of the two facts does not
// matter.
func TestAudioOfACaseCountsWhenItIsKept(t *testing.T) {
	kept := ivr.RecordingKept{File: "c1-2.wav", Length: 12_000}
	for name, tc := range map[string]struct {
		facts *scene
		want  bool
	}{
		"not yet": {newScene().say("c1", "", opened("26061000017", "k")), false},
		"another": {newScene().say("c1", "", opened("26061000017", "k")).say("c1", "", ivr.RecordingKept{File: "c1-3.wav"}), false},
		"after":   {newScene().say("c1", "", opened("26061000017", "k")).say("c1", "", kept), true},
		"before":  {newScene().say("c1", "", kept).say("c1", "", opened("26061000017", "k")), true},
		"none":    {newScene().say("c1", "", ivr.CaseOpened{Number: "26061000017", Key: "k"}).say("c1", "", kept), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := told(t, tc.facts).Case(soon(t), "26061000017")
			if err != nil || got.Kept != tc.want {
				t.Fatalf("kept %v, %v", got.Kept, err)
			}
		})
	}
}

func TestOneVisitOpensOneCase(t *testing.T) {
	s := newScene().say("c1", "", opened("26061000017", "k1")).say("c1", "", opened("26061000029", "k1"))
	s.say("c1", "", ivr.CaseAppended{Number: "26061000017", Key: "k2"}).say("c1", "", ivr.CaseAppended{Number: "26061000017", Key: "k2"})
	store := told(t, s)
	all, _, err := store.Cases(soon(t), CaseFilter{})
	if err != nil || len(all) != 1 || all[0].Number != "26061000017" {
		t.Fatalf("%+v, %v", all, err)
	}
	if history, err := store.CaseHistory(soon(t), "26061000017"); err != nil || len(history) != 2 {
		t.Fatalf("%+v, %v", history, err)
	}
}

func TestCaseFilters(t *testing.T) {
	s := newScene()
	for i, number := range []ivr.CaseNumber{"26061000017", "26061000029", "26061000031"} {
		body := opened(number, string(number))
		body.Category = []string{"road", "water", "road"}[i]
		body.Desk = []string{"complaints", "complaints", "feedback"}[i]
		body.Cluster = []string{"health", "putrajaya", "health"}[i]
		body.Status = []ivr.CaseStatus{ivr.CaseDraft, ivr.CaseNew, ivr.CaseNew}[i]
		body.Due = []string{"2026-03-01", "2026-03-05", ""}[i]
		s.say("c1", "", body).after(60_000)
	}
	store := told(t, s)
	for name, tc := range map[string]struct {
		filter CaseFilter
		want   string
		more   bool
	}{
		"all":            {CaseFilter{}, "312917", false},
		"status":         {CaseFilter{Status: ivr.CaseNew}, "3129", false},
		"desk":           {CaseFilter{Desk: "complaints"}, "2917", false},
		"category":       {CaseFilter{Category: "road"}, "3117", false},
		"cluster":        {CaseFilter{Cluster: "putrajaya"}, "29", false},
		"from":           {CaseFilter{From: noon().Add(time.Minute)}, "3129", false},
		"until":          {CaseFilter{Until: noon().Add(time.Minute)}, "17", false},
		"digits":         {CaseFilter{Digits: "0002"}, "29", false},
		"several":        {CaseFilter{Category: "road", Cluster: "health", Status: ivr.CaseDraft}, "17", false},
		"overdue":        {CaseFilter{Overdue: "2026-03-06"}, "29", false}, // no draft, and none without a date
		"due that day":   {CaseFilter{Overdue: "2026-03-05"}, "", false},
		"first page":     {CaseFilter{Limit: 2}, "3129", true},
		"last page":      {CaseFilter{Limit: 2, Before: "26061000029"}, "17", false},
		"a page exactly": {CaseFilter{Limit: 3}, "312917", false},
	} {
		t.Run(name, func(t *testing.T) {
			page, more, err := store.Cases(soon(t), tc.filter)
			got := ""
			for _, c := range page {
				got += string(c.Number[9:])
				if tc.filter.Overdue != "" && !c.Overdue(tc.filter.Overdue) {
					t.Errorf("%+v is not overdue", c)
				}
			}
			if err != nil || got != tc.want || more != tc.more {
				t.Fatalf("got %s, more %v, %v; want %s", got, more, err, tc.want)
			}
		})
	}
}

func TestCaseWords(t *testing.T) {
	s := newScene()
	for i, category := range []string{"water", "", "road", "road"} {
		number, err := ivr.NewCaseNumber(noon(), i+1)
		if err != nil {
			t.Fatal(err)
		}
		s.say("c1", "", ivr.CaseOpened{Number: number, Key: category + string(number), Desk: "complaints", Category: category})
	}
	got, err := told(t, s).CaseWords(soon(t))
	want := CaseWords{Desks: []string{"complaints"}, Categories: []string{"road", "water"}, Clusters: []string{}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
}

func TestCallbacksOfAWindow(t *testing.T) {
	s := newScene()
	for i, key := range []string{"k1", "k2", "k3"} {
		from := noon().Add(time.Duration(i) * 30 * time.Minute)
		s.say("c1", "", ivr.CallbackBooked{Key: key, Queue: "citizens", Skills: map[string]string{"language": "ms"},
			Number: "0123456789", From: from, Until: from.Add(30 * time.Minute), Lang: "ms"})
	}
	s.say("c1", "", ivr.CallbackBooked{Key: "k1", Queue: "twice"})
	store := told(t, s)
	got, err := store.Callbacks(soon(t), noon().Add(30*time.Minute), noon().Add(31*time.Minute))
	want := []Callback{{Key: "k2", Queue: "citizens", Skills: map[string]string{"language": "ms"}, Number: "0123456789",
		From: noon().Add(30 * time.Minute), Until: noon().Add(time.Hour), Lang: "ms", Call: "c1", Booked: noon()}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if all, err := store.Callbacks(soon(t), noon(), noon().Add(time.Hour+time.Minute)); err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
}

func TestBundlesInForce(t *testing.T) {
	set := func(revision string, candidate bool) ivr.BundleSet {
		return ivr.BundleSet{Revision: revision, Candidate: candidate, Percent: 5, Who: "admin01"}
	}
	for name, tc := range map[string]struct {
		sets []ivr.BundleSet
		want []string
	}{
		"none":                    {nil, []string{}},
		"one":                     {[]ivr.BundleSet{set("r1", false)}, []string{"r1"}},
		"a candidate beside it":   {[]ivr.BundleSet{set("r1", false), set("r2", true)}, []string{"r1", "r2 5"}},
		"a candidate taken back":  {[]ivr.BundleSet{set("r1", false), set("r2", true), set("", true)}, []string{"r1"}},
		"another candidate":       {[]ivr.BundleSet{set("r1", false), set("r2", true), set("r3", true)}, []string{"r1", "r3 5"}},
		"a candidate for all":     {[]ivr.BundleSet{set("r1", false), set("r2", true), set("r2", false)}, []string{"r2"}},
		"a candidate that stays":  {[]ivr.BundleSet{set("r1", false), set("r2", true), set("r3", false)}, []string{"r3", "r2 5"}},
		"a revision set again":    {[]ivr.BundleSet{set("r1", false), set("r2", false), set("r1", false)}, []string{"r1"}},
		"a candidate after a set": {[]ivr.BundleSet{set("r2", false), set("r2", true)}, []string{"r2", "r2 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			for _, body := range tc.sets {
				s.say("", "", body).after(-1000) // a clock that goes back changes nothing
			}
			store := told(t, s)
			now, err := store.BundlesNow(soon(t))
			got := []string{}
			for _, b := range now {
				if b.Candidate {
					b.Revision += " 5"
				}
				got = append(got, b.Revision)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Fatal(diff, err)
			}
			if log, err := store.Bundles(soon(t), 10); err != nil || len(log) != len(tc.sets) {
				t.Fatalf("%+v, %v", log, err)
			}
		})
	}
}

// A database of the first version, with a call in it, gets the new tables and keeps the call.
func TestFirstSchemaIsBroughtUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talian.db")
	s, err := Open(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(soon(t), newScene().arrive("c1").facts); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"bundles", "transfers", "survey_answers", "surveys", "callbacks", "recordings", "case_history", "cases", "refusals"} {
		if _, err := s.db.Exec("DROP TABLE " + table); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.db.Exec(`DELETE FROM goose_db_version WHERE version_id = 2`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(soon(t), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if call, _ := one(t, s); call.ID != "c1" {
		t.Fatalf("%+v", call)
	}
	facts := newScene().say("c2", "", opened("26061000017", "k")).facts
	facts[0].Seq = 100
	if err := s.Apply(soon(t), facts); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Case(soon(t), "26061000017"); err != nil {
		t.Fatal(err)
	}
}
