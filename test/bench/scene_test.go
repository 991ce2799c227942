package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"talian/cti"
	"talian/cti/auth"
	"talian/ivr/flow/bundle"
	"talian/ivr/store"
	"talian/test/desk"
	"talian/test/stage"
)

const (
	menuNumber     = "0380008000" // ours: a question
	straightNumber = "0380008001" // ours: straight to an agent
	keysNumber     = "0380008002" // ours: a key is asked for and confirmed, again and again
	topicsNumber   = "0380008003" // ours: four menus that lead to each other
	playNumber     = "0390000000" // the dialplan's: the same question
	queueNumber    = "0390000001" // app_queue with all members
	singleNumber   = "0390000002" // app_queue with one member
	readNumber     = "0390000003" // the dialplan's: the same as keysNumber
	mazeNumber     = "0390000004" // the dialplan's: the same as topicsNumber

	agents   = 50
	password = "not a secret: this Talian lives in a namespace of its own"
)

// scene is a stage, rivals included, with callers and people for it.
type scene struct {
	*stage.Stage
	b       *testing.B
	ctx     context.Context //nolint:containedctx // bounds the benchmark
	callers *callers
	cpu     processor
}

func open(b *testing.B) *scene {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 8*time.Minute)
	b.Cleanup(cancel)
	site := filepath.Join(stage.Top(), "test/bench/site")
	s := &scene{b: b, ctx: ctx}
	s.Stage = stage.Prepare(b, append(rivals(b, site), stage.WithSite(site))...)
	s.people()
	s.Asterisk.Start(b)
	s.Ivrd.Start(b)
	s.Ctid.Start(b)
	s.callers = newCallers(b)
	s.cpu = processor{names: []string{"asterisk", "ivrd", "ctid", "generator"},
		pids: []int{s.Asterisk.PID(), s.Ivrd.PID(), s.Ctid.PID(), os.Getpid()}}
	return s
}

// sounds gives the files, without extension, that prompts of the bundle play.
func sounds(b *testing.B, site string, prompts ...string) map[string]string {
	b.Helper()
	cache, err := os.UserCacheDir()
	must(b, err)
	program, problems := bundle.Load(site, bundle.Options{Sounds: filepath.Join(stage.Top(), "sounds"),
		Speech: filepath.Join(cache, "talian/test/speech")})
	if program == nil {
		b.Fatalf("bundle: %v", problems)
	}
	files := map[string]string{}
	for _, id := range prompts {
		items, err := program.Prompts.Say("en", id, nil)
		must(b, err)
		files[id] = items[0].File
	}
	return files
}

// rivals gives this Asterisk what Talian is compared with.
func rivals(b *testing.B, site string) []stage.Option {
	b.Helper()
	var phones, queue strings.Builder
	phones.WriteString("[member](!)\ntype = endpoint\ncontext = agents\ndisallow = all\nallow = alaw\ndirect_media = no\n")
	for n := range agents {
		fmt.Fprintf(&phones, "\n[member%02d](member)\naors = member%02[1]d\n[member%02[1]d]\ntype = aor\ncontact = sip:member%02[1]d@%s\n", n, memberSocket)
		fmt.Fprintf(&queue, "member => PJSIP/member%02d\n", n)
	}
	const settings = "\nstrategy = rrmemory\nringinuse = no\ntimeout = 60\nretry = 1\nmusicclass = default\n"
	file := sounds(b, site, slices.Concat([]string{"question", "choose", "chosen"}, topics())...)
	return []stage.Option{
		stage.WithAsterisk("modules.conf", "load = app_queue.so\nload = app_read.so\n"),
		stage.WithAsterisk("pjsip.conf", phones.String()),
		stage.WithAsterisk("queues.conf", "[general]\npersistentmembers = no\nautofill = yes\n\n[all]"+settings+queue.String()+
			"\n[single]"+settings+"member => PJSIP/member00\n"),
		stage.WithAsterisk("extensions.conf", fmt.Sprintf(`[from-trunk]
exten => %s,1,Goto(reception,${EXTEN},1)
exten => %s,1,Goto(reception,${EXTEN},1)
exten => %s,1,Answer()
 same => n,Playback(%s)
 same => n,Hangup()
exten => %s,1,Answer()
 same => n,Queue(all)
 same => n,Hangup()
exten => %s,1,Answer()
 same => n,Queue(single)
 same => n,Hangup()
exten => %s,1,Answer()
 same => n(ask),Read(key,%s,1,,1,60)
 same => n,Playback(%s)
 same => n,Goto(ask)
`, keysNumber, topicsNumber, playNumber, file["question"], queueNumber, singleNumber, readNumber, file["choose"], file["chosen"])+maze(file)),
	}
}

// maze is the dialplan of the menus that lead to each other: key n leads to the n-th.
func maze(file map[string]string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "exten => %s,1,Answer()\n", mazeNumber)
	for i, topic := range topics() {
		fmt.Fprintf(&text, " same => n(menu%d),Read(key,%s,1,,1,60)\n same => n,Goto(menu${key})\n", i+1, file[topic])
	}
	return text.String()
}

// topics are the prompts of the menus that lead to each other, in the order of their keys.
func topics() []string { return []string{"travel", "health", "work", "home"} }

// people puts the agents into the records, before ctid starts.
func (s *scene) people() {
	s.b.Helper()
	records, err := store.Open(s.ctx, filepath.Join(s.Dir, "talian.db"))
	must(s.b, err)
	hash := auth.HashPassword(password)
	for n := range agents {
		must(s.b, cti.People{Store: records}.PutUser(s.ctx, auth.User{ID: agentID(n), Name: agentID(n),
			Role: auth.RoleAgent, PasswordHash: hash, Skills: map[string][]string{}}))
	}
	must(s.b, records.Close())
}

func agentID(n int) string { return fmt.Sprintf("agent%02d", n) }

// desk signs an agent in, with the audio line up and ready, saying a tone.
func (s *scene) desk(n, hz int) *desk.Desk {
	s.b.Helper()
	ctx, cancel := s.within(30 * time.Second)
	defer cancel()
	d, err := desk.SignIn(ctx, "http://"+stage.Web, stage.WebOrigin, agentID(n), password)
	must(s.b, err)
	s.b.Cleanup(func() { _ = d.Close() })
	must(s.b, d.StartShift(ctx, hz))
	return d
}

// within bounds one wait.
func (s *scene) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, d)
}

// rest lets time go by.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
