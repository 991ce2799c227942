package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
)

// Archive is a folder of revisions.
type Archive struct {
	Dir     string
	Options bundle.Options // how revisions are loaded
}

// Put copies the bundle in dir into the archive and gives its revision, and whether it is
// fresh there. A revision that is there already stays as it is.
func (a *Archive) Put(dir string) (revision string, fresh bool, err error) {
	if err := os.MkdirAll(a.Dir, 0o755); err != nil {
		return "", false, fmt.Errorf("archive of bundles: %w", err)
	}
	tmp, err := os.MkdirTemp(a.Dir, ".new-*")
	if err != nil {
		return "", false, fmt.Errorf("archive of bundles: %w", err)
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // after Rename there is none
	if err := copyYAML(dir, tmp); err != nil {
		return "", false, fmt.Errorf("bundle: %w", err)
	}
	if revision, err = bundle.Revision(tmp); err != nil { // of the copy: the original may change meanwhile
		return "", false, err
	}
	if _, err := os.Stat(a.path(revision)); err == nil {
		return revision, false, nil
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), os.Rename(tmp, a.path(revision))); err != nil {
		return "", false, fmt.Errorf("archive of bundles: %w", err)
	}
	return revision, true, nil
}

// drop removes a revision that was never used.
func (a *Archive) drop(revision string) error { return os.RemoveAll(a.path(revision)) }

func (a *Archive) path(revision string) string { return filepath.Join(a.Dir, revision) }

// copyYAML copies what Revision counts.
func copyYAML(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		content, err := prompt.ReadFile(os.DirFS(from), filepath.ToSlash(name))
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}

// Load loads a revision; the error names the first problem of a bundle that is refused.
func (a *Archive) Load(revision string) (*flow.Program, error) {
	if _, err := os.Stat(a.path(revision)); err != nil || revision == "" {
		return nil, ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("revision %s is not in the archive", Short(revision)))
	}
	program, problems := bundle.Load(a.path(revision), a.Options)
	if program == nil {
		return nil, Refusal(problems)
	}
	if program.Revision != revision {
		return nil, ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("the files of revision %s were changed in the archive", Short(revision)))
	}
	return program, nil
}

// Refusal is the error of a bundle with problems: the first of them, and how many there are.
func Refusal(problems []bundle.Problem) error {
	failed := bundle.Errors(problems)
	if len(failed) == 0 {
		return errors.New("the bundle has no error and no program")
	}
	p := failed[0]
	text := fmt.Sprintf("%s:%d:%d: error[%s]: %s", p.File, p.Line, p.Col, p.Code, p.Text)
	if more := len(failed) - 1; more > 0 {
		text += fmt.Sprintf(" (%d more; ivrd check shows them)", more)
	}
	return ivr.NewError(ivr.CodeInvalid, text)
}

// Find gives the one revision that begins so.
func (a *Archive) Find(prefix string) (string, error) {
	entries, err := os.ReadDir(a.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("archive of bundles: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() || strings.HasPrefix(e.Name(), ".") || !strings.HasPrefix(e.Name(), prefix)
	})
	switch {
	case prefix == "" || len(entries) == 0:
		return "", ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("no revision begins with %q; ivrd revisions lists them", prefix))
	case len(entries) > 1:
		return "", ivr.NewError(ivr.CodeInvalid, fmt.Sprintf("%d revisions begin with %q; write more of it", len(entries), prefix))
	}
	return entries[0].Name(), nil
}

// Short is a revision as people are shown it.
func Short(revision string) string { return revision[:min(len(revision), 12)] }
