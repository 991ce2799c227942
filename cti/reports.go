package cti

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"regexp"
	"time"

	"talian/ivr"
	"talian/ivr/store"
)

const voicemailsShown = 200

func dayOf(req *http.Request) string {
	if day := req.URL.Query().Get("day"); day != "" {
		return day
	}
	return "today"
}

func (w *Web) getClusters(rw http.ResponseWriter, req *http.Request, _ visitor) {
	report, err := w.Records.Clusters(req.Context(), dayOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, report)
}

var unsafeInName = regexp.MustCompile(`[^a-z0-9-]`)

func (w *Web) getClustersCSV(rw http.ResponseWriter, req *http.Request, who visitor) {
	day := dayOf(req)
	w.sendCSV(rw, req, who, "clusters", day, func(file io.Writer) error { return w.Records.ClustersCSV(req.Context(), file, day) })
}

// sendCSV sends a file whole or not at all, and notes that it was taken.
func (w *Web) sendCSV(rw http.ResponseWriter, req *http.Request, who visitor, name, period string, write func(io.Writer) error) {
	var file bytes.Buffer
	if err := write(&file); err != nil {
		w.fail(rw, req, err)
		return
	}
	w.audit(req, who, "report.export", "report", name, "day", period)
	rw.Header().Set("Content-Type", "text/csv; charset=utf-8")
	rw.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+unsafeInName.ReplaceAllString(period, "")+`.csv"`)
	_, _ = file.WriteTo(rw) // the client may be gone
}

func (w *Web) getCalls(rw http.ResponseWriter, req *http.Request, _ visitor) {
	calls, err := w.Records.Calls(req.Context(), dayOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, map[string]any{"rows": calls})
}

type voicemailRow struct {
	ID       string     `json:"id"`
	Call     string     `json:"call"`
	At       time.Time  `json:"at"`
	Box      string     `json:"box"`
	From     string     `json:"from"`
	Lang     string     `json:"lang"`
	LengthMs ivr.Millis `json:"length_ms"`
}

func (w *Web) getVoicemails(rw http.ResponseWriter, req *http.Request, _ visitor) {
	messages, err := w.Records.Voicemails(req.Context(), voicemailsShown)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	rows := make([]voicemailRow, len(messages))
	for i, m := range messages {
		rows[i] = voicemailRow{m.ID, string(m.Call), m.At.UTC(), m.Box, m.From, m.Lang, m.Length}
	}
	answerJSON(rw, http.StatusOK, map[string]any{"rows": rows})
}

func (w *Web) getVoicemailAudio(rw http.ResponseWriter, req *http.Request, who visitor) {
	message, err := w.Records.Voicemail(req.Context(), req.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		err = ivr.NewError(ivr.CodeNotFound, "no such message")
	}
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	w.audit(req, who, "voicemail.play", "voicemail", message.ID, "call", message.Call)
	w.sendRecording(rw, req, message.File, message.At)
}

// sendRecording sends a file of the recordings, or the part of it that is asked for.
func (w *Web) sendRecording(rw http.ResponseWriter, req *http.Request, name string, at time.Time) {
	file, err := openBelow(w.Recordings, name)
	if err != nil {
		w.Log.Error("recording", "path", req.URL.Path, "error", err)
		w.fail(rw, req, ivr.NewError(ivr.CodeNotFound, "the recording is not there"))
		return
	}
	defer file.Close() //nolint:errcheck // only read
	rw.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(rw, req, path.Base(name), at, file)
}

// openBelow opens a file that must lie below dir, also by its links.
func openBelow(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // the file stays open without it
	return root.Open(name)
}

// audit writes down a privileged act.
func (w *Web) audit(req *http.Request, who visitor, act string, about ...any) {
	w.Log.Info("audit", append([]any{"act", act, "user", who.user.ID, "address", address(req)}, about...)...)
}
