package flow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talian/ivr"
	"talian/ivr/flow"
)

// TestQueueNobodyFits: a caller is let in when an agent on shift has what is asked for at the
// end of the wait, after all that is dropped by then.
func TestQueueNobodyFits(t *testing.T) {
	t.Parallel()
	for after, least := range map[string]map[string]string{
		"45s": {"language": "en"},
		"10m": {"language": "en", "cluster": "kesihatan"}, // the wait is over before
	} {
		p := program(t, strings.Replace(queue, "after: 45s", "after: "+after, 1))
		for _, able := range []bool{true, false} {
			c := newPhone(t, p)
			var asked map[string]string
			c.also = func(w *flow.World) {
				w.Able = func(skills map[string]string) bool { asked = skills; return able }
			}
			c.step(flow.Start{})
			if diff := cmp.Diff(least, asked); diff != "" {
				t.Errorf("relax after %s: %s", after, diff)
			}
			join, joined := did[flow.Enqueue](c)
			away, told := did[flow.TurnAway](c)
			if joined != able || told == able {
				t.Fatalf("able %t: %v", able, c.last)
			}
			if told && away.Outcome != ivr.OutcomeNoAgents {
				t.Errorf("turned away: %s", away.Outcome)
			}
			if !joined {
				join = away.Asked
			}
			if want := `map[cluster:kesihatan language:en]`; fmt.Sprint(join.Skills) != want { // relax takes nothing at the door
				t.Errorf("asked for %v, want %s", join.Skills, want)
			}
		}
	}
}
