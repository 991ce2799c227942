package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/flow"
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
		if err := e.fileVoicemail(ctx, &m); err != nil && ctx.Err() == nil {
			e.log.Warn("voicemail not filed yet", "call", string(m.Call), "err", err)
			time.AfterFunc(refileAfter, func() { e.files.Put(m) })
		}
	}
}

// fileVoicemail goes on where the last try has come to.
func (e *Engine) fileVoicemail(ctx context.Context, m *call.Message) error {
	if !m.Filed {
		if err := e.fetchVoicemail(ctx, m); err != nil {
			return err
		}
	}
	if err := e.ari.DeleteRecording(ctx, m.Recording); err != nil {
		return err
	}
	return e.journal.Append(nil, journal.State{Kind: call.MessageKind, ID: m.Recording}).Wait(ctx)
}

// fetchVoicemail makes the message a file and a fact; the journal then knows that only
// Asterisk's copy is left.
func (e *Engine) fetchVoicemail(ctx context.Context, m *call.Message) error {
	audio, err := e.ari.RecordingFile(ctx, m.Recording)
	if err != nil && asterisk.Status(err) != http.StatusNotFound {
		return err
	}
	fact := ivr.Fact{Call: m.Call}
	if err != nil {
		fact.Body = ivr.CallFault{Where: "voicemail", What: "the recording " + m.Recording + " is not there"}
	} else {
		if spoken := mendWAV(audio); m.Length == 0 {
			m.Length = ivr.MillisOf(spoken)
		}
		if err := writeFile(filepath.Join(e.recordings, m.File), audio); err != nil {
			return err
		}
		if m.Box == "" {
			fact.Body = ivr.RecordingKept{File: m.File, Length: m.Length}
		} else {
			fact.Body = ivr.VoicemailLeft{Box: m.Box, File: m.File, Length: m.Length, Lang: m.Lang}
		}
	}
	filed := *m
	filed.Filed = true
	data, err := json.Marshal(filed)
	if err != nil {
		return fmt.Errorf("voicemail state: %w", err)
	}
	err = e.journal.Append([]ivr.Fact{fact}, journal.State{Kind: call.MessageKind, ID: m.Recording, Data: data}).Wait(ctx)
	m.Filed = err == nil
	return err
}

// mendWAV sets the sizes in a recording's header to what is there, and tells how long it is: an
// Asterisk that is killed while it records leaves them at nothing, and no player plays that.
// What is no WAV stays as it is.
func mendWAV(audio []byte) time.Duration {
	const head, rateAt = 8, 8 // of a chunk: name and size; of "fmt ": bytes per second
	if len(audio) < 12 || string(audio[:4]) != "RIFF" || string(audio[8:12]) != "WAVE" {
		return 0
	}
	binary.LittleEndian.PutUint32(audio[4:], uint32(len(audio)-head)) //nolint:gosec // below 4 GiB: one message
	rate := uint32(0)
	for at := 12; at+head <= len(audio); {
		size, rest := binary.LittleEndian.Uint32(audio[at+4:]), uint32(len(audio)-at-head) //nolint:gosec // as above
		switch name := string(audio[at : at+4]); {
		case name == "data":
			if size == 0 || size > rest {
				size = rest
				binary.LittleEndian.PutUint32(audio[at+4:], size)
			}
			if rate == 0 {
				return 0
			}
			return time.Duration(size) * time.Second / time.Duration(rate)
		case size > rest:
			return 0
		case name == "fmt " && size >= rateAt+4:
			rate = binary.LittleEndian.Uint32(audio[at+head+rateAt:])
		}
		at += head + int(size)
	}
	return 0
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
	defer os.Remove(tmp.Name()) //nolint:errcheck // after Rename there is none
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

// boxFull counts the messages of a box that holds only so many.
func (e *Engine) boxFull(box flow.Box) bool {
	if box.Max == 0 {
		return false
	}
	messages, err := os.ReadDir(filepath.Join(e.recordings, box.Name))
	return err == nil && len(messages) >= box.Max
}
