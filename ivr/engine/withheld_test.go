package engine_test

import (
	"testing"
	"time"

	"talian/ivr"
)

// TestWithheldNumber: a number that nobody may be shown is in no fact, and another has one
// form whatever the trunk sends.
func TestWithheldNumber(t *testing.T) {
	stage(t, func(t *testing.T, s *site) {
		s.fake.CallWithheld(number, "+60123456789")
		s.pass(time.Second)
		s.fake.Call(number, "+60123456789")
		s.pass(time.Second)
		var from []string
		for _, f := range s.facts() {
			if arrived, is := f.Body.(ivr.CallArrived); is {
				from = append(from, arrived.From)
			}
		}
		if len(from) != 2 || from[0] != "" || from[1] != "0123456789" {
			t.Errorf("calls from %q", from)
		}
	})
}
