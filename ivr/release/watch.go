package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"talian/ivr"
)

// settle is how long a folder must be quiet: an editor writes a file in several steps.
const settle = 200 * time.Millisecond

// Watch replaces the current revision by the bundle in dir at every change that passes the
// check, until ctx ends. A broken file never replaces a good one; see Fault.
func (r *Releases) Watch(ctx context.Context, dir string) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	defer watcher.Close() //nolint:errcheck // nothing depends on it
	if err := addFolders(watcher, dir); err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	quiet := time.NewTimer(0) // what changed before we looked
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, open := <-watcher.Events:
			if !open {
				return errors.New("watching " + dir + " ended")
			}
			if event.Has(fsnotify.Create) {
				_ = addFolders(watcher, event.Name) // a file, or gone again
			}
			if strings.HasSuffix(event.Name, ".yaml") || event.Has(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) {
				quiet.Reset(settle)
			}
		case err := <-watcher.Errors:
			r.log.Warn("watching the bundle", "dir", dir, "error", err)
			quiet.Reset(settle)
		case <-quiet.C:
			_, _ = r.Replace(ctx, dir, ivr.BundleSet{Who: "watch", Why: "saved in " + dir}) // kept as Fault
		}
	}
}

func addFolders(watcher *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return watcher.Add(path)
	})
}
