// Package e2e proves the whole: real callers, a real Asterisk, the real daemons, agents
// headless and in Chromium.
package e2e

import (
	"os"
	"testing"

	"talian/test/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m)) }
