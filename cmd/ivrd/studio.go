package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/prompt/speech"
)

func scriptCommand() *cobra.Command {
	var site siteFlags
	var lang string
	var missing, asCSV bool
	cmd := &cobra.Command{
		Use:   "script --lang LANG",
		Short: "The recording sheet for a studio: file, text, length of what is there, what is missing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := site.load(site.dir)
			if err != nil {
				return err
			}
			if err := knownLanguage(program, lang); err != nil {
				return err
			}
			lines, err := speech.Sheet(program.Prompts, lang)
			if err != nil {
				return err
			}
			if missing {
				lines = slices.DeleteFunc(lines, func(l speech.Line) bool { return l.Recorded })
			}
			return writeSheet(cmd.OutOrStdout(), lines, asCSV)
		},
	}
	site.add(cmd, true)
	cmd.Flags().StringVar(&lang, "lang", "", "language, one of the bundle's")
	cmd.Flags().BoolVar(&missing, "missing", false, "only what nobody has recorded")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "write CSV")
	return cmd
}

func knownLanguage(program *flow.Program, lang string) error {
	if !slices.Contains(program.Languages, lang) {
		return fmt.Errorf("--lang %q: one of %s", lang, strings.Join(program.Languages, ", "))
	}
	return nil
}

// writeSheet writes a table for people, or CSV.
func writeSheet(out io.Writer, lines []speech.Line, asCSV bool) error {
	rows := [][]string{{"id", "file", "seconds", "sound", "text"}}
	for _, l := range lines {
		sound := "missing"
		switch {
		case l.Recorded:
			sound = "recorded"
		case l.Length > 0:
			sound = "made speech"
		}
		rows = append(rows, []string{l.ID, l.File, fmt.Sprintf("%.1f", l.Length.Seconds()), sound, l.Text})
	}
	if asCSV {
		w := csv.NewWriter(out)
		return w.WriteAll(rows)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}

func importCommand() *cobra.Command {
	return group("import", "Take in recordings or public holidays", importAudioCommand(), importHolidaysCommand())
}

// takes are the flags of `ivrd import audio`.
type takes struct {
	site     siteFlags
	lang, id string
}

func importAudioCommand() *cobra.Command {
	var t takes
	cmd := &cobra.Command{
		Use:   "audio FILE|DIR --lang LANG",
		Short: "Check recordings and bring them into form: 8 kHz, mono, trimmed, equally loud",
		Example: `  ivrd import audio studio/welcome.wav --lang ta
  ivrd import audio studio/ta --lang ta      # <id>.wav, words/<id>.wav`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return t.take(cmd, args[0]) },
	}
	t.site.add(cmd, true)
	cmd.Flags().StringVar(&t.lang, "lang", "", "language that is spoken")
	cmd.Flags().StringVar(&t.id, "id", "", "piece that the file says; its name when not given")
	return cmd
}

func (t takes) take(cmd *cobra.Command, from string) error {
	program, err := t.site.load(t.site.dir)
	if err != nil {
		return err
	}
	if err := knownLanguage(program, t.lang); err != nil {
		return err
	}
	found, err := t.recordings(from)
	if err != nil {
		return err
	}
	lines, err := speech.Sheet(program.Prompts, t.lang)
	if err != nil {
		return err
	}
	studio, err := speech.NewStudio()
	if err != nil {
		return err
	}
	var failed []error
	for _, r := range found {
		if !slices.ContainsFunc(lines, func(l speech.Line) bool { return l.ID == r.id }) {
			failed = append(failed, fmt.Errorf("%s: no prompt in %s has a piece %q; ivrd script --lang %s lists them", r.file, t.lang, r.id, t.lang))
			continue
		}
		failed = append(failed, t.one(cmd.Context(), cmd.OutOrStdout(), studio, r))
	}
	return errors.Join(failed...)
}

func (t takes) one(ctx context.Context, out io.Writer, studio *speech.Studio, r recording) error {
	to := filepath.Join(t.site.options.Sounds, t.lang, filepath.FromSlash(r.id)+".wav")
	take, err := studio.Import(ctx, r.file, to)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %.1f s, %.1f s of silence cut, %+.1f dB\n", to, take.Length.Seconds(), take.Cut.Round(time.Millisecond).Seconds(), take.Gain)
	return nil
}

// recording is one file and the piece that it says.
type recording struct{ file, id string }

// recordings lists what is to be taken in: one file, or all of a folder.
func (t takes) recordings(from string) ([]recording, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	id := func(name string) string { return filepath.ToSlash(strings.TrimSuffix(name, filepath.Ext(name))) }
	if !info.IsDir() {
		if t.id == "" {
			t.id = id(filepath.Base(from))
		}
		return []recording{{from, t.id}}, nil
	}
	if t.id != "" {
		return nil, errors.New("--id names the piece of one file; the files of a folder are named like their pieces")
	}
	var all []recording
	err = filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(from, path)
		all = append(all, recording{path, id(name)})
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s holds no files", from)
	}
	return all, err
}
