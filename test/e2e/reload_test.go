package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow/bundle"
	"talian/ivr/link"
	"talian/test/stage"
)

const (
	reloads      = 100
	callInterval = 50 * time.Millisecond // between two calls of TestReload
)

// TestReload: the site's file is rewritten 100 times, every third time with an error in it,
// while 20 calls a second come. No call fails, each hears one revision from its beginning to
// its end, and what is broken never answers.
func TestReload(t *testing.T) {
	s := tones(t, stage.WithConfig("bundle: {watch: true}"))
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	var callers sync.WaitGroup
	heard := &hearings{voices: map[string]string{}}
	callers.Go(func() { heard.calls(ctx, s.ctx) })
	s.rewrite(reloads)
	stop()
	callers.Wait()
	for _, problem := range heard.problems {
		t.Error(problem)
	}
	s.compare(heard)
}

// hearings are what the callers heard.
type hearings struct {
	mu       sync.Mutex
	voices   map[string]string // by caller
	problems []string
}

// calls calls until ctx ends, and lets the calls begun come to their end within all.
func (h *hearings) calls(ctx, all context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	again := time.NewTicker(callInterval)
	defer again.Stop()
	for n := 1; ; n++ {
		running.Go(func() { h.call(all, fmt.Sprintf("012%07d", n)) })
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func (h *hearings) call(ctx context.Context, from string) {
	l, err := listen(ctx, stage.Number, from)
	if err == nil {
		err = l.through(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.problems = append(h.problems, from+": "+err.Error())
		return
	}
	h.voices[from] = l.voice
}

// rewrite rewrites the site's file, each time waiting until it counts, or is refused.
func (s *scene) rewrite(times int) {
	s.t.Helper()
	client, err := link.Dial(s.ctx, "nats://127.0.0.1:4222", link.SeedFile(filepath.Join(s.Dir, "nats"), link.UserAdmin), link.ClientOptions{})
	s.must(err)
	defer client.Close()
	for n := 1; n <= times; n++ {
		broken := n%3 == 0
		voice := []string{"x", "b", "a"}[n%3]
		writeTones(s.t, s.Site, voice, fmt.Sprintf("revision %d", n), broken)
		if broken {
			s.soon("the broken bundle to show in /readyz", func() bool { return s.warning() != "" })
			continue
		}
		revision, err := bundle.Revision(s.Site)
		s.must(err)
		s.soon("revision "+fmt.Sprint(n), func() bool {
			reply, err := client.Do(s.ctx, ivr.Intent{Want: ivr.BundleShow{}})
			s.must(err)
			var standing ivr.BundleStanding
			s.must(json.Unmarshal(reply.Data, &standing))
			return standing.Current == revision && standing.Fault == ""
		})
		if warning := s.warning(); warning != "" {
			s.t.Errorf("revision %d answers, and /readyz warns: %s", n, warning)
		}
	}
}

// warning gives what /readyz says of the bundle.
func (s *scene) warning() string {
	s.t.Helper()
	text, err := stage.Read(s.ctx, "http://"+stage.IvrdHealth+"/readyz")
	s.must(err)
	var health struct {
		Warnings map[string]string `json:"warnings"`
	}
	s.must(json.Unmarshal([]byte(text), &health))
	return health.Warnings["bundle"]
}

// soon waits until it is so.
func (s *scene) soon(what string, so func() bool) {
	s.t.Helper()
	ctx := s.within(20 * time.Second)
	for !so() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// compare holds what was heard against the revisions on record.
func (s *scene) compare(h *hearings) {
	s.t.Helper()
	facts := s.facts()
	sets, refused, spanning := 0, 0, 0
	begun := map[ivr.CallID]int{} // revisions set when the call came
	for _, f := range facts {
		switch b := f.Body.(type) {
		case ivr.BundleSet:
			sets++
		case ivr.BundleRefused:
			refused++
		case ivr.CallArrived:
			begun[f.Call] = sets
			if voice := s.voiceOf(b.Revision); voice != h.voices[b.From] {
				s.t.Errorf("%s heard revision %s, and is on record with one that says %s", b.From, h.voices[b.From], voice)
			}
		case ivr.CallEnded:
			if sets > begun[f.Call] {
				spanning++
			}
		}
	}
	n := count(facts)
	if calls := len(h.voices); n["call.arrived"] != calls || n["call.ended"] != calls || n["call.fault"] != 0 {
		s.t.Errorf("%d callers came to the end; on record %v", calls, n)
	}
	if sets != 1+reloads-reloads/3 || refused != reloads/3 {
		s.t.Errorf("%d bundles set, %d refused, of %d rewritten", sets, refused, reloads)
	}
	if spanning == 0 {
		s.t.Error("no call went on over a reload")
	}
	s.t.Logf("%d calls, %d of them over a reload", len(h.voices), spanning)
}

// voiceOf gives the voice of a revision in the archive.
func (s *scene) voiceOf(revision string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "bundles", revision, "flows", "main.yaml"))
	s.must(err)
	for v := range voices() {
		if strings.Contains(string(text), "prompt: "+v+"_first") {
			return v
		}
	}
	return ""
}
