package cti_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/ivr"
	"talian/ivr/link/linktest"
)

func caller() linktest.Waiting {
	return linktest.Waiting{From: "0123456789", Lang: "ms", Cluster: "health", Path: []string{"Kesihatan", "Klinik"}}
}

// TestCallLife is an agent's whole way with one call.
func TestCallLife(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	id, lease := s.engine.Offer("agent02", caller())
	card := c.takeEvent(wire.EventOffered).Call
	if card.ID != string(id) || card.Lease != string(lease) || card.Cluster != "health" || card.Lang != "ms" ||
		card.From != "0123456789" || !slices.Equal(card.Path, []string{"Kesihatan", "Klinik"}) || card.AnswerBy == 0 || card.Earlier == nil {
		t.Fatalf("card %+v", card)
	}
	c.mustAsk(wire.CmdAnswer, string(id), wire.LeaseRef{Lease: string(lease)})
	c.mustAsk(wire.CmdHold, "", nil)
	for c.self.Call == nil || c.self.Call.Phase != "held" { // the event may come before the reply
		c.takeKind(wire.KindEvent)
	}
	if c.self.Agent.State != "busy" {
		t.Errorf("held: %+v", c.self.Agent)
	}
	c.mustAsk(wire.CmdRetrieve, string(id), nil)
	c.mustAsk(wire.CmdDigits, "", wire.Digits{Digits: "12#"})
	c.mustAsk(wire.CmdSetState, "", wire.SetState{State: "not_ready", Reason: "meal"})
	c.mustAsk(wire.CmdDispose, "", wire.Dispose{Note: "not chosen yet"})
	for c.self.Call == nil || c.self.Call.Note != "not chosen yet" {
		c.takeKind(wire.KindEvent)
	}
	c.mustAsk(wire.CmdEnd, "", nil)
	for c.self.Agent.State != "wrap_up" || c.self.Call == nil || c.self.Call.Phase != "wrap_up" {
		c.takeKind(wire.KindEvent)
	}
	c.mustAsk(wire.CmdDispose, "", wire.Dispose{Disposition: "enquiry", Note: "asked for a clinic"})
	for c.self.Call != nil {
		c.takeKind(wire.KindEvent)
	}
	c.mustAsk(wire.CmdSignOut, "", nil)
	for c.self.Agent.State != "logged_out" {
		c.takeKind(wire.KindEvent)
	}
}

// TestOfferIsQuick measures from the offer's facts to the card in the page.
func TestOfferIsQuick(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	var took []time.Duration
	for range 20 {
		began := time.Now()
		id, lease := s.engine.Offer("agent02", caller())
		c.takeEvent(wire.EventOffered)
		took = append(took, time.Since(began))
		if id == "" || lease == "" {
			t.Fatal("no offer")
		}
		if err := s.engine.Withdraw("agent02"); err != nil {
			t.Fatal(err)
		}
		if how := c.takeEvent(wire.EventDiverted).How; how != "withdrawn" {
			t.Fatalf("diverted: %s", how)
		}
	}
	slices.Sort(took)
	t.Logf("offer to page: median %s, worst %s", took[len(took)/2], took[len(took)-1])
	if took[len(took)/2] > 20*time.Millisecond {
		t.Errorf("median %s", took[len(took)/2])
	}
}

func TestResume(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	c := b.onShift("t1")
	for c.self.Agent.State != "ready" {
		c.takeKind(wire.KindEvent)
	}
	before := *c
	_ = c.conn.Close()
	s.engine.Offer("agent02", caller())
	other := b.desk("t2") // sees all of it in its snapshot
	again := b.connect("t1", before.cursor())
	again.self, again.epoch, again.seq = before.self, before.epoch, before.seq
	welcome := again.takeKind(wire.KindWelcome)
	if !welcome.Resumed {
		t.Fatal("not resumed")
	}
	for again.seq < welcome.Seq {
		if m, err := again.take(); err != nil || m.Kind != wire.KindEvent {
			t.Fatalf("while resuming: %s, %v", m.Kind, err)
		}
	}
	again.self.Line.Mine, other.self.Line.Mine = false, false
	settle(t, again, other)
}

