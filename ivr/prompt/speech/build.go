package speech

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"talian/ivr/prompt"
)

// Speaker speaks a text in a language ("ms", "zh") into a WAV file. The file must
// appear under its name only when it is complete.
type Speaker interface {
	Speak(ctx context.Context, lang, text, path string) error
}

// Build makes the speech that a catalogue needs and dir does not hold yet, with at
// most workers files under way at once, and returns how many files it made. dir is
// the speech folder: normally the one the catalogue was loaded with. Files of texts
// that have changed since stay where they are; nothing plays them.
//
// The first failure stops the build; what was made until then is complete and stays.
func Build(ctx context.Context, cat *prompt.Catalogue, dir string, speaker Speaker, workers int) (made int, err error) {
	var done atomic.Int64
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(max(workers, 1))
	for _, p := range cat.Pieces() {
		path := filepath.Join(dir, p.Lang, filepath.Base(p.Speech)+".wav")
		if p.Speech == "" || present(path) {
			continue
		}
		if running.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := speaker.Speak(running, p.Lang, p.Text, path); err != nil {
				return fmt.Errorf("speak %s/%s %q: %w", p.Lang, p.ID, p.Text, err)
			}
			done.Add(1)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return int(done.Load()), err
	}
	return int(done.Load()), context.Cause(ctx)
}

// present tells that a file is there and is not empty.
func present(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}
