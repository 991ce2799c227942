package cases_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"talian/ivr"
	"talian/ivr/cases"
	"talian/ivr/journal"
)

// TestStopBetweenEveryPairOfSteps opens a case and stops before the journal has it, after
// it has it but before the answer, and after the answer; then the same is asked again.
func TestStopBetweenEveryPairOfSteps(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	stops := map[string]func(s *scene) bool{ // whether the journal has the case
		"before the journal": func(s *scene) bool {
			s.refuse = 1
			_, err := s.registry.Open(within(t), complaint("k1"))
			return err == nil
		},
		"before the answer": func(s *scene) bool {
			_, _ = s.registry.Open(gone, complaint("k1"))
			return true
		},
		"after the answer": func(s *scene) bool { return s.open("k1").Number != "" },
	}
	for name, stop := range stops {
		for _, restart := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", restart ", restart), func(t *testing.T) {
				s := newScene(t)
				before := s.open("before")
				written := stop(s)
				if restart {
					s.restart()
					if want := len(s.facts()) == 2; written != want {
						t.Fatalf("case written: %v, facts %d", written, len(s.facts()))
					}
				}
				c, again := s.open("k1"), s.open("k1")
				if c.Number == before.Number || c.Number != again.Number || len(s.facts()) != 2 {
					t.Fatalf("cases %s, %s and %s, %d facts", before.Number, c.Number, again.Number, len(s.facts()))
				}
			})
		}
	}
}

func TestRefusedMoveIsUndone(t *testing.T) {
	s := newScene(t)
	c := s.open("k1")
	s.refuse = 1
	if err := s.move(c.Number, ivr.CaseInProgress); err == nil {
		t.Fatal("a move that the journal refused was made")
	}
	if got, _, _ := s.registry.Find(within(t), c.Number); got.Status != ivr.CaseNew {
		t.Fatalf("status %s after a refused move", got.Status)
	}
	if err := s.move(c.Number, ivr.CaseInProgress); err != nil {
		t.Fatal(err)
	}
}

// TestRandomDays does random things with restarts between them. Whatever happens, each key
// has one case or addition, no number is given twice, and a case's way is an allowed one.
func TestRandomDays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newScene(t)
		defer s.Close()
		answers := map[string]ivr.CaseNumber{}
		var numbers []ivr.CaseNumber
		var passed time.Duration
		key := rapid.IntRange(0, 12)
		r.Repeat(map[string]func(*rapid.T){
			"open": func(r *rapid.T) {
				name := fmt.Sprint("open", key.Draw(r, "key"))
				s.refuse = rapid.IntRange(0, 1).Draw(r, "refused")
				_, known := answers[name]
				c, err := s.registry.Open(within(t), complaint(name))
				if !known && s.refuse == 0 && err != nil && ivr.CodeOf(err) == ivr.CodeInternal {
					s.refuse = 0
					return // refused by the journal
				}
				s.refuse = 0
				if err != nil || known && answers[name] != c.Number {
					r.Fatalf("%s: %s, %v; before it was %s", name, c.Number, err, answers[name])
				}
				if !known {
					answers[name], numbers = c.Number, append(numbers, c.Number)
				}
			},
			"append": func(r *rapid.T) {
				if len(numbers) == 0 {
					return
				}
				name := fmt.Sprint("append", key.Draw(r, "key"))
				number := rapid.SampledFrom(numbers).Draw(r, "case")
				c, err := s.registry.Append(within(t), cases.Addition{Call: "c1", Key: name, Number: number, Note: name})
				if err != nil || answers[name] != "" && answers[name] != c.Number {
					r.Fatalf("%s: %s, %v; before it was %s", name, c.Number, err, answers[name])
				}
				answers[name] = c.Number
			},
			"move": func(r *rapid.T) {
				if len(numbers) > 0 {
					_ = s.move(rapid.SampledFrom(numbers).Draw(r, "case"), rapid.SampledFrom(ivr.CaseStatuses()).Draw(r, "to"))
				}
			},
			"behind":  func(r *rapid.T) { s.behind = time.Duration(rapid.IntRange(0, 5).Draw(r, "minutes")) * time.Minute },
			"restart": func(*rapid.T) { s.restart() },
			"later": func(r *rapid.T) {
				d := time.Duration(rapid.IntRange(0, 600).Draw(r, "minutes")) * time.Minute
				if passed += d; passed < 40*time.Hour { // then keys are still known
					s.clock.move(d)
				}
			},
		})
		s.check(r, answers)
	})
}

