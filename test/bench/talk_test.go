package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"talian/cti/wire"
	"talian/test/desk"
	"talian/test/phone"
	"talian/test/stage"
)

const (
	talks      = 10 // in a day
	days       = 5  // of each side
	callerTone = 1000
	agentTone  = 1500
)

// conversations are what one side gave.
type conversations struct {
	next, caller, agent, both figures
}

// BenchmarkTalk measures a busy agent's day, with one agent and always one caller waiting:
// from the end of a call to the offer of the next one, and from accepting that to audio at
// both ends. The agent's half of app_queue is a plain SIP telephone that is rung for each
// call; ours is a browser's line that stays up.
func BenchmarkTalk(b *testing.B) {
	s := open(b)
	phones := newMembers(b)
	d := s.desk(0, agentTone)
	for b.Loop() {
		var ours, rival conversations
		for range days {
			must(b, s.day(&rival, singleNumber, member{phones}))
			must(b, s.day(&ours, straightNumber, officer{d}))
		}
		compare(b, "end of a call to the next one offered", &ours.next, "app_queue", &rival.next)
		compare(b, "accept to first audio at the caller", &ours.caller, "app_queue", &rival.caller)
		compare(b, "accept to first audio at the agent", &ours.agent, "app_queue", &rival.agent)
		compare(b, "accept to audio at both ends", &ours.both, "app_queue", &rival.both)
		b.ReportMetric(milliseconds(ours.next.at(0.5)), "next-ms")
		b.ReportMetric(milliseconds(ours.both.at(0.5)), "talk-ms")
	}
}

// side is an agent of either kind.
type side interface {
	// offered waits for the next call and tells when it was there.
	offered(ctx context.Context) (work, error)
}

// work is a call at an agent.
type work interface {
	at() time.Time // it was offered
	// accept takes it and gives the ear that hears the caller.
	accept(ctx context.Context) (*phone.Ear, error)
	end(ctx context.Context) error
}

// officer is an agent of ours.
type officer struct{ desk *desk.Desk }

type officerWork struct {
	desk *desk.Desk
	card wire.Card
	came time.Time
}

func (o officer) offered(ctx context.Context) (work, error) {
	card, err := o.desk.Offer(ctx)
	return officerWork{o.desk, card, time.Now()}, err
}

func (w officerWork) at() time.Time { return w.came }

func (w officerWork) accept(ctx context.Context) (*phone.Ear, error) {
	ear := w.desk.Ear()
	ear.Reset()
	return ear, w.desk.Answer(ctx, w.card)
}

func (w officerWork) end(ctx context.Context) error {
	_, err := w.desk.Command(ctx, wire.CmdEnd, nil)
	return err
}

// member is app_queue's.
type member struct{ phones *members }

type memberWork struct{ leg *ringing }

func (m member) offered(ctx context.Context) (work, error) {
	leg, err := m.phones.ring(ctx)
	return memberWork{leg}, err
}

func (w memberWork) at() time.Time { return w.leg.at }

func (w memberWork) accept(context.Context) (*phone.Ear, error) {
	err := w.leg.answer(agentTone)
	return w.leg.ear, err
}

func (w memberWork) end(ctx context.Context) error {
	w.leg.hangup()
	return w.leg.members.free(ctx, w.leg)
}

// coming waits for the agent's next call beside what else is done.
func coming(ctx context.Context, agent side) <-chan func() (work, error) {
	came := make(chan func() (work, error), 1)
	go func() {
		w, err := agent.offered(ctx)
		came <- func() (work, error) { return w, err }
	}()
	return came
}

// day has an agent take one call after the other; somebody always waits.
func (s *scene) day(to *conversations, number string, agent side) error {
	ctx, cancel := s.within(3 * time.Minute)
	defer cancel()
	came := coming(ctx, agent)
	caller, err := s.dial(ctx, number)
	if err != nil {
		return err
	}
	now, err := (<-came)()
	if err != nil {
		return err
	}
	for n := range talks {
		if err := to.talk(ctx, caller, now); err != nil {
			return fmt.Errorf("call %d of %s: %w", n+1, number, err)
		}
		came := coming(ctx, agent)
		next, err := s.waiting(ctx, number)
		if err != nil {
			return err
		}
		ended := time.Now()
		if err := now.end(ctx); err != nil {
			return fmt.Errorf("end of call %d of %s: %w", n+1, number, err)
		}
		_ = caller.Hangup(ctx) // either side may be the first
		if now, err = (<-came)(); err != nil {
			return err
		}
		to.next.add(now.at().Sub(ended))
		caller = next
	}
	return caller.Hangup(ctx) // an offer is open: it is withdrawn
}

// dial calls and returns after the answer.
func (s *scene) dial(ctx context.Context, number string) (*phone.Citizen, error) {
	return phone.Dial(ctx, phone.Config{Server: stage.SIP, Number: number, From: "0123456789", Tone: callerTone})
}

// waiting calls and returns when the waiting music is heard.
func (s *scene) waiting(ctx context.Context, number string) (*phone.Citizen, error) {
	c, err := s.dial(ctx, number)
	if err != nil {
		return nil, err
	}
	_, err = c.Ear.WaitSpeech(ctx)
	return c, err
}

// talk accepts and waits until both hear each other.
func (to *conversations) talk(ctx context.Context, caller *phone.Citizen, now work) error {
	caller.Ear.Reset()
	accepted := time.Now()
	ear, err := now.accept(ctx)
	if err != nil {
		return err
	}
	atCaller, err := caller.Ear.WaitTone(ctx, agentTone)
	if err != nil {
		return err
	}
	atAgent, err := ear.WaitTone(ctx, callerTone)
	if err != nil {
		return err
	}
	to.caller.add(atCaller.Sub(accepted))
	to.agent.add(atAgent.Sub(accepted))
	to.both.add(max(atCaller.Sub(accepted), atAgent.Sub(accepted)))
	return nil
}
