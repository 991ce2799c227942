package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/flow/flowtest"
)

// testOptions are the flags of `ivrd test`.
type testOptions struct {
	bundle  bundle.Options
	run     string
	junit   string
	cover   bool
	least   int
	update  bool
	verbose bool
}

func testCommand() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run a bundle's tests, tests/*.yaml: calls on a virtual clock against the real flows",
		Args:  oneFolder,
		RunE:  func(cmd *cobra.Command, args []string) error { return o.test(cmd, folder(args)) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.bundle.Sounds, "sounds", "sounds", "folder of recorded audio")
	flags.StringVar(&o.bundle.Speech, "speech", "run/speech", "folder of generated speech; need not exist")
	flags.StringVar(&o.bundle.Site, "site", "", "name of env/<site>.yaml; needed when there are several")
	flags.StringVar(&o.run, "run", "", "only tests whose name, file/test, matches this regular expression")
	flags.BoolVar(&o.cover, "cover", false, "tell which nodes, exits and choices no test takes")
	flags.IntVar(&o.least, "cover-min", 0, "fail when the tests take less than this many percent of them")
	flags.StringVar(&o.junit, "junit", "", "write the results as JUnit XML to this file")
	flags.BoolVar(&o.update, "update", false, "write tests/transcripts anew; without it those that exist are compared")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "name the tests that pass, too")
	return cmd
}

func (o testOptions) test(cmd *cobra.Command, dir string) error {
	out := cmd.OutOrStdout()
	options := flowtest.Options{Update: o.update}
	if o.least < 0 || o.least > 100 {
		return fmt.Errorf("--cover-min %d: 0 to 100", o.least)
	}
	if o.run != "" {
		pattern, err := regexp.Compile(o.run)
		if err != nil {
			return fmt.Errorf("--run: %w", err)
		}
		options.Run = pattern
	}
	program, problems := bundle.Load(dir, o.bundle)
	if program == nil {
		return report(out, dir, bundle.Errors(problems), false)
	}
	suite, problems := flowtest.Load(dir, program)
	if len(problems) > 0 {
		return report(out, dir, problems, false)
	}
	outcome, err := suite.Run(options)
	if err != nil {
		return err
	}
	outcome.Write(out, dir, o.verbose)
	if o.cover || o.least > 0 {
		outcome.Cover.Write(out, dir)
	}
	if o.junit != "" {
		if err := writeJUnit(o.junit, outcome); err != nil {
			return err
		}
	}
	return o.verdict(outcome)
}

// testProblems gives what is wrong with the files of tests, else (W709) what no test takes. A
// bundle without tests is not asked for them.
func testProblems(dir string, program *flow.Program) ([]bundle.Problem, error) {
	suite, problems := flowtest.Load(dir, program)
	if len(problems) > 0 || len(suite.Tests) == 0 {
		return problems, nil
	}
	outcome, err := suite.Run(flowtest.Options{})
	if err != nil {
		return nil, err
	}
	return outcome.Untested(dir, program), nil
}

// verdict is the error that makes the command fail; nil when all is well.
func (o testOptions) verdict(outcome flowtest.Outcome) error {
	shares := outcome.Cover.Shares()
	percent := shares[len(shares)-1].Percent()
	switch {
	case outcome.Failed() > 0:
		return fmt.Errorf("%d of %d tests failed", outcome.Failed(), len(outcome.Results))
	case len(outcome.Results) == 0 && o.run != "":
		return fmt.Errorf("--run %q: no test, as file/test, has such a name", o.run)
	case len(outcome.Results) == 0:
		return errors.New("there are no tests")
	case percent < o.least:
		return fmt.Errorf("the tests take %d%% of the nodes, exits and choices; at least %d%% are wanted", percent, o.least)
	}
	return nil
}

func writeJUnit(path string, outcome flowtest.Outcome) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(outcome.WriteJUnit(file), file.Close())
}
