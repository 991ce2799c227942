package bench

import (
	"os"
	"testing"

	"talian/test/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m)) }
