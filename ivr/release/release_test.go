package release_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/journal"
	"talian/ivr/release"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a site's folder, an archive and a journal.
type scene struct {
	t       *testing.T
	dir     string // of the site
	archive *release.Archive
	journal *journal.Journal
}

func open(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, dir: t.TempDir(), archive: &release.Archive{Dir: filepath.Join(t.TempDir(), "bundles")}}
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.BootClock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	s.journal = j
	s.write("ivr.yaml", "ivr: 1\nlanguages: [en]\nnumbers: {\"1\": main, \"2\": {flow: main, revision: candidate}}\ndefaults: {exits: {error: flow:main}}\n")
	s.write("prompts/all.yaml", "bye: {en: {text: Goodbye.}}\napology: {en: {text: Sorry.}}\n")
	s.about("first")
	return s
}

func (s *scene) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// about writes the site's flow; what it is about tells revisions apart.
func (s *scene) about(words string) {
	s.write("flows/main.yaml", fmt.Sprintf("ivr: 1\nflow: main\nabout: %s\nhandlers: {loop: bye, too_long: bye}\nstart: bye\nnodes:\n  bye: {type: hangup, prompt: bye}\n", words))
}

func (s *scene) releases(approve bool) *release.Releases {
	return release.New(release.Parts{Archive: s.archive, Journal: s.journal, Log: slog.New(slog.DiscardHandler), Approve: approve})
}

