package flow

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Wait is the node type queue: the caller waits for an agent.
//
//	agents:
//	  type: queue
//	  queue: citizens
//	  skills: {language: lang, cluster: topic.choice}
//	  announce: {position: true, every: 60s}
//	  offer: {after: 2m, key: "1", to: leave_message}
//	  offer_prompt: queue_offer
//	  relax: [{after: 90s, drop: cluster}]
//	  next: thanks
//
// The way out is next after an agent's conversation that the caller stayed on for.
type Wait struct {
	Queue       string           `flow:"queue,required" is:"queue"`
	Skills      map[string]*Expr `flow:"skills" is:"skill" want:"text"`
	Priority    *Expr            `flow:"priority" want:"int"`
	MaxWait     time.Duration    `flow:"max_wait" default:"5m" min:"5s" max:"4h"`
	Music       string           `flow:"music"`
	Announce    Announce         `flow:"announce"`
	Offer       Offer            `flow:"offer"`
	OfferPrompt []string         `flow:"offer_prompt" is:"prompt"`
	Relax       []Relaxed        `flow:"relax"`
}

// Announce says what a waiting caller is told, and how often.
type Announce struct {
	Position       bool          `flow:"position"`
	Wait           bool          `flow:"wait"`
	Every          time.Duration `flow:"every" default:"60s" min:"10s" max:"30m"`
	PositionPrompt string        `flow:"position_prompt" default:"queue_position" is:"prompt"`
	WaitPrompt     string        `flow:"wait_prompt" default:"queue_wait" is:"prompt"`
}

// Offer is another way that a waiting caller may take by a key.
type Offer struct {
	After time.Duration `flow:"after" min:"5s" max:"4h"`
	Key   string        `flow:"key" is:"key"`
	To    Out           `flow:"to"` // zero = exit key
}

// Relaxed drops a skill that no agent could offer in time.
type Relaxed struct {
	After time.Duration `flow:"after,required" min:"5s" max:"4h"`
	Drop  string        `flow:"drop,required" is:"skill"`
}

func (q *Wait) enter(r *run, _ *Node) Out {
	join, err := q.join(r)
	if err != nil {
		r.fault(r.place(), err.Error())
	}
	refused := q.door(r, join.Skills)
	if refused == "" && err != nil {
		refused = ivr.OutcomeFault
	}
	if refused != "" {
		r.do(TurnAway{Asked: join, Outcome: refused})
		return r.exit(exitOf(refused))
	}
	r.s.Turn.Phase = Queued
	r.s.Keys = ""
	r.do(join)
	q.await(r)
	return Out{}
}

// door tells why a caller who asks for these skills is not let in; "" = the queue takes the caller.
func (q *Wait) door(r *run, skills map[string]string) ivr.Outcome {
	var view QueueView
	if r.w.Queue != nil {
		view = r.w.Queue(q.Queue)
	}
	if limit := r.p.Queues[q.Queue].Max; limit > 0 && view.Waiting >= limit {
		return ivr.OutcomeFull
	}
	if view.Agents == 0 || r.w.Able != nil && !r.w.Able(q.least(skills)) {
		return ivr.OutcomeNoAgents
	}
	return ""
}

// least is what the caller still asks for at the end of the wait.
func (q *Wait) least(skills map[string]string) map[string]string {
	least := maps.Clone(skills)
	for _, relax := range q.Relax {
		if relax.After < q.MaxWait {
			delete(least, relax.Drop)
		}
	}
	return least
}

// await begins the wait.
func (q *Wait) await(r *run) {
	r.do(Music{On: true, Class: q.Music})
	r.setTimer(timerMaxWait, q.MaxWait)
	if q.announces() {
		r.setTimer(timerAnnounce, q.Announce.Every)
	}
	if q.Offer.Key != "" {
		r.setTimer(timerOffer, q.Offer.After)
	}
	for i, relax := range q.Relax {
		r.setTimer(relaxTimer(i), relax.After)
	}
}

func relaxTimer(i int) string { return fmt.Sprintf("%s%d", timerRelax, i) }

func (q *Wait) announces() bool { return q.Announce.Position || q.Announce.Wait }

// join works out what the caller asks of an agent.
func (q *Wait) join(r *run) (Enqueue, error) {
	skills, err := r.skills(q.Skills)
	join := Enqueue{Queue: q.Queue, Skills: skills}
	if err == nil && q.Priority != nil {
		var value any
		if value, err = r.eval(q.Priority); err != nil {
			err = fmt.Errorf("priority: %w", err)
		}
		join.Priority, _ = value.(int)
	}
	return join, err
}

// skills works out which skills are wanted, in the words of the agents' profiles.
func (r *run) skills(wanted map[string]*Expr) (map[string]string, error) {
	skills := map[string]string{}
	for _, kind := range slices.Sorted(maps.Keys(wanted)) {
		value, err := r.eval(wanted[kind])
		if err != nil {
			return nil, fmt.Errorf("skill %s: %w", kind, err)
		}
		want, _ := value.(string) // unset asks for nothing
		bound, known := r.p.Skills[kind][want]
		if !known && want != "" {
			return nil, fmt.Errorf("skill %s: %q has no meaning here", kind, want)
		}
		if bound != "" {
			skills[kind] = bound
		}
	}
	return skills, nil
}

