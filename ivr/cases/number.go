package cases

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"talian/ivr"
	"talian/ivr/journal"
)

// dayKind is the kind of the states that hold the last sequence of each day. They stay:
// a clock that is set back must not give a number again.
const dayKind = "case_day"

// number takes the next number of the day of now, and gives the state that makes it taken
// for good. r.mu is held, so numbers reach the journal in their order.
func (r *Registry) number(now time.Time) (ivr.CaseNumber, journal.State, error) {
	today := now.In(r.zone)
	day := today.Format(time.DateOnly)
	seq := max(r.days[day]+1, r.first)
	if seq > r.last {
		return "", journal.State{}, ivr.NewError(ivr.CodeUnavailable,
			fmt.Sprintf("all case numbers of %s are given: this node has %d to %d", day, r.first, r.last))
	}
	number, err := ivr.NewCaseNumber(today, seq)
	if err != nil {
		return "", journal.State{}, err
	}
	r.days[day] = seq
	return number, journal.State{Kind: dayKind, ID: day, Data: json.RawMessage(strconv.Itoa(seq))}, nil
}
