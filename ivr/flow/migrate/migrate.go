// Package migrate brings a bundle from an older version of the flow language to the present
// one: an ordered list of rewrites, each from one version to the next.
//
// Version 1 is the only one, so the list is empty. A rewrite changes texts, and what it
// gives is brought into the one form of package layout; nothing is written before all of it
// is well.
package migrate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"talian/ivr/flow/layout"
)

// Version is the present version of the flow language.
const Version = 1

// Rewrite leads from one version to the next.
type Rewrite struct {
	From, To int
	About    string // what changes, for people
	// Files changes the files of a bundle, by their paths inside it. The version in them is not
	// its business.
	Files func(files map[string][]byte) error
}

// Rewrites lists all rewrites in order.
func Rewrites() []Rewrite { return nil }

// Plan gives the rewrites that lead from a version to another, in order. It fails when the
// version is newer, or the list has a gap.
func Plan(all []Rewrite, from, to int) ([]Rewrite, error) {
	if from > to {
		return nil, fmt.Errorf("the bundle is of version %d, and this program knows versions up to %d", from, to)
	}
	var plan []Rewrite
	for _, r := range all {
		if r.From == from && r.To > from && r.To <= to {
			plan = append(plan, r)
			from = r.To
		}
	}
	if from != to {
		return nil, fmt.Errorf("nothing leads from version %d to version %d", from, to)
	}
	return plan, nil
}

// Run applies rewrites to a bundle and gives the files that are other than before; a file
// that is gone is nil. The files given are not changed.
func Run(files map[string][]byte, all []Rewrite, to int) (changed map[string][]byte, done []Rewrite, err error) {
	from, err := versionOf(files)
	if err != nil {
		return nil, nil, err
	}
	if done, err = Plan(all, from, to); err != nil || len(done) == 0 {
		return nil, nil, err
	}
	after := maps.Clone(files)
	for _, r := range done {
		if err := r.Files(after); err != nil {
			return nil, nil, fmt.Errorf("from version %d to %d: %w", r.From, r.To, err)
		}
	}
	changed = map[string][]byte{}
	for name, text := range after {
		text = version().ReplaceAll(text, fmt.Appendf(nil, "${1}%d", to))
		if text, err = layout.Format(name, text); err != nil {
			return nil, nil, fmt.Errorf("after the rewrites: %w", err)
		}
		if before, was := files[name]; !was || string(before) != string(text) {
			changed[name] = text
		}
	}
	for name := range files {
		if _, stays := after[name]; !stays {
			changed[name] = nil
		}
	}
	return changed, done, nil
}

func version() *regexp.Regexp { return regexp.MustCompile(`(?m)^(ivr:[ \t]*)[0-9]+`) }

// versionOf gives the one version of a bundle's files.
func versionOf(files map[string][]byte) (int, error) {
	found, at := 0, ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m := version().FindSubmatch(files[name])
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(string(m[0][len(m[1]):]))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		if found != 0 && n != found {
			return 0, fmt.Errorf("%s is of version %d, but %s of version %d", at, found, name, n)
		}
		found, at = n, name
	}
	if found == 0 {
		return 0, fmt.Errorf("no file says its version (ivr: %d)", Version)
	}
	return found, nil
}
