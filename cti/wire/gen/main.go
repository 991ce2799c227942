// Command gen writes the TypeScript types of the agents' websocket from the Go structs
// of package wire. It reads the source, not the compiled types, because the comments
// belong to the contract too. Four conventions of that source carry meaning:
//
//   - a struct with a field T is a message; its kind is the constant Kind + its name
//     (directions are those that the package comment draws);
//   - the comment of an Event constant begins with the field that the event sets;
//   - the comment of a Cmd constant begins with the struct of its data, or "none", and
//     may say "result data X";
//   - a field without omitempty is always there; a slice, map or pointer may be null.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	in := flag.String("in", "wire.go", "Go source of the messages")
	out := flag.String("out", "", "TypeScript file to write; empty = standard output")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	src, err := os.ReadFile(in) //nolint:gosec // the path is the caller's own
	if err != nil {
		return err
	}
	text, err := Generate(in, src)
	if err != nil {
		return err
	}
	if out == "" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	return os.WriteFile(out, []byte(text), 0o644) //nolint:gosec // a source file, readable by all
}
