package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
	"talian/ivr/hours"
	"talian/ivr/hours/holiday"
	"talian/ivr/link"
)

func explainCommand() *cobra.Command {
	return group("explain", "Tell why something is as it is", explainHoursCommand())
}

func explainHoursCommand() *cobra.Command {
	var site siteFlags
	var path string
	cmd := &cobra.Command{
		Use:   "hours CALENDAR [TIME]",
		Short: "Which rule opens or closes a calendar at a moment, and what changes next",
		Example: `  ivrd explain hours office
  ivrd explain hours office 2026-03-20T21:00:30+08:00`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			program, err := site.load(site.dir)
			if err != nil {
				return err
			}
			calendar := program.Calendars[args[0]]
			if calendar == nil {
				return fmt.Errorf("there is no calendar %q; calendars are %s", args[0], strings.Join(slices.Sorted(maps.Keys(program.Calendars)), ", "))
			}
			at, err := instant(args[1:], calendar.Location())
			if err != nil {
				return err
			}
			override, note := overrideOf(cmd.Context(), path, args[0])
			explain(cmd.OutOrStdout(), filepath.Join(site.dir, "calendars", args[0]+".yaml"), calendar, override, at)
			if note != "" {
				fmt.Fprintln(cmd.OutOrStdout(), note)
			}
			return nil
		},
	}
	site.add(cmd, true)
	cmd.Flags().StringVar(&path, "config", "run/ivrd.yaml", "configuration of the ivrd that is asked for overrides")
	return cmd
}

// instant reads the moment: now, with its zone, or without one in the calendar's.
func instant(args []string, zone *time.Location) (time.Time, error) {
	if len(args) == 0 {
		return time.Now().In(zone), nil
	}
	if at, err := time.Parse(time.RFC3339, args[0]); err == nil {
		return at.In(zone), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, args[0], zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: write 2006-01-02T15:04, with or without seconds and zone", args[0])
}

// overrideOf asks the running ivrd; the note says when it did not answer.
func overrideOf(ctx context.Context, path, calendar string) (set ivr.HoursSet, note string) {
	const unknown = "an override is not known: no ivrd answers"
	cfg, err := readConfig(path)
	if err != nil {
		return set, unknown
	}
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	client, err := link.Dial(ctx, "nats://"+cfg.NATS, link.SeedFile(cfg.nats(), link.UserAdmin), link.ClientOptions{})
	if err != nil {
		return set, unknown
	}
	defer client.Close()
	board, err := client.Snapshot(ctx)
	if err != nil {
		return set, unknown
	}
	return board.Hours[calendar], ""
}

const moments = "Monday 2006-01-02 15:04:05 MST"

// explain tells the rule that decides at a moment, and the next three changes.
func explain(out io.Writer, file string, calendar *hours.Calendar, override ivr.HoursSet, at time.Time) {
	if override.Mode != "" {
		calendar = calendar.With(override)
	}
	s := calendar.At(at)
	fmt.Fprintf(out, "%s: %s\n  decided by %s\n", at.Format(moments), openWord(s.Open), rule(file, calendar, override, s, at))
	for range 3 {
		if s.Next.IsZero() {
			fmt.Fprintln(out, "  no further change is foreseen")
			return
		}
		at = s.Next
		s = calendar.At(at)
		fmt.Fprintf(out, "  %s: %s by %s\n", at.Format(moments), openWord(s.Open), rule(file, calendar, override, s, at))
	}
}

func openWord(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

// rule names what decides, with its place in the file.
func rule(file string, calendar *hours.Calendar, override ivr.HoursSet, s hours.Status, at time.Time) string {
	if s.Rule == hours.RuleOverride {
		text := fmt.Sprintf("the override of %s, %q%s", override.Who, override.Why, untilWords(override.Until.In(calendar.Location())))
		if override.Until.IsZero() {
			text = fmt.Sprintf("the override of %s, %q, until it is taken back", override.Who, override.Why)
		}
		return text
	}
	if name, special := strings.CutPrefix(s.Rule, hours.RuleSpecial); special {
		for _, day := range calendar.Specials() {
			if day.Name == name && !at.Before(day.First) && at.Before(day.Last.AddDate(0, 0, 2)) {
				return fmt.Sprintf("the special day %s, %s:%d (%s)", name, file, day.Line, windows(day.Open))
			}
		}
	}
	return fmt.Sprintf("the weekly hours of %s, %s (%s)", at.Weekday(), file, windows(calendar.Week(at.Weekday())))
}

func windows(open []string) string {
	if len(open) == 0 {
		return "closed"
	}
	return strings.Join(open, ", ")
}

func importHolidaysCommand() *cobra.Command {
	var site siteFlags
	var name, open string
	var write bool
	cmd := &cobra.Command{
		Use:   "holidays FILE.ics --calendar NAME",
		Short: "Take public holidays into a calendar's special days; without --write it only tells",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			program, err := site.load(site.dir)
			if err != nil {
				return err
			}
			calendar := program.Calendars[name]
			if calendar == nil {
				return fmt.Errorf("--calendar %q: one of %s", name, strings.Join(slices.Sorted(maps.Keys(program.Calendars)), ", "))
			}
			var hours []string
			if open != "closed" {
				hours = strings.FieldsFunc(open, func(r rune) bool { return r == ',' || r == ' ' })
			}
			path := filepath.Join(site.dir, "calendars", name+".yaml")
			return takeHolidays(cmd.OutOrStdout(), args[0], path, calendar.Location(), hours, write)
		},
	}
	site.add(cmd, true)
	cmd.Flags().StringVar(&name, "calendar", "office", "calendar that the holidays are for")
	cmd.Flags().StringVar(&open, "open", "closed", `hours on these days, such as "09:00-13:00"; closed = none`)
	cmd.Flags().BoolVar(&write, "write", false, "write the calendar's file")
	return cmd
}

func takeHolidays(out io.Writer, from, path string, zone *time.Location, open []string, write bool) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // what was read is read
	days, notes, err := holiday.Read(file, zone)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	for _, note := range notes {
		fmt.Fprintln(out, note)
	}
	if len(days) == 0 {
		return fmt.Errorf("%s holds no day to take in", from)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	after, steps, err := holiday.Merge(before, days, open)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	added := 0
	for _, s := range steps {
		fmt.Fprintln(out, s.Text)
		if s.Add {
			added++
		}
	}
	switch {
	case added == 0:
		fmt.Fprintf(out, "%s: nothing to add\n", path)
	case !write:
		fmt.Fprintf(out, "%s: %d days would be added; --write does it\n", path, added)
	default:
		if err := replace(path, after); err != nil {
			return fmt.Errorf("%s is left as it was: %w", path, err)
		}
		fmt.Fprintf(out, "%s: %d days added\n", path, added)
	}
	return nil
}
