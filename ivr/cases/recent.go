package cases

import (
	"time"

	"talian/ivr"
)

const (
	recentFor   = 10 * time.Minute // the records are seldom behind by more than a second
	recentMax   = 20000            // cases; some 5 MB
	recentFacts = 20000            // read at a restart: those of ten minutes on a busy day
)

// recent is what was done in the last minutes: what the records may not have yet.
type recent struct {
	cases map[ivr.CaseNumber]noted
	order []mention // as they were put, for letting go
}

type noted struct {
	Case
	at ivr.Millis // of the last put
}

type mention struct {
	number ivr.CaseNumber
	at     ivr.Millis
}

func newRecent() recent { return recent{cases: map[ivr.CaseNumber]noted{}} }

func (m *recent) get(number ivr.CaseNumber) (Case, bool) {
	n, known := m.cases[number]
	return n.Case, known
}

// newer gives the later of c and what is known here.
func (m *recent) newer(c Case) Case {
	known, here := m.get(c.Number)
	switch {
	case !here || known.Changed.Before(c.Changed):
		return c
	case known.whole():
		return known
	}
	if known.Status != "" {
		c.Status = known.Status
	}
	c.Changed = known.Changed
	return c
}

// whole tells whether all of the case is known, not only what changed it.
func (c Case) whole() bool { return c.Desk != "" }

// restore takes up what facts of the last minutes tell.
func (m *recent) restore(facts []ivr.Fact, now ivr.Stamp) {
	for _, f := range facts {
		if now.Since(f.Stamp()) > ivr.MillisOf(recentFor) {
			continue
		}
		switch b := f.Body.(type) {
		case ivr.CaseOpened:
			m.put(Case{Number: b.Number, Desk: b.Desk, Type: b.Type, Status: b.Status, Category: b.Category,
				Cluster: b.Cluster, Opened: f.At, Due: b.Due, Changed: f.At}, now)
		case ivr.CaseAppended:
			c, _ := m.get(b.Number)
			c.Number, c.Changed = b.Number, f.At
			m.put(c, now)
		case ivr.CaseMoved:
			c, _ := m.get(b.Number)
			c.Number, c.Status, c.Changed = b.Number, b.Status, f.At
			m.put(c, now)
		}
	}
}

// put notes a case, lets the oldest go, and gives what was known before.
func (m *recent) put(c Case, now ivr.Stamp) (before *Case) {
	if known, here := m.get(c.Number); here {
		before = &known
	}
	m.cases[c.Number] = noted{c, now.Mono}
	m.order = append(m.order, mention{c.Number, now.Mono})
	for len(m.order) > recentMax || now.Mono-m.order[0].at > ivr.MillisOf(recentFor) {
		oldest := m.order[0]
		m.order = m.order[1:]
		if m.cases[oldest.number].at == oldest.at && oldest.number != c.Number {
			delete(m.cases, oldest.number)
		}
	}
	return before
}

// undo takes back what put noted, unless something came after it.
func (m *recent) undo(c Case, before *Case) {
	n := m.cases[c.Number]
	if n.Case != c {
		return
	}
	if before == nil {
		delete(m.cases, c.Number)
	} else {
		m.cases[c.Number] = noted{*before, n.at}
	}
}
