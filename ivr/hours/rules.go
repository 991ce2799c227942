package hours

import "time"

// Special is a rule for some days, for people.
type Special struct {
	First, Last time.Time // midnight of the first and the last day, in the calendar's zone
	Name        string
	Open        []string // windows such as "09:00-13:00"; none = closed
	Line        int      // of the calendar's file, from 1
}

// Specials lists the special days in order.
func (c *Calendar) Specials() []Special {
	var all []Special
	for _, s := range c.special {
		all = append(all, Special{First: s.first.at(0, c.Location()), Last: s.last.at(0, c.Location()), Name: s.name, Open: texts(s.open), Line: s.line})
	}
	return all
}

// Week gives the ordinary windows that begin on a day of the week; none = closed.
func (c *Calendar) Week(day time.Weekday) []string { return texts(c.weekly[day]) }

func texts(windows []window) []string {
	var all []string
	for _, w := range windows {
		all = append(all, w.String())
	}
	return all
}
