package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr/flow/bundle"
)

// checkOptions are the flags of `ivrd check`.
type checkOptions struct {
	bundle bundle.Options
	strict bool
	format string
}

func checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check a bundle of flows; every complaint with file:line:col",
		Args:  oneFolder,
		RunE:  func(cmd *cobra.Command, args []string) error { return o.check(cmd.OutOrStdout(), folder(args)) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.bundle.Sounds, "sounds", "sounds", "folder of recorded audio")
	flags.StringVar(&o.bundle.Speech, "speech", "run/speech", "folder of generated speech")
	flags.StringVar(&o.bundle.Site, "site", "", "name of env/<site>.yaml; needed when there are several")
	flags.BoolVar(&o.bundle.Publish, "publish", false, "also check what matters when the bundle goes live")
	flags.BoolVar(&o.strict, "strict", false, "warnings count as errors")
	flags.StringVar(&o.format, "format", "text", "how complaints are written: "+strings.Join(bundle.Formats(), ", "))
	return cmd
}

func (o checkOptions) check(out io.Writer, dir string) error {
	if !slices.Contains(bundle.Formats(), o.format) {
		return fmt.Errorf("--format %q: one of %s", o.format, strings.Join(bundle.Formats(), ", "))
	}
	o.bundle.Now = time.Now()
	program, problems := bundle.Load(dir, o.bundle)
	if program != nil {
		of, err := testProblems(dir, program)
		if err != nil {
			return err
		}
		problems = append(problems, of...)
	}
	if o.format == "text" {
		return report(out, dir, problems, o.strict)
	}
	if err := bundle.Write(out, o.format, under(dir, problems)); err != nil {
		return err
	}
	_, err := verdict(dir, problems, o.strict)
	return err
}

// under gives problems with the paths that their files have from here.
func under(dir string, problems []bundle.Problem) []bundle.Problem {
	moved := make([]bundle.Problem, 0, len(problems))
	for _, p := range problems {
		p.File = filepath.ToSlash(filepath.Join(dir, p.File))
		moved = append(moved, p)
	}
	return moved
}

// report writes problems for people, and a last line with their number.
func report(out io.Writer, dir string, problems []bundle.Problem, strict bool) error {
	if err := bundle.WriteText(out, under(dir, problems)); err != nil {
		return err
	}
	good, err := verdict(dir, problems, strict)
	if err == nil {
		fmt.Fprintln(out, good)
	}
	return err
}

// verdict says in one line how a bundle did; the error is that line when it cannot be used.
func verdict(dir string, problems []bundle.Problem, strict bool) (string, error) {
	failed := len(bundle.Errors(problems))
	warned := len(problems) - failed
	if failed > 0 || (strict && warned > 0) {
		return "", fmt.Errorf("%s: %s, %s", dir, counted(failed, "error"), counted(warned, "warning"))
	}
	return fmt.Sprintf("%s: no errors, %s", dir, counted(warned, "warning")), nil
}

// counted gives a number of things in words: 1 error, 2 errors.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
