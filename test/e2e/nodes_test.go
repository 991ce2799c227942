package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/journal"
	"talian/test/phone"
	"talian/test/stage"
)

// Who calls on the site of nodes says where the call goes.
const (
	inSay      = "0120000001"
	inMenu     = "0120000002"
	inCollect  = "0120000003"
	inRecord   = "0120000004"
	inMessage  = "0120000005"
	inFetch    = "0120000006"
	inHub      = "0120000007"
	inSurvey   = "0120000008"
	inCallback = "0120000009"
	inTransfer = "0120000010"
	inRinging  = "0120000011"
	inWait     = "0120000012"
	inConfirm  = "0120000013"
	inLanguage = "0120000014"
	toBusy     = "0120000015"
	toSilent   = "0120000016"
	toNobody   = "0120000017"
)

// Where that site's transfers lead.
const (
	numberAnswers = "0388880001"
	numberRings   = "0388880002"
	numberBusy    = "0388880003"
	numberSilent  = "0388880004"
	outsideTone   = 1800
)

// nodes is the site on which a caller can be in every kind of node, with numbers outside.
func nodes(t testing.TB) (*scene, *outsiders) {
	t.Helper()
	s := prepare(t, stage.WithSite(filepath.Join(stage.Top(), "test/e2e/testdata/nodes")),
		stage.WithDial("PJSIP/trunk/sip:{number}@127.0.0.1:5090"))
	out := listenOutside(s)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	return s, out
}

// outsiders are the numbers outside, with the calls that they got.
type outsiders struct {
	exchange *phone.Exchange
	answer   chan struct{} // closed when the number that rings shall answer

	mu      sync.Mutex
	calls   map[string]chan *phone.Called // by number
	running sync.WaitGroup
}

func listenOutside(s *scene) *outsiders {
	s.t.Helper()
	o := &outsiders{answer: make(chan struct{}), calls: map[string]chan *phone.Called{}}
	var err error
	o.exchange, err = phone.Listen("127.0.0.1:5090", outsideTone, func(c *phone.Called) phone.Reaction {
		switch c.Number {
		case numberAnswers:
			return phone.Answers
		case numberRings:
			if c.Ring(o.answer) != nil {
				return phone.Gone
			}
			return phone.Answers
		case numberBusy:
			return phone.IsBusy
		case numberSilent:
			_ = c.Ring(nil) // until the caller gives up
			return phone.Gone
		}
		return phone.IsUnknown
	})
	s.must(err)
	o.running.Go(func() {
		for {
			c, err := o.exchange.Next(s.ctx)
			if err != nil {
				return
			}
			o.to(c.Number) <- c
		}
	})
	s.t.Cleanup(func() {
		if err := o.exchange.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return o
}

// to gives the calls to a number.
func (o *outsiders) to(number string) chan *phone.Called {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.calls[number] == nil {
		o.calls[number] = make(chan *phone.Called, 16)
	}
	return o.calls[number]
}

// called waits for a call to a number outside.
func (s *scene) called(o *outsiders, number string) *phone.Called {
	s.t.Helper()
	select {
	case c := <-o.to(number):
		return c
	case <-s.within(10 * time.Second).Done():
		s.t.Fatalf("%s is not called", number)
		return nil
	}
}

// hearEachOther proves audio both ways between a caller and a number outside.
func (s *scene) hearEachOther(c *phone.Citizen, far *phone.Called) {
	s.t.Helper()
	_, err := c.Ear.WaitTone(s.within(10*time.Second), outsideTone)
	s.must(err)
	_, err = far.Ear.WaitTone(s.within(10*time.Second), citizenTone)
	s.must(err)
}

// slow is the site's service: it answers when it is released.
type slow struct {
	release chan struct{}
	asked   chan struct{} // one for each request
}

func serveSlow(s *scene) *slow {
	s.t.Helper()
	w := &slow{release: make(chan struct{}), asked: make(chan struct{}, 16)}
	listener, err := net.Listen("tcp", "127.0.0.1:8099")
	s.must(err)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.asked <- struct{}{}
		select {
		case <-w.release:
		case <-r.Context().Done():
		}
		_ = json.NewEncoder(out).Encode(map[string]string{"word": "yes"})
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	s.t.Cleanup(func() {
		_ = server.Close()
		<-served //nolint:errcheck // closed is what it says
	})
	return w
}

// one is what one of several callers at the same time reports to: a failure ends this
// caller's goroutine and the test goes on with the others.
type one struct {
	testing.TB
	name string
}

// Fatal fails the test and ends this caller.
func (o one) Fatal(args ...any) {
	o.Helper()
	o.Error(append([]any{o.name + ":"}, args...)...)
	runtime.Goexit()
}

// Fatalf is Fatal with a format.
func (o one) Fatalf(format string, args ...any) {
	o.Helper()
	o.Errorf(o.name+": "+format, args...)
	runtime.Goexit()
}

// together runs what several callers do at the same time, and waits for all.
func (s *scene) together(callers map[string]func(*scene)) {
	s.t.Helper()
	var running sync.WaitGroup
	for name, act := range callers {
		running.Go(func() { act(s.in(one{s.t, name})) })
	}
	running.Wait()
	if s.t.Failed() {
		s.t.FailNow()
	}
}

// facts waits until all calls are over, stops ivrd and gives all that its journal has.
func (s *scene) facts() []ivr.Fact {
	s.t.Helper()
	s.measured("talian_calls_live 0")
	s.Ivrd.Stop()
	j, err := journal.Open(filepath.Join(s.Dir, "journal.db"), journal.BootClock())
	s.must(err)
	defer func() { s.must(j.Close()) }()
	var all []ivr.Fact
	for {
		var last uint64
		if n := len(all); n > 0 {
			last = all[n-1].Seq
		}
		facts, err := j.After(s.ctx, last, 1000)
		s.must(err)
		if len(facts) == 0 {
			break
		}
		all = append(all, facts...)
	}
	states, err := j.States(s.ctx, call.StateKind)
	s.must(err)
	if len(states) > 0 {
		s.t.Errorf("%d calls are still kept", len(states))
	}
	return all
}

// byCaller sorts facts of calls by who called.
func byCaller(facts []ivr.Fact) map[string][]ivr.Fact {
	from := map[ivr.CallID]string{}
	sorted := map[string][]ivr.Fact{}
	for _, f := range facts {
		if a, arrived := f.Body.(ivr.CallArrived); arrived {
			from[f.Call] = a.From
		}
		if who := from[f.Call]; who != "" {
			sorted[who] = append(sorted[who], f)
		}
	}
	return sorted
}

// count counts facts by kind.
func count(facts []ivr.Fact) map[string]int {
	n := map[string]int{}
	for _, f := range facts {
		n[f.Body.Kind()]++
	}
	return n
}
