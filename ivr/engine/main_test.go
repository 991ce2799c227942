package engine_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// speech is where the tests' sounds are: files that the fake Asterisk need not read.
//
//nolint:gochecknoglobals // set once, before the tests
var speech string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "talian-engine-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	speech = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}
