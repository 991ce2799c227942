package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "talian/"

// project is the module's Go source, for every platform and with its tests.
type project struct {
	places   *token.FileSet
	packages map[string]*pkg // by folder, for example "ivr/flow"
	readme   string
}

type pkg struct {
	dir   string
	files []*file
}

type file struct {
	path string
	test bool
	tree *ast.File
}

// theProject reads the module that this test belongs to.
func theProject(t *testing.T) *project {
	t.Helper()
	p, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(source fs.FS) (*project, error) {
	p := &project{places: token.NewFileSet(), packages: map[string]*pkg{}}
	readme, err := fs.ReadFile(source, "README.md")
	if err != nil {
		return nil, err
	}
	p.readme = string(readme)
	err = fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && notSource(name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return p.add(source, name)
	})
	return p, err
}

func notSource(dir string) bool {
	base := path.Base(dir)
	return dir == "run" || dir == "bin" || base == "testdata" || base == "node_modules" || base != "." && strings.ContainsAny(base[:1], "._")
}

func (p *project) add(source fs.FS, name string) error {
	text, err := fs.ReadFile(source, name)
	if err != nil {
		return err
	}
	tree, err := parser.ParseFile(p.places, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if p.packages[dir] == nil {
		p.packages[dir] = &pkg{dir: dir}
	}
	p.packages[dir].files = append(p.packages[dir].files, &file{path: name, test: strings.HasSuffix(name, "_test.go"), tree: tree})
	return nil
}

// folders lists the packages' folders, sorted.
func (p *project) folders() []string { return slices.Sorted(maps.Keys(p.packages)) }

// all gives every file, in the order of folders.
func (p *project) all() []*file {
	var files []*file
	for _, dir := range p.folders() {
		files = append(files, p.packages[dir].files...)
	}
	return files
}

// product gives every file that is no test.
func (p *project) product() []*file {
	return slices.DeleteFunc(p.all(), func(f *file) bool { return f.test })
}

// at gives the complaint with its place in front.
func (p *project) at(n ast.Node, format string, args ...any) string {
	place := p.places.Position(n.Pos())
	return fmt.Sprintf("%s:%d: ", place.Filename, place.Line) + fmt.Sprintf(format, args...)
}

func (f *file) dir() string { return path.Dir(f.path) }

func imported(spec *ast.ImportSpec) string {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return name
}

// below tells whether name is root or lies below it.
func below(name, root string) bool { return name == root || strings.HasPrefix(name, root+"/") }

func belowAny(name string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return below(name, root) })
}

// calls finds the calls package.name(...) of one of the names in a file.
func calls(f *file, of string, names ...string) []*ast.SelectorExpr {
	local := localName(f, of)
	var found []*ast.SelectorExpr
	ast.Inspect(f.tree, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, plain := selector.X.(*ast.Ident)
		if plain && local != "" && x.Name == local && slices.Contains(names, selector.Sel.Name) {
			found = append(found, selector)
		}
		return true
	})
	return found
}

// localName is what a file calls an imported package; "" when it does not import it.
func localName(f *file, of string) string {
	for _, spec := range f.tree.Imports {
		if imported(spec) != of {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(of)
	}
	return ""
}