func (q *Wait) input(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case QueueLeft:
		return q.left(r, n, in.Outcome)
	case Requeued:
		q.again(r)
	case Resume:
		q.resume(r)
	case Played:
		if r.s.Turn.Leave == "" {
			r.do(Music{On: true, Class: q.Music})
		}
	case Key:
		if r.s.Turn.Offered && string(in.Key) == q.Offer.Key {
			r.heard()
			r.leaveQueue("key", ivr.OutcomeKey)
		}
	case Fired:
		if r.s.Turn.Leave == "" {
			q.fired(r, n, kindOf(in.Name))
		}
	}
	return Out{}
}

func (q *Wait) fired(r *run, n *Node, kind string) {
	switch kind {
	case timerMaxWait:
		r.leaveQueue("timeout", ivr.OutcomeTimeout)
	case timerAnnounce:
		r.setTimer(timerAnnounce, q.Announce.Every)
		q.speak(r)
	case timerOffer:
		r.s.Turn.Offered = true
		q.speak(r)
	}
	for i, relax := range q.Relax {
		if kind == relaxTimer(i) {
			r.do(Relax{Skill: relax.Drop})
		}
	}
}

// speak tells the caller the place in the queue and, once its time came, the offer. An
// announcement that cannot be said is left out: the music goes on.
func (q *Wait) speak(r *run) {
	if r.s.Turn.Play != 0 {
		return
	}
	items, err := q.announcement(r)
	if err != nil {
		r.fault(r.place(), err.Error())
	}
	if r.s.Turn.Offered {
		offer, err := r.words(q.OfferPrompt, nil)
		if err != nil {
			r.fault(r.place(), err.Error())
		}
		items = append(items, offer...)
	}
	if len(items) > 0 {
		r.play(items)
	}
}

func (q *Wait) announcement(r *run) ([]prompt.Item, error) {
	var view QueueView
	if r.w.Queue != nil {
		view = r.w.Queue(q.Queue)
	}
	var items []prompt.Item
	if q.Announce.Position && view.Position > 0 {
		said, err := r.p.Prompts.Say(r.s.Lang, q.Announce.PositionPrompt, map[string]any{"n": view.Position})
		if err != nil {
			return nil, err
		}
		items = said
	}
	if q.Announce.Wait && view.Wait > 0 {
		minutes := int((view.Wait + time.Minute - 1) / time.Minute)
		said, err := r.p.Prompts.Say(r.s.Lang, q.Announce.WaitPrompt, map[string]any{"n": minutes})
		if err != nil {
			return items, err
		}
		items = append(items, said...)
	}
	return items, nil
}

// leaveQueue asks to be let out of the queue; an agent may still be quicker, so the exit
// waits for QueueLeft.
func (r *run) leaveQueue(exit string, outcome ivr.Outcome) {
	if r.s.Turn.Leave != "" {
		return
	}
	r.leave()
	r.s.Turn.Leave = exit
	r.do(Dequeue{Outcome: outcome})
}

func (q *Wait) left(r *run, n *Node, outcome ivr.Outcome) Out {
	if outcome == ivr.OutcomeAnswered {
		r.heard()
		r.setTimer(timerCall, r.p.Limits.Call)
		return r.exit("next")
	}
	r.do(Music{On: false, Class: q.Music})
	exit := r.s.Turn.Leave
	if exit == "" {
		exit = exitOf(outcome)
	}
	switch {
	case exit == "too_long":
		return r.limit("too_long")
	case exit == "key" && !q.Offer.To.Zero():
		return q.Offer.To
	case exit == "error":
		r.fault(r.place(), "left the queue: "+string(outcome))
	}
	return r.exit(exit)
}

func exitOf(outcome ivr.Outcome) string {
	switch outcome {
	case ivr.OutcomeTimeout, ivr.OutcomeFull, ivr.OutcomeNoAgents, ivr.OutcomeKey:
		return string(outcome)
	default: // a fault; who was answered or has hung up takes no exit
		return "error"
	}
}

// again lets a caller wait whose agent was lost. The talk has started all limits anew, and
// nothing is left of what was planned before it.
func (q *Wait) again(r *run) {
	r.heard()
	r.s.Turn.Play, r.s.Turn.Leave = 0, ""
	r.setTimer(timerCall, r.p.Limits.Call)
	q.await(r)
}

// resume keeps the place and the time waited; only what a restart lost is asked for again.
func (q *Wait) resume(r *run) {
	switch r.s.Turn.Leave {
	case "":
	case "key":
		r.do(Dequeue{Outcome: ivr.OutcomeKey})
		return
	default:
		r.do(Dequeue{Outcome: ivr.OutcomeTimeout})
		return
	}
	r.do(Music{On: true, Class: q.Music})
	for _, kind := range []string{timerMaxWait, timerAnnounce, timerOffer} {
		r.rearm(kind)
	}
	for i := range q.Relax {
		r.rearm(relaxTimer(i))
	}
}

// Speaks is false: music is not a word.
func (q *Wait) Speaks() bool { return false }

// Outs gives key only when a key is offered without a way of its own.
func (q *Wait) Outs() ([]string, []Out) {
	exits := []string{"next", "timeout", "full", "no_agents", "error"}
	if q.Offer.Key == "" {
		return exits, nil
	}
	if q.Offer.To.Zero() {
		return append(exits, "key"), nil
	}
	return exits, []Out{q.Offer.To}
}

// Prompts gives the words of the offer.
func (q *Wait) Prompts() []Said { return []Said{{"offer_prompt", q.OfferPrompt, nil}} }
