package hours

import (
	"fmt"
	"time"
)

// date is a day of the proleptic Gregorian calendar, in no zone: days since 1970-01-01.
type date int

const secondsOfDay = 24 * 60 * 60

// dateOf gives the day that t shows in its own zone.
func dateOf(t time.Time) date { return newDate(t.Date()) }

func newDate(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// parseDate reads "2026-03-20"; impossible days such as 2026-02-30 are errors.
func parseDate(s string) (date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date such as 2026-03-20", s)
	}
	return dateOf(t), nil
}

func (d date) utc() time.Time        { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }
func (d date) add(days int) date     { return d + date(days) }
func (d date) before(e date) bool    { return d < e }
func (d date) weekday() time.Weekday { return d.utc().Weekday() }
func (d date) String() string        { return d.utc().Format(time.DateOnly) }

// at gives the instant so many minutes of clock time after midnight of d. A clock time that
// a change of clocks leaves out is moved as time.Date does.
func (d date) at(minutes int, loc *time.Location) time.Time {
	u := d.utc()
	return time.Date(u.Year(), u.Month(), u.Day(), minutes/60, minutes%60, 0, 0, loc)
}