// settle takes events until both views are alike.
func settle(t *testing.T, a, b *tab) {
	t.Helper()
	for a.seq != b.seq {
		if a.seq < b.seq {
			a.takeKind(wire.KindEvent)
		} else {
			b.takeKind(wire.KindEvent)
		}
	}
	a.self.Line.Mine, b.self.Line.Mine = false, false
	if !reflect.DeepEqual(a.self, b.self) {
		t.Errorf("views differ:\n%+v\n%+v", a.self, b.self)
	}
}

func TestResumeImpossible(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	c := b.onShift("t1")
	at := c.cursor()
	for i := range 600 { // more than the ring holds
		s.engine.Append(ivr.Fact{Agent: "agent02", Body: ivr.LineChanged{Status: ivr.LineUp, Why: fmt.Sprint(i)}})
		if i%100 != 99 {
			continue
		}
		for c.self.Line.Why != fmt.Sprint(i) { // no reader of 600 at once
			c.takeKind(wire.KindEvent)
		}
	}
	for name, resume := range map[string]*wire.Cursor{
		"too long ago":  at,
		"another epoch": {Epoch: "other", Seq: c.seq},
		"the future":    {Epoch: c.epoch, Seq: c.seq + 1},
	} {
		again := b.connect("t2", resume)
		if again.takeKind(wire.KindWelcome).Resumed {
			t.Errorf("%s: resumed", name)
		}
		again.takeKind(wire.KindSnap)
		settle(t, again, c)
	}
	exact := b.connect("t3", c.cursor())
	if !exact.takeKind(wire.KindWelcome).Resumed {
		t.Error("nothing missed: not resumed")
	}
	s.clock.Add(int64(3 * time.Minute)) // events are too old now
	old := b.connect("t4", &wire.Cursor{Epoch: c.epoch, Seq: c.seq - 1})
	if old.takeKind(wire.KindWelcome).Resumed {
		t.Error("after three minutes: resumed")
	}
}

func TestReplayedCommand(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	c := b.onShift("t1")
	id, lease := s.engine.Offer("agent02", caller())
	c.takeEvent(wire.EventOffered)
	first := c.askAs("same", wire.CmdAnswer, string(id), wire.LeaseRef{Lease: string(lease)})
	count := len(s.engine.Seen())
	again := b.desk("t2").askAs("same", wire.CmdAnswer, string(id), wire.LeaseRef{Lease: string(lease)})
	if !first.OK || first.Replayed || !again.OK || !again.Replayed {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if len(s.engine.Seen()) != count {
		t.Error("done twice")
	}
}

func TestCommandDeadline(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	s.engine.OnDo(func(ctx context.Context, intent ivr.Intent) *ivr.Reply {
		if _, slow := intent.Want.(ivr.SetState); slow {
			<-ctx.Done()
		}
		return nil
	})
	began := time.Now()
	c.send("slow", wire.CmdSetState, "", wire.SetState{State: "ready"})
	c.send("behind", wire.CmdEndWrap, "", nil)
	c.send("beat", wire.CmdLineBeat, "", wire.LineBeat{Epoch: 1, OK: true})
	if m := c.takeKind(wire.KindResult); m.ID != "beat" || !m.OK || time.Since(began) > time.Second {
		t.Errorf("a beat waited: %+v after %s", m, time.Since(began))
	}
	for _, id := range []string{"slow", "behind"} {
		m := c.takeKind(wire.KindResult)
		if m.ID != id || m.Err == nil || m.Err.Code != "unavailable" {
			t.Errorf("%s: %+v", id, m)
		}
	}
	if took := time.Since(began); took < 4*time.Second || took > 7*time.Second {
		t.Errorf("refused after %s", took)
	}
}

func TestLink(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	s.floor.SetLink(false)
	if link := c.takeEvent(wire.EventLink).Link; *link {
		t.Error("link up")
	}
	if m := c.ask(wire.CmdEndWrap, "", nil); m.OK || m.Err.Code != "unavailable" {
		t.Errorf("command without engine: %+v", m)
	}
	s.floor.SetLink(true)
	if link := c.takeEvent(wire.EventLink).Link; !*link {
		t.Error("link down")
	}
	c.mustAsk(wire.CmdEndWrap, "", nil)
}

func TestSignOutClosesSockets(t *testing.T) {
	s := open(t)
	b := s.signIn("agent02")
	c := b.desk("t1")
	s.request("DELETE", "/api/v1/session", "", b.cookie)
	if bye, closed := c.takeEnd(); bye != wire.CloseAuth || closed != wire.CloseAuth {
		t.Errorf("bye %d, close %d", bye, closed)
	}
	if _, res, err := b.dial(); err == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("after sign-out: %v", err)
	}
}

