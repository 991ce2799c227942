package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"talian/ivr/flow/layout"
	"talian/ivr/flow/migrate"
)

func fmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [DIR]",
		Short: "Bring a bundle's files into the one form; comments stay, meaning stays",
		Args:  oneFolder,
		RunE:  func(cmd *cobra.Command, args []string) error { return format(cmd, folder(args), check) },
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; fail when a file is in another form")
	return cmd
}

// format formats what can be; a file that cannot is named and left as it is.
func format(cmd *cobra.Command, dir string, check bool) error {
	files, err := bundleFiles(dir)
	if err != nil {
		return err
	}
	var failed []error
	other := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, err := layout.Format(name, files[name])
		switch {
		case err != nil:
			failed = append(failed, err)
			continue
		case string(text) == string(files[name]):
			continue
		}
		other++
		path := filepath.Join(dir, filepath.FromSlash(name))
		if !check {
			if err := replace(path, text); err != nil {
				failed = append(failed, fmt.Errorf("%s is left as it was: %w", path, err))
				continue
			}
		}
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if check && other > 0 {
		return fmt.Errorf("%s in another form; ivrd fmt %s changes that", counted(other, "file"), dir)
	}
	return nil
}

func migrateCommand() *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use:   "migrate [DIR]",
		Short: "Rewrite a bundle of an older version of the flow language",
		Args:  oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return rewrite(cmd, folder(args), write)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write the files; without it they are only named")
	return cmd
}

func rewrite(cmd *cobra.Command, dir string, write bool) error {
	out := cmd.OutOrStdout()
	files, err := bundleFiles(dir)
	if err != nil {
		return err
	}
	changed, done, err := migrate.Run(files, migrate.Rewrites(), migrate.Version)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if len(done) == 0 {
		fmt.Fprintf(out, "%s is of version %d, the newest; nothing to do\n", dir, migrate.Version)
		return nil
	}
	for _, r := range done {
		fmt.Fprintf(out, "version %d to %d: %s\n", r.From, r.To, r.About)
	}
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		fmt.Fprintln(out, path)
		if !write {
			continue
		}
		if changed[name] == nil {
			err = os.Remove(path)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = replace(path, changed[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
