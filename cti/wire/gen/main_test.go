package main

import (
	"os"
	"strings"
	"testing"
)

// The checked-in TypeScript is what the Go source gives today.
func TestGeneratedFileIsCurrent(t *testing.T) {
	src, err := os.ReadFile("../wire.go")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Generate("wire.go", src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../web/src/wire.gen.ts")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("cti/web/src/wire.gen.ts is stale: run go generate ./cti/wire")
	}
}

const frame = `package wire
const (
	KindHello = "hello"
	KindWelcome = "welcome"
	KindSnap = "snap"
	KindEvent = "evt"
	KindCommand = "cmd"
	KindResult = "res"
	KindBeat = "hb"
	KindBye = "bye"
)
type Hello struct { T string ` + "`json:\"t\"`" + ` }
type Welcome struct { T string ` + "`json:\"t\"`" + ` }
type Snap struct { T string ` + "`json:\"t\"`" + ` }
type Event struct { T string ` + "`json:\"t\"`" + ` }
type Command struct { T string ` + "`json:\"t\"`" + ` }
type Result struct { T string ` + "`json:\"t\"`" + ` }
type Beat struct { T string ` + "`json:\"t\"`" + ` }
type Bye struct { T string ` + "`json:\"t\"`" + ` }
`

func TestTypes(t *testing.T) {
	tests := []struct{ name, field, want string }{
		{"text", "A string `json:\"a\"`", "a: string;"},
		{"number", "A uint64 `json:\"a\"`", "a: number;"},
		{"optional pointer", "A *Hello `json:\"a,omitempty\"`", "a?: Hello;"},
		{"pointer", "A *Hello `json:\"a\"`", "a: Hello | null;"},
		{"slice", "A []string `json:\"a\"`", "a: string[] | null;"},
		{"map of slices", "A map[string][]string `json:\"a\"`", "a: Record<string, string[] | null> | null;"},
		{"raw", "A json.RawMessage `json:\"a,omitempty\"`", "a?: unknown;"},
		{"comment", "A bool `json:\"a\"` // so it is", "a: boolean; // so it is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Generate("x.go", []byte(frame+"type X struct {\n"+tt.field+"\n}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, "  "+tt.want+"\n") {
				t.Errorf("no line %q in:\n%s", tt.want, got)
			}
		})
	}
}

func TestMistakesAreNamed(t *testing.T) {
	tests := []struct{ name, add, want string }{
		{"channel", "type X struct { A chan int `json:\"a\"` }", "*ast.ChanType"},
		{"unknown type", "type X struct { A Y `json:\"a\"` }", "unknown type Y"},
		{"no tag", "type X struct { A string }", "json tag"},
		{"no kind", "type X struct { T string `json:\"t\"` }", "KindX"},
		{"event field", "const EventX = \"x\" // Nope", "no field Nope"},
		{"command data", "const CmdX = \"x\" // Nope", "unknown type Nope"},
		{"not a struct", "type X []string", "only structs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Generate("x.go", []byte(frame+tt.add+"\n"))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}
