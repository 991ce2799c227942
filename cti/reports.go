package cti

import (
	"bytes"
	"errors"
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
	var file bytes.Buffer // whole or not at all
	if err := w.Records.ClustersCSV(req.Context(), &file, dayOf(req)); err != nil {
		w.fail(rw, req, err)
		return
	}
	w.audit(req, who, "report.export", "day", dayOf(req))
	rw.Header().Set("Content-Type", "text/csv; charset=utf-8")
	rw.Header().Set("Content-Disposition", `attachment; filename="clusters-`+unsafeInName.ReplaceAllString(dayOf(req), "")+`.csv"`)
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
	file, err := openBelow(w.Recordings, message.File)
	if err != nil {
		w.Log.Error("recording", "call", message.Call, "error", err)
		w.fail(rw, req, ivr.NewError(ivr.CodeNotFound, "the recording is not there"))
		return
	}
	defer file.Close() //nolint:errcheck // only read
	w.audit(req, who, "voicemail.play", "voicemail", message.ID, "call", message.Call)
	rw.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(rw, req, path.Base(message.File), message.At, file)
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
