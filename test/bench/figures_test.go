package bench

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// figures are the samples of one side.
type figures struct {
	mu      sync.Mutex
	samples []time.Duration
}

func (f *figures) add(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.samples = append(f.samples, d)
}

// at gives the quantile q by nearest rank; 1 is the greatest.
func (f *figures) at(q float64) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(f.samples))
	return sorted[max(0, int(q*float64(len(sorted))+0.999999)-1)]
}

func quantiles() []float64 { return []float64{0.50, 0.95, 0.99, 1} }

// compare prints ours beside the rival's and reports the medians.
func compare(b *testing.B, what string, ours *figures, rivalName string, rival *figures) {
	b.Helper()
	fmt.Printf("\n%-44s %6s %8s %8s %8s %8s\n", what+", ms", "n", "p50", "p95", "p99", "max")
	row := func(name string, f *figures) {
		fmt.Printf("  %-42s %6d", name, len(f.samples))
		for _, q := range quantiles() {
			fmt.Printf(" %8.1f", milliseconds(f.at(q)))
		}
		fmt.Println()
	}
	row("talian", ours)
	if rival == nil {
		return
	}
	row(rivalName, rival)
	fmt.Printf("  %-42s %6s", "ratio", "")
	for _, q := range quantiles() {
		fmt.Printf(" %8.2f", float64(ours.at(q))/float64(max(rival.at(q), 1)))
	}
	fmt.Println()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// processor is the processor time that processes have used since start.
type processor struct {
	names []string
	pids  []int
}

func (p processor) used(b *testing.B) []time.Duration {
	b.Helper()
	used := make([]time.Duration, len(p.pids))
	for i, pid := range p.pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		must(b, err)
		// After the name in brackets: state, then 10 more before utime and stime, in
		// ticks of 10 ms (proc(5)).
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, field := range fields[11:13] {
			ticks, err := strconv.Atoi(field)
			must(b, err)
			used[i] += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return used
}

// cost adds up what was used during several parts of a run.
type cost struct {
	used  []time.Duration
	calls int
	took  time.Duration
}

// during notes what f uses. f gives the number of its calls.
func (c *cost) during(b *testing.B, p processor, f func() int) {
	b.Helper()
	before, began := p.used(b), time.Now()
	c.calls += f()
	c.took += time.Since(began)
	if c.used == nil {
		c.used = make([]time.Duration, len(p.pids))
	}
	for i, after := range p.used(b) {
		c.used[i] += after - before[i]
	}
}

// compareCost prints processor time per call.
func compareCost(p processor, ours *cost, rivalName string, rival *cost) {
	fmt.Printf("\n%-44s", "processor time, ms per call")
	for _, name := range p.names {
		fmt.Printf(" %9s", name)
	}
	fmt.Println()
	row := func(name string, c *cost) {
		fmt.Printf("  %-42s", name)
		for _, used := range c.used {
			fmt.Printf(" %9.2f", milliseconds(used)/float64(max(c.calls, 1)))
		}
		fmt.Printf("   generator %.0f %% of a core\n", 100*float64(c.used[len(c.used)-1])/float64(max(c.took, 1)))
	}
	row("talian", ours)
	row(rivalName, rival)
}

// resident gives a process's memory in RAM, in KiB (VmRSS of proc(5)).
func resident(b *testing.B, pid int) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(b, err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			must(b, err)
			return kib
		}
	}
	b.Fatalf("process %d has no VmRSS", pid)
	return 0
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
