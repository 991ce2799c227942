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

// count gives the number of samples.
func (f *figures) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.samples)
}

// above gives the number of samples that are greater.
func (f *figures) above(limit time.Duration) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, d := range f.samples {
		if d > limit {
			n++
		}
	}
	return n
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
	count int // of what the cost is told per
	took  time.Duration
}

// during notes what f uses. f gives the number of what it made: calls, keys.
func (c *cost) during(b *testing.B, p processor, f func() int) {
	b.Helper()
	before, began := p.used(b), time.Now()
	c.count += f()
	c.took += time.Since(began)
	if c.used == nil {
		c.used = make([]time.Duration, len(p.pids))
	}
	for i, after := range p.used(b) {
		c.used[i] += after - before[i]
	}
}

// compareCost prints processor time per call, or per whatever was counted.
func compareCost(p processor, per string, ours *cost, rivalName string, rival *cost) {
	fmt.Printf("\n%-44s", "processor time, ms per "+per)
	for _, name := range p.names {
		fmt.Printf(" %9s", name)
	}
	fmt.Println()
	row := func(name string, c *cost) {
		fmt.Printf("  %-42s", name)
		for _, used := range c.used {
			fmt.Printf(" %9.2f", milliseconds(used)/float64(max(c.count, 1)))
		}
		fmt.Printf("   generator %.0f %% of a core\n", 100*float64(c.used[len(c.used)-1])/float64(max(c.took, 1)))
	}
	row("talian", ours)
	row(rivalName, rival)
}

// compareShare prints how much of a core each process used.
func compareShare(p processor, ours *cost, rivalName string, rival *cost) {
	fmt.Printf("\n%-44s", "processor time, % of a core")
	for _, name := range p.names {
		fmt.Printf(" %9s", name)
	}
	row := func(name string, c *cost) {
		fmt.Printf("\n  %-42s", name)
		for _, used := range c.used {
			fmt.Printf(" %9.1f", 100*float64(used)/float64(max(c.took, 1)))
		}
	}
	row("talian", ours)
	row(rivalName, rival)
	fmt.Println()
}

// sizes gives the memory of each process, in KiB.
func (p processor) sizes(b *testing.B) []int {
	b.Helper()
	sizes := make([]int, len(p.pids))
	for i, pid := range p.pids {
		sizes[i] = resident(b, pid)
	}
	return sizes
}

// daemons are the processes without the generator, which is the last one.
func (p processor) daemons() processor {
	last := len(p.pids) - 1
	return processor{names: p.names[:last], pids: p.pids[:last]}
}

// printMemory prints what calls add to the memory at rest.
func printMemory(p processor, idle, full []int, calls int) {
	fmt.Printf("\n%-44s", "memory (RSS)")
	for _, name := range p.names {
		fmt.Printf(" %9s", name)
	}
	row := func(what string, figure func(i int) float64) {
		fmt.Printf("\n  %-42s", what)
		for i := range p.names {
			fmt.Printf(" %9.1f", figure(i))
		}
	}
	row("at rest, MiB", func(i int) float64 { return float64(idle[i]) / 1024 })
	row(fmt.Sprintf("with %d calls, MiB", calls), func(i int) float64 { return float64(full[i]) / 1024 })
	row("per call, KiB", func(i int) float64 { return float64(full[i]-idle[i]) / float64(calls) })
	fmt.Println()
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
