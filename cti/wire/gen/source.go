package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// source is what the generator needs of a Go file, in the order written.
type source struct {
	consts  []constant
	structs []structure
}

type constant struct {
	name, comment string
	text          string // of a string constant
	number        int    // of an integer constant
	isText        bool
}

type structure struct {
	name, doc string
	fields    []field
}

type field struct {
	name, json, comment string
	optional            bool
	kind                ast.Expr
}

func (s source) structure(name string) (structure, bool) {
	for _, st := range s.structs {
		if st.name == name {
			return st, true
		}
	}
	return structure{}, false
}

func (s source) constant(name string) (constant, bool) {
	for _, c := range s.consts {
		if c.name == name {
			return c, true
		}
	}
	return constant{}, false
}

func (st structure) field(name string) (field, bool) {
	for _, f := range st.fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// readSource parses one file; name is only for messages.
func readSource(name string, text []byte) (source, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	var s source
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			if err := s.add(group, spec); err != nil {
				return source{}, err
			}
		}
	}
	return s, nil
}

func (s *source) add(group *ast.GenDecl, spec ast.Spec) error {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		if group.Tok != token.CONST || len(spec.Values) != 1 {
			return nil
		}
		c, err := readConstant(spec)
		if err != nil {
			return err
		}
		s.consts = append(s.consts, c)
	case *ast.TypeSpec:
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			return fmt.Errorf("type %s: only structs can be written in TypeScript", spec.Name.Name)
		}
		st := structure{name: spec.Name.Name, doc: strings.TrimSpace(group.Doc.Text())}
		for _, f := range body.Fields.List {
			read, err := readField(st.name, f)
			if err != nil {
				return err
			}
			st.fields = append(st.fields, read)
		}
		s.structs = append(s.structs, st)
	}
	return nil
}

func readConstant(spec *ast.ValueSpec) (constant, error) {
	name := spec.Names[0].Name
	c := constant{name: name, comment: strings.TrimSpace(spec.Comment.Text())}
	lit, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return c, fmt.Errorf("constant %s is not a literal", name)
	}
	var err error
	switch lit.Kind {
	case token.STRING:
		c.isText = true
		c.text, err = strconv.Unquote(lit.Value)
	case token.INT:
		c.number, err = strconv.Atoi(lit.Value)
	default:
		err = fmt.Errorf("constant %s: neither text nor integer", name)
	}
	return c, err
}

func readField(of string, f *ast.Field) (field, error) {
	if len(f.Names) != 1 || f.Tag == nil {
		return field{}, fmt.Errorf("%s: every field needs one name and a json tag", of)
	}
	name := f.Names[0].Name
	raw, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return field{}, fmt.Errorf("%s.%s: %w", of, name, err)
	}
	tag := strings.Split(reflect.StructTag(raw).Get("json"), ",")
	if tag[0] == "" || tag[0] == "-" {
		return field{}, fmt.Errorf("%s.%s: no json name", of, name)
	}
	read := field{name: name, json: tag[0], comment: strings.TrimSpace(f.Comment.Text()), kind: f.Type}
	for _, option := range tag[1:] {
		read.optional = read.optional || option == "omitempty" || option == "omitzero"
	}
	return read, nil
}
