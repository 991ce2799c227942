package flow

import "talian/ivr/hours"

// Hours goes by a calendar.
//
//	open: {type: hours, calendar: office, exits: {open: topic, closed: flow:after_hours}}
//
// On a special day it takes the exit special, if there is one.
type Hours struct {
	Calendar string `flow:"calendar,required" is:"calendar"`
}

func (h *Hours) enter(r *run, n *Node) Out {
	status, err := r.hours(h.Calendar)
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	if status.Special != "" {
		if out, given := r.p.Exit(r.flow(), n, "special"); given {
			return out
		}
	}
	if status.Open {
		return r.exit("open")
	}
	return r.exit("closed")
}

func (h *Hours) input(r *run, n *Node, in Input) Out { return resumed(r, n, in) }

// Speaks is false.
func (h *Hours) Speaks() bool { return false }

// Outs gives open, closed, special and error.
func (h *Hours) Outs() ([]string, []Out) {
	return []string{"open", "closed", "special", "error"}, nil
}

// hours asks the world, or the calendar alone when the world does not know overrides.
func (r *run) hours(name string) (hours.Status, error) {
	if r.w.Hours != nil {
		return r.w.Hours(name)
	}
	calendar, known := r.p.Calendars[name]
	if !known {
		return hours.Status{}, errUnknownCalendar(name)
	}
	return calendar.At(r.w.Now), nil
}

// resumed is the input of a node that never waits: only a restart can find it current.
func resumed(r *run, n *Node, in Input) Out {
	if _, again := in.(Resume); again {
		return n.Spec.enter(r, n)
	}
	return Out{}
}
