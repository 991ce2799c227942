package main

import (
	"fmt"
	"go/ast"
	"strings"
)

const header = `// Code generated from cti/wire/wire.go by cti/wire/gen; DO NOT EDIT.
// The messages of the agents' websocket. Times are Unix milliseconds, durations milliseconds.
`

// Generate gives the TypeScript of one Go source file. An error names what does not
// follow the conventions of the package comment.
func Generate(name string, text []byte) (string, error) {
	src, err := readSource(name, text)
	if err != nil {
		return "", err
	}
	g := generator{src: src}
	g.printf("%s", header)
	g.constants()
	for _, st := range src.structs {
		if st.name == "Event" {
			g.events(st)
		} else {
			g.structure(st)
		}
	}
	g.commands()
	g.unions()
	return g.out.String(), g.err
}

type generator struct {
	src source
	out strings.Builder
	err error // the first one
}

func (g *generator) printf(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

func (g *generator) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

func (g *generator) constants() {
	g.printf("\n")
	for _, c := range g.src.consts {
		if c.isText {
			g.printf("export const %s = %q;", c.name, c.text)
		} else {
			g.printf("export const %s = %d;", c.name, c.number)
		}
		if c.comment != "" {
			g.printf(" // %s", c.comment)
		}
		g.printf("\n")
	}
}

func (g *generator) doc(text string) {
	if text != "" {
		g.printf("/** %s */\n", strings.ReplaceAll(text, "\n", "\n *  "))
	}
}

func (g *generator) structure(st structure) {
	g.printf("\n")
	g.doc(st.doc)
	g.printf("export interface %s {\n", st.name)
	for _, f := range st.fields {
		g.field(st, f)
	}
	g.printf("}\n")
}

func (g *generator) field(st structure, f field) {
	mark := ""
	if f.optional {
		mark = "?"
	}
	kind := g.kind(f.kind, f.optional)
	if f.name == "T" {
		kind = g.literal("Kind" + st.name)
	}
	g.printf("  %s%s: %s;", f.json, mark, kind)
	if f.comment != "" {
		g.printf(" // %s", f.comment)
	}
	g.printf("\n")
}

func (g *generator) literal(constName string) string {
	c, ok := g.src.constant(constName)
	if !ok || !c.isText {
		g.fail("no text constant %s", constName)
	}
	return fmt.Sprintf("%q", c.text)
}

// kind gives the TypeScript of a Go type. Go writes a nil slice, map or pointer as null
// unless the field is left out when empty.
func (g *generator) kind(e ast.Expr, optional bool) string {
	null := " | null"
	if optional {
		null = ""
	}
	switch e := e.(type) {
	case *ast.Ident:
		return g.named(e.Name)
	case *ast.StarExpr:
		return g.kind(e.X, true) + null
	case *ast.ArrayType:
		return g.kind(e.Elt, true) + "[]" + null
	case *ast.MapType:
		return "Record<" + g.kind(e.Key, true) + ", " + g.kind(e.Value, false) + ">" + null
	case *ast.SelectorExpr:
		if e.Sel.Name == "RawMessage" {
			return "unknown"
		}
	}
	g.fail("type %T cannot be written in TypeScript", e)
	return "never"
}

func (g *generator) named(name string) string {
	switch name {
	case "string":
		return "string"
	case "bool":
		return "boolean"
	case "int", "int64", "uint64", "float64":
		return "number"
	}
	if _, ok := g.src.structure(name); !ok {
		g.fail("unknown type %s", name)
	}
	return name
}

// events writes Event as a union on its type, each with the field that its comment names.
func (g *generator) events(st structure) {
	g.printf("\n")
	g.doc(st.doc)
	g.printf("export type Event = { t: %s; seq: number; ts: number } & (\n", g.literal("KindEvent"))
	for _, c := range g.src.consts {
		if !strings.HasPrefix(c.name, "Event") {
			continue
		}
		g.printf("  | { type: %q", c.text)
		if word := firstWord(c.comment); word != "" && word[0] >= 'A' && word[0] <= 'Z' {
			f, ok := st.field(word)
			if !ok {
				g.fail("%s: Event has no field %s", c.name, word)
			}
			g.printf("; %s: %s", f.json, g.kind(f.kind, true))
		}
		g.printf(" }\n")
	}
	g.printf(");\n")
}

func firstWord(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ':' || r == ';' || r == ',' })
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// commands writes the tables from a command's type to its data and to its result.
func (g *generator) commands() {
	const result = "result data "
	var data, results strings.Builder
	for _, c := range g.src.consts {
		if !strings.HasPrefix(c.name, "Cmd") {
			continue
		}
		switch word := firstWord(c.comment); word {
		case "none":
			fmt.Fprintf(&data, "  %q: undefined;\n", c.text)
		default:
			fmt.Fprintf(&data, "  %q: %s;\n", c.text, g.named(word))
		}
		answer := "undefined"
		if _, after, found := strings.Cut(c.comment, result); found {
			answer = g.named(firstWord(after))
		}
		fmt.Fprintf(&results, "  %q: %s;\n", c.text, answer)
	}
	g.printf("\n/** What each command carries. */\nexport interface CommandData {\n%s}\n", data.String())
	g.printf("\n/** What each command's result carries. */\nexport interface ResultData {\n%s}\n", results.String())
}

// unions writes who may send what.
func (g *generator) unions() {
	toServer, toClient := []string{"Hello", "Command", "Beat"}, []string{"Welcome", "Snap", "Event", "Result", "Beat", "Bye"}
	for _, name := range append(append([]string{}, toServer...), toClient...) {
		if _, ok := g.src.structure(name); !ok {
			g.fail("no message %s", name)
		}
	}
	g.printf("\nexport type ClientMessage = %s;\n", strings.Join(toServer, " | "))
	g.printf("export type ServerMessage = %s;\n", strings.Join(toClient, " | "))
}
