package flow_test

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"talian/ivr/flow"
)

const desk = `ivr: 1
flow: main
vars: {seen: {type: text}, case_no: {type: digits}, said: {type: recording}}
start: first
keys: {"0": OPERATOR, "*": BACK}
handlers: {loop: long, too_long: long, hangup: draft}
nodes:
  first: {type: menu, prompt: ask, choices: {"1": story, "2": look}, exits: {no_input: bye, no_match: bye}}
  story: {type: record, prompt: beep, review: true, save: said, next: ask_service, exits: {empty: one}}
  ask_service: {type: http, service: cases, post: /x, body: '{}', read: {n: {path: n}}, while_waiting: {after: 1s, prompt: wait_please, music: quiet}, exits: {ok: open, error: open}}
  open: {type: case, do: open, desk: complaints, fields: {note: call.from, audio: said}, save: {case_no: number}, next: booked}
  look: {type: case, do: find, desk: complaints, fields: {number: '"26063000173"'}, save: {seen: status}, next: one, exits: {not_found: booked}}
  booked: {type: callback, queue: citizens, slots: {calendar: office}, next: told, exits: {declined: one, full: one, no_input: one, no_match: one}}
  told: {type: hub, topics: news, per_page: 2, exits: {done: rated, no_input: one, no_match: one}}
  rated: {type: survey, survey: csi, next: dialed, exits: {declined: dialed, partial: dialed}}
  dialed: {type: transfer, to: '"0388883333"', next: moment, exits: {busy: moment, no_answer: moment, failed: moment}}
  moment: {type: wait, for: 3s, music: quiet, next: first}
  draft: {type: case, do: draft, desk: complaints, fields: {note: '"left"', audio: said}, save: {case_no: number}, next: sent, exits: {error: HANGUP}}
  sent: {type: http, service: cases, put: /x, body: '{}', exits: {ok: HANGUP, error: HANGUP}}
` + tail

const steered = head + `nodes:
  first: {type: hours, calendar: office, exits: {open: tell, closed: tell}}
  tell: {type: say, prompt: [hello, second], controls: true, times: 3, barge_in: hold, next: asked}
  asked: {type: confirm, prompt: caller, with: {n: call.from}, exits: {accept: box, decline: bye, no_input: bye, no_match: bye}}
  box: {type: voicemail, box: general, prompt: beep, next: pass, exits: {empty: first, full: one}}
  pass: {type: wait, for: 20s, next: first}
` + tail

// everything loads programs that together have nodes of all types.
func everything(t testing.TB) []*flow.Program {
	t.Helper()
	programs := []*flow.Program{
		program(t, menu), program(t, queue), program(t, trail), program(t, language), program(t, steered),
		typed(t, "read_back: true", ""), typed(t, "barge_in: hold\n    optional: true", ", skipped: first"), typed(t, `end_key: "*"`, ""),
		calling(t, ", hangup: note"),
	}
	for _, start := range []string{"first", "ask_service", "booked", "told", "rated", "dialed"} {
		programs = append(programs, outside(t, replace(desk, "start: first", "start: "+start)))
	}
	return programs
}

// place is where a call stands, as far as a hang-up or a restart may find it.
func (g *rig) place() string {
	return g.s.Flow + "." + g.s.Node + " " + string(g.s.Turn.Phase) + " " + g.s.Turn.Part
}

// walk drives calls by random inputs and shows every step to look.
func walk(t *testing.T, p *flow.Program, calls int, look func(g *rig)) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 13))
	for range calls {
		g := newRig(t, p)
		g.step(flow.Start{})
		for range 80 {
			look(g)
			b := byte(random.UintN(256))
			g.now, g.agents = g.now.Add(time.Duration(b)*time.Second/16), int(b)%5
			g.step(g.input(b))
		}
	}
}

// branch is the same call, for what may happen beside.
func (g *rig) branch() *rig {
	other := *g
	other.s, other.used = reload(g.t, g.s), maps.Clone(g.used)
	other.timers, other.works = slices.Clone(g.timers), slices.Clone(g.works)
	return &other
}

// TestRandomCalls: whatever happens in whatever order, what the rig looks at holds; and
// the walks reach nodes of every type.
func TestRandomCalls(t *testing.T) {
	t.Parallel()
	types := map[string]bool{}
	for _, p := range everything(t) {
		walk(t, p, 24, func(g *rig) {
			for visit := range g.s.Visits {
				for id, f := range g.p.Flows {
					for name, n := range f.Nodes {
						if visit == id+"."+name {
							types[n.Type.Name] = true
						}
					}
				}
			}
		})
	}
	for _, typ := range flow.Types() {
		if !types[typ.Name] {
			t.Errorf("no walk came to a node of type %s", typ.Name)
		}
	}
}

