package e2e

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"talian/cti/wire"
	"talian/ivr"
	"talian/ivr/call"
	"talian/ivr/journal"
	"talian/ivr/report"
)

const (
	nearly    = time.Second      // between the clocks of two ledgers
	holdRound = 10 * time.Second // the dialplan says "please hold", plays music for a second and tries ivrd again
)

// Columns of Asterisk's call records.
const (
	cdrFrom        = 1
	cdrChannel     = 5
	cdrApp         = 7
	cdrDisposition = 14
)

// ledgers compares the callers' own count, Asterisk's records and ours, and looks through
// the journal. ivrd is stopped for that.
func (c *crowd) ledgers(began time.Time) {
	c.t.Helper()
	supervisor := c.desk("supervisor01")
	days := slices.Compact([]string{began.In(report.Zone()).Format(time.DateOnly), time.Now().In(report.Zone()).Format(time.DateOnly)})
	unseen := c.unseen()
	var rows map[string][]report.CallRow
	settled := c.soon(10*time.Second, func() bool {
		rows = map[string][]report.CallRow{}
		open := false
		for _, day := range days {
			var calls struct{ Rows []report.CallRow }
			c.must(supervisor.Read(c.ctx, "/api/v1/reports/calls?day="+day, &calls))
			for _, row := range calls.Rows {
				rows[row.From] = append(rows[row.From], row)
				open = open || row.Cause == ""
			}
		}
		return !open && len(rows) >= len(c.guests)-len(unseen)
	})
	if !settled {
		c.t.Errorf("the report has %d callers of %d, or some of their calls are not over", len(rows), len(c.guests))
	}
	var cdrs map[string][]string
	c.soon(5*time.Second, func() bool {
		cdrs = c.callRecords()
		return len(cdrs) >= len(c.guests)
	})
	c.compare(rows, cdrs, unseen)
	var sums sums
	for _, day := range days {
		var clusters report.Report
		c.must(supervisor.Read(c.ctx, "/api/v1/reports/clusters?day="+day, &clusters))
		sums.add(c, clusters)
	}
	c.desks()
	c.measured("talian_calls_live 0")
	c.Ivrd.Stop()
	c.journal(rows, sums)
}

// unseen are the callers who came while ivrd was away and went before the dialplan tried
// it again: Asterisk answered them, and nobody else can know of them.
func (c *crowd) unseen() []string {
	var numbers []string
	for number, g := range c.guests {
		if g.phone == nil || g.left.IsZero() {
			continue
		}
		for _, o := range c.outages {
			invited := g.phone.Times().InviteSent
			if invited.After(o.from.Add(-nearly)) && invited.Before(o.to.Add(nearly)) && g.left.Before(o.to.Add(holdRound)) {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}

// callRecords gives the last application of each trunk call in Asterisk's records, by number.
func (c *crowd) callRecords() map[string][]string {
	c.t.Helper()
	file, err := os.Open(filepath.Join(c.Dir, "asterisk/log/cdr-csv/Master.csv"))
	c.must(err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	c.must(err)
	found := map[string][]string{}
	for _, line := range lines {
		if !strings.HasPrefix(line[cdrChannel], "PJSIP/trunk-") {
			continue
		}
		if line[cdrDisposition] != "ANSWERED" {
			c.t.Errorf("Asterisk's record says not answered: %q", line)
		}
		found[line[cdrFrom]] = append(found[line[cdrFrom]], line[cdrApp])
	}
	return found
}

// compare demands each answered call exactly once in both ledgers.
func (c *crowd) compare(rows map[string][]report.CallRow, cdrs map[string][]string, unseen []string) {
	missing := 0
	for number, g := range c.guests {
		if len(cdrs[number]) != 1 {
			c.t.Errorf("%s (%v): Asterisk has %d records: %v", number, g.plan, len(cdrs[number]), cdrs[number])
			continue
		}
		switch len(rows[number]) {
		case 1:
		case 0:
			if !slices.Contains(unseen, number) || cdrs[number][0] == "Stasis" {
				c.t.Errorf("%s (%v) is not in the report; in Asterisk's records it ended in %v", number, g.plan, cdrs[number])
			}
			missing++
		default:
			c.t.Errorf("%s is in the report %d times: %+v", number, len(rows[number]), rows[number])
		}
	}
	for _, number := range append(slices.Collect(maps.Keys(rows)), slices.Collect(maps.Keys(cdrs))...) {
		if c.guests[number] == nil {
			c.t.Errorf("nobody phoned from %q: report %+v, Asterisk %v", number, rows[number], cdrs[number])
		}
	}
	c.t.Logf("phones %d, Asterisk's records %d, report %d; came and went while ivrd was away: %d", len(c.guests), len(cdrs), len(rows), missing)
}

// sums are totals over the clusters.
type sums struct{ offered, answered int }

func (s *sums) add(c *crowd, r report.Report) {
	for _, row := range append(r.Rows, r.Total) {
		outcomes := row.Answered + row.Abandoned
		for _, n := range row.Other {
			outcomes += n
		}
		if row.Offered != outcomes || row.Other[string(report.Open)] != 0 {
			c.t.Errorf("cluster %q: offered %d, answered %d, abandoned %d, other %v: they do not add up, or some are open",
				row.Cluster, row.Offered, row.Answered, row.Abandoned, row.Other)
		}
	}
	s.offered += r.Total.Offered
	s.answered += r.Total.Answered
	c.t.Logf("offered %d, answered %d, abandoned %d, other %v", r.Total.Offered, r.Total.Answered, r.Total.Abandoned, r.Total.Other)
}

// desks looks through what the desks were shown: one call at a time, and a quiet end.
func (c *crowd) desks() {
	for _, r := range c.robots {
		if state := r.desk.Self().Agent.State; !slices.Contains([]string{"ready", "not_ready", "wrap_up"}, state) {
			c.t.Errorf("%s ends %s", r.id, state)
		}
		var now *wire.Card
		for _, e := range r.desk.Events() {
			switch {
			case e.T == wire.KindSnap:
				now = e.Call
			case e.Type == wire.EventDiverted, e.Type == wire.EventCleared:
				now = nil
			case e.Call == nil:
			case now != nil && (now.ID != e.Call.ID || now.Lease != e.Call.Lease):
				c.t.Errorf("%s has %+v, and is shown %s %+v", r.id, *now, e.Type, *e.Call)
			default:
				now = e.Call
			}
		}
	}
}

// journal looks through the facts.
func (c *crowd) journal(rows map[string][]report.CallRow, sums sums) {
	c.t.Helper()
	j, err := journal.Open(filepath.Join(c.Dir, "journal.db"), journal.BootClock())
	c.must(err)
	defer j.Close()
	tale := story{crowd: c, calls: map[ivr.CallID]*told{}, agents: map[ivr.AgentID]ivr.CallID{}, rings: map[ivr.AgentID]ivr.CallID{}, profiles: map[ivr.AgentID]ivr.Profile{}}
	for last := uint64(0); ; {
		facts, err := j.After(c.ctx, last, 1000)
		c.must(err)
		if len(facts) == 0 {
			break
		}
		for _, f := range facts {
			tale.fact(f)
		}
		last = facts[len(facts)-1].Seq
	}
	tale.check(rows, sums)
	states, err := j.States(c.ctx, call.StateKind)
	c.must(err)
	if len(states) != 0 {
		c.t.Errorf("%d calls are still kept: %s", len(states), slices.Collect(maps.Keys(states)))
	}
}
