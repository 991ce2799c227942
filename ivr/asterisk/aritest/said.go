package aritest

import (
	"embed"
	"encoding/json"
	"fmt"
	"time"
)

// said holds what a real Asterisk said, one file for each kind of event and answer.
//
//go:embed testdata/*.json
var said embed.FS

// timeLayout is how Asterisk writes a time.
const timeLayout = "2006-01-02T15:04:05.000-0700"

type object = map[string]any

// heard gives a fresh copy of what was captured under a name.
func heard(name string) object {
	data, err := said.ReadFile("testdata/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("aritest: nothing was captured as %s: %v", name, err))
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		panic(fmt.Sprintf("aritest: %s: %v", name, err))
	}
	return o
}

// message gives the words of a captured refusal.
func message(name string) object { return heard("error-" + name) }

// words gives a refusal that no capture holds.
func words(format string, args ...any) object { return object{"message": fmt.Sprintf(format, args...)} }

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }
