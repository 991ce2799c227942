package report

import (
	"fmt"
	"time"
)

// Interval is the finest interval of M13.
const Interval = 15 * time.Minute

// Zone is Asia/Kuala_Lumpur: UTC+8 without summer time since 1982, so no table of zones
// is needed on the machine.
func Zone() *time.Location { return time.FixedZone("+08", 8*60*60) }

// Today gives the day in Zone at now, as 2006-01-02.
func Today(now time.Time) string { return now.In(Zone()).Format(time.DateOnly) }

// Day gives the beginning and the end of a day in Zone: "today" and "yesterday" as seen
// at now, or a date such as 2026-03-02.
func Day(now time.Time, name string) (from, to time.Time, err error) {
	local := now.In(Zone())
	from = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, Zone())
	switch name {
	case "today":
	case "yesterday":
		from = from.AddDate(0, 0, -1)
	default:
		from, err = time.ParseInLocation(time.DateOnly, name, Zone())
		if err != nil {
			return time.Time{}, time.Time{}, fmt.Errorf("no such day: %q; write today, yesterday or a date such as 2026-03-02", name)
		}
	}
	return from, from.AddDate(0, 0, 1), nil
}

// Period gives the beginning and the end of a day as Day does, or of a month such as 2026-03.
func Period(now time.Time, name string) (from, to time.Time, err error) {
	if from, err = time.ParseInLocation("2006-01", name, Zone()); err == nil {
		return from, from.AddDate(0, 1, 0), nil
	}
	if from, to, err = Day(now, name); err != nil {
		return from, to, fmt.Errorf("no such day or month: %q; write today, yesterday, a date such as 2026-03-02 or a month such as 2026-03", name)
	}
	return from, to, nil
}
