package report

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

// CaseReport is the figures of the cases opened in a span of time, per category and in all.
type CaseReport struct {
	Dictionary int       `json:"dictionary"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // not included
	At         time.Time `json:"at"` // when statuses and due days were looked at
	Rows       []CaseRow `json:"rows"`
	Total      CaseRow   `json:"total"` // its Category is ""
}

// CaseRow is the figures of one category. Opened is the sum of the four statuses.
type CaseRow struct {
	Category   string `json:"category"`
	Opened     int    `json:"opened"` // M20, and the next four
	Draft      int    `json:"draft"`
	New        int    `json:"new"`
	InProgress int    `json:"in_progress"`
	Closed     int    `json:"closed"`
	Overdue    int    `json:"overdue"` // M21
}

// Cases gives the figures of the cases opened from (included) to (not included), as they
// are now.
func Cases(ctx context.Context, s *store.Store, from, to, now time.Time) (CaseReport, error) {
	cases, _, err := s.Cases(ctx, store.CaseFilter{From: from, Until: to})
	if err != nil {
		return CaseReport{}, err
	}
	report := CaseReport{Dictionary: Dictionary, From: from.In(Zone()), To: to.In(Zone()), At: now.In(Zone()), Rows: []CaseRow{}}
	day := Today(now)
	categories := map[string]*CaseRow{}
	for _, c := range cases {
		at(categories, c.Category).add(c, day)
		report.Total.add(c, day)
	}
	for _, category := range slices.Sorted(maps.Keys(categories)) {
		row := *categories[category]
		row.Category = category
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

func (r *CaseRow) add(c store.Case, day string) {
	r.Opened++
	switch c.Status {
	case ivr.CaseDraft:
		r.Draft++
	case ivr.CaseNew:
		r.New++
	case ivr.CaseInProgress:
		r.InProgress++
	case ivr.CaseClosed:
		r.Closed++
	}
	if c.Overdue(day) {
		r.Overdue++
	}
}

// WriteCasesCSV writes r for a spreadsheet: dictionary version and query first, then a line
// per category and the total.
func WriteCasesCSV(w io.Writer, r CaseReport) error {
	lines := [][]string{
		{"dictionary", strconv.Itoa(r.Dictionary)},
		{"query", "cases", "from", r.From.Format(time.RFC3339), "to", r.To.Format(time.RFC3339), "at", r.At.Format(time.RFC3339)},
		{"category", "opened", "draft", "new", "in_progress", "closed", "overdue"},
	}
	for _, row := range r.Rows {
		lines = append(lines, row.cells(defuse(row.Category)))
	}
	return writeLines(w, append(lines, r.Total.cells("total")))
}

func (r CaseRow) cells(name string) []string {
	cells := []string{name}
	for _, n := range []int{r.Opened, r.Draft, r.New, r.InProgress, r.Closed, r.Overdue} {
		cells = append(cells, strconv.Itoa(n))
	}
	return cells
}
