package outbox

import (
	"context"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestRandomTrouble mixes all of it: every fact is taken or parked, first arrivals are in
// order, and what comes twice is the same.
func TestRandomTrouble(t *testing.T) {
	for seed := range uint64(12) {
		inScene(t, func(t *testing.T, s *scene) {
			random, moods := rand.New(rand.NewPCG(seed, 7)), rand.New(rand.NewPCG(seed, 8)) // of us, of the CRM
			s.crm.answers(func(int, *http.Request) (*http.Response, error) {
				return []func() (*http.Response, error){
					func() (*http.Response, error) { return nil, errCut },
					func() (*http.Response, error) { return status(503) },
					func() (*http.Response, error) { return status(400) },
					func() (*http.Response, error) { return status(200) },
					func() (*http.Response, error) { return status(200) },
				}[moods.IntN(5)]()
			})
			want := map[uint64]bool{}
			for n := range 30 {
				want[s.tell(opened(n))] = true
				switch random.IntN(4) {
				case 0:
					s.loseAfter(random.IntN(3))
					s.pass(time.Duration(random.IntN(5000)) * time.Millisecond)
					s.restart()
				case 1:
					s.restart()
				case 2:
					s.pass(time.Duration(random.IntN(20000)) * time.Millisecond)
				}
			}
			s.restart()
			for range 200 {
				if s.pass(10 * time.Minute); s.figure("talian_outbox_waiting_facts") == 0 {
					break
				}
			}
			s.checkTrouble(seed, want)
		})
	}
}

func (s *scene) checkTrouble(seed uint64, want map[uint64]bool) {
	s.t.Helper()
	bodies, highest := map[string]string{}, uint64(0)
	for _, r := range s.crm.received {
		if known, again := bodies[r.id]; again && known != r.body {
			s.t.Errorf("seed %d: %s came with another body", seed, r.id)
		} else if !again && r.seq() < highest {
			s.t.Errorf("seed %d: fact %d came first after %d", seed, r.seq(), highest)
		}
		bodies[r.id] = r.body
		highest = max(highest, r.seq())
	}
	for _, seq := range s.crm.seqs() {
		delete(want, seq)
	}
	parked, err := s.box.Parked(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range parked {
		delete(want, received{id: p.ID}.seq())
	}
	if len(want) > 0 || s.figure("talian_outbox_waiting_facts") != 0 {
		s.t.Errorf("seed %d: neither taken nor parked: %v; %v wait", seed, want, s.figure("talian_outbox_waiting_facts"))
	}
}
