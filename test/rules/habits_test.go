package rules

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// checkPure looks for clocks, networks, processes and goroutines where decisions are made.
func checkPure(p *project) []string {
	values := []string{"net/netip", "net/url"} // they read and write addresses, and reach nobody
	banned := []string{"net", "os/exec", "database", "math/rand", "crypto/rand", "log", "sync"}
	var wrong []string
	for _, f := range p.product() {
		if !slices.Contains(pure(), f.dir()) && !slices.Contains(pure(), f.path) {
			continue
		}
		for _, spec := range f.tree.Imports {
			if belowAny(imported(spec), banned) && !slices.Contains(values, imported(spec)) {
				wrong = append(wrong, p.at(spec, "pure code must not import %s", imported(spec)))
			}
		}
		for _, call := range calls(f, "time", "Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep") {
			wrong = append(wrong, p.at(call, "pure code is told the time, it does not ask: time.%s", call.Sel.Name))
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if statement, starts := n.(*ast.GoStmt); starts {
				wrong = append(wrong, p.at(statement, "pure code starts no goroutine"))
			}
			return true
		})
	}
	return wrong
}

// checkComments looks for packages without a comment on what they are.
func checkComments(p *project) []string {
	var wrong []string
	for _, dir := range p.folders() {
		commented := slices.ContainsFunc(p.packages[dir].files, func(f *file) bool {
			return f.tree.Doc != nil && strings.TrimSpace(f.tree.Doc.Text()) != ""
		})
		if !commented {
			wrong = append(wrong, dir+": no package comment: what it owns, what it promises, who calls it")
		}
	}
	return wrong
}

// checkInit looks for functions that run by being imported.
func checkInit(p *project) []string {
	var wrong []string
	for _, f := range p.all() {
		for _, d := range f.tree.Decls {
			if function, ok := d.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
				wrong = append(wrong, p.at(function, "init(): what happens must not depend on who imports whom"))
			}
		}
	}
	return wrong
}

// sleepers are the files that may sleep by the real clock, with the reason.
func sleepers() map[string]string {
	return map[string]string{
		"test/ariconform/conform_test.go": "a caller leaves a message of that length; nothing tells when it is long enough",
	}
}

// checkSleep looks for waiting by the clock where a thing should be waited for. Under
// testing/synctest the clock is the test's own, so there it is no waiting.
func checkSleep(p *project, allowed map[string]string) []string {
	var wrong []string
	for _, f := range p.all() {
		found := calls(f, "time", "Sleep")
		switch {
		case allowed[f.path] != "":
			if len(found) == 0 {
				wrong = append(wrong, f.path+": sleeps no more; take it off the list of sleepers")
			}
		case f.test && localName(f, "testing/synctest") != "":
		default:
			for _, call := range found {
				wrong = append(wrong, p.at(call, "time.Sleep: wait for the thing itself, with a deadline"))
			}
		}
	}
	return wrong
}

// checkVariables looks for package variables that somebody could change.
func checkVariables(p *project) []string {
	var wrong []string
	for _, f := range p.product() {
		for _, d := range f.tree.Decls {
			declaration, ok := d.(*ast.GenDecl)
			if !ok || declaration.Tok != token.VAR || excused(declaration.Doc) {
				continue
			}
			for _, s := range declaration.Specs {
				spec, isValue := s.(*ast.ValueSpec)
				if isValue && !constant(declaration, spec) && !excused(spec.Doc) && !excused(spec.Comment) {
					wrong = append(wrong, p.at(spec, "%s: a package variable; pass it, or say why it is a constant", spec.Names[0].Name))
				}
			}
		}
	}
	return wrong
}

// excused tells whether a comment says, with a reason, that the linter may pass over this.
func excused(group *ast.CommentGroup) bool {
	reason := regexp.MustCompile(`^//nolint:gochecknoglobals // \S`)
	return group != nil && slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return reason.MatchString(c.Text) })
}

// constant tells the variables that are constants in all but name: errors, assertions,
// embedded files and regular expressions.
func constant(declaration *ast.GenDecl, spec *ast.ValueSpec) bool {
	for i, name := range spec.Names {
		value := ""
		if i < len(spec.Values) {
			value = called(spec.Values[i])
		}
		failure := strings.HasPrefix(strings.ToLower(name.Name), "err") && (value == "errors.New" || value == "fmt.Errorf")
		if name.Name != "_" && !failure && value != "regexp.MustCompile" && !embedded(declaration, spec) {
			return false
		}
	}
	return true
}

func embedded(declaration *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, group := range []*ast.CommentGroup{declaration.Doc, spec.Doc} {
		if group != nil && slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
			return true
		}
	}
	return false
}

// called gives "package.Func" of a call, "" for anything else.
func called(x ast.Expr) string {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return ""
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	of, ok := selector.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return of.Name + "." + selector.Sel.Name
}

// checkReadme looks for packages that README does not name.
func checkReadme(p *project) []string {
	var wrong []string
	for _, dir := range p.folders() {
		if !strings.Contains(p.readme, "`"+dir+"`") {
			wrong = append(wrong, "README.md does not name `"+dir+"`; one line on what it is")
		}
	}
	return wrong
}