func TestDrain(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").desk("t1")
	if err := s.floor.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := c.take()
		if err != nil {
			t.Fatalf("no bye: %v", err)
		}
		if m.Kind == wire.KindBye {
			if m.Code != wire.CloseDrain || m.RetryMs < 0 || m.RetryMs > 10_000 {
				t.Errorf("bye %+v", m)
			}
			return
		}
	}
}

// TestEarlierCalls: the card goes out at once, what the database knows follows.
func TestEarlierCalls(t *testing.T) {
	s := open(t)
	at := time.Now().Add(-time.Hour).UTC()
	fact := func(seq uint64, body ivr.Body) ivr.Fact {
		return ivr.Fact{Seq: seq, At: at, Mono: ivr.Millis(seq), Call: "cold", Body: body}
	}
	if err := s.store.Apply(t.Context(), []ivr.Fact{fact(1, ivr.CallArrived{From: "0123456789"}), fact(2, ivr.CallAnswered{}),
		fact(3, ivr.CallQueued{Queue: "q", Skills: map[string]string{"cluster": "finance"}}),
		fact(4, ivr.CallDequeued{Outcome: ivr.OutcomeAbandoned}), fact(5, ivr.CallEnded{By: ivr.SideCaller})}); err != nil {
		t.Fatal(err)
	}
	c := s.signIn("agent02").onShift("t1")
	s.engine.Offer("agent02", caller())
	if card := c.takeEvent(wire.EventOffered).Call; len(card.Earlier) != 0 {
		t.Error("the offer waited for the database")
	}
	earlier := c.takeEvent(wire.EventUpdated).Call.Earlier
	if len(earlier) != 1 || earlier[0].Cluster != "finance" || earlier[0].Outcome != "abandoned" {
		t.Errorf("earlier %+v", earlier)
	}
}

// TestSecondOfferIsRefused: the engine hears a refusal and the first card stays.
func TestSecondOfferIsRefused(t *testing.T) {
	s := open(t)
	c := s.signIn("agent02").onShift("t1")
	first, _ := s.engine.Offer("agent02", caller())
	c.takeEvent(wire.EventOffered)
	s.engine.OnDo(func(_ context.Context, intent ivr.Intent) *ivr.Reply {
		if _, ok := intent.Want.(ivr.Reject); ok {
			return &ivr.Reply{Err: ivr.NewError(ivr.CodeConflict, "kept for the test")}
		}
		return nil
	})
	s.engine.Offer("agent02", caller())
	s.until("the refusal", func() bool { return s.metric("ctid_double_offers_total") == 1 })
	if c.mustAsk(wire.CmdEndWrap, "", nil); c.self.Call == nil || c.self.Call.ID != string(first) {
		t.Errorf("card %+v", c.self.Call)
	}
	if !s.log.has("second open offer refused") {
		t.Error("not logged")
	}
}