func (s *scene) put() string {
	s.t.Helper()
	revision, _, err := s.archive.Put(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return revision
}

func (s *scene) started(approve bool) *release.Releases {
	s.t.Helper()
	r := s.releases(approve)
	if changed, err := r.Replace(s.t.Context(), s.dir, ivr.BundleSet{Who: "ivrd"}); err != nil || !changed {
		s.t.Fatal(changed, err)
	}
	return r
}

func about(p *flow.Program) string { return p.Flows["main"].About }

func (s *scene) bodies() (all []string) {
	s.t.Helper()
	facts, err := s.journal.After(s.t.Context(), 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range facts {
		all = append(all, f.Body.Kind())
	}
	return all
}

// TestPublish: what is published answers new calls, outlives a restart, and can be taken back.
func TestPublish(t *testing.T) {
	s := open(t)
	r := s.started(false)
	first := r.Current()
	s.about("second")
	second := s.put()
	if pending, err := r.Publish(t.Context(), ivr.BundleSet{Revision: second, Who: "anna"}); pending || err != nil {
		t.Fatal(pending, err)
	}
	if about(r.Current()) != "second" || about(first) != "first" {
		t.Errorf("answers %q; who began before has %q", about(r.Current()), about(first))
	}
	if old, err := r.Revision(t.Context(), first.Revision); err != nil || about(old) != "first" {
		t.Errorf("a call that began with the first: %v", err)
	}
	again := s.releases(false)
	if found, err := again.Restore(t.Context()); !found || err != nil || about(again.Current()) != "second" {
		t.Fatalf("after a restart: %t %v", found, err)
	}
	previous := again.Log().Previous()
	if _, err := again.Publish(t.Context(), ivr.BundleSet{Revision: previous, Who: "anna"}); err != nil || about(again.Current()) != "first" {
		t.Errorf("rolled back to %q: %v", about(again.Current()), err)
	}
	if got := strings.Join(s.bodies(), " "); got != "bundle.set bundle.set bundle.set" {
		t.Errorf("facts: %s", got)
	}
}

// TestBadNeverReplacesGood: by folder, by archive, by a changed archive, by an unknown name.
func TestBadNeverReplacesGood(t *testing.T) {
	s := open(t)
	r := s.started(false)
	s.write("flows/main.yaml", "ivr: 1\nflow: main\nhandlers: {loop: bye, too_long: bye}\nstart: nowhere\nnodes:\n  bye: {type: hangup, prompt: bye}\n")
	if changed, err := r.Replace(t.Context(), s.dir, ivr.BundleSet{Who: "watch"}); changed || err == nil {
		t.Error("a broken folder was taken")
	}
	if fault := r.Fault(); !strings.Contains(fault, "flows/main.yaml:4:8") || !strings.Contains(fault, "E207") {
		t.Errorf("fault: %s", fault)
	}
	if err := r.Refused(); err == nil || !strings.Contains(err.Error(), "goes on answering") {
		t.Errorf("refused: %v", err)
	}
	_, _ = r.Replace(t.Context(), s.dir, ivr.BundleSet{Who: "watch"})
	bad := s.put()
	if _, err := r.Publish(t.Context(), ivr.BundleSet{Revision: bad}); err == nil {
		t.Error("a broken revision was published")
	}
	if _, err := r.Publish(t.Context(), ivr.BundleSet{Revision: "0123"}); err == nil {
		t.Error("an unknown revision was published")
	}
	s.about("third")
	third := s.put()
	file := filepath.Join(s.archive.Dir, third, "flows", "main.yaml")
	text, _ := os.ReadFile(file)
	if err := os.WriteFile(file, append(text, "# touched\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Publish(t.Context(), ivr.BundleSet{Revision: third}); err == nil || !strings.Contains(err.Error(), "changed in the archive") {
		t.Errorf("a changed revision: %v", err)
	}
	if about(r.Current()) != "first" {
		t.Errorf("answers %q", about(r.Current()))
	}
	s.about("fourth")
	if changed, err := r.Replace(t.Context(), s.dir, ivr.BundleSet{Who: "watch"}); !changed || err != nil || r.Fault() != "" || r.Refused() != nil {
		t.Errorf("a mended folder: %t %v, fault %q", changed, err, r.Fault())
	}
}

func TestSecondPerson(t *testing.T) {
	s := open(t)
	r := s.started(true)
	s.about("second")
	second := s.put()
	if pending, err := r.Publish(t.Context(), ivr.BundleSet{Revision: second, Who: "anna"}); !pending || err != nil {
		t.Fatal(pending, err)
	}
	if about(r.Current()) != "first" {
		t.Error("in force before it was approved")
	}
	if err := r.Approve(t.Context(), second, "anna"); ivr.AsError(err).Code != ivr.CodeForbidden {
		t.Errorf("the same person: %v", err)
	}
	if err := r.Approve(t.Context(), "another", "ben"); ivr.AsError(err).Code != ivr.CodeNotFound {
		t.Errorf("another revision: %v", err)
	}
	again := s.releases(true)
	if _, err := again.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := again.Approve(t.Context(), second, "ben"); err != nil || about(again.Current()) != "second" {
		t.Errorf("approved by ben: %v, answers %q", err, about(again.Current()))
	}
	if last := again.Log(); last.Pending != nil || last.Log[len(last.Log)-1].Approved != "ben" {
		t.Errorf("log: %+v", last)
	}
}

// TestCanary: by number, and by a share of calls that follows from the call's id.
func TestCanary(t *testing.T) {
	s := open(t)
	r := s.started(false)
	s.about("second")
	second := s.put()
	for _, bad := range []int{-1, 101} {
		if _, err := r.Publish(t.Context(), ivr.BundleSet{Revision: second, Candidate: true, Percent: bad}); err == nil {
			t.Errorf("%d %% was taken", bad)
		}
	}
	for _, percent := range []int{0, 20, 100} {
		if _, err := r.Publish(t.Context(), ivr.BundleSet{Revision: second, Candidate: true, Percent: percent}); err != nil {
			t.Fatal(err)
		}
		got := 0
		for i := range 2000 {
			id := ivr.CallID(fmt.Sprint("call", i))
			if about(r.Pick("2", id)) != "second" {
				t.Fatal("the candidate's own number gets another")
			}
			picked, again := r.Pick("1", id), r.Pick("1", id)
			if picked != again {
				t.Fatal("the same call gets two bundles")
			}
			if about(picked) == "second" {
				got++
			}
		}
		if share := got / 20; share < percent-4 || share > percent+4 {
			t.Errorf("%d %% get the candidate, %d %% are wanted", share, percent)
		}
	}
	again := s.releases(false)
	if _, err := again.Restore(t.Context()); err != nil || about(again.Pick("1", "x")) != "second" {
		t.Errorf("the canary after a restart: %v", err)
	}
	if _, err := again.Publish(t.Context(), ivr.BundleSet{Candidate: true}); err != nil || about(again.Pick("2", "x")) != "first" {
		t.Errorf("the canary's end: %v", err)
	}
	if _, err := again.Publish(t.Context(), ivr.BundleSet{Revision: second, Candidate: true, Percent: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Publish(t.Context(), ivr.BundleSet{Revision: second}); err != nil || again.Log().Candidate != "" || about(again.Current()) != "second" {
		t.Errorf("the candidate becomes the current one: %v %+v", err, again.Log())
	}
}

// TestWatch: a saved file is taken, a broken one is not, a mended one is; in a new folder, too.
func TestWatch(t *testing.T) {
	s := open(t)
	r := s.started(false)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Watch(ctx, s.dir) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	until := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !is(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not come; answers %q, fault %q", what, about(r.Current()), r.Fault())
			}
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
	s.about("saved")
	until("the saved file", func() bool { return about(r.Current()) == "saved" })
	s.write("flows/main.yaml", "ivr: 1\nflow: [main\n")
	until("the fault", func() bool {
		return strings.Contains(r.Fault(), "flows/main.yaml") && strings.Contains(r.Fault(), "E101")
	})
	if about(r.Current()) != "saved" {
		t.Errorf("answers %q", about(r.Current()))
	}
	s.about("mended")
	until("the mended file", func() bool { return about(r.Current()) == "mended" && r.Fault() == "" })
	s.write("calendars/office.yaml", "calendar: office\ntimezone: nowhere\nopen: {daily: [\"07:30-21:01\"]}\n")
	until("the fault in a new folder", func() bool { return strings.Contains(r.Fault(), "E604") })
}

func TestFind(t *testing.T) {
	s := open(t)
	first := s.put()
	s.about("second")
	second := s.put()
	for prefix, want := range map[string]string{first: first, second[:20]: second, "": "", "zz": ""} {
		if got, err := s.archive.Find(prefix); got != want || (want == "") != (err != nil) {
			t.Errorf("%q: %q %v", prefix, got, err)
		}
	}
}

// TestPublishInAHurry: who publishes and does not wait for the end leaves no doubt: what is
// in force now is in force after a restart.
func TestPublishInAHurry(t *testing.T) {
	s := open(t)
	r := s.started(false)
	s.about("second")
	second := s.put()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = r.Publish(gone, ivr.BundleSet{Revision: second, Who: "anna"})
	if err := s.journal.Append(nil).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := s.releases(false)
	if found, err := again.Restore(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	if now, then := about(r.Current()), about(again.Current()); now != then {
		t.Errorf("answers %q, and after a restart %q", now, then)
	}
}
