package engine

import (
	"time"

	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/flow"
	"talian/ivr/hours"
	"talian/ivr/queue"
)

// defaultAnswer is how long an agent has to answer when queues.yaml does not say.
const defaultAnswer = 20 * time.Second

// surroundings is the engine as its calls see it.
type surroundings Engine

func (s *surroundings) engine() *Engine { return (*Engine)(s) }

// World gives what a step of the call may look at.
func (s *surroundings) World(id ivr.CallID, program *flow.Program) call.World {
	e := s.engine()
	now := e.clock()
	return call.World{Program: program, Now: now, Silence: e.silence, Flow: flow.World{
		Now: now.At,
		Hours: func(calendar string) (hours.Status, error) {
			c := e.calendar(program, calendar)
			if c == nil {
				return hours.Status{}, ivr.NewError(ivr.CodeNotFound, "no calendar "+calendar)
			}
			return c.At(now.At), nil
		},
		Queue: func(name string) flow.QueueView {
			v := e.queue.View(name, id)
			return flow.QueueView{Waiting: v.Waiting, Agents: v.Agents, Position: v.Position, Wait: v.Wait}
		},
		Able:    e.queue.Able,
		BoxFull: func(box string) bool { return e.boxFull(program.Boxes[box]) },
		Slots: func(queue string, by flow.SlotRule) []flow.Slot {
			return e.freeSlots(program, queue, by, now.At)
		},
		Remembered: e.remembered,
	}}
}

func (e *Engine) waiting(id ivr.CallID, stay call.Stay) queue.Waiting {
	answer := e.bundles.Current().Queues[stay.Queue].AnswerWithin
	if answer <= 0 {
		answer = defaultAnswer
	}
	return queue.Waiting{Call: id, Queue: stay.Queue, Skills: stay.Skills, Priority: stay.Priority, Queued: stay.Queued, Answer: answer}
}

// Enqueue takes the call into its queue.
func (s *surroundings) Enqueue(id ivr.CallID, stay call.Stay) {
	s.queue.Enqueue(s.engine().waiting(id, stay))
}

// Relax drops a required skill.
func (s *surroundings) Relax(id ivr.CallID, skill string) { s.queue.Relax(id, skill) }

// Leave takes the call out of its queue.
func (s *surroundings) Leave(id ivr.CallID) { s.queue.Leave(id) }

// Connected says that the call is with its agent.
func (s *surroundings) Connected(id ivr.CallID) { s.queue.Connected(id) }

// Release says that the agent is done with the call.
func (s *surroundings) Release(talk call.Talk, talked bool) {
	s.queue.Release(talk.Agent, talk.Lease, talked)
}

// Bridged answers whoever accepted.
func (s *surroundings) Bridged(lease ivr.Token, err error) { s.engine().bridged(lease, err) }

// File has a voicemail fetched and filed.
func (s *surroundings) File(m call.Message) { s.files.Put(m) }

// Over forgets a call that has ended.
func (s *surroundings) Over(c *call.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.ID)
	delete(s.channels, c.Channel)
	s.outside.Over(c.ID)
}
