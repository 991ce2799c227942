package journal_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"talian/ivr"
	"talian/ivr/journal"
)

const (
	childEnv     = "JOURNAL_CHILD" // path of the journal that the child writes
	childWriters = 4
)

// TestCrash kills a process with SIGKILL in the middle of its appends, again and again on
// one file. What Wait acknowledged is there, nothing is doubled, and each writer's state
// is that of its last fact.
func TestCrash(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		writeUntilKilled(path)
		return
	}
	const seed = 20260302
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "journal.db")
	acked := map[ivr.CallID]int{} // highest step that was acknowledged
	for round := range 8 {
		for call, step := range runAndKill(t, path, 1+random.IntN(400)) {
			acked[call] = max(acked[call], step)
		}
		checkSurvivors(t, path, acked)
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
	t.Logf("acknowledged: %v", acked)
}

// runAndKill starts the child, kills it after so many acknowledgements and gives all that
// it acknowledged.
func runAndKill(t *testing.T, path string, after int) map[ivr.CallID]int {
	t.Helper()
	child := exec.CommandContext(within(t), os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), childEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acked, count := map[ivr.CallID]int{}, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		call, step, ok := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(step)
		if !ok || err != nil {
			continue // the last line may be cut
		}
		acked[ivr.CallID(call)] = n
		if count++; count == after {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || count < after {
		t.Fatalf("the child ended by itself (%v) after %d acknowledgements", err, count)
	}
	return acked
}

// writeUntilKilled appends steps, two facts and a state each, and prints what is durable.
func writeUntilKilled(path string) {
	j, err := journal.Open(path, journal.BootClock())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	states, err := j.States(context.Background(), "call")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range childWriters {
		id := fmt.Sprint("c", w)
		step, _ := strconv.Atoi(string(states[id]))
		wg.Go(func() {
			for {
				step++
				name := strconv.Itoa(step)
				ticket := j.Append([]ivr.Fact{mark(ivr.CallID(id), name+"a"), mark(ivr.CallID(id), name+"b")},
					journal.State{Kind: "call", ID: id, Data: json.RawMessage(name)})
				if ticket.Wait(context.Background()) != nil {
					return
				}
				fmt.Printf("%s %d\n", id, step)
			}
		})
	}
	wg.Wait()
}

func checkSurvivors(t *testing.T, path string, acked map[ivr.CallID]int) {
	t.Helper()
	j := open(t, path)
	defer j.Close()
	facts, err := j.After(within(t), 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	states, err := j.States(within(t), "call")
	if err != nil {
		t.Fatal(err)
	}
	halves := map[ivr.CallID]int{}
	for i, f := range facts {
		if f.Seq != uint64(i+1) {
			t.Fatalf("place %d holds seq %d", i+1, f.Seq)
		}
		half := halves[f.Call]
		if want := strconv.Itoa(half/2+1) + string("ab"[half%2]); f.Body.(ivr.CallMarked).Mark != want {
			t.Errorf("%s: found %v, want %s", f.Call, f.Body, want)
		}
		halves[f.Call]++
	}
	for w := range childWriters {
		id := ivr.CallID(fmt.Sprint("c", w))
		if halves[id]%2 != 0 {
			t.Errorf("%s: half an append survived", id)
		}
		if halves[id]/2 < acked[id] {
			t.Errorf("%s: %d steps acknowledged, %d on disk", id, acked[id], halves[id]/2)
		}
		if got := string(states[string(id)]); halves[id] > 0 && got != strconv.Itoa(halves[id]/2) {
			t.Errorf("%s: state %q beside %d steps", id, got, halves[id]/2)
		}
	}
}

// TestAnotherProcessIsRefused opens a journal that a second process holds.
func TestAnotherProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	defer j.Close()
	child := exec.CommandContext(within(t), os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), childEnv+"="+path)
	said, err := child.CombinedOutput()
	if err == nil || !strings.HasPrefix(string(said), "another ivrd uses "+path) {
		t.Fatalf("error %v, said %q", err, said)
	}
}
