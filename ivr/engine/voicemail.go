package engine

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/journal"
)

// refileAfter is how long a voicemail that could not be filed waits for the next try.
const refileAfter = 5 * time.Second

// fileVoicemails fetches finished recordings from Asterisk and files them below the
// recordings folder. Only then is the message a fact and the original removed; a message
// that cannot be filed now stays in the journal and is tried again.
func (e *Engine) fileVoicemails(ctx context.Context) error {
	for {
		m, err := e.files.Next(ctx)
		if err != nil {
			return nil //nolint:nilerr // only ctx ends it
		}
		if err := e.fileVoicemail(ctx, m); err != nil && ctx.Err() == nil {
			e.log.Warn("voicemail not filed yet", "call", string(m.Call), "err", err)
			time.AfterFunc(refileAfter, func() { e.files.Put(m) })
		}
	}
}

func (e *Engine) fileVoicemail(ctx context.Context, m call.Message) error {
	audio, err := e.ari.RecordingFile(ctx, m.Recording)
	done := journal.State{Kind: call.MessageKind, ID: m.Recording}
	if asterisk.Status(err) == http.StatusNotFound {
		fault := ivr.CallFault{Where: "voicemail", What: "the recording " + m.Recording + " is not there"}
		return e.journal.Append([]ivr.Fact{{Call: m.Call, Body: fault}}, done).Wait(ctx)
	}
	if err != nil {
		return err
	}
	name := filepath.Join(m.Box, strings.ReplaceAll(m.Recording, "/", "-")+".wav")
	if err := writeFile(filepath.Join(e.recordings, name), audio); err != nil {
		return err
	}
	fact := ivr.Fact{Call: m.Call, Body: ivr.VoicemailLeft{Box: m.Box, File: name, Length: m.Length, Lang: m.Lang}}
	if err := e.journal.Append([]ivr.Fact{fact}, done).Wait(ctx); err != nil {
		return err
	}
	return e.ari.DeleteRecording(ctx, m.Recording)
}

// writeFile writes a file whole or not at all.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("recordings folder: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("recordings folder: %w", err)
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