// check compares the facts with what was answered.
func (s *scene) check(r *rapid.T, answers map[string]ivr.CaseNumber) {
	keys, status := map[string]ivr.CaseNumber{}, map[ivr.CaseNumber]ivr.CaseStatus{}
	once := func(key string, number ivr.CaseNumber) {
		if keys[key] != "" {
			r.Fatalf("key %s has two facts", key)
		}
		keys[key] = number
	}
	next := map[ivr.CaseStatus]ivr.CaseStatus{ivr.CaseNew: ivr.CaseInProgress, ivr.CaseInProgress: ivr.CaseClosed, ivr.CaseClosed: ivr.CaseInProgress}
	for _, f := range s.facts() {
		switch b := f.Body.(type) {
		case ivr.CaseOpened:
			if status[b.Number] != "" {
				r.Fatalf("number %s was given twice", b.Number)
			}
			status[b.Number] = b.Status
			once(b.Key, b.Number)
		case ivr.CaseAppended:
			once(b.Key, b.Number)
		case ivr.CaseMoved:
			if next[status[b.Number]] != b.Status {
				r.Fatalf("case %s went from %s to %s", b.Number, status[b.Number], b.Status)
			}
			status[b.Number] = b.Status
		}
	}
	for key, number := range answers {
		if keys[key] != number {
			r.Fatalf("key %s was answered %s, the journal has %q", key, number, keys[key])
		}
	}
	if len(keys) != len(answers) {
		r.Fatalf("%d keys in the journal, %d were answered", len(keys), len(answers))
	}
}

const childEnv = "CASES_CHILD" // path of the journal that the child writes

// TestKill kills a process with SIGKILL while it opens cases, again and again on one
// journal. A call asks with the same key until it has an answer.
func TestKill(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		openUntilKilled(path)
		return
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	answers := map[string]string{}
	for round := range 6 {
		runAndKill(t, path, 20+37*round, answers)
	}
	j, err := journal.Open(path, journal.BootClock())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	facts, err := j.After(within(t), 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	keys, numbers := map[string]bool{}, map[ivr.CaseNumber]bool{}
	for _, f := range facts {
		b := f.Body.(ivr.CaseOpened)
		if keys[b.Key] || numbers[b.Number] {
			t.Fatalf("key %s or number %s twice", b.Key, b.Number)
		}
		keys[b.Key], numbers[b.Number] = true, true
		if said, known := answers[b.Key]; known && said != string(b.Number) {
			t.Fatalf("key %s was told %s, the journal has %s", b.Key, said, b.Number)
		}
		delete(answers, b.Key)
	}
	if len(answers) > 0 {
		t.Fatalf("told, but not in the journal: %v", answers)
	}
	t.Logf("%d cases", len(facts))
}

// runAndKill starts the child, kills it after so many answers and adds them to answers.
func runAndKill(t *testing.T, path string, after int, answers map[string]string) {
	t.Helper()
	child := exec.CommandContext(within(t), os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), childEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	count := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		key, number, ok := strings.Cut(lines.Text(), " ")
		if !ok || len(number) != 11 {
			continue // the last line may be cut
		}
		if said := answers[key]; said != "" && said != number {
			t.Fatalf("key %s: %s, then %s", key, said, number)
		}
		answers[key] = number
		if count++; count == after {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || count < after {
		t.Fatalf("the child ended by itself (%v) after %d answers", err, count)
	}
}

// openUntilKilled asks for each key twice, beginning with the last that a former life may
// not have seen answered.
func openUntilKilled(path string) {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	j, err := journal.Open(path, journal.BootClock())
	if err != nil {
		fail(err)
	}
	none := func(context.Context, ivr.CaseNumber) (cases.Case, bool, error) { return cases.Case{}, false, nil }
	registry, err := cases.New(j, journal.BootClock(), time.UTC, none)
	if err != nil {
		fail(err)
	}
	if err := registry.Restore(context.Background()); err != nil {
		fail(err)
	}
	visits, err := j.States(context.Background(), "case_visit")
	if err != nil {
		fail(err)
	}
	begin := max(1, len(visits)) // every key is one visit
	for n := begin; ; n++ {
		for range 2 {
			c, err := registry.Open(context.Background(), complaint(strconv.Itoa(n)))
			if err != nil {
				fail(err)
			}
			fmt.Printf("%d %s\n", n, c.Number)
		}
	}
}
