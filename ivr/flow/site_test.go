package flow_test

import (
	"fmt"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
)

func site(t *testing.T) *flow.Program {
	t.Helper()
	p, problems := bundle.Load("../../flows", bundle.Options{Sounds: "../../sounds", Speech: t.TempDir()})
	for _, problem := range problems {
		t.Error(problem)
	}
	if p == nil {
		t.Fatal("no program")
	}
	return p
}

// call dials the site's number at a time of day in Kuala Lumpur.
func call(t *testing.T, p *flow.Program, clock string) *phone {
	t.Helper()
	c := &phone{t: t, p: p, timers: map[string]time.Time{}, view: flow.QueueView{Agents: 5, Waiting: 1}}
	var err error
	if c.now, err = time.Parse(time.RFC3339, "2026-03-04T"+clock+"+08:00"); err != nil {
		t.Fatal(err)
	}
	if c.s, err = p.Begin(flow.CallInfo{ID: "c1", To: "0380008000", Started: c.now}); err != nil {
		t.Fatal(err)
	}
	c.step(flow.Start{})
	return c
}

// quiet lets the caller do nothing until the call is over or waits in a queue; it gives
// how often something was said.
func (c *phone) quiet() (said int) {
	for range 200 {
		switch {
		case c.over != nil || c.s.Turn.Phase == flow.Queued:
			return said
		case c.play != nil:
			said++
			c.listens()
		case c.record != nil:
			c.recorded(0)
		default:
			c.waits(c.due("wait"))
		}
	}
	c.t.Fatal("no end")
	return said
}

func TestSiteEveryClusterIsReached(t *testing.T) {
	t.Parallel()
	p := site(t)
	ways := map[string]string{
		"11": "immigration", "12": "registration", "13": "home_affairs", "2": "road_transport", "31": "health", "32": "education",
		"41": "human_resources", "42": "public_service", "43": "finance", "51": "federal_territories", "52": "putrajaya", "53": "", "0": "",
		"1*42": "public_service",
	}
	for i, lang := range p.Languages {
		for keys, cluster := range ways {
			c := call(t, p, "10:00:00")
			c.hears("welcome")
			c.press(fmt.Sprint(i+1) + keys) // typed ahead
			for c.play != nil && c.s.Turn.Phase != flow.Queued {
				c.listens()
			}
			var join flow.Enqueue
			for _, e := range c.last {
				if e, ok := e.(flow.Enqueue); ok {
					join = e
				}
			}
			if join.Queue != "citizens" || join.Skills["cluster"] != cluster || join.Skills["language"] != lang {
				t.Errorf("%d%s: %+v", i+1, keys, join)
			}
			if chosen := told[ivr.CallChose](c); len(chosen) < len(keys) && keys != "0" {
				t.Errorf("%s: %v", keys, chosen)
			}
		}
	}
	all := map[string]bool{}
	for _, cluster := range ways {
		all[cluster] = true
	}
	for _, cluster := range p.Skills["cluster"] {
		if !all[cluster] {
			t.Errorf("no way to %s", cluster)
		}
	}
}

// TestSiteSilence: a caller who never presses a key gets to an agent by day, and hears
// how to go on, and a goodbye, by night.
func TestSiteSilence(t *testing.T) {
	t.Parallel()
	p := site(t)
	c := call(t, p, "20:30:00")
	c.quiet()
	if join, ok := did[flow.Enqueue](c); !ok || join.Skills["language"] != "ms" || join.Skills["cluster"] != "" {
		t.Fatal(c.s.Flow, c.s.Node, c.last)
	}
	c.view.Position, c.view.Wait = 3, 2*time.Minute
	c.waits(time.Minute)
	c.hears("queue_position", "queue_wait")
	c.listens()
	c.waits(9 * time.Minute)
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeTimeout})
	c.hears("still_busy")
	if said := c.quiet(); said < 5 {
		t.Fatal("few words:", said)
	}
	c.ends("normal")

	c = call(t, p, "21:01:30")
	if said := c.quiet(); said < 6 {
		t.Fatal("few words:", said)
	}
	c.ends("normal")
	if c.s.Flow != "after_hours" {
		t.Fatal(c.s.Flow)
	}
}

func TestSiteTroubleLeadsToAPerson(t *testing.T) {
	t.Parallel()
	c := call(t, site(t), "10:00:00")
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("technical_problem")
	c.quiet()
	if join, ok := did[flow.Enqueue](c); !ok || join.Queue != "citizens" {
		t.Fatal(c.s.Flow, c.s.Node)
	}
	c.step(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
	c.hears("csi_intro", "survey_consent")
	c.press("2")
	c.hears("thank_you")
}

// works answers what the flow asked of the world: most often well.
func (c *phone) works(choice int) {
	id, good := c.s.Turn.Work, choice%4 > 0
	for _, e := range c.last {
		switch e.(type) {
		case flow.Casework:
			c.step(flow.CaseDone{ID: id, Found: good, Failed: choice%8 == 0,
				Fields: map[string]string{"number": "26063000173", "status": "new", "due": "2026-03-11"}})
		case flow.Book:
			c.step(flow.Booked{ID: id, Full: !good})
		}
	}
}

// TestSiteIsNeverSilentAtTheEnd walks through the site by many fixed ways: before every
// end of the flow's own making something was said last.
func TestSiteIsNeverSilentAtTheEnd(t *testing.T) {
	t.Parallel()
	p := site(t)
	for way := range 600 {
		clock := []string{"10:00:00", "23:00:00"}[way%2]
		c := call(t, p, clock)
		c.view.Agents = way % 3
		c.slots = halves(way % 5)
		spoken := false
		for seed, turn := way, 0; c.over == nil && turn < 3000; turn++ {
			seed = (seed*1103515245 + 12345) & 0x7fffffff
			choice := seed >> 16
			spoken = c.play != nil
			switch {
			case c.s.Turn.Work != 0:
				c.works(choice)
			case c.play != nil && choice%3 > 0:
				c.listens()
			case c.record != nil:
				c.recorded(time.Duration(choice%20) * time.Second)
			case c.s.Turn.Phase == flow.Queued && c.s.Turn.Leave == "" && choice%2 == 0:
				c.step(flow.QueueLeft{Outcome: ivr.OutcomeAnswered})
			case c.s.Turn.Phase == flow.Queued && c.s.Turn.Leave != "":
				c.step(flow.QueueLeft{Outcome: ivr.OutcomeTimeout})
			case choice%4 == 0 && c.due("wait") >= 0:
				c.waits(c.due("wait"))
			default:
				c.press(string("0123456789*#"[choice%12]))
			}
		}
		if c.over == nil || c.over.Cause != "normal" || !spoken {
			t.Fatalf("way %d ended by %v in %s.%s, words last: %v, faults %v", way, c.over, c.s.Flow, c.s.Node, spoken, told[ivr.CallFault](c))
		}
	}
}

func TestAPanicInsideTakesTheErrorExit(t *testing.T) {
	t.Parallel()
	p := program(t, menu)
	c := newPhone(t, p)
	c.step(flow.Start{})
	p.Flows["main"].Nodes["one"].Type = nil
	c.press("1")
	c.hears("trouble")
	if faults := told[ivr.CallFault](c); len(faults) != 1 {
		t.Fatal(faults)
	}
	c = dial(t, program(t, menu))
	c.p.Prompts = nil
	c.press("9")
	c.ends("error")
}
