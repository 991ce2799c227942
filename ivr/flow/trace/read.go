package trace

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"talian/ivr"
)

const ending = ".jsonl"

// Days lists the days of which there are files, as "2006-01-02", in order.
func Days(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("trace folder: %w", err)
	}
	var days []string
	for _, e := range entries {
		day, ours := strings.CutSuffix(e.Name(), ending)
		if _, err := time.Parse(time.DateOnly, day); ours && err == nil {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return days, nil
}

// Day calls each for every line of a day's file, in order. A last line that is not whole
// yet is left out; any other that cannot be read is an error with its number.
func Day(dir, day string, each func(Line)) error {
	f, err := os.Open(filepath.Join(dir, day+ending))
	if err != nil {
		return fmt.Errorf("trace of %s: %w", day, err)
	}
	defer f.Close() //nolint:errcheck // what was read is read
	in := bufio.NewReader(f)
	for number := 1; ; number++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("trace of %s: %w", day, err)
		}
		var l Line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("trace of %s, line %d: %w", day, number, err)
		}
		each(l)
	}
}

// Read gives the lines of one call, from all days; none when the call is in no file.
func Read(dir string, call ivr.CallID) ([]Line, error) {
	days, err := Days(dir)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, day := range days {
		err := Day(dir, day, func(l Line) {
			if l.Call == call {
				lines = append(lines, l)
			}
		})
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}