// TestHangUpAnywhere: wherever the caller hangs up, the call ends: at once, or when what
// is waited for was answered, or when its time is over. A restart meanwhile is no matter.
func TestHangUpAnywhere(t *testing.T) {
	t.Parallel()
	for _, p := range everything(t) {
		seen := map[string]bool{}
		walk(t, p, 12, func(g *rig) {
			if g.s.Gone || seen[g.place()] {
				return
			}
			seen[g.place()] = true
			for _, how := range []string{"answered", "late", "restarted"} {
				gone := g.branch()
				gone.step(flow.HungUp{})
				for range 8 {
					if gone.s.Ended {
						break
					}
					gone.partingStep(how)
				}
				if !gone.s.Ended {
					t.Fatalf("hung up at %s, %s: not ended in %s", g.place(), how, gone.place())
				}
			}
		})
	}
}

// partingStep lets happen what a call without a caller waits for.
func (g *rig) partingStep(how string) {
	g.t.Helper()
	if how == "late" {
		g.step(flow.Fired{Name: g.timers[len(g.timers)-1]})
		return
	}
	if how == "restarted" {
		g.works, g.timers = nil, nil
		g.step(flow.HungUp{})
	}
	g.step(g.reply())
}

// reply is the answer to what is awaited from outside.
func (g *rig) reply() flow.Input {
	switch g.p.Flows[g.s.Flow].Nodes[g.s.Node].Type.Name {
	case "http":
		return flow.Fetched{ID: g.s.Turn.Work, Status: 200, Body: []byte(`{"n": "7"}`)}
	case "case":
		return flow.CaseDone{ID: g.s.Turn.Work, Found: true, Fields: map[string]string{"number": "26063000173"}}
	}
	return flow.Booked{ID: g.s.Turn.Work}
}

// TestResumeAnywhere: wherever a restart finds a call, it goes on there: the caller hears
// again what was asked, or what was awaited is awaited again; nothing that was given is lost.
func TestResumeAnywhere(t *testing.T) {
	t.Parallel()
	for _, p := range everything(t) {
		seen := map[string]bool{}
		walk(t, p, 12, func(g *rig) {
			if g.s.Gone || g.s.Ended || seen[g.place()] {
				return
			}
			seen[g.place()] = true
			after := g.branch()
			after.step(flow.Resume{})
			if n := g.p.Flows[g.s.Flow].Nodes[g.s.Node]; n != nil && n.Type.Name == "hangup" {
				return // the last words are not said twice
			}
			if after.s.Ended {
				t.Fatalf("a restart at %s ends the call", g.place())
			}
			g.sameBut(after)
		})
	}
}

// sameBut fails when a restart lost something.
func (g *rig) sameBut(after *rig) {
	g.t.Helper()
	kept := func(s flow.State) []any {
		t := s.Turn
		return []any{s.Flow, s.Node, s.Lang, s.Vars, s.Visits, s.Back, s.Frames, s.Entered, s.Keys,
			t.Part, t.Tries, t.NoInput, t.NoMatch, t.ReadBack, t.At, t.Topic, t.Slots, t.Round, t.Leave}
	}
	before, now := kept(g.s), kept(after.s)
	if slices.Contains([]flow.Phase{flow.Recording, flow.Speaking, flow.Working}, g.s.Turn.Phase) { // begun anew
		before, now = before[:8], now[:8]
	}
	if !reflect.DeepEqual(before, now) {
		g.t.Fatalf("a restart at %s:\nbefore %v\nafter  %v", g.place(), before, now)
	}
	if g.s.Turn.ReadBack && g.s.Turn.Typed != after.s.Turn.Typed {
		g.t.Fatalf("a restart at %s: %q was typed, and is %q", g.place(), g.s.Turn.Typed, after.s.Turn.Typed)
	}
	if alarm, set := g.s.Timers["call"]; set && after.s.Timers["call"] != alarm {
		g.t.Fatalf("a restart at %s moves the limit on the call", g.place())
	}
}

// TestOutsAreOfTheType: a node names no exits that its type does not have, for nodes read
// from files and for those with no field set.
func TestOutsAreOfTheType(t *testing.T) {
	t.Parallel()
	check := func(typ *flow.Type, spec flow.Spec, more []string) {
		exits, _ := spec.Outs()
		for _, exit := range exits {
			if exit != "next" && !slices.Contains(more, exit) && !slices.ContainsFunc(typ.Exits, func(e flow.Exit) bool { return e.Name == exit }) {
				t.Errorf("%s has no exit %q", typ.Name, exit)
			}
		}
	}
	for _, typ := range flow.Types() {
		check(&typ, typ.New(), nil)
	}
	for _, p := range everything(t) {
		for _, f := range p.Flows {
			for _, n := range f.Nodes {
				check(n.Type, n.Spec, []string{"failed"}) // the outcome of the flow that is called
			}
		}
	}
}
