package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"talian/ivr/flow"
	"talian/ivr/flow/bundle"
	"talian/ivr/prompt"
	"talian/ivr/release"
)

// siteFlags say where a command finds a bundle and what belongs to it.
type siteFlags struct {
	dir     string
	run     string
	options bundle.Options
}

// add adds the flags; the folder is an argument of some commands.
func (s *siteFlags) add(cmd *cobra.Command, withDir bool) {
	if withDir {
		cmd.Flags().StringVar(&s.dir, "dir", "flows", "folder of the bundle")
	}
	cmd.Flags().StringVar(&s.run, "run", "run", "ivrd's folder, with its archive of revisions and its traces")
	cmd.Flags().StringVar(&s.options.Sounds, "sounds", "sounds", "folder of recorded audio")
	cmd.Flags().StringVar(&s.options.Speech, "speech", "run/speech", "folder of generated speech; need not exist")
	cmd.Flags().StringVar(&s.options.Site, "site", "", "name of env/<site>.yaml; needed when there are several")
}

// load gives the program of a folder, or of a revision in ivrd's archive.
func (s *siteFlags) load(what string) (*flow.Program, error) {
	if info, err := os.Stat(what); err == nil && info.IsDir() {
		program, problems := bundle.Load(what, s.options)
		if program == nil {
			return nil, fmt.Errorf("%s: %w", what, release.Refusal(problems))
		}
		return program, nil
	}
	archive := &release.Archive{Dir: filepath.Join(s.run, "bundles"), Options: s.options}
	revision, err := archive.Find(what)
	if err != nil {
		return nil, fmt.Errorf("%q is no folder; as a revision: %w", what, err)
	}
	return archive.Load(revision)
}

// oneFolder takes the name of a folder, or none for the folder flows.
func oneFolder(cmd *cobra.Command, args []string) error {
	if err := cobra.MaximumNArgs(1)(cmd, args); err != nil {
		return err
	}
	dir := folder(args)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %q here", dir)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%q is a file, and the folder that holds ivr.yaml is wanted", dir)
	}
	return nil
}

// bundleFiles gives the files of a bundle's folder that have a kind, by their paths inside it.
func bundleFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, kind := range bundle.Kinds() {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(kind.Files)))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasPrefix(filepath.Base(name), ".") {
				continue // an editor's own
			}
			inside, err := filepath.Rel(dir, name)
			if err != nil {
				return nil, err
			}
			inside = filepath.ToSlash(inside)
			if files[inside], err = prompt.ReadFile(os.DirFS(dir), inside); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no bundle", dir)
	}
	return files, nil
}

// replace writes a file under another name and renames it, so that it is never half written.
func replace(path string, text []byte) (err error) {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ivrd-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
