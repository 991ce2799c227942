package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/user"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
	"talian/ivr/flow/bundle"
	"talian/ivr/link"
)

func hoursCommand() *cobra.Command {
	var path, until, why string
	cmd := &cobra.Command{
		Use:   "hours CALENDAR open|closed|auto",
		Short: "Override a calendar of the running ivrd, or go back to it",
		Example: `  ivrd hours office closed --until 14:00 --why "flood"
  ivrd hours office auto`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"open", "closed", "auto"}, args[1]) {
				return fmt.Errorf("%q: a calendar is set open, closed or auto", args[1])
			}
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			set := ivr.HoursSet{Calendar: args[0], Mode: ivr.HoursMode(args[1]), Why: why, Who: whoami()}
			if set.Until, err = moment(until, time.Now(), zone(cfg, args[0])); err != nil {
				return err
			}
			if err := ask(cmd.Context(), cfg, ivr.SetHours{HoursSet: set}, nil); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "calendar %s: %s%s\n", set.Calendar, set.Mode, untilWords(set.Until))
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "config", "run/ivrd.yaml", "configuration file")
	cmd.Flags().StringVar(&until, "until", "", "when the override ends: HH:MM (the next one) or 2006-01-02T15:04")
	cmd.Flags().StringVar(&why, "why", "", "the reason; needed for open and closed")
	return cmd
}

// zone gives the calendar's time zone; the machine's own when the bundle cannot be read.
func zone(cfg config, calendar string) *time.Location {
	program, _ := bundle.Load(cfg.Site, archive(cfg).Options)
	if program == nil || program.Calendars[calendar] == nil {
		return time.Local
	}
	return program.Calendars[calendar].Location()
}

// moment reads --until in the calendar's zone.
func moment(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", text, zone); err == nil {
		return t, nil
	}
	clock, err := time.ParseInLocation("15:04", text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("--until %q: write HH:MM or 2006-01-02T15:04", text)
	}
	here := now.In(zone)
	t := time.Date(here.Year(), here.Month(), here.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if !t.After(now) {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

func untilWords(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " until " + t.Format("2006-01-02 15:04 MST")
}

func whoami() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

// ask has the running ivrd do something; into takes the reply's data, nil drops it.
func ask(ctx context.Context, cfg config, want ivr.Want, into any) error {
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	client, err := link.Dial(ctx, "nats://"+cfg.NATS, link.SeedFile(cfg.nats(), link.UserAdmin), link.ClientOptions{})
	if err != nil {
		return fmt.Errorf("is ivrd running? %w", err)
	}
	defer client.Close()
	reply, err := client.Do(ctx, ivr.Intent{ID: ivr.NewSecret(), Want: want})
	if err != nil {
		return fmt.Errorf("is ivrd running? %w", err)
	}
	if reply.Err != nil {
		return reply.Err
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(reply.Data, into); err != nil {
		return fmt.Errorf("ivrd's answer is not understood: %w", err)
	}
	return nil
}
