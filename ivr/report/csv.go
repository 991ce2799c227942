package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"talian/ivr"
)

// byteOrderMark tells spreadsheets that the file is UTF-8.
const byteOrderMark = "\ufeff"

// nothing stands for a figure over nothing.
const nothing = "-"

// WriteCSV writes r for a spreadsheet: dictionary version and query first, then a line
// per cluster and the total. Times are milliseconds, shares are from 0 to 1.
func WriteCSV(w io.Writer, r Report) error {
	outcomes := otherOutcomes(r)
	lines := [][]string{
		{"dictionary", strconv.Itoa(r.Dictionary)},
		{"query", "clusters", "from", r.From.Format(time.RFC3339), "to", r.To.Format(time.RFC3339), "T", ServiceTarget.String(), "S", ShortAbandon.String()},
		header(outcomes),
	}
	for _, row := range r.Rows {
		lines = append(lines, line(defuse(row.Cluster), row, outcomes))
	}
	return writeLines(w, append(lines, line("total", r.Total, outcomes)))
}

// writeLines writes a file of M15.
func writeLines(w io.Writer, lines [][]string) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// otherOutcomes gives the names of all other outcomes of the report, sorted.
func otherOutcomes(r Report) []string {
	names := make([]string, 0, len(r.Total.Other))
	for name := range r.Total.Other {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func header(outcomes []string) []string {
	cells := []string{"cluster", "offered", "answered", "abandoned", "short_abandoned"}
	for _, name := range outcomes {
		cells = append(cells, defuse(name))
	}
	return append(cells, "asa_ms", "asa_median_ms", "asa_p90_ms", "asa_arrived_ms", "aht_ms", "talk_ms", "hold_ms", "wrap_ms",
		"sl", "sl_seconds", "sl_asterisk", "sl_asterisk2", "sl_connect", "sl_genesys", "abandonment", "held", "hold_rate")
}

func line(name string, r Row, outcomes []string) []string {
	cells := []string{name, strconv.Itoa(r.Offered), strconv.Itoa(r.Answered), strconv.Itoa(r.Abandoned), strconv.Itoa(r.ShortAbandoned)}
	for _, o := range outcomes {
		cells = append(cells, strconv.Itoa(r.Other[o]))
	}
	return append(cells, millis(r.ASA), millis(r.ASAMedian), millis(r.ASAP90), millis(r.ASAArrived),
		millis(r.AHT), millis(r.Talk), millis(r.Hold), millis(r.Wrap),
		ratio(r.SL), strconv.Itoa(r.SLSeconds), ratio(r.SLAsterisk), ratio(r.SLAsterisk2), ratio(r.SLConnect), ratio(r.SLGenesys),
		ratio(r.Abandonment), strconv.Itoa(r.Held), ratio(r.HoldRate))
}

func millis(m *ivr.Millis) string {
	if m == nil {
		return nothing
	}
	return strconv.FormatInt(int64(*m), 10)
}

func ratio(f *float64) string {
	if f == nil {
		return nothing
	}
	return strconv.FormatFloat(*f, 'f', 4, 64)
}

// defuse makes text that a spreadsheet would run as a formula plain text again: a leading
// = + - @, their full-width forms, tab or line break gets an apostrophe before it.
func defuse(s string) string {
	if strings.IndexAny(s, "=+-@＝＋－＠\t\r\n") == 0 {
		return "'" + s
	}
	return s
}
